package extract

import (
	"errors"
	"math/bits"
)

var errVBA = errors.New("macros: broken")

// macros reads the source of the macros in a storage "VBA" ([MS-OVBA]).
func (r *oleReader) macros(d oleDir) error {
	packed, err := r.slurp(d, "dir")
	if err != nil {
		return err
	}
	list, err := expandVBA(packed)
	if err != nil {
		return err
	}
	page, stream := 1252, ""
	for at := 0; at+6 <= len(list); {
		kind, size := u16(list, at), u32(list, at+2)
		data := part(list, at+6, size)
		at += 6 + size
		switch kind {
		case 0x0009: // PROJECTVERSION is longer than it says
			at += 2
		case 0x0003:
			page = u16(data, 0)
		case 0x001A:
			stream = decodePage(data, page)
		case 0x0032:
			stream = utf16Text(data)
		case 0x0031:
			if err := r.w.passed(r.module(d, stream, u32(data, 0), page)); err != nil {
				return err
			}
		}
	}
	return nil
}

// module reads the source of one module, which begins at an offset.
func (r *oleReader) module(d oleDir, stream string, offset, page int) error {
	e := d.find(stream)
	if e == nil || r.read[e] {
		return nil
	}
	b, err := r.slurp(d, stream)
	if err != nil {
		return err
	}
	source, err := expandVBA(part(b, offset, len(b)))
	if text := r.w.line("macros", decodePage(source, page)); text != nil {
		return text
	}
	return err
}

// expandVBA expands a compressed container ([MS-OVBA] 2.4.1). One byte of it
// makes at most some hundred. With an error it returns what came before.
func expandVBA(b []byte) ([]byte, error) {
	if len(b) < 3 || b[0] != 1 {
		return nil, errVBA
	}
	var out []byte
	for b = b[1:]; len(b) >= 2; {
		head := u16(b, 0)
		chunk := part(b, 2, head&0x0FFF+1)
		b = part(b, 2+len(chunk), len(b))
		if head&0x8000 == 0 {
			out = append(out, chunk...)
			continue
		}
		var err error
		if out, err = expandChunk(out, chunk); err != nil || len(out) > maxOLEStream {
			return out, errVBA
		}
	}
	return out, nil
}

// expandChunk appends one chunk of at most 4096 bytes.
func expandChunk(out, in []byte) ([]byte, error) {
	start := len(out)
	for len(in) > 0 {
		flags := in[0]
		in = in[1:]
		for bit := 0; bit < 8 && len(in) > 0; bit++ {
			if flags>>bit&1 == 0 {
				out = append(out, in[0])
				in = in[1:]
				continue
			}
			if len(in) < 2 {
				return out, errVBA
			}
			token := u16(in, 0)
			in = in[2:]
			// The further on, the more bits tell where to copy from.
			width := max(bits.Len(uint(max(len(out)-start, 1)-1)), 4)
			n := token&(0xFFFF>>width) + 3
			from := len(out) - token>>(16-width) - 1
			if from < start || len(out)-start+n > 4096 {
				return out, errVBA
			}
			for range n {
				out = append(out, out[from])
				from++
			}
		}
	}
	return out, nil
}
