package message

// rules are ways in which some programs take what stands in a message
// otherwise than most. None set is the usual way.
type rules uint32

const (
	// In headers.

	blankEnds  rules = 1 << iota // a line of blanks or controls ends it
	junkGoesOn                   // what is no field is passed over
	foldBegins                   // a fold with no field before it is a field, and one that looks like a MIME field

	// At boundaries.

	prefixCounts  // a line that begins with the boundary and goes on is a boundary line
	looseLines    // case, blanks before it, and NULs don't matter
	outerFirst    // of two open multiparts with one boundary the line is the outer's
	closedReopens // a boundary line behind the end line begins a part

	// With the bytes changed before they are read.

	crEnds   // a lone CR ends a line
	lfGoesOn // a lone LF doesn't
	nulGone  // NULs are passed over
	nulEnds  // a NUL ends a line

	bodyEncoded // the encoding of a multipart or message is undone first
	asMessage   // the body is a message
	discovered  // boundaries are what looks like one
	looseQuoted // quoted-printable with every "=" at a line end, and before what is no escape, taken out
	linesApart  // base64 with every line decoded by itself
	noMIME      // nothing is taken apart or decoded
)

// codeOf says what problem a part has that is read otherwise by one rule.
func codeOf(rule rules) string {
	switch rule {
	case blankEnds, junkGoesOn, foldBegins:
		return HeaderEndDisputed
	case prefixCounts:
		return BoundaryPrefix
	case looseLines:
		return BoundaryLine
	case outerFirst:
		return BoundaryReused
	case closedReopens:
		return BoundaryAfterClose
	case crEnds, lfGoesOn, nulGone, nulEnds:
		return LineEndDisputed
	case bodyEncoded:
		return EncodingOnMultipart
	case asMessage:
		return MessageFragment
	case looseQuoted:
		return BadQuotedPrintable
	case linesApart:
		return OddBase64
	case noMIME:
		return NoMIMEVersion
	}
	return BoundaryNotFound
}

// doubts are why a part may be read otherwise. Reading notes them, and makes
// the other readings of them afterwards.
type doubts struct {
	rules rules
	// What programs may take for the type, encoding, charset and boundary,
	// the usual ones first; empty where there is no doubt.
	types, encodings, charsets, boundaries []string
	// blocks are files that stand encoded in a text.
	blocks []block
	// mails is where messages begin that stand behind SMTP commands.
	mails []int64
	// hidden is where header lines begin in a preamble and an epilogue.
	hidden []hidden
	// inText is where MIME fields begin in a text.
	inText []int64
}

// block is a file that stands encoded in a text.
type block struct {
	meaning string // "uuencode", "base64", "yenc" or "binhex"
	at      int64
}

// hidden is a part that stands where there should be none.
type hidden struct {
	code string
	at   int64
}

// maxNoted bounds the lists of one part's doubts.
const maxNoted = 20

func (p *Part) doubt() *doubts {
	if p.doubts == nil {
		p.doubts = &doubts{}
	}
	return p.doubts
}

// doubtRule notes a rule under which the part may be another.
func (p *Part) doubtRule(r rules) { p.doubt().rules |= r }
