package extract

import (
	"bytes"
	"errors"
	"slices"
)

// nativeObject hands on a file that was put into a document as a package
// (\x01Ole10Native, [MS-OLEDS] 2.3.6 and what writers do).
func (r *oleReader) nativeObject(d oleDir) error {
	b, err := r.slurp(d, "\x01Ole10Native")
	if err != nil {
		return err
	}
	if len(b) < 4 {
		return nil
	}
	name, data := packageObject(b[4:])
	return r.w.childBytes(name, "", data)
}

// packageObject takes name and content out of a package; where it is of
// another form, the content is all of it.
func packageObject(b []byte) (name string, data []byte) {
	rest := b
	cut := func() (string, bool) {
		i := bytes.IndexByte(rest, 0)
		if i < 0 {
			return "", false
		}
		s := string(rest[:i])
		rest = rest[i+1:]
		return s, true
	}
	if u16(rest, 0) != 2 || len(rest) < 2 {
		return "", b
	}
	rest = rest[2:]
	label, ok1 := cut()
	path, ok2 := cut()
	if !ok1 || !ok2 || len(rest) < 8 {
		return "", b
	}
	if label == "" {
		label = baseName(path)
	}
	rest = part(rest, 8+u32(rest, 4), len(rest))
	if len(rest) < 4 {
		return "", b
	}
	return cleanText(label), part(rest, 4, u32(rest, 0))
}

// pictures hands on the pictures in a stream of many, by how they begin.
// Drawings (metafiles) are not among them.
func (r *oleReader) pictures(s *oleStream) error {
	b, err := r.w.slurp(s.reader(), maxOLEStream)
	if err != nil && !errors.Is(err, errTooLong) {
		return err
	}
	var starts []int
	for _, magic := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff"} {
		for at := 0; len(starts) < 10_000; {
			i := bytes.Index(b[at:], []byte(magic))
			if i < 0 {
				break
			}
			starts = append(starts, at+i)
			at += i + len(magic)
		}
	}
	slices.Sort(starts)
	for i, start := range starts {
		end := len(b)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if err := r.w.childBytes("picture", "", b[start:end]); err != nil {
			return err
		}
	}
	return err
}
