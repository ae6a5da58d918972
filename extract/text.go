package extract

import (
	"bytes"
	"io"
)

// content returns the file's text as UTF-8.
func (w *work) content() io.Reader { return w.sniffed.charset.reader(w.open()) }

// readText reads a file that is text and nothing else.
func readText(w *work) error { return w.copyText("", w.content()) }

// readCoded reads text that stands for something else as the text that it is:
// the parts of a message are for those who know them.
func readCoded(w *work) error {
	w.lost(ProblemUnknown)
	return readText(w)
}

// copyText hands on all of r, which is UTF-8. Text with many control
// characters in it is only text at its beginning.
func (w *work) copyText(place string, r io.Reader) error {
	t := &textWriter{w: w, place: place}
	_, err := io.Copy(t, r)
	if t.controls*50 > t.size {
		w.lost(ProblemUnknown)
	}
	return err
}

// textWriter hands on what is written to it.
type textWriter struct {
	w        *work
	place    string
	controls int // control characters that stand in no text
	size     int
}

func (t *textWriter) Write(p []byte) (int, error) {
	t.size += len(p)
	for _, c := range p {
		if c < '\b' || c > 0x0F && c < 0x1A {
			t.controls++
		}
	}
	return len(p), t.w.text(t.place, p)
}

// readEmpty has nothing to read: that is all of it.
func readEmpty(*work) error { return nil }

// readUnknown reads what no reader knows: the runs of characters that stand in
// it. That is no reading of it, and the result says so.
func readUnknown(w *work) error {
	w.unread(ProblemUnknown)
	return w.strings()
}

// contains reports whether a sign stands in the file.
func (w *work) contains(sign string) (bool, error) {
	r := newForward(w.open())
	for {
		b := r.peek(len(sign))
		switch {
		case bytes.Contains(b, []byte(sign)):
			return true, nil
		case len(b) < len(sign) && r.err == io.EOF:
			return false, nil
		case len(b) < len(sign):
			return false, r.err
		}
		r.next(len(b) - len(sign) + 1)
	}
}

// shortestRun is how many characters in a row are taken for text.
const shortestRun = 8

// strings hands on the runs of printable characters in the file at place
// "strings".
func (w *work) strings() error { return w.runs("strings", w.open()) }

// runs hands on the runs of printable ASCII, also where each has a zero byte
// behind it (UTF-16), one a line.
func (w *work) runs(place string, r io.Reader) error {
	buf, found := make([]byte, chunk), &runs{}
	for {
		n, err := r.Read(buf)
		for _, c := range buf[:n] {
			found.add(c)
		}
		if err != nil {
			found.end()
		}
		if len(found.out) >= chunk/2 || err != nil {
			if textErr := w.text(place, found.out); textErr != nil {
				return textErr
			}
			found.out = found.out[:0]
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// runs collects runs of printable characters.
type runs struct {
	run  []byte
	out  []byte
	wide bool // each character of the run has a zero byte behind it
	zero bool // the last byte was such a one
}

func (r *runs) add(c byte) {
	switch {
	case c >= ' ' && c < 0x7F || c == '\t':
		if r.wide && !r.zero {
			r.end()
		}
		r.zero = false
		if r.run = append(r.run, c); len(r.run) == 4096 {
			r.out, r.run = append(r.out, r.run...), r.run[:0]
		}
	case c == 0 && len(r.run) == 1, c == 0 && r.wide && !r.zero:
		r.wide, r.zero = true, true
	default:
		r.end()
	}
}

func (r *runs) end() {
	if len(r.run) >= shortestRun {
		r.out = append(append(r.out, r.run...), '\n')
	}
	r.run, r.wide, r.zero = r.run[:0], false, false
}
