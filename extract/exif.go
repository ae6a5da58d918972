package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf16"
)

// exifNames are the tags that hold text people write (TIFF 6.0, Exif 3.0).
var exifNames = map[uint16]string{
	0x010D: "DocumentName", 0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software", 0x013B: "Artist", 0x013C: "HostComputer",
	0x8298: "Copyright", 0x9286: "UserComment", 0x9C9B: "Title", 0x9C9C: "Comment", 0x9C9D: "Author", 0x9C9E: "Keywords", 0x9C9F: "Subject",
	0xA420: "ImageUniqueID", 0xA430: "CameraOwnerName", 0xA431: "BodySerialNumber",
}

const (
	exifXMP    = 0x02BC
	exifIPTC   = 0x83BB
	exifSub    = 0x8769
	exifGPS    = 0x8825
	exifPixels = 0x014A // further pictures
)

// exif reads the tags of a TIFF structure that r holds.
func (w *work) exif(r *io.SectionReader) error {
	var head [8]byte
	if n, _ := r.ReadAt(head[:], 0); n < 8 {
		return errPicture
	}
	t := &tags{w: w, r: r, order: binary.LittleEndian, seen: map[uint32]bool{}}
	if head[0] == 'M' {
		t.order = binary.BigEndian
	}
	if t.order.Uint16(head[2:]) != 42 {
		w.lost(ProblemFeature) // BigTIFF
		return w.xmp()
	}
	return t.directory(t.order.Uint32(head[4:]))
}

// tags reads the directories of a TIFF structure, each once.
type tags struct {
	w     *work
	r     *io.SectionReader
	order binary.ByteOrder
	seen  map[uint32]bool
}

const maxDirectories = 256

func (t *tags) directory(at uint32) error {
	for at != 0 && !t.seen[at] && len(t.seen) < maxDirectories {
		t.seen[at] = true
		var count [4]byte
		if n, _ := t.r.ReadAt(count[:2], int64(at)); n < 2 {
			return errPicture
		}
		entries := make([]byte, 12*int(t.order.Uint16(count[:])))
		n, _ := t.r.ReadAt(entries, int64(at)+2)
		for e := entries[:n]; len(e) >= 12; e = e[12:] {
			if err := t.entry(e[:12]); err != nil {
				return err
			}
		}
		if n < len(entries) {
			return errPicture
		}
		if k, _ := t.r.ReadAt(count[:], int64(at)+2+int64(len(entries))); k < 4 {
			return nil // many writers leave the last offset away
		}
		at = t.order.Uint32(count[:])
	}
	return nil
}

// entry reads one tag.
func (t *tags) entry(e []byte) error {
	tag, kind, count := t.order.Uint16(e), t.order.Uint16(e[2:]), int64(t.order.Uint32(e[4:]))
	const ascii, undefined = 2, 7
	switch tag {
	case exifSub, exifGPS, exifPixels:
		return t.directory(t.order.Uint32(e[8:]))
	case exifXMP:
		return t.w.packet(io.NewSectionReader(t.r, int64(t.order.Uint32(e[8:])), count))
	case exifIPTC:
		if kind == 4 { // counted in longs
			count *= 4
		}
		return t.w.iptc(t.value(e, count))
	}
	name, known := exifNames[tag]
	if kind != ascii && !known {
		return nil
	}
	if !known {
		name = fmt.Sprintf("Tag%04X", tag)
	}
	value := t.value(e, count)
	switch {
	case tag >= 0x9C9B && tag <= 0x9C9F:
		value = []byte(utf16String(value[:len(value)&^1]))
	case tag == 0x9286 && len(value) >= 8:
		value = t.comment(value)
	case kind != ascii && kind != undefined:
		return nil
	}
	return t.w.metadata(name, printable(bytes.ReplaceAll(value, []byte{0}, []byte{' '})))
}

// value is what an entry of single bytes holds or points to.
func (t *tags) value(e []byte, count int64) []byte {
	if count <= 4 {
		return bytes.Clone(e[8 : 8+count])
	}
	b := make([]byte, min(count, maxPacket, t.r.Size()))
	n, _ := t.r.ReadAt(b, int64(t.order.Uint32(e[8:])))
	return b[:n]
}

// comment decodes a user's comment, which begins with its character set.
func (t *tags) comment(value []byte) []byte {
	text := value[8:]
	if !bytes.HasPrefix(value, []byte("UNICODE\x00")) {
		return text
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = t.order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}
