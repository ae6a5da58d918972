package extract

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
)

// zipDirectory is where a zip file's central directory lies (APPNOTE.TXT
// sections 4.3.12 to 4.3.16).
type zipDirectory struct {
	offset  int64 // of the directory in the file
	size    int64
	entries uint64
	comment []byte
	end     int64 // where the whole zip file ends
	// shift is what has to be added to the offsets that stand in the archive:
	// bytes may stand before it.
	shift int64
}

var errNoDirectory = errors.New("zip: no directory")

// zipEnd begins the record at a zip file's end. It has 22 bytes, then a comment
// of up to 64 KB, and some programs leave a little behind that.
const (
	zipEnd  = "PK\x05\x06"
	zipTail = 22 + 0xFFFF + 64
)

// mayEndZip reports whether the sign of a zip file's end stands where it may.
// head is the file's beginning, and is overwritten.
func mayEndZip(f File, head []byte) bool {
	if int64(len(head)) == f.Size {
		return bytes.Contains(head, []byte(zipEnd))
	}
	for at := max(0, f.Size-zipTail); ; {
		n, err := f.Data.ReadAt(head, at)
		if bytes.Contains(head[:n], []byte(zipEnd)) {
			return true
		}
		if err != nil || n < len(zipEnd) {
			return false // an error shows again where the file is read
		}
		at += int64(n - len(zipEnd) + 1)
	}
}

// findDirectory looks for the directory that the end of the file tells of.
func findDirectory(data io.ReaderAt, size int64) (zipDirectory, error) {
	tail := make([]byte, min(size, zipTail))
	base := size - int64(len(tail))
	if n, err := data.ReadAt(tail, base); n < len(tail) {
		return zipDirectory{}, err
	}
	if !bytes.Contains(tail, []byte(zipEnd)) { // much faster than LastIndex, and mostly so
		return zipDirectory{}, errNoDirectory
	}
	for at := len(tail); ; {
		if at = bytes.LastIndex(tail[:at], []byte(zipEnd)); at < 0 {
			return zipDirectory{}, errNoDirectory
		}
		if d, ok := directoryAt(data, tail[at:], base+int64(at)); ok {
			return d, nil
		}
	}
}

// directoryAt reads an end record that stands at offset end. It is one only if
// a directory stands before it.
func directoryAt(data io.ReaderAt, record []byte, end int64) (zipDirectory, bool) {
	if len(record) < 22 {
		return zipDirectory{}, false
	}
	le := binary.LittleEndian
	d := zipDirectory{entries: uint64(le.Uint16(record[10:])), size: int64(le.Uint32(record[12:]))}
	offset := int64(le.Uint32(record[16:]))
	comment := part(record, 22, int(le.Uint16(record[20:])))
	fileEnd := end + 22 + int64(len(comment))
	if d.entries == 0xFFFF || d.size == 0xFFFFFFFF || offset == 0xFFFFFFFF {
		if big, bigOffset, at, ok := directory64(data, end); ok {
			d, offset, end = big, bigOffset, at
		}
	}
	d.comment, d.end = bytes.Clone(comment), fileEnd
	if d.entries == 0 {
		d.offset = end
		return d, d.size == 0 && end == offset
	}
	d.offset = end - d.size
	if !signed(data, d.offset, "PK\x01\x02") {
		if d.offset = offset; !signed(data, offset, "PK\x01\x02") {
			return zipDirectory{}, false
		}
	}
	d.shift = d.offset - offset
	return d, d.shift >= 0
}

// directory64 reads the end record of ZIP64, which stands before the other one
// at offset end.
func directory64(data io.ReaderAt, end int64) (d zipDirectory, offset, at int64, ok bool) {
	var locator [20]byte
	if n, _ := data.ReadAt(locator[:], end-20); end < 20 || n < 20 || string(locator[:4]) != "PK\x06\x07" {
		return d, 0, 0, false
	}
	le := binary.LittleEndian
	for _, at := range []int64{int64(le.Uint64(locator[8:])), end - 20 - 56} {
		var record [56]byte
		if at < 0 {
			continue
		}
		if n, _ := data.ReadAt(record[:], at); n < 56 || string(record[:4]) != "PK\x06\x06" {
			continue
		}
		d := zipDirectory{entries: le.Uint64(record[32:]), size: int64(le.Uint64(record[40:]))}
		return d, int64(le.Uint64(record[48:])), at, d.size >= 0
	}
	return d, 0, 0, false
}

func signed(data io.ReaderAt, at int64, sign string) bool {
	b := make([]byte, len(sign))
	if at < 0 {
		return false
	}
	n, _ := data.ReadAt(b, at)
	return n == len(sign) && string(b) == sign
}

// start is where the first entry lies.
func (d zipDirectory) start(f File) int64 {
	first := d.offset
	_ = d.walk(f, func(e zipEntry) error {
		first = min(first, e.offset)
		return nil
	})
	return max(0, first)
}

// zipEntry is a file in a zip file, as the directory or its own header tells.
type zipEntry struct {
	name    string
	raw     []byte // the name's bytes
	method  uint16
	flags   uint16
	crc     uint32
	time    uint16
	packed  int64 // compressed size, -1 if unknown
	size    int64
	offset  int64 // of its header in the file
	extra   []byte
	comment []byte
	aes     *zipAES
}

// Bits of the general purpose flag (APPNOTE.TXT section 4.4.4).
const (
	zipFlagEncrypted  = 1 << 0
	zipFlagDescriptor = 1 << 3
	zipFlagStrong     = 1 << 6
	zipFlagUTF8       = 1 << 11
)

// errZip says that a zip file's directory is broken.
var errZip = errors.New("zip: broken directory")

// walk calls visit for each entry of the directory, also for those beyond the
// number that it tells. It holds one at a time.
func (d zipDirectory) walk(f File, visit func(zipEntry) error) error {
	r := newForward(io.NewSectionReader(f.Data, d.offset, f.Size-d.offset))
	for n := uint64(0); ; n++ {
		b := r.next(46)
		if len(b) < 46 || string(b[:4]) != "PK\x01\x02" {
			if n < d.entries {
				return errZip
			}
			return nil
		}
		le := binary.LittleEndian
		e := zipEntry{
			flags: le.Uint16(b[8:]), method: le.Uint16(b[10:]), time: le.Uint16(b[12:]), crc: le.Uint32(b[16:]),
			packed: int64(le.Uint32(b[20:])), size: int64(le.Uint32(b[24:])), offset: int64(le.Uint32(b[42:])),
		}
		nameSize, extraSize, commentSize := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
		rest := r.next(nameSize + extraSize + commentSize)
		if len(rest) < nameSize+extraSize {
			return errZip
		}
		e.raw = bytes.Clone(rest[:nameSize])
		e.extra = bytes.Clone(rest[nameSize : nameSize+extraSize])
		e.comment = bytes.Clone(rest[nameSize+extraSize:])
		e.readExtra()
		e.offset += d.shift
		if err := visit(e); err != nil {
			return err
		}
	}
}

// readExtra takes over what the extra fields say (APPNOTE.TXT section 4.5, and
// Info-ZIP's for the name in UTF-8), and decodes the name.
func (e *zipEntry) readExtra() {
	le := binary.LittleEndian
	e.name = zipName(e.raw, e.flags&zipFlagUTF8 != 0)
	for b := e.extra; len(b) >= 4; {
		id, size := le.Uint16(b), int(le.Uint16(b[2:]))
		if len(b) < 4+size {
			return
		}
		field := b[4 : 4+size]
		b = b[4+size:]
		switch {
		case id == 0x0001: // ZIP64
			for _, v := range []*int64{&e.size, &e.packed, &e.offset} {
				if *v == 0xFFFFFFFF && len(field) >= 8 {
					*v = int64(le.Uint64(field) & (1<<63 - 1))
					field = field[8:]
				}
			}
		case id == 0x7075 && size > 5: // Unicode path
			e.name = string(field[5:])
		case id == 0x9901 && size >= 7:
			e.aes = &zipAES{strength: field[4], method: le.Uint16(field[5:]), version: le.Uint16(field)}
		}
	}
}

// zipKind says what kind of file a zip file is by the names in it. OOXML has a
// list of its content types and one main part, ODF and EPUB a file "mimetype" in
// front.
func zipKind(f File) Kind {
	d, err := findDirectory(f.Data, f.Size)
	if err != nil {
		return KindZip
	}
	types, main, kind := false, false, KindZip
	seen := 0
	errDone := errors.New("seen enough")
	_ = d.walk(f, func(e zipEntry) error {
		name := strings.ToLower(strings.ReplaceAll(strings.TrimLeft(e.name, "/"), `\`, "/"))
		folder, _, _ := strings.Cut(name, "/")
		switch {
		case name == "[content_types].xml":
			types = true
		case kind != KindZip:
		case name == "mimetype":
			kind = odfKind(f, e)
		default:
			kind = cmp.Or(ooxmlFolders[folder], KindZip)
		}
		main = main || slices.Contains(ooxmlMain, name)
		if seen++; seen > 4096 || (types || main) && kind != KindZip {
			return errDone
		}
		return nil
	})
	if !types && !main && (kind == KindDocx || kind == KindXlsx || kind == KindPptx) {
		return KindZip
	}
	return kind
}

// ooxmlFolders and ooxmlMain are where OOXML files have what they are about.
var (
	ooxmlFolders = map[string]Kind{"word": KindDocx, "xl": KindXlsx, "ppt": KindPptx}
	ooxmlMain    = []string{"word/document.xml", "xl/workbook.xml", "xl/workbook.bin", "ppt/presentation.xml"}
)

// odfKind reads the media type that an OpenDocument file begins with.
func odfKind(f File, e zipEntry) Kind {
	head := make([]byte, 256)
	n, _ := f.Data.ReadAt(head, max(0, e.offset))
	at := bytes.Index(head[:n], []byte("application/vnd.oasis."))
	if at < 0 {
		return KindZip
	}
	return cmp.Or(odfMediaKind(string(head[at:n])), KindZip)
}
