package extract

import (
	"bufio"
	"errors"
	"io"
)

// rtfMaxDepth is how deeply groups may be nested; Word gives up earlier.
const rtfMaxDepth = 5_000

var errRTF = errors.New("rtf: ends before its groups")

// rtfReader reads Rich Text Format (specification 1.9.1), as a stream.
type rtfReader struct {
	w  *work
	in *bufio.Reader
	f  *officeFlow

	state  rtfState
	stack  []rtfState
	beyond int // groups that are open above rtfMaxDepth

	page  int         // code page of the document
	fonts map[int]int // code pages of the fonts
	font  int         // the font that the table is defining
	html  bool        // the text was made of HTML, whose tags are kept beside

	chars []byte   // characters that wait to be decoded together
	units []uint16 // UTF-16 that waits to be complete
	skip  int      // characters still to be passed over after \u
	name  []byte   // of the drawing's property whose value follows
}

// rtfState is what a group keeps for itself.
type rtfState struct {
	dest    rtfDest
	place   string // for text of destOther
	page    int
	uc      int // characters that stand for one \u
	hidden  bool
	deleted bool
	table   bool
	starred bool // \* came, the destination is still to come
	fresh   bool // nothing has come in this group yet
	pushed  bool // the block was set aside for this group
	rtfOnly bool // text that is repeated in the HTML
}

// rtfDest is what the text of a group is.
type rtfDest byte

const (
	destText  rtfDest = iota
	destSkip          // nothing for people
	destFonts         // the font table
	destOther         // text for a place of its own
	destLine          // a value for a place, one line
	destName          // the name of a drawing's property
)

// readRTF reads an RTF file.
func readRTF(w *work) error {
	r := &rtfReader{
		w: w, in: bufio.NewReaderSize(w.counted(w.open()), 64<<10), f: newOfficeFlow(w, ""),
		page: 1252, fonts: map[int]int{}, font: -1,
	}
	r.state = rtfState{uc: 1, page: 1252}
	err := r.read()
	if errors.Is(err, errStop) {
		return err
	}
	if ferr := r.flush(); ferr != nil {
		return ferr
	}
	if ferr := r.f.end(); ferr != nil {
		return ferr
	}
	return err
}

func (r *rtfReader) read() error {
	opened := false
	for {
		c, err := r.in.ReadByte()
		if err == io.EOF {
			if len(r.stack) > 0 || !opened {
				return errRTF
			}
			return nil
		}
		if err != nil {
			return err
		}
		switch c {
		case '{':
			opened = true
			err = r.open()
		case '}':
			err = r.close()
		case '\\':
			err = r.control()
		case '\r', '\n', 0:
		default:
			err = r.char(c)
		}
		if err != nil {
			return err
		}
	}
}

func (r *rtfReader) open() error {
	r.skip = 0
	if err := r.flush(); err != nil {
		return err
	}
	if len(r.stack) >= rtfMaxDepth {
		r.w.lost(ProblemBudget)
		r.beyond++
		return nil
	}
	r.stack = append(r.stack, r.state)
	r.state.fresh, r.state.pushed, r.state.starred = true, false, false
	return nil
}

func (r *rtfReader) close() error {
	r.skip = 0
	if err := r.flush(); err != nil {
		return err
	}
	if r.beyond > 0 {
		r.beyond--
		return nil
	}
	n := len(r.stack)
	if n == 0 {
		return nil // text may follow all the same
	}
	was := r.state
	r.state = r.stack[n-1]
	r.stack = r.stack[:n-1]
	if was.dest == destLine && r.state.dest != destLine {
		r.f.aside(was.place, "\n")
	}
	if was.pushed {
		return r.f.pop()
	}
	return nil
}

// char takes one character of text.
func (r *rtfReader) char(c byte) error {
	r.state.fresh = false
	if r.skip > 0 {
		r.skip--
		return nil
	}
	if r.state.dest == destSkip || r.state.dest == destFonts {
		return nil
	}
	if len(r.units) > 0 {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if r.chars = append(r.chars, c); len(r.chars) >= flowBatch {
		return r.flush()
	}
	return nil
}

// unit takes a character by its UTF-16 code.
func (r *rtfReader) unit(c uint16) error {
	r.state.fresh = false
	if r.state.dest == destSkip || r.state.dest == destFonts {
		return nil
	}
	if len(r.chars) > 0 {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if r.units = append(r.units, c); len(r.units) >= flowBatch {
		return r.flush()
	}
	return nil
}

// flush puts the characters that wait where they belong.
func (r *rtfReader) flush() error {
	var text []byte
	if len(r.chars) > 0 {
		text = []byte(decodePage(r.chars, r.state.page))
	}
	text = appendUTF16(text, r.units)
	r.chars, r.units = r.chars[:0], r.units[:0]
	if len(text) == 0 {
		return nil
	}
	switch s := &r.state; {
	case s.dest == destLine:
		r.f.aside(s.place, string(text))
		return nil
	case s.rtfOnly:
		return nil
	case s.dest == destName:
		r.name = append(r.name[:0], text[:min(len(text), 64)]...)
		return nil
	case s.deleted:
		return r.f.add("deleted", text)
	case s.dest == destOther:
		return r.f.add(s.place, text)
	case s.hidden:
		return r.f.add("hidden", text)
	}
	return r.f.add(r.f.place, text)
}

// control reads what follows a backslash.
func (r *rtfReader) control() error {
	c, err := r.in.ReadByte()
	if err != nil {
		return nil
	}
	if c|0x20 < 'a' || c|0x20 > 'z' {
		return r.symbol(c)
	}
	word, value, given, err := r.word(c)
	if err != nil {
		return err
	}
	if r.skip > 0 && word != "bin" {
		r.skip--
		return nil
	}
	fresh, starred := r.state.fresh, r.state.starred
	r.state.fresh, r.state.starred = false, false
	if word == "bin" {
		_, err := io.CopyN(io.Discard, r.in, int64(max(value, 0)))
		return err
	}
	if done, err := r.destination(word, fresh || starred); done || err != nil {
		return err
	}
	if starred {
		// Nobody who doesn't know this destination reads it.
		r.state.dest = destSkip
		return nil
	}
	return r.property(word, value, given)
}

// word reads a control word that begins with c, and its number.
func (r *rtfReader) word(c byte) (word string, value int, given bool, err error) {
	var name [32]byte
	n := 0
	for ; c|0x20 >= 'a' && c|0x20 <= 'z' && err == nil; c, err = r.in.ReadByte() {
		if n < len(name) {
			name[n] = c
			n++
		}
	}
	negative := err == nil && c == '-'
	if negative {
		c, err = r.in.ReadByte()
	}
	for ; err == nil && c >= '0' && c <= '9'; c, err = r.in.ReadByte() {
		given = true
		if value < 1<<31 {
			value = value*10 + int(c-'0')
		}
	}
	if negative {
		value = -value
	}
	if err == nil && c != ' ' {
		err = r.in.UnreadByte()
	}
	if err == io.EOF {
		err = nil
	}
	return string(name[:n]), value, given, err
}

// symbol takes a control symbol.
func (r *rtfReader) symbol(c byte) error {
	switch c {
	case '*':
		r.state.starred = true
		return nil
	case '\'':
		var digits [2]byte
		for i := range digits {
			d, err := r.in.ReadByte()
			if err != nil {
				return nil
			}
			digits[i] = d
		}
		hi, ok1 := hexDigit(digits[0])
		lo, ok2 := hexDigit(digits[1])
		if !ok1 || !ok2 {
			return nil
		}
		return r.char(hi<<4 | lo)
	case '\r', '\n':
		return r.property("par", 0, false)
	case '~':
		return r.text("\u00a0")
	case '_':
		return r.text("-")
	case '\\', '{', '}':
		return r.char(c)
	case '\t':
		return r.property("tab", 0, false)
	}
	return nil
}

// text takes characters that a symbol or word stands for.
func (r *rtfReader) text(s string) error {
	if r.skip > 0 {
		r.skip--
		return nil
	}
	for _, c := range s {
		if err := r.unit(uint16(c)); err != nil {
			return err
		}
	}
	return nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
