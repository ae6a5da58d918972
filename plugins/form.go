package plugins

import (
	"bytes"
	"strings"

	"github.com/sealpost/sealpost/fault"
)

// Limits of a copy's header.
const (
	maxHeader = 256 << 10 // bytes of the whole header
	maxLine   = 998       // bytes of a header line without CRLF (RFC 5322 section 2.1.1)
)

// form checks, chunk by chunk, that bytes are a message that can be handed to
// an SMTP server as it is: a header of well-formed fields with one From, a
// blank line, lines that end in CRLF and in nothing else, no NUL. A bare CR or
// LF is refused because servers disagree about what it ends (SMTP smuggling).
type form struct {
	last   byte
	body   bool
	size   int64  // bytes so far
	line   []byte // of the header, so far
	fields int
	froms  int
}

func (f *form) feed(chunk []byte) error {
	if fault.Off("plugins.form") {
		f.body, f.last = true, '\n'
		return nil
	}
	if bytes.IndexByte(chunk, 0) >= 0 {
		return lie("a copy holds a NUL")
	}
	if !f.body {
		n, err := f.header(chunk)
		if err != nil {
			return err
		}
		chunk = chunk[n:]
	}
	return f.lines(chunk)
}

// header reads header lines and returns how many bytes it took.
func (f *form) header(chunk []byte) (int, error) {
	for i, b := range chunk {
		f.size++
		if f.size > maxHeader {
			return 0, lie("a copy's header is larger than %d bytes", maxHeader)
		}
		if err := f.step(b); err != nil {
			return 0, err
		}
		if b != '\n' {
			if b != '\r' {
				f.line = append(f.line, b)
			}
			if len(f.line) > maxLine {
				return 0, lie("a copy's header has a line of more than %d bytes", maxLine)
			}
			continue
		}
		if len(f.line) == 0 {
			f.body = true
			if f.froms != 1 {
				return 0, lie("a copy's header has %d From fields instead of one", f.froms)
			}
			return i + 1, nil
		}
		if err := f.field(); err != nil {
			return 0, err
		}
	}
	return len(chunk), nil
}

// field checks one line of the header.
func (f *form) field() error {
	line := f.line
	f.line = f.line[:0]
	if line[0] == ' ' || line[0] == '\t' {
		if f.fields == 0 {
			return lie("a copy's header begins with a continuation line")
		}
		if len(bytes.TrimLeft(line, " \t")) == 0 {
			return lie("a copy's header has a blank continuation line")
		}
		return nil
	}
	name, _, ok := strings.Cut(string(line), ":")
	if !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return lie("a copy's header has a line that isn't a field")
	}
	f.fields++
	if strings.EqualFold(name, "From") {
		f.froms++
	}
	return nil
}

// step refuses a CR without LF and an LF without CR.
func (f *form) step(b byte) error {
	if (b == '\n') != (f.last == '\r') {
		return lie("a copy has a line that doesn't end in CRLF")
	}
	f.last = b
	return nil
}

// lines checks line ends only, quickly: it looks at CR and LF alone.
func (f *form) lines(chunk []byte) error {
	if len(chunk) == 0 {
		return nil
	}
	if err := f.step(chunk[0]); err != nil {
		return err
	}
	for rest := chunk; ; {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 || i == len(rest)-1 {
			break
		}
		if rest[i+1] != '\n' {
			return lie("a copy has a line that doesn't end in CRLF")
		}
		rest = rest[i+2:]
	}
	// Every CR that has a successor is followed by LF; so as many LF as that,
	// and the one that step saw, is all there may be.
	crs := bytes.Count(chunk, []byte{'\r'})
	if chunk[len(chunk)-1] == '\r' {
		crs--
	}
	if chunk[0] == '\n' {
		crs++
	}
	if bytes.Count(chunk, []byte{'\n'}) != crs {
		return lie("a copy has a line that doesn't end in CRLF")
	}
	f.last = chunk[len(chunk)-1]
	return nil
}

func (f *form) end() error {
	if !f.body || f.last != '\n' {
		return lie("a copy has no end of header, or doesn't end in CRLF")
	}
	return nil
}
