package extract

import (
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	textunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// charset says how bytes become text. The zero value is UTF-8 whose broken
// bytes are read in an 8-bit charset that is guessed.
type charset struct {
	claimed string // the name, "" if nobody told one that counts
	// wide is set for encodings that aren't ASCII with something added.
	wide encoding.Encoding
	// narrow reads the bytes that are no UTF-8; nil is a guess.
	narrow *charmap.Charmap
}

// charsetOf says how the text of f is encoded: by its byte order mark, by
// where its zero bytes are, by being UTF-8, and else as f claims.
func charsetOf(f File, head []byte) charset {
	for _, mark := range [...]struct {
		bytes string
		wide  encoding.Encoding
	}{
		{"\xEF\xBB\xBF", nil},
		{"\xFF\xFE\x00\x00", utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)},
		{"\x00\x00\xFE\xFF", utf32.UTF32(utf32.BigEndian, utf32.UseBOM)},
		{"\xFF\xFE", textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM)},
		{"\xFE\xFF", textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM)},
	} {
		if bytes.HasPrefix(head, []byte(mark.bytes)) {
			return charset{claimed: "bom", wide: mark.wide}
		}
	}
	if wide := unmarked(head); wide != nil {
		return charset{claimed: "utf-16", wide: wide}
	}
	return charsetNamed(f.Charset, charset{})
}

// unmarked recognises UTF-16 without a mark: nearly all of it is characters of
// western scripts then, which pairs of other bytes hardly ever make.
func unmarked(head []byte) encoding.Encoding {
	pairs, notLittle, notBig, blanks := len(head)/2, 0, 0, 0
	for b := head; len(b) >= 2; b = b[2:] {
		if b[0]|b[1] <= ' ' && b[0]|b[1] > '\b' { // one of them is zero, or it is no text at all
			blanks++
		}
		if !western(b[0], b[1]) {
			notLittle++
		}
		if !western(b[1], b[0]) {
			notBig++
		}
		if notLittle*20 > pairs && notBig*20 > pairs {
			return nil
		}
	}
	switch {
	case pairs < 4, blanks*100 < pairs-100:
		return nil // small numbers look like that, but have no words
	case notLittle*20 <= pairs:
		return textunicode.UTF16(textunicode.LittleEndian, textunicode.IgnoreBOM)
	}
	return textunicode.UTF16(textunicode.BigEndian, textunicode.IgnoreBOM)
}

// western reports whether two bytes are a character of a western script in
// UTF-16.
func western(low, high byte) bool {
	return high == 0 && (low >= ' ' || '\t' <= low && low <= '\r') || high > 0 && high < 6
}

// charsetNamed is the charset of that name, or the other one if nobody knows
// it. Names mean what browsers take them for.
func charsetNamed(name string, other charset) charset {
	name = strings.ToLower(strings.TrimSpace(name))
	switch name {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be":
		return other // what is really UTF-16 was recognised
	}
	e, err := htmlindex.Get(name)
	if err != nil || e == encoding.Replacement {
		if e, err = ianaindex.MIME.Encoding(name); err != nil || e == nil {
			return other
		}
	}
	if narrow, ok := e.(*charmap.Charmap); ok {
		return charset{claimed: name, narrow: narrow}
	}
	return charset{claimed: name, wide: e}
}

var declaredCharset = regexp.MustCompile(`(?i)(?:charset|encoding)\s*=\s*["']?\s*([a-z0-9_:.-]+)`)

// declared is the charset that a page or document names in its head, or "".
func declared(text []byte) string {
	if m := declaredCharset.FindSubmatch(text[:min(len(text), 2048)]); m != nil {
		return string(m[1])
	}
	return ""
}

// sample is head as UTF-8. It may be a part of head, and doesn't change it.
func (c charset) sample(head []byte) []byte {
	if c.wide != nil {
		text, _ := io.ReadAll(c.reader(bytes.NewReader(head)))
		return text
	}
	head = bytes.TrimPrefix(head, []byte("\uFEFF"))
	if !utf8.Valid(head) {
		head = (&narrowReader{narrow: c.narrow}).decode(head)
	}
	return slices.Clip(head)
}

// reader returns r's bytes as UTF-8. A byte order mark is left away.
func (c charset) reader(r io.Reader) io.Reader {
	if c.wide != nil {
		return transform.NewReader(r, c.wide.NewDecoder())
	}
	return &narrowReader{r: r, narrow: c.narrow}
}

// narrowReader reads UTF-8, and each byte that is none in an 8-bit charset: of
// text that declares nothing, or lies, nothing is lost.
type narrowReader struct {
	r      io.Reader
	narrow *charmap.Charmap
	begun  bool
	buf    []byte
	in     []byte // read and not yet looked at
	out    []byte // decoded and not yet handed on
	err    error
}

const chunk = 32 << 10

func (n *narrowReader) Read(p []byte) (int, error) {
	for len(n.out) == 0 {
		if n.err != nil {
			return 0, n.err
		}
		n.fill()
	}
	k := copy(p, n.out)
	n.out = n.out[k:]
	return k, nil
}

// WriteTo hands on the pieces as they are, instead of copies.
func (n *narrowReader) WriteTo(w io.Writer) (total int64, err error) {
	for {
		if len(n.out) > 0 {
			k, err := w.Write(n.out)
			total += int64(k)
			n.out = nil
			if err != nil {
				return total, err
			}
		}
		if n.err == io.EOF {
			return total, nil
		}
		if n.err != nil {
			return total, n.err
		}
		n.fill()
	}
}

// fill reads the next piece and decodes it.
func (n *narrowReader) fill() {
	if n.buf == nil {
		n.buf = make([]byte, room(n.r, chunk))
	}
	kept := copy(n.buf, n.in)
	k, err := io.ReadAtLeast(n.r, n.buf[kept:], 1)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	n.err = err
	piece := n.buf[:kept+k]
	if !n.begun {
		n.begun = true
		piece = bytes.TrimPrefix(piece, []byte("\uFEFF"))
	}
	whole := len(piece)
	if err == nil {
		whole = wholeRunes(piece)
	}
	n.in = piece[whole:]
	if n.out = piece[:whole]; !utf8.Valid(n.out) {
		n.out = n.decode(n.out)
	}
}

// wholeRunes is the length of b without a rune at its end that is cut.
func wholeRunes(b []byte) int {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

func (n *narrowReader) decode(b []byte) []byte {
	if n.narrow == nil {
		n.narrow = guessCharset(b)
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	done := 0 // what stands before is in out
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			out = utf8.AppendRune(append(out, b[done:i]...), n.narrow.DecodeByte(b[i]))
			done = i + 1
		}
		i += size
	}
	return append(out, b[done:]...)
}

// guesses are the 8-bit charsets that mail still has, with the letters beyond
// ASCII that are common in the languages they are used for. The first wins
// where others are as good.
var guesses = [...]struct {
	charset *charmap.Charmap
	letters string
}{
	{charmap.Windows1252, "äöüßÄÖÜéèêàçùâîôûëïœáíóúñæøåÆØÅãõì"},
	{charmap.Windows1250, "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČŘŠŽőűăâîșțşţđö"},
	{charmap.ISO8859_2, "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČŘŠŽőűăâîșțşţđö"},
	{charmap.Windows1251, "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЭЮЯ"},
	{charmap.Windows1253, "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώ"},
	{charmap.Windows1257, "ąčęėįšųūžāēģīķļņ"},
	{charmap.CodePage850, "äöüßÄÖÜéèêàçùâîôûëïáíóúñæøåÆØÅ"},
	{charmap.CodePage852, "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýž"},
	{charmap.KOI8R, "абвгдежзийклмнопрстуфхцчшщъыьэюя"},
	{charmap.Macintosh, "äöüßÄÖÜéèêàçùâîôûëïáíóúñæøåÆØÅ"},
}

// guessCharset picks the charset in which the bytes beyond ASCII are letters
// of words most often.
func guessCharset(b []byte) *charmap.Charmap {
	var count [256]int
	for i, c := range b {
		inWord := i > 0 && (isLetter(b[i-1]) || b[i-1] >= utf8.RuneSelf) || i+1 < len(b) && isLetter(b[i+1])
		if c >= utf8.RuneSelf && inWord {
			count[c]++
		}
	}
	best, most := guesses[0].charset, 0
	for _, g := range guesses {
		score := 0
		for c, n := range count {
			if n == 0 {
				continue
			}
			switch r := g.charset.DecodeByte(byte(c)); {
			case strings.ContainsRune(g.letters, r):
				score += n
			case !unicode.IsLetter(r):
				score -= n
			}
		}
		if score > most {
			best, most = g.charset, score
		}
	}
	return best
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
