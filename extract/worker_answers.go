package extract

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"unicode/utf8"
)

// takeOver hands on what a worker found. The worker may be anybody's by then:
// nothing it says is believed beyond what any file may be.
func (w *work) takeOver(answers io.Reader) error {
	r := bufio.NewReaderSize(answers, chunk)
	buf := make([]byte, 0, chunk)
	var text textFrames
	for {
		kind, b, err := readFrame(r, buf)
		if err != nil {
			return errors.Join(errReader, err)
		}
		if kind != frameText && len(text.cut) > 0 {
			return errors.Join(errReader, errFrame)
		}
		switch kind {
		case frameText:
			place, piece, ok := text.next(b)
			if !ok {
				return errors.Join(errReader, errFrame)
			}
			err = w.text(place, piece)
		case frameLabel:
			var label [2]string
			if json.Unmarshal(b, &label) != nil {
				return errors.Join(errReader, errFrame)
			}
			w.sink.Label(label[0], label[1])
		case frameChild:
			err = w.takeChild(r, b)
		case frameDone:
			return w.takeResult(b)
		default:
			return errors.Join(errReader, errFrame)
		}
		if err != nil {
			return err
		}
	}
}

// places are those that a reader may name.
var places = []string{"", "properties", "comments", "notes", "hidden", "header", "macros", "metadata", "names", "links", "script", "layout",
	"deleted", "fields", "alt", "fallback", "formulas", "strings"}

// textFrames checks the frames of text, which may be cut anywhere.
type textFrames struct {
	place string
	cut   []byte // the beginning of a character at the last one's end
}

// next takes a frame apart; it isn't ok where the text is no UTF-8, or the
// place none of ours.
func (t *textFrames) next(b []byte) (place string, piece []byte, ok bool) {
	if len(b) < 1 || len(b) < 1+int(b[0]) || !slices.Contains(places, string(b[1:1+b[0]])) {
		return "", nil, false
	}
	place, piece = string(b[1:1+b[0]]), b[1+b[0]:]
	if len(t.cut) > 0 && place != t.place {
		return "", nil, false
	}
	all := append(t.cut, piece...)
	whole := wholeRunes(all)
	t.place, t.cut = place, bytes.Clone(all[whole:])
	return place, piece, utf8.Valid(all[:whole])
}

// readFrame reads a frame. Its content is valid until the next call with buf.
func readFrame(r io.Reader, buf []byte) (frameKind, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size > maxFrame {
		return 0, nil, errFrame
	}
	if int(size) > cap(buf) {
		buf = make([]byte, size)
	}
	b := buf[:size]
	_, err := io.ReadFull(r, b)
	return frameKind(head[0]), b, err
}

// takeChild hands a contained file on while its frames come.
func (w *work) takeChild(r io.Reader, b []byte) error {
	var c Child
	if json.Unmarshal(b, &c) != nil || len(c.Name) > 64<<10 {
		return errors.Join(errReader, errFrame)
	}
	content := &frameReader{r: r}
	if err := w.child(c, content); err != nil {
		return err
	}
	// The sink may not have wanted all of it.
	if _, err := io.Copy(io.Discard, content); err != nil && !errors.Is(err, errBrokenChild) {
		return errors.Join(errReader, err)
	}
	return nil
}

// errBrokenChild says that the worker could not unpack a file whole.
var errBrokenChild = errors.New("worker: the file is broken")

// frameReader is the content of a contained file.
type frameReader struct {
	r    io.Reader
	buf  []byte
	left []byte
	err  error
}

func (f *frameReader) Read(p []byte) (int, error) {
	for len(f.left) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		kind, b, err := readFrame(f.r, f.buf)
		switch {
		case err != nil:
			f.err = errors.Join(errReader, err)
		case kind == frameData:
			f.buf, f.left = b[:0], b
		case kind == frameEnd && len(b) == 0:
			f.err = io.EOF
		case kind == frameEnd:
			f.err = errBrokenChild
		default:
			f.err = errors.Join(errReader, errFrame)
		}
	}
	n := copy(p, f.left)
	f.left = f.left[n:]
	return n, nil
}

// takeResult takes over what the worker says of the whole file. It can make
// it no better than it is known to be.
func (w *work) takeResult(b []byte) error {
	var r Result
	if json.Unmarshal(b, &r) != nil || r.Kind != w.result.Kind || !slices.Contains([]string{Full, Partial, None}, r.Scanned) || len(r.Problems) > 16 {
		return errors.Join(errReader, errFrame)
	}
	for _, p := range r.Problems {
		if !slices.Contains(problems, p) {
			return errors.Join(errReader, errFrame)
		}
		w.note(p)
	}
	if r.Scanned == None || r.Scanned == Partial && w.result.Scanned == Full {
		w.result.Scanned = r.Scanned
	}
	w.result.Encrypted = w.result.Encrypted || r.Encrypted
	w.result.Signed = w.result.Signed || r.Signed
	return nil
}

var problems = []Problem{
	ProblemEncrypted, ProblemBroken, ProblemBudget, ProblemTime, ProblemUnknown, ProblemImage, ProblemReader, ProblemFeature, ProblemMismatch, ProblemUnsafe,
}
