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

// codePages are the character sets with a Windows number.
var codePages = map[int]encoding.Encoding{
	437:   charmap.CodePage437,
	850:   charmap.CodePage850,
	852:   charmap.CodePage852,
	855:   charmap.CodePage855,
	866:   charmap.CodePage866,
	874:   charmap.Windows874,
	932:   japanese.ShiftJIS,
	936:   simplifiedchinese.GBK,
	949:   korean.EUCKR,
	950:   traditionalchinese.Big5,
	1200:  utf.UTF16(utf.LittleEndian, utf.IgnoreBOM),
	1201:  utf.UTF16(utf.BigEndian, utf.IgnoreBOM),
	1250:  charmap.Windows1250,
	1251:  charmap.Windows1251,
	1253:  charmap.Windows1253,
	1254:  charmap.Windows1254,
	1255:  charmap.Windows1255,
	1256:  charmap.Windows1256,
	1257:  charmap.Windows1257,
	1258:  charmap.Windows1258,
	10000: charmap.Macintosh,
	10007: charmap.MacintoshCyrillic,
	20866: charmap.KOI8R,
	21866: charmap.KOI8U,
	28591: charmap.ISO8859_1,
	28592: charmap.ISO8859_2,
	28595: charmap.ISO8859_5,
	28597: charmap.ISO8859_7,
	28599: charmap.ISO8859_9,
	28605: charmap.ISO8859_15,
	50220: japanese.ISO2022JP,
	50221: japanese.ISO2022JP,
	50222: japanese.ISO2022JP,
	51932: japanese.EUCJP,
	54936: simplifiedchinese.GB18030,
	65001: utf.UTF8,
}

// codePage is the character set with a Windows number; Windows-1252 for one
// that is not known.
func codePage(n int) encoding.Encoding {
	if e, ok := codePages[n]; ok {
		return e
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
