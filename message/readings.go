package message

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// What the other readings of one message may have together. Beyond it a part
// has the problem TooManyReadings.
const (
	maxReadings     = 400
	maxReadingLevel = 4 // readings of readings
	readingFactor   = 8 // times the size of the message may be read again,
	derivedFactor   = 3 // and decoded into contents of its own
	readingFree     = 1 << 20
)

// readings makes the other readings of the parts of one message.
type readings struct {
	ctx   context.Context
	m     *Message
	left  int64           // bytes that may still be read again
	room  int64           // bytes that may still be decoded into contents
	count int             // readings so far
	work  int64           // bytes read beside those that a reader counts
	seen  map[string]bool // what was read already, by content, place and manner
}

func newReadings(ctx context.Context, m *Message) *readings {
	size := m.Content.Size()
	return &readings{ctx: ctx, m: m, left: readingFactor*size + readingFree, room: derivedFactor*size + readingFree}
}

// state is where in the tree of readings a part stands.
type state struct {
	counts *counts
	how    rules // what was taken otherwise already
	level  int   // readings of readings
	netted bool  // ReadingRaw and ReadingRuns of these bytes are there
}

// part makes the other readings of a part of the usual tree and all below it.
func (s *readings) part(p *Part, n *counts) error {
	if err := s.visit(p, state{counts: n}); err != nil {
		return err
	}
	return s.wrapped(p)
}

// visit makes the other readings of a part and all below it.
func (s *readings) visit(p *Part, at state) error {
	if err := s.look(p); err != nil {
		return err
	}
	d := p.doubts
	p.doubts = nil
	if d != nil {
		d.rules &^= at.how
		if err := s.resolve(p, d, at); err != nil {
			return err
		}
	}
	if at.level < maxReadingLevel {
		s.flavours(p)
	}
	if p.ambiguous() && !at.netted {
		at.netted = true
		if err := s.net(p); err != nil {
			return err
		}
	}
	for _, child := range p.Parts {
		below := at
		below.netted = at.netted && child.Source == p.Source
		if err := s.visit(child, below); err != nil {
			return err
		}
	}
	return nil
}

// resolve makes the readings that a part's doubts ask for.
func (s *readings) resolve(p *Part, d *doubts, at state) error {
	if at.level == maxReadingLevel {
		p.add(TooManyReadings)
		return nil
	}
	at.level++
	if err := s.descriptions(p, d, at); err != nil {
		return err
	}
	for rule := rules(1); rule != 0 && rule <= d.rules; rule <<= 1 {
		if d.rules&rule != 0 {
			if err := s.byRule(p, d, rule, at); err != nil {
				return err
			}
		}
	}
	for _, h := range d.hidden {
		end := p.End
		if h.code == PartsInPreamble && p.Preamble.Size() > 0 {
			end = p.Preamble.End
		}
		p.add(h.code)
		if err := s.again(p, h.code, at, plan{source: p.Source, span: Span{h.at, end}, enclosing: p, keep: always}); err != nil {
			return err
		}
	}
	for _, mail := range d.mails {
		if err := s.again(p, SmuggledMail, at, plan{source: p.Source, span: Span{mail, p.End}, keep: always}); err != nil {
			return err
		}
	}
	for _, b := range d.blocks {
		if err := s.block(p, Span{b.at, p.End}, b.meaning); err != nil {
			return err
		}
	}
	return s.inText(p, d, at)
}

// inText makes the readings of a text that holds parts of a mail: each as the
// part that it would be, and all with their lines decoded.
func (s *readings) inText(p *Part, d *doubts, at state) error {
	if len(d.inText) == 0 || at.level > 1 {
		return nil // the part that this is a reading of has them
	}
	for _, begin := range d.inText {
		if err := s.again(p, MIMEInText, at, plan{source: p.Source, span: Span{begin, p.End}, enclosing: p, keep: always}); err != nil {
			return err
		}
	}
	if at.netted || p.ambiguous() {
		return nil // ReadingRuns is the same
	}
	return s.decodedLines(p, p.body(), MIMEInText)
}

// plan says what is read again, and how.
type plan struct {
	source    *Content
	span      Span
	enclosing *Part // the part around it, for what it defaults to
	as        *Part // describes the part where the span is its body only
	keep      func(usual, other *Part) bool
}

func always(_, _ *Part) bool { return true }

// hasParts keeps a reading in which there are parts.
func hasParts(_, other *Part) bool { return len(other.Parts) > 0 }

// differs keeps a reading that shows something else.
func differs(usual, other *Part) bool { return !same(usual, other) }

// again reads a span as a plan says, and makes it another reading of p where
// it is to be kept. The part then has the problem with the code.
func (s *readings) again(p *Part, code string, at state, how plan) error {
	other := &Part{Path: nextPath(p), Reading: code}
	if how.as != nil {
		other.Type, other.Params, other.Encoding, other.Charset = how.as.Type, how.as.Params, how.as.Encoding, how.as.Charset
	}
	key := fmt.Sprintf("%p %v %d %s %s %q %v", how.source, how.span, at.how, other.Type, other.Encoding, other.Params["boundary"], how.as != nil)
	if !s.fresh(key) || !s.take(p, how.span.Size()) {
		return nil
	}
	err := s.parse(other, at, how)
	if err != nil || !how.keep(p, other) {
		return err
	}
	p.Also = append(p.Also, other)
	p.add(code)
	at.netted = at.netted || p.Source == other.Source
	return s.visit(other, at)
}

// parse reads a span below a part.
func (s *readings) parse(root *Part, at state, how plan) error {
	r := newReader(s.ctx, how.source, how.span, at.counts)
	r.how, r.depth, r.enclosing = at.how, strings.Count(root.Path, "."), how.enclosing
	return r.read(root, how.as != nil)
}

func nextPath(p *Part) string { return p.Path + "~" + strconv.Itoa(len(p.Also)+1) }

// fresh reports whether a key comes for the first time.
func (s *readings) fresh(key string) bool {
	if s.seen[key] {
		return false
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[key] = true
	return true
}

// take counts one more reading of so many bytes. It is false where there are
// too many, and the part says so.
func (s *readings) take(p *Part, bytes int64) bool {
	if s.count == maxReadings || bytes > s.left {
		p.add(TooManyReadings)
		return false
	}
	s.count++
	s.left -= bytes
	return true
}

// decoded makes a content of what fill writes, at most so many bytes; nil
// where there is no room.
func (s *readings) decoded(p *Part, atMost int64, fill func(w io.Writer) error) (*Content, error) {
	if atMost > s.room || len(s.m.decoded) == maxReadings {
		p.add(TooManyReadings)
		return nil, nil
	}
	c, err := s.derive(fill)
	switch {
	case errors.Is(err, ErrTooLarge): // the message itself is nearly as large as one may be
		p.add(TooManyReadings)
		return nil, nil
	case err == nil:
		s.room -= c.Size()
	}
	return c, err
}

// byRule reads a part again by one rule.
func (s *readings) byRule(p *Part, d *doubts, rule rules, at state) error {
	switch rule {
	case bodyEncoded:
		return s.encodedBody(p, at)
	case discovered:
		return s.discover(p, d, at)
	case asMessage:
		return s.again(p, MessageFragment, at, plan{source: p.Source, span: p.body(), enclosing: p, keep: always})
	case looseQuoted:
		return s.looseQuoted(p)
	case linesApart:
		return s.linesApart(p)
	case noMIME:
		return s.withoutMIME(p)
	}
	how := plan{source: p.Source, span: p.whole(), enclosing: p.enclosing, keep: differs}
	if p.bodyOnly {
		how.span, how.as = p.body(), p
	}
	at.how |= rule
	if rule >= crEnds {
		if at.how |= looseLines; rule == nulEnds {
			at.how |= junkGoesOn // what cuts at a NUL goes on with the next field
		}
		c, err := s.decoded(p, 2*how.span.Size(), func(w io.Writer) error { return s.filter(p.Source, how.span, rule, w) })
		if c == nil || err != nil {
			return err
		}
		how.source, how.span = c, Span{0, c.Size()}
	}
	return s.again(p, codeOf(rule), at, how)
}

// same reports whether two readings show the same: the same parts, read in the
// same way.
func same(a, b *Part) bool {
	if a.Type != b.Type || meaningOf(a) != meaningOf(b) || a.Charset != b.Charset || a.Params["boundary"] != b.Params["boundary"] ||
		len(a.Parts) != len(b.Parts) || !slices.Equal(a.Names, b.Names) {
		return false
	}
	if a.Source == b.Source && a.Leaf() && a.step() != nil && a.body() != b.body() {
		return false
	}
	if d := b.doubts; d != nil && len(d.blocks)+len(d.mails)+len(d.hidden) > 0 {
		return false // what it asks for isn't known yet
	}
	for _, x := range b.Problems {
		if Ambiguous(x.Code) && !a.Has(x.Code) {
			return false
		}
	}
	return slices.EqualFunc(a.Parts, b.Parts, same)
}

func meaningOf(p *Part) string {
	meaning, _ := encodingMeaning(p.Encoding)
	return meaning
}

// net makes the two readings that any doubtful part has.
func (s *readings) net(p *Part) error {
	span := p.whole()
	if !s.take(p, span.Size()) {
		return nil
	}
	p.Also = append(p.Also, &Part{Path: nextPath(p), Reading: ReadingRaw, Type: "text/plain", Encoding: identity,
		Source: p.Source, HeaderStart: span.Start, Start: span.Start, End: span.End})
	return s.decodedLines(p, span, ReadingRuns)
}

// withoutMIME adds the reading of a program that knows no MIME, or doesn't
// believe in it here.
func (s *readings) withoutMIME(p *Part) error {
	if p.Leaf() && usualMeaning(p) == identity || p.ambiguous() {
		return nil // it is read so, or ReadingRaw is the same
	}
	s.leaf(p, &Part{Reading: NoMIMEVersion, Type: "text/plain", Encoding: identity, Source: p.Source, HeaderStart: p.Start, Start: p.Start, End: p.End})
	return nil
}

// linesApart adds the reading of a decoder of base64 that begins anew at each
// line.
func (s *readings) linesApart(p *Part) error {
	s.leaf(p, &Part{Reading: OddBase64, Type: p.Type, Charset: p.Charset, Encoding: p.Encoding, flavour: base64ByLine, Source: p.Source,
		HeaderStart: p.Start, Start: p.Start, End: p.End})
	return nil
}

// decodedLines makes a reading of a span with every line decoded that looks
// encoded.
func (s *readings) decodedLines(p *Part, span Span, reading string) error {
	if !s.take(p, span.Size()) {
		return nil
	}
	c, err := s.decoded(p, 2*span.Size()+1<<10, func(w io.Writer) error { return s.runs(p.Source, span, w) })
	if c == nil || err != nil {
		return err
	}
	p.Also = append(p.Also, wholeContent(nextPath(p), reading, c, "text/plain"))
	return nil
}

// wholeContent is a leaf that is all of a content.
func wholeContent(path, reading string, c *Content, typ string) *Part {
	return &Part{Path: path, Reading: reading, Type: typ, Encoding: identity, Source: c, End: c.Size()}
}
