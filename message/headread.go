package message

import (
	"bytes"
	"io"
	"strings"
)

// headerReader reads one header.
type headerReader struct {
	r    *reader
	part *Part
	full bool // a limit is reached: nothing more is kept
	lost bool // the current field is not kept
}

func (h *headerReader) read() (d delimiter, found bool, err error) {
	r := h.r
	r.raw, r.ends = r.raw[:0], r.ends[:0]
	first, inField, before := true, false, 0
	for {
		at := r.lines.offset()
		piece, start, err := r.lines.next()
		if err == io.EOF {
			h.part.Start = r.span.End
			h.part.add(HeaderNotEnded)
			return delimiter{level: -1, end: r.span.End}, true, nil
		}
		if err != nil {
			return d, false, err
		}
		if d, ok := r.boundary(piece, start, at-int64(before), before); ok {
			h.part.Start = max(d.end, h.part.HeaderStart)
			h.part.add(HeaderNotEnded)
			return d, true, nil
		}
		before = eol(piece)
		switch headerLineKind(piece, start, first, inField, r.how) {
		case fieldBegins:
			h.begin(bytes.TrimLeft(piece, " \t"))
			inField = true
		case fieldGoesOn:
			h.goOn(piece, start)
		case lostFold, mboxLine:
			h.outside(piece, start, first)
			inField = false
		case headerEnds:
			h.checkLine(piece, before)
			h.part.Start = at + int64(len(piece))
			return d, false, nil
		case noHeader:
			h.ended(piece)
			h.checkLine(piece, before)
			r.lines.back(piece, start)
			h.part.Start = at
			return d, false, nil
		}
		first = false
		h.checkLine(piece, before)
	}
}

// outside notes what stands before the first field and is none.
func (h *headerReader) outside(piece []byte, start, first bool) {
	switch {
	case start && first && headerLineKind(piece, true, true, false, 0) == mboxLine:
		h.part.add(MboxFromLine)
		h.part.doubtRule(junkGoesOn)
	case start && blankLine(piece):
		h.blank()
	default:
		h.part.add(BadHeaderLine)
		h.part.doubtRule(blankEnds | foldBegins)
	}
}

// ended notes that the header ended in a line that is none of its own.
func (h *headerReader) ended(line []byte) {
	h.part.add(HeaderNotEnded)
	h.part.add(BadHeaderLine)
	h.part.doubtRule(junkGoesOn)
	if obscuredLine(line) {
		h.part.add(OddMIMEField)
	}
	if blankLine(line) {
		h.part.doubtRule(blankEnds)
	}
}

// looksLikeMIME reports whether a fold would be a MIME field that matters if it
// began a field. (Lists of field names in signatures are no such thing.)
func looksLikeMIME(fold []byte) bool {
	line := bytes.TrimLeft(fold, " \t")
	if len(line) < 14 || !bytes.EqualFold(line[:8], []byte("content-")) {
		return false
	}
	f := parseMIMEField(Field{Raw: line}.Value())
	switch strings.ToLower(string(fieldName(line))) {
	case "content-type":
		return strings.Contains(f.value, "/")
	case "content-transfer-encoding":
		meaning, _ := encodingMeaning(f.value)
		return f.value != "" && meaning != ""
	}
	return false
}

func (h *headerReader) blank() {
	h.part.add(BlankFold)
	h.part.doubtRule(blankEnds)
}

// begin takes the first line of a field.
func (h *headerReader) begin(line []byte) {
	if colon := bytes.IndexByte(line, ':'); line[colon-1] == ' ' || line[colon-1] == '\t' {
		h.part.add(SpaceBeforeColon)
	}
	h.lost = h.full || len(h.r.ends) == maxFields || h.r.counts.fields == maxAllFields || !h.fits(line)
	if h.lost {
		h.tooBig()
		return
	}
	h.r.counts.fields++
	h.r.counts.bytes += len(line)
	h.r.raw = append(h.r.raw, line...)
	h.r.ends = append(h.r.ends, len(h.r.raw))
}

// goOn takes a further line of the current field. A field that does not fit is
// dropped whole, so that none is there cut.
func (h *headerReader) goOn(line []byte, start bool) {
	switch {
	case !start:
	case blankLine(line):
		h.blank()
	case looksLikeMIME(line):
		h.part.doubtRule(foldBegins)
	}
	if h.lost {
		return
	}
	if !h.fits(line) {
		h.r.ends = h.r.ends[:len(h.r.ends)-1]
		h.r.raw = h.r.raw[:h.last()]
		h.lost = true
		h.tooBig()
		return
	}
	h.r.counts.bytes += len(line)
	h.r.raw = append(h.r.raw, line...)
	h.r.ends[len(h.r.ends)-1] = len(h.r.raw)
}

func (h *headerReader) last() int {
	if len(h.r.ends) == 0 {
		return 0
	}
	return h.r.ends[len(h.r.ends)-1]
}

func (h *headerReader) fits(line []byte) bool {
	return len(h.r.raw)+len(line) <= maxHeaderBytes && h.r.counts.bytes+len(line) <= maxAllBytes
}

func (h *headerReader) tooBig() {
	h.full = true
	h.part.add(HeaderTooBig)
}

// checkLine looks at the bytes of a piece, of which end are the line end.
func (h *headerReader) checkLine(piece []byte, end int) {
	p := h.part
	if bytes.IndexByte(piece, 0) >= 0 {
		p.add(NULInHeader)
		p.add(LineEndDisputed)
		p.doubtRule(nulGone | nulEnds)
	}
	switch end {
	case 1:
		p.add(BareLF)
		h.r.doubtLF(p)
	case 2:
		h.r.crlf = true
	}
	if hasLoneCR(piece, end) {
		p.add(BareCR)
		p.doubtRule(crEnds)
		if hasLoneCR(bytes.TrimRight(piece, "\r\n"), 0) {
			p.add(LineEndDisputed) // not only CR CR LF, which is a common mistake
		}
		h.r.loneEnds(piece)
	}
}

// fields returns what was read, in memory of its own.
func (h *headerReader) fields() Header {
	if len(h.r.ends) == 0 {
		return nil
	}
	all := bytes.Clone(h.r.raw)
	fields := make(Header, len(h.r.ends))
	begin := 0
	for i, end := range h.r.ends {
		raw := all[begin:end:end]
		raw = raw[: len(raw)-eol(raw) : len(raw)-eol(raw)]
		fields[i] = Field{Name: string(fieldName(raw)), Raw: raw}
		begin = end
	}
	return fields
}
