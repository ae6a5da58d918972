package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	utf "golang.org/x/text/encoding/unicode"
)

// maxOLEStream is the longest stream that a reader takes into memory.
const maxOLEStream = 24 << 20

// oleReader reads one compound file.
type oleReader struct {
	w      *work
	f      *oleFile
	labels labelSet
	read   map[*oleEntry]bool // streams that were understood
}

// readCompound reads doc, xls, ppt, msg and other compound files, with what is
// embedded in them. Which of these a file is, is told by its streams; a file
// may be several at once, and all of it is read.
func readCompound(w *work) error {
	f, err := openOLE(w.file.Data, w.file.Size)
	if err != nil {
		w.note(ProblemBroken)
		return readOLE(w) // what still stands in it
	}
	// The tables are in memory now; streams are counted as they are read.
	if err := w.spend(int64(len(f.fat))*4 + int64(len(f.entries))*128); err != nil {
		return err
	}
	r := &oleReader{w: w, f: f, labels: labelSet{}, read: map[*oleEntry]bool{}}
	if err := r.dir(f.root(), 0); err != nil {
		return err
	}
	r.labels.hand(w)
	if f.damaged {
		w.lost(ProblemBroken)
	}
	return nil
}

func readDoc(w *work) error { return readCompound(w) }
func readXls(w *work) error { return readCompound(w) }
func readPpt(w *work) error { return readCompound(w) }
func readMsg(w *work) error { return readCompound(w) }

// dir reads a storage by what is in it, and then the storages in it.
func (r *oleReader) dir(d oleDir, depth int) error {
	if depth > oleMaxDepth {
		r.w.lost(ProblemBudget)
		return nil
	}
	if err := r.w.spend(128); err != nil {
		return err
	}
	if handled, err := r.protected(d); handled {
		return err
	}
	steps := []struct {
		stream string
		read   func(oleDir) error
	}{
		{"__properties_version1.0", func(d oleDir) error { return r.message(d, depth) }},
		{"WordDocument", r.word},
		{"Workbook", r.workbook},
		{"Book", r.workbook},
		{"PowerPoint Document", r.powerpoint},
		{"\x05SummaryInformation", r.properties},
		{"\x05DocumentSummaryInformation", r.properties},
		{"\x01Ole10Native", r.nativeObject},
		{"dir", r.macros},
	}
	for _, step := range steps {
		e := d.find(step.stream)
		if e == nil || r.read[e] {
			continue
		}
		r.read[e] = true
		if err := r.w.passed(step.read(d)); err != nil {
			return err
		}
	}
	if d.has("__properties_version1.0") {
		return nil // its storages were read with it
	}
	if err := r.others(d); err != nil {
		return err
	}
	return d.dirs(func(name string, in oleDir) error { return r.dir(in, depth+1) })
}

// dull are streams that hold nothing that was written by people.
var dull = []string{
	"1Table", "0Table", "\x01CompObj", "\x01Ole", "\x03ObjInfo", "\x03LinkInfo", "\x03EPRINT", "\x03PRINT",
	"\x02OlePres000", "\x02OlePres001", "Current User", "_VBA_PROJECT", "PROJECTwm", "PROJECTlk", "Ctls", "ObjInfo", "Header",
	"\x06DataSpaces", "PROJECT", "EncryptionInfo",
}

// others passes on the streams that no reader here knows: a whole file in a
// stream as a contained file, and of anything else the words in it, which is
// not the whole and said to be so.
func (r *oleReader) others(d oleDir) error {
	for _, e := range d.list() {
		if e.kind != 2 || r.read[e] || e.size == 0 || slices.Contains(dull, e.name) || strings.HasPrefix(e.name, "__SRP_") {
			continue
		}
		r.read[e] = true
		s := r.f.open(e)
		var err error
		switch {
		case e.name == "Data" || e.name == "Pictures":
			err = r.pictures(s)
		case e.name == "Package" || e.name == "CONTENTS" || e.name == "Contents" || isFile(s):
			err = r.w.child(Child{Name: e.name, Size: s.size}, s.reader())
		default:
			err = r.strings(s)
		}
		if err := r.w.passed(err); err != nil {
			return err
		}
	}
	return nil
}

// isFile says whether a stream begins as files do that are put into others.
func isFile(s *oleStream) bool {
	head := make([]byte, 8)
	n, _ := s.ReadAt(head, 0)
	for _, magic := range []string{"%PDF", "PK\x03\x04", oleMagic, "{\\rtf", "\x89PNG", "\xff\xd8\xff", "GIF8", "Rar!", "7z\xbc\xaf", "\x1f\x8b\x08", "MZ"} {
		if bytes.HasPrefix(head[:n], []byte(magic)) {
			return true
		}
	}
	return false
}

// strings hands on the runs of letters and digits in a stream of unknown
// form, as Latin text and as UTF-16.
func (r *oleReader) strings(s *oleStream) error {
	data, err := r.w.slurp(s.reader(), maxOLEStream)
	if err != nil && err != errTooLong {
		return err
	}
	r.w.lost(ProblemFeature)
	for _, step := range []int{1, 2} {
		var out []byte
		begun, run := 0, 0
		for i := 0; i+step <= len(data); i += step {
			c := rune(data[i])
			if step == 2 {
				c |= rune(data[i+1]) << 8
			}
			if c >= ' ' && c < 0x7f || step == 2 && c > 0xa0 && c < 0x530 && unicode.IsPrint(c) {
				out = utf8.AppendRune(out, c)
				run++
				continue
			}
			if run < 5 {
				out = out[:begun]
			} else {
				out = append(out, '\n')
			}
			if len(out) > flowBatch {
				if err := r.w.text("strings", out); err != nil {
					return err
				}
				out = out[:0]
			}
			begun, run = len(out), 0
		}
		if len(out) == 0 {
			continue
		}
		if err := r.w.text("strings", out); err != nil {
			return err
		}
	}
	return err
}

// slurp reads a whole stream of d, nil if there is none. Where it is longer
// than is read at once, that is noted, and its beginning returned.
func (r *oleReader) slurp(d oleDir, name string) ([]byte, error) {
	s := d.stream(name)
	if s == nil {
		return nil, nil
	}
	r.read[d.find(name)] = true
	b, err := r.w.slurp(s.reader(), maxOLEStream)
	if errors.Is(err, errTooLong) {
		r.w.lost(ProblemBudget)
		err = nil
	}
	return b, err
}

// codePage is the character set with a Windows number; Windows-1252 for one
// that is not known.
func codePage(n int) encoding.Encoding {
	switch n {
	case 437:
		return charmap.CodePage437
	case 850:
		return charmap.CodePage850
	case 852:
		return charmap.CodePage852
	case 855:
		return charmap.CodePage855
	case 866:
		return charmap.CodePage866
	case 874:
		return charmap.Windows874
	case 932:
		return japanese.ShiftJIS
	case 936:
		return simplifiedchinese.GBK
	case 949:
		return korean.EUCKR
	case 950:
		return traditionalchinese.Big5
	case 1200:
		return utf.UTF16(utf.LittleEndian, utf.IgnoreBOM)
	case 1201:
		return utf.UTF16(utf.BigEndian, utf.IgnoreBOM)
	case 1250:
		return charmap.Windows1250
	case 1251:
		return charmap.Windows1251
	case 1253:
		return charmap.Windows1253
	case 1254:
		return charmap.Windows1254
	case 1255:
		return charmap.Windows1255
	case 1256:
		return charmap.Windows1256
	case 1257:
		return charmap.Windows1257
	case 1258:
		return charmap.Windows1258
	case 10000:
		return charmap.Macintosh
	case 10007:
		return charmap.MacintoshCyrillic
	case 20866:
		return charmap.KOI8R
	case 21866:
		return charmap.KOI8U
	case 28591:
		return charmap.ISO8859_1
	case 28592:
		return charmap.ISO8859_2
	case 28595:
		return charmap.ISO8859_5
	case 28597:
		return charmap.ISO8859_7
	case 28599:
		return charmap.ISO8859_9
	case 28605:
		return charmap.ISO8859_15
	case 50220, 50221, 50222:
		return japanese.ISO2022JP
	case 51932:
		return japanese.EUCJP
	case 54936:
		return simplifiedchinese.GB18030
	case 65001:
		return utf.UTF8
	}
	return charmap.Windows1252
}

// decodePage is b in the character set with a Windows number as UTF-8.
func decodePage(b []byte, page int) string {
	if page == 1200 {
		return utf16Text(b)
	}
	for _, c := range b {
		if c >= utf8.RuneSelf || page == 1201 || page >= 50220 && page <= 50222 {
			text, err := codePage(page).NewDecoder().Bytes(b)
			if err != nil {
				return string(bytes.ToValidUTF8(b, []byte("\uFFFD")))
			}
			return string(text)
		}
	}
	return string(b)
}

func u16(b []byte, at int) int {
	if at < 0 || at+2 > len(b) {
		return 0
	}
	return int(binary.LittleEndian.Uint16(b[at:]))
}

func u32(b []byte, at int) int {
	if at < 0 || at+4 > len(b) {
		return 0
	}
	return int(binary.LittleEndian.Uint32(b[at:]))
}

// part is b[from:from+n], cut to what there is.
func part(b []byte, from, n int) []byte {
	if from < 0 || n < 0 || from >= len(b) {
		return nil
	}
	return b[from:min(len(b), from+n)]
}
