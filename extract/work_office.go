package extract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errTooLong says that a stream is longer than a reader takes into memory.
var errTooLong = errors.New("longer than is read at once")

// counted is r, taken from the budget as it is read. Its Read returns errStop
// where that is used up.
func (w *work) counted(r io.Reader) io.Reader { return &metered{w: w, r: r} }

// slurp reads all of r, at most max bytes; with more than that it returns the
// first max and errTooLong. It takes memory as bytes come, not as a size is
// claimed.
func (w *work) slurp(r io.Reader, max int64) ([]byte, error) {
	var b bytes.Buffer
	if s, ok := r.(*io.SectionReader); ok {
		// These sizes are what the file has, not what it claims.
		b.Grow(int(min(s.Size(), max)) + bytes.MinRead)
	}
	n, err := io.Copy(&b, io.LimitReader(w.counted(r), max+1))
	if err == nil && n > max {
		return b.Bytes()[:max], errTooLong
	}
	return b.Bytes(), err
}

// passed sorts what came out of reading a piece of the file: the end of the
// budget ends the reading, anything else is noted and the reading goes on with
// the next piece.
func (w *work) passed(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errStop):
		return errStop
	case errors.Is(err, errTooLong):
		w.lost(ProblemBudget)
	default:
		w.lost(ProblemBroken)
	}
	return nil
}

// line hands on one line of text at a place.
func (w *work) line(place, text string) error {
	text = strings.ReplaceAll(cleanText(text), "\r\n", "\n")
	if text == "" {
		return nil
	}
	return w.text(place, append([]byte(text), '\n'))
}

// field hands on a named value as a line, "name: value".
func (w *work) field(place, name, value string) error {
	value = cleanText(value)
	if value == "" {
		return nil
	}
	return w.text(place, fmt.Appendf(nil, "%s: %s\n", cleanText(name), value))
}

// cleanText is s as UTF-8 without blanks around it and without NULs.
func cleanText(s string) string {
	return strings.TrimSpace(strings.ToValidUTF8(strings.Trim(s, "\x00"), "\uFFFD"))
}

// childBytes hands on a contained file that is in memory.
func (w *work) childBytes(name, mediaType string, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	return w.child(Child{Name: name, Type: mediaType, Size: int64(len(data))}, bytes.NewReader(data))
}
