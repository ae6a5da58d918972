package extract

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

var errLZFu = errors.New("compressed rtf: broken")

// rtfDictionary is what the dictionary of compressed RTF begins with
// ([MS-OXRTFCP] 2.1.2.1).
const rtfDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// rtfExpander expands the compressed RTF of a message ([MS-OXRTFCP]). One byte
// of it makes at most nine.
type rtfExpander struct {
	in   *bufio.Reader
	dict [4096]byte
	at   int // where the next byte goes in dict

	flags, bits int // which of the next tokens are references
	from, left  int // of the reference that is being copied
}

// expandRTF starts on r.
func expandRTF(r io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 16<<10)
	head := make([]byte, 16)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, errLZFu
	}
	switch binary.LittleEndian.Uint32(head[8:]) {
	case 0x414C454D: // "MELA": as it is
		return io.LimitReader(in, int64(binary.LittleEndian.Uint32(head[4:]))), nil
	case 0x75465A4C: // "LZFu"
		e := &rtfExpander{in: in}
		e.at = copy(e.dict[:], rtfDictionary)
		return e, nil
	}
	return nil, errLZFu
}

func (e *rtfExpander) Read(p []byte) (int, error) {
	for n := range p {
		c, err := e.next()
		if err != nil {
			return n, err
		}
		e.dict[e.at] = c
		e.at = (e.at + 1) % len(e.dict)
		p[n] = c
	}
	return len(p), nil
}

// next is the next byte of the text.
func (e *rtfExpander) next() (byte, error) {
	if e.left == 0 {
		if literal, c, err := e.token(); literal || err != nil {
			return c, err
		}
	}
	c := e.dict[e.from]
	e.from = (e.from + 1) % len(e.dict)
	e.left--
	return c, nil
}

// token reads a byte that stands for itself, or a reference into the
// dictionary; one to its own place is the end.
func (e *rtfExpander) token() (literal bool, c byte, err error) {
	if e.bits == 0 {
		flags, err := e.in.ReadByte()
		if err != nil {
			return false, 0, err
		}
		e.flags, e.bits = int(flags), 8
	}
	reference := e.flags&1 != 0
	e.flags >>= 1
	e.bits--
	if c, err = e.in.ReadByte(); err != nil || !reference {
		return true, c, err
	}
	low, err := e.in.ReadByte()
	if err != nil {
		return false, 0, errLZFu
	}
	e.from, e.left = int(c)<<4|int(low)>>4, int(low&0x0F)+2
	if e.from == e.at {
		return false, 0, io.EOF
	}
	return false, 0, nil
}
