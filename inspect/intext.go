package inspect

import (
	"bytes"
	"io"
	"slices"

	"github.com/sealpost/sealpost/extract"
	"github.com/sealpost/sealpost/message"
)

// inText reads what stands encoded in a text: files in uuencode, yEnc or
// BinHex, and parts of a mail that is quoted as its source. For text that stands
// in a message as it is, package message has done that already.
func (r *reading) inText(f extract.File, res extract.Result, rep *PartReport) {
	switch res.Kind {
	case extract.KindText, extract.KindCSV, extract.KindHTML, extract.KindEncoded:
	default:
		return
	}
	if r.within || !holdsEncoded(f.Data, f.Size) {
		return
	}
	// As the body of a message without a header.
	body := io.MultiReader(bytes.NewReader([]byte("\r\n")), io.NewSectionReader(f.Data, 0, f.Size))
	c, err := r.spooled(body, f.Size+2)
	if err != nil {
		r.unspooled(rep, err)
		return
	}
	m := &message.Message{ID: "inside", Content: c}
	defer func() { _ = m.Close() }()
	if err := m.ReadContext(r.ctx); err != nil {
		r.unspooled(rep, err)
		return
	}
	for _, problem := range m.Root.Problems {
		if message.Incomplete(problem.Code) {
			rep.Problems = append(rep.Problems, problem.Code)
			rep.Scanned = worse(rep.Scanned, Partial)
		}
	}
	if res.Kind == extract.KindEncoded && len(m.Root.Also) > 0 && slices.Equal(rep.Problems, []string{ProblemType}) {
		rep.Problems, rep.Scanned = rep.Problems[:0], Full // it is read now
	}
	r.within = true // nobody looks for text in text in text
	defer func() { r.within = false }()
	for _, other := range m.Root.Also {
		r.otherwise(other, rep.Path+"/", rep)
	}
}

// holdsEncoded reports whether a text may hold something that is encoded in a
// way that package message knows. What can't be read holds nothing: whoever
// reads the text says so.
func holdsEncoded(data io.ReaderAt, size int64) bool {
	const window, overlap = 32 << 10, 64
	buf := make([]byte, min(size, window))
	for at := int64(0); at < size; at += window - overlap {
		n, _ := data.ReadAt(buf, at)
		b := buf[:n]
		for _, sign := range [...]string{"begin", "ransfer-", "RANSFER-", "with BinHex"} {
			if bytes.Contains(b, []byte(sign)) && (sign != "begin" || beginsFile(b)) {
				return true
			}
		}
	}
	return false
}

// beginsFile reports whether a line begins as a block of uuencode or yEnc does.
func beginsFile(b []byte) bool {
	for {
		i := bytes.Index(b, []byte("begin"))
		if i < 0 {
			return false
		}
		lineStart := i == 0 || b[i-1] == '\n' || b[i-1] == 'y'
		b = b[i+len("begin"):]
		if lineStart && len(b) > 1 && (b[0] == ' ' || b[0] == '-') {
			return true
		}
	}
}
