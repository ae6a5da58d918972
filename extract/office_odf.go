package extract

import (
	"archive/zip"
	"strings"
)

// odf is an OpenDocument package (ISO/IEC 26300) that is being read.
type odf struct {
	w         *work
	encrypted map[string]bool // names of entries that a key hides
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

func readODT(w *work) error { return readODF(w) }
func readODS(w *work) error { return readODF(w) }
func readODP(w *work) error { return readODF(w) }

func newODF(w *work) *odf {
	return &odf{w: w, encrypted: map[string]bool{}, hidden: map[string]bool{}}
}

// readFlatODF reads an OpenDocument file that is one XML document.
func readFlatODF(w *work) error {
	o := newODF(w)
	return o.read(w.counted(w.reader()), "")
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
				o.encrypted[name] = true
			}
			return nil
		})
		r.Close()
		if err := o.w.passed(err); err != nil {
			return err
		}
	}
	if o.encrypted["content.xml"] || o.encrypted["encrypted-package"] {
		o.w.encryptedWhole()
	} else if len(o.encrypted) > 0 {
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
	case strings.HasSuffix(name, "/"), o.encrypted[f.Name],
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
	return o.w.entryChild(f, "")
}

func baseName(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

// entry reads an XML entry; where all is set, all its character data is text
// at that place.
func (o *odf) entry(f *zip.File, all string) error {
	if o.encrypted[f.Name] {
		return nil
	}
	r := o.w.entry(f)
	if r == nil {
		return nil
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
