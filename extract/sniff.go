package extract

import (
	"bytes"
	"encoding/binary"
	"path"
	"slices"
	"strings"
)

// sniffSize is how much of a file's beginning and end is looked at.
const sniffSize = 16 << 10

// sniffed is what a file is by its content.
type sniffed struct {
	kind Kind
	// also is what it is besides: a picture that is an archive too.
	also Kind
	// mismatch says that name or type claim something else, or that there are
	// two readings.
	mismatch bool
	// start is where a PDF or zip file begins behind other bytes; what stands
	// before is a file of its own.
	start   int64
	charset charset // of text
	cms     cmsKind
	comma   byte // what separates the cells of a CSV file
	flat    bool // an office file that is one XML document
}

// sniff says what f is by its content. Where that leaves a choice, name and
// type decide.
func sniff(f File) sniffed {
	if f.Size <= 0 {
		return sniffed{kind: KindEmpty}
	}
	head := make([]byte, min(f.Size, sniffSize))
	n, _ := f.Data.ReadAt(head, 0)
	head = head[:n]
	s := sniffed{kind: magic(head)}
	switch {
	case s.kind == KindOLE:
		s.kind = oleKind(f)
	case s.kind == KindZip:
		s.kind = zipKind(f)
	case s.kind == KindCMS:
		s.cms = cmsType(head)
	case s.kind != "":
		if pictures[s.kind] && bytes.Contains(bytes.ToLower(head[:min(n, 1024)]), []byte("<html")) {
			s.also, s.mismatch = KindHTML, true
		}
	default:
		s = sniffText(f, head)
	}
	s.embedded(f, head)
	claimed := s.kind
	if s.flat {
		claimed = KindXML
	}
	s.mismatch = s.mismatch || contradicts(f, claimed) && contradicts(f, s.kind)
	return s
}

// magics are the first bytes of what begins with a fixed sign.
var magics = [...]struct {
	magic string
	kind  Kind
}{
	{"PK\x03\x04", KindZip}, {"PK\x05\x06", KindZip}, {"PK\x07\x08PK\x03\x04", KindZip}, {"PK00PK\x03\x04", KindZip},
	{"%PDF-", KindPDF}, {"{\\rtf", KindRTF}, {"{\\urtf", KindRTF},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", KindOLE}, {"\x78\x9F\x3E\x22", KindTNEF},
	{"\x1F\x8B", KindGzip}, {"7z\xBC\xAF\x27\x1C", Kind7z}, {"Rar!\x1A\x07", KindRAR}, {"\xFD7zXZ\x00", KindXZ}, {"\x28\xB5\x2F\xFD", KindZstd},
	{"\x89PNG\r\n", KindPNG}, {"\xFF\xD8\xFF", KindJPEG}, {"GIF87a", KindGIF}, {"GIF89a", KindGIF},
	{"II*\x00", KindTIFF}, {"MM\x00*", KindTIFF}, {"II+\x00", KindTIFF}, {"MM\x00+", KindTIFF},
	{"\x7FELF", KindProgram}, {"\xCA\xFE\xBA\xBE", KindProgram}, {"\xFE\xED\xFA", KindProgram}, {"\xCF\xFA\xED\xFE", KindProgram}, {"\xCE\xFA\xED\xFE", KindProgram},
	{"\x00asm", KindProgram},
	{"ID3", KindMedia}, {"OggS", KindMedia}, {"fLaC", KindMedia}, {"\x1A\x45\xDF\xA3", KindMedia}, {"\xFF\xFB", KindMedia}, {"\xFF\xF3", KindMedia}, {"\xFF\xF1", KindMedia},
	{"FLV\x01", KindMedia}, {"\x00\x00\x01\xBA", KindMedia}, {"#!AMR", KindMedia}, {"MThd", KindMedia},
	{"\x30\x26\xB2\x75\x8E\x66\xCF\x11", KindMedia}, // ASF
	// Some of what nothing here reads, and what might pass for text or for
	// something else by its first bytes: data bases, mailboxes, archives.
	{"SQLite format 3\x00", KindUnknown}, {"\x00\x01\x00\x00Standard ", KindUnknown},
	{"MSCF\x00", KindUnknown}, {"ITSF\x03", KindUnknown}, {"!<arch>\n", KindUnknown},
	{"LZIP\x01", KindUnknown}, {"\x04\x22\x4D\x18", KindUnknown}, {"\x1F\x9D", KindUnknown}, {"L\x00\x00\x00\x01\x14\x02", KindUnknown},
	{"\xC5\xD0\xD3\xC6", KindEncoded}, // PostScript with a preview
}

// pictures are the kinds whose readers see only what describes the picture.
var pictures = map[Kind]bool{
	KindJPEG: true, KindPNG: true, KindGIF: true, KindTIFF: true, KindWebP: true, KindBMP: true, KindHEIF: true,
}

// magic is what head begins with, or "".
func magic(head []byte) Kind {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.kind
		}
	}
	at := func(i int, sign string) bool { return len(head) >= i+len(sign) && string(head[i:i+len(sign)]) == sign }
	switch {
	case at(0, "BZh") && (at(4, "1AY&SY") || at(4, "\x17\x72\x45\x38\x50\x90")):
		return KindBzip2
	case at(0, "RIFF") && at(8, "WEBP"):
		return KindWebP
	case at(0, "RIFF") && len(head) >= 12, at(0, "FORM") && at(8, "AIF"):
		return KindMedia
	case at(4, "ftyp"):
		if brand := string(head[8:min(len(head), 11)]); brand == "hei" || brand == "hev" || brand == "mif" || brand == "msf" || brand == "avi" {
			return KindHEIF
		}
		return KindMedia
	case at(0, "BM") && len(head) >= 26 && binary.LittleEndian.Uint32(head[6:]) == 0 && binary.LittleEndian.Uint32(head[14:]) < 256:
		return KindBMP
	case at(0, "MZ") && len(head) >= 64 && !isText(head):
		return KindProgram
	case at(128, "DICM"):
		return KindDICOM
	case at(257, "ustar"), isOldTar(head):
		return KindTar
	case isCPIO(head):
		return KindUnknown
	case cmsType(head) != "":
		return KindCMS
	case isPGP(head):
		return KindPGP
	}
	return ""
}

// isOldTar recognises a tar header of before POSIX by its checksum.
func isOldTar(head []byte) bool {
	if len(head) < 512 || head[0] == 0 {
		return false
	}
	digits := bytes.Trim(head[148:156], " \x00")
	if len(digits) < 3 {
		return false
	}
	want := 0
	for _, d := range digits {
		if d < '0' || d > '7' {
			return false
		}
		want = want*8 + int(d-'0')
	}
	for i, b := range head[:512] {
		if i >= 148 && i < 156 {
			b = ' '
		}
		want -= int(b)
	}
	return want == 0
}

// isCPIO recognises a cpio archive: its header is digits, which might be text.
func isCPIO(head []byte) bool {
	const header = 76 // of the older form, without the name
	return len(head) > header && string(head[:4]) == "0707" && len(bytes.Trim(head[:header], "0123456789abcdefABCDEF")) == 0
}

// embedded looks for a PDF behind other bytes and for an archive at the end of
// another file: programs that look for those find them, and so do we.
func (s *sniffed) embedded(f File, head []byte) {
	// ISO 32000-1, appendix H: readers look for it in the first 1,024 bytes.
	within := min(len(head), 1024+5)
	if extension(f) == ".pdf" || f.Type == "application/pdf" {
		within = len(head) // and some that mend files look further
	}
	if i := bytes.Index(head[:within], []byte("%PDF-")); i > 0 && s.kind != KindPDF && s.kind != KindZip && !inflating[s.kind] {
		s.kind, s.start, s.mismatch = KindPDF, int64(i), true
	}
	if holdsOthers[s.kind] || zipped[s.kind] && !s.flat {
		return
	}
	if !mayEndZip(f, head) {
		return
	}
	d, err := findDirectory(f.Data, f.Size)
	if err != nil || d.entries == 0 {
		return
	}
	s.mismatch = true
	if isTextual[s.kind] || s.flat || s.kind == KindUnknown || s.kind == KindProgram {
		s.flat = false
		s.kind, s.start = zipKind(f), d.start(f)
		return
	}
	s.also = KindZip
}

// inflating are archives whose own compressed bytes may look like anything.
var inflating = map[Kind]bool{KindTar: true, KindGzip: true, KindBzip2: true, KindXZ: true, KindZstd: true, Kind7z: true, KindRAR: true}

// holdsOthers are archives that may have a zip file in them as it is, or say of
// themselves when something follows them.
var holdsOthers = map[Kind]bool{KindTar: true, KindGzip: true, KindBzip2: true, KindXZ: true, KindZstd: true}

// zipped are kinds that are zip files.
var zipped = map[Kind]bool{KindZip: true, KindDocx: true, KindXlsx: true, KindPptx: true, KindODT: true, KindODS: true, KindODP: true}

// isTextual are the kinds that are text by their bytes.
var isTextual = map[Kind]bool{
	KindText: true, KindHTML: true, KindCSV: true, KindJSON: true, KindXML: true, KindYAML: true,
	KindICS: true, KindVCF: true, KindEML: true, KindSVG: true, KindRTF: true, KindEncoded: true,
}

// extension is the end of f's name, in lower case, with its dot.
func extension(f File) string { return strings.ToLower(path.Ext(f.Name)) }

// contradicts reports whether content can't be what its name or type says.
func contradicts(f File, is Kind) bool {
	for _, claim := range [...]string{extension(f), f.Type} {
		if allowed, known := claims(claim); known && !allowed(is) {
			return true
		}
	}
	return false
}

// claims returns which kinds a name's end or a media type stands for. It knows
// those that programs and filters rely on.
func claims(claim string) (allowed func(Kind) bool, known bool) {
	one := func(kinds ...Kind) (func(Kind) bool, bool) {
		return func(is Kind) bool { return slices.Contains(kinds, is) }, true
	}
	picture := func(is Kind) bool { return pictures[is] || is == KindSVG || is == KindEmpty || is == KindDICOM }
	office := []Kind{KindDoc, KindXls, KindPpt, KindDocx, KindXlsx, KindPptx, KindOLE, KindRTF, KindXML, KindHTML}
	switch claim {
	case ".pdf", "application/pdf":
		return one(KindPDF)
	case ".zip", "application/zip":
		return func(is Kind) bool { return zipped[is] }, true
	case ".txt", ".csv", ".log", ".html", ".htm", ".xml", ".json", ".ics", ".vcf", ".eml":
		return func(is Kind) bool { return isTextual[is] || is == KindEmpty || is == KindPGP }, true
	case ".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".bmp", ".webp", ".heic":
		return picture, true
	case ".doc", ".xls", ".ppt", ".docx", ".xlsx", ".pptx", ".docm", ".xlsm", ".pptm":
		if claim == ".xls" {
			office = append(office, KindText, KindCSV)
		}
		return one(office...)
	case ".odt", ".ods", ".odp":
		return one(KindODT, KindODS, KindODP, KindXML)
	case ".rtf", "text/rtf", "application/rtf":
		return one(KindRTF)
	case "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return one(KindCMS, KindText)
	}
	switch {
	case strings.HasPrefix(claim, "image/"):
		return picture, true
	case strings.HasPrefix(claim, "text/") && claim != "text/richtext":
		return func(is Kind) bool { return isTextual[is] || is == KindEmpty || is == KindPGP }, true
	}
	return nil, false
}
