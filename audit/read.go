package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// maxLine is the longest line that is read, in bytes: a decision for ten
// thousand recipients takes less.
const maxLine = 64 << 20

// fileName is the name of the file that begins with an entry.
func fileName(seq uint64) string { return fmt.Sprintf("audit-%012d.jsonl", seq) }

// files are the files of a log, oldest first.
func files(dir string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "audit-*.jsonl"))
	slices.Sort(names)
	return names, err
}

// end is where a file's chain ends.
type end struct {
	head   Head
	size   int64     // of the whole lines
	first  time.Time // the day of the first entry
	damage error     // the last whole line is no entry
}

// lastEntry finds the last whole line of a file.
func lastEntry(f io.Reader) (end, error) {
	var e end
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := readLine(r)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return e, nil
		}
		if err != nil {
			return e, err
		}
		entry, err := parse(line)
		if err != nil {
			e.damage = err
			continue
		}
		if e.first.IsZero() {
			e.first = entry.Time.Truncate(24 * time.Hour)
		}
		e.head, e.damage = Head{entry.Seq, hash(line)}, nil
		e.size += int64(len(line)) + 1
	}
}

// readLine reads a line and takes its end off. A line without an end is
// io.ErrUnexpectedEOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := r.ReadSlice('\n')
		line = append(line, piece...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull) && len(line) < maxLine:
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("a line of more than %d bytes", maxLine)
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// Entries yields the entries of a file or of a folder's files, oldest first.
// containing narrows them to lines that contain it; "" means all. What can't
// be read is yielded as an error with its file and line, and reading goes on
// with the next line. A half-written last line is what a writer is at, and no
// error.
func Entries(path, containing string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		walk(path, func(l line) bool {
			if l.err != nil {
				return yield(Entry{}, l.err)
			}
			if containing != "" && !bytes.Contains(l.text, []byte(containing)) {
				return true
			}
			e, err := parse(l.text)
			if err != nil {
				err = l.wrong(err)
			}
			e.Line = l.text
			return yield(e, err)
		})
	}
}

// line is one line of a log, or why it can't be read.
type line struct {
	file string
	n    int
	text []byte
	err  error
}

func (l line) wrong(err error) error { return fmt.Errorf("%s:%d: %w", l.file, l.n, err) }

// walk calls visit for each line of a file or of a folder's files.
func walk(path string, visit func(line) bool) {
	names := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if names, err = files(path); err != nil {
			visit(line{err: err})
			return
		}
	}
	for _, name := range names {
		if !walkFile(name, visit) {
			return
		}
	}
}

func walkFile(name string, visit func(line) bool) (more bool) {
	f, err := os.Open(name)
	if err != nil {
		return visit(line{file: name, err: err})
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		text, err := readLine(r)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return true
		case err != nil:
			return visit(line{file: name, n: n, err: fmt.Errorf("%s:%d: %w", name, n, err)})
		case !visit(line{file: name, n: n, text: text}):
			return false
		}
	}
}
