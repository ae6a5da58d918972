package extract

import (
	"archive/zip"
	"io"
	"strings"
)

// odf is an OpenDocument package (ISO/IEC 26300) that is being read.
type odf struct {
	w         *work
	encrypted map[string]*odfLock // entries that a key hides
	opened    bool                // a password opens them
	password  string
	hidden    map[string]bool // styles that hide, as family/name
	sheet     bool            // the document is a spreadsheet
}

// readODF reads odt, ods and odp files, with templates and drawings, zipped or
// as one XML document.
func readODF(w *work) error {
	if w.isXML() {
		return readFlatODF(w)
	}
	z, err := openPackage(w)
	if err != nil {
		return err
	}
	o := newODF(w)
	if err := o.manifest(z); err != nil {
		return err
	}
	// Styles say what is hidden in the content.
	for _, pass := range []func(*zip.File) error{o.styles, o.content, o.rest} {
		for _, f := range z.File {
			if err := pass(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func newODF(w *work) *odf {
	return &odf{w: w, encrypted: map[string]*odfLock{}, hidden: map[string]bool{}}
}

// readFlatODF reads an OpenDocument file that is one XML document.
func readFlatODF(w *work) error {
	o := newODF(w)
	return o.read(w.counted(w.open()), "")
}

// manifest finds the entries that are encrypted.
func (o *odf) manifest(z *zip.Reader) error {
	for _, f := range z.File {
		if !strings.EqualFold(f.Name, "META-INF/manifest.xml") {
			continue
		}
		r := o.w.entry(f)
		if r == nil {
			continue
		}
		name := ""
		err := o.w.scanXML(r, func(s *xmlScan, token xmlToken) error {
			if token != xmlStart {
				return nil
			}
			switch string(s.name) {
			case "file-entry":
				name = string(s.attr("full-path"))
			case "encryption-data":
				o.encrypted[name] = &odfLock{}
			}
			if lock := o.encrypted[name]; lock != nil {
				lock.token(s)
			}
			return nil
		})
		r.Close()
		if err := o.w.passed(err); err != nil {
			return err
		}
	}
	if err := o.unlock(z); err != nil {
		return err
	}
	switch {
	case o.opened:
	case o.encrypted["content.xml"] != nil, o.encrypted["encrypted-package"] != nil:
		o.w.encryptedWhole()
	case len(o.encrypted) > 0:
		o.w.encryptedPart()
	}
	return nil
}

func (o *odf) styles(f *zip.File) error {
	if baseName(f.Name) != "styles.xml" {
		return nil
	}
	return o.entry(f, "")
}

func (o *odf) content(f *zip.File) error {
	if baseName(f.Name) != "content.xml" {
		return nil
	}
	return o.entry(f, "")
}

// rest reads what is neither styles nor content.
func (o *odf) rest(f *zip.File) error {
	name := strings.ToLower(f.Name)
	switch {
	case strings.HasSuffix(name, "/"), o.encrypted[f.Name] != nil && !o.opened,
		name == "mimetype", baseName(name) == "settings.xml", baseName(name) == "styles.xml", baseName(name) == "content.xml",
		name == "meta-inf/manifest.xml", name == "manifest.rdf", name == "layout-cache",
		strings.HasPrefix(name, "configurations2/"), strings.HasPrefix(name, "thumbnails/"):
		return nil
	case name == "meta-inf/documentsignatures.xml":
		o.w.result.Signed = true
		return nil
	case baseName(name) == "meta.xml":
		return o.entry(f, "")
	case strings.HasPrefix(name, "basic/") && strings.HasSuffix(name, ".xml"):
		return o.entry(f, "macros")
	}
	if o.encrypted[f.Name] != nil {
		r, err := o.unsealed(f)
		if err != nil || r == nil {
			return o.w.passed(err)
		}
		return o.w.child(Child{Name: baseName(f.Name), Size: -1}, r)
	}
	return o.w.entryChild(f, "")
}

func baseName(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// open opens an entry, decrypted and counted; nil where that can't be, which is
// said already.
func (o *odf) open(f *zip.File) (io.ReadCloser, error) {
	switch {
	case o.encrypted[f.Name] == nil:
		if r := o.w.entry(f); r != nil {
			return r, nil
		}
		return nil, nil
	case !o.opened:
		return nil, nil
	}
	r, err := o.unsealed(f)
	if r == nil || err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{o.w.counted(r), r}, nil
}

// entry reads an XML entry; where all is set, all its character data is text
// at that place.
func (o *odf) entry(f *zip.File, all string) error {
	r, err := o.open(f)
	if err != nil || r == nil {
		return o.w.passed(err)
	}
	defer r.Close()
	if all == "" {
		return o.w.passed(o.read(r, ""))
	}
	return o.w.passed(o.w.scanXML(r, func(s *xmlScan, token xmlToken) error {
		if token != xmlChars {
			return nil
		}
		return o.w.line(all, string(s.text))
	}))
}
