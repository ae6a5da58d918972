package extract

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
)

// The readers of pictures read what describes them: EXIF, XMP, IPTC and
// comments. The pixels are for a program that reads letters in pictures, and
// the result says so. What stands behind a picture's end is a file of its own.

// errPicture says that a picture is cut or broken.
var errPicture = errors.New("picture: broken")

// metadata hands text on at place "metadata", as a line.
func (w *work) metadata(name string, text []byte) error {
	text = bytes.TrimRight(text, "\x00")
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	if name != "" {
		text = append(append([]byte(name), '\t'), text...)
	}
	return w.text("metadata", append(w.sniffed.charset.sample(text), '\n'))
}

// behind hands on what stands behind a picture's end.
func (w *work) behind(end int64) error {
	tail := io.NewSectionReader(w.file.Data, end, w.file.Size-end)
	if w.sniffed.also == KindZip && signed(w.file.Data, end, "PK\x03\x04") {
		return nil // read as the archive that it is
	}
	var first [512]byte
	n, _ := tail.ReadAt(first[:], 0)
	if end >= w.file.Size || int64(n) == tail.Size() && len(bytes.Trim(first[:n], "\x00\xFF\r\n ")) == 0 {
		return nil // padding
	}
	w.note(ProblemMismatch)
	return w.child(Child{Size: tail.Size()}, tail)
}

// section returns a piece of the file, cut where the file ends.
func (w *work) section(from, size int64) *io.SectionReader {
	return io.NewSectionReader(w.file.Data, from, max(0, min(size, w.file.Size-from)))
}

// piece returns a piece of the file in memory; it is bounded, what is longer is cut.
func (w *work) piece(from, size int64) []byte {
	b := make([]byte, max(0, min(size, maxPacket, w.file.Size-from)))
	n, _ := w.file.Data.ReadAt(b, from)
	return b[:n]
}

// readJPEG reads the segments before the pixels, and goes through those to the
// picture's end (ITU-T T.81, JEITA CP-3451 EXIF, XMP part 3).
func readJPEG(w *work) error {
	w.lost(ProblemImage)
	r := newForward(w.open())
	at := int64(2)
	r.next(2)
	for {
		b := r.next(2)
		at += 2
		if len(b) < 2 {
			return errPicture
		}
		if b[0] != 0xFF {
			return errPicture
		}
		marker := b[1]
		for marker == 0xFF { // padding
			if b = r.next(1); len(b) == 0 {
				return errPicture
			}
			marker, at = b[0], at+1
		}
		switch {
		case marker == 0xD9:
			return w.behind(at)
		case marker == 0x01 || marker >= 0xD0 && marker <= 0xD8:
			continue
		}
		b = r.peek(2)
		if len(b) < 2 {
			return errPicture
		}
		size := int64(binary.BigEndian.Uint16(b))
		if size < 2 {
			return errPicture
		}
		if err := w.jpegSegment(marker, at+2, size-2); err != nil {
			return err
		}
		r.next(int(size))
		at += size
		if marker == 0xDA {
			at += skipScan(r)
		}
	}
}

// skipScan goes to the marker that ends the pixels.
func skipScan(r *forward) (skipped int64) {
	for {
		b := r.peek(2)
		if len(b) < 2 {
			return skipped
		}
		i := bytes.IndexByte(b[:len(b)-1], 0xFF)
		if i < 0 {
			i = len(b) - 1
		} else if next := b[i+1]; next != 0 && (next < 0xD0 || next > 0xD7) {
			r.next(i)
			return skipped + int64(i)
		} else {
			i += 2
		}
		r.next(i)
		skipped += int64(i)
	}
}

func (w *work) jpegSegment(marker byte, at, size int64) error {
	const app1, app2, app13, comment = 0xE1, 0xE2, 0xED, 0xFE
	switch marker {
	case comment:
		return w.metadata("Comment", w.piece(at, size))
	case app1:
		head := w.piece(at, min(size, 40))
		const xmp, extended = "http://ns.adobe.com/xap/1.0/\x00", "http://ns.adobe.com/xmp/extension/\x00"
		switch {
		case bytes.HasPrefix(head, []byte("Exif\x00\x00")):
			return w.exif(w.section(at+6, size-6))
		case bytes.HasPrefix(head, []byte(xmp)):
			return w.packet(w.section(at+int64(len(xmp)), size-int64(len(xmp))))
		case bytes.HasPrefix(head, []byte(extended)):
			// A packet of several segments: each piece is read as it stands.
			return w.copyText("metadata", charset{}.reader(w.section(at+75, size-75)))
		}
	case app13:
		return w.iptc(w.piece(at, size))
	}
	return nil
}

// iptc reads the text fields of IPTC-IIM, wherever in b they stand (IIM 4.2
// section 1.6).
func (w *work) iptc(b []byte) error {
	for {
		i := bytes.Index(b, []byte{0x1C, 0x02})
		if i < 0 || len(b) < i+5 {
			return nil
		}
		size := int(binary.BigEndian.Uint16(b[i+3:]))
		if size > len(b)-i-5 {
			b = b[i+2:]
			continue
		}
		if err := w.metadata("IPTC", printable(b[i+5:i+5+size])); err != nil {
			return err
		}
		b = b[i+5+size:]
	}
}

// readPNG reads a PNG's text chunks (PNG third edition, section 11.3).
func readPNG(w *work) error {
	w.lost(ProblemImage)
	for at := int64(8); ; {
		var head [8]byte
		if n, _ := w.file.Data.ReadAt(head[:], at); n < 8 {
			return errPicture
		}
		if err := w.spend(0); err != nil {
			return err
		}
		size := int64(binary.BigEndian.Uint32(head[:]))
		if err := w.pngChunk(string(head[4:]), at+8, size); err != nil {
			return err
		}
		at += 12 + size
		if string(head[4:]) == "IEND" {
			return w.behind(at)
		}
		if at > w.file.Size {
			return errPicture
		}
	}
}

func (w *work) pngChunk(name string, at, size int64) error {
	switch name {
	case "eXIf":
		return w.exif(w.section(at, size))
	case "tEXt", "zTXt", "iTXt":
	default:
		return nil
	}
	key, text, _ := bytes.Cut(w.piece(at, size), []byte{0})
	packed := name == "zTXt"
	switch {
	case packed && len(text) > 0:
		text = text[1:]
	case name == "iTXt" && len(text) > 2:
		packed = text[0] == 1
		_, text, _ = bytes.Cut(text[2:], []byte{0}) // language
		translated, rest, _ := bytes.Cut(text, []byte{0})
		key, text = append(append(key, ' '), translated...), rest
	}
	if string(bytes.TrimSpace(key)) == "XML:com.adobe.xmp" && !packed {
		return w.packet(bytes.NewReader(text))
	}
	if packed {
		r, err := zlib.NewReader(bytes.NewReader(text))
		if err == nil {
			text, err = io.ReadAll(io.LimitReader(r, maxPacket))
		}
		switch {
		case err != nil:
			w.lost(ProblemBroken)
		case len(text) == maxPacket:
			w.lost(ProblemBudget)
		}
	}
	return w.metadata(string(bytes.TrimSpace(key)), text)
}

// readGIF reads a GIF's comments and extensions (GIF89a sections 15 to 27).
func readGIF(w *work) error {
	w.lost(ProblemImage)
	r := &counted{forward: newForward(w.open())}
	head := r.take(13)
	if len(head) < 13 {
		return errPicture
	}
	r.palette(head[10])
	for {
		b := r.take(1)
		if len(b) == 0 {
			return errPicture
		}
		switch b[0] {
		case 0x3B:
			return w.behind(r.at)
		case 0x2C:
			if head = r.take(9); len(head) < 9 {
				return errPicture
			}
			r.palette(head[8])
			r.take(1)
			r.blocks(nil)
		case 0x21:
			label := r.take(1)
			if len(label) == 0 {
				return errPicture
			}
			// 0xF9 is a picture's timing; comments, texts and programs' own blocks
			// may say something.
			var text []byte
			if keep := label[0] != 0xF9; keep {
				text = r.blocks([]byte{})
			} else {
				r.blocks(nil)
			}
			if err := w.metadata("", printable(text)); err != nil {
				return err
			}
		default:
			return errPicture
		}
	}
}

// counted counts what it goes over.
type counted struct {
	*forward
	at int64
}

func (c *counted) take(n int) []byte {
	b := c.next(n)
	c.at += int64(len(b))
	return b
}

func (c *counted) palette(flags byte) {
	if flags&0x80 != 0 {
		c.take(3 << (flags&7 + 1))
	}
}

// blocks goes over a chain of blocks, and appends them to keep if that isn't
// nil, up to maxPacket bytes.
func (c *counted) blocks(keep []byte) []byte {
	for {
		size := c.take(1)
		if len(size) == 0 || size[0] == 0 {
			return keep
		}
		b := c.take(int(size[0]))
		if keep != nil && len(keep) < maxPacket {
			keep = append(keep, b...)
		}
	}
}

// printable leaves away control characters.
func printable(b []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, b)
}

// readWebP reads a WebP's EXIF and XMP chunks (RFC 9649 section 2.7).
func readWebP(w *work) error {
	w.lost(ProblemImage)
	end := 8 + int64(binary.LittleEndian.Uint32(append(w.head(8), make([]byte, 8)...)[4:]))
	for at := int64(12); at+8 <= min(end, w.file.Size); {
		head := w.piece(at, 8)
		if len(head) < 8 {
			return errPicture
		}
		if err := w.spend(0); err != nil {
			return err
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		var err error
		switch string(head[:4]) {
		case "EXIF":
			err = w.exif(w.section(at+8, size))
		case "XMP ":
			err = w.packet(w.section(at+8, size))
		}
		if err != nil {
			return err
		}
		at += 8 + size + size&1
	}
	if end > w.file.Size {
		return errPicture
	}
	return w.behind(end + end&1)
}

// readTIFF reads a TIFF's tags (TIFF 6.0), which are EXIF's.
func readTIFF(w *work) error {
	w.lost(ProblemImage)
	return w.exif(w.section(0, w.file.Size))
}

// readPicture reads a picture of which only XMP is known.
func readPicture(w *work) error {
	w.lost(ProblemImage)
	return w.xmp()
}

// readMedia reads the texts in sound and film files as the runs of characters
// that they are, at their beginning and end, where tags stand.
func readMedia(w *work) error {
	w.lost(ProblemImage)
	const tags = 256 << 10
	for _, part := range []*io.SectionReader{w.section(0, tags), w.section(max(tags, w.file.Size-tags), tags)} {
		if err := w.runs("metadata", part); err != nil {
			return err
		}
	}
	return nil
}
