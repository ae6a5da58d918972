package inspect

import (
	"bytes"
	"errors"
	"io"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits of reading HTML.
const (
	htmlToken = 1 << 20  // the longest tag or text that is taken apart
	htmlAside = 64 << 10 // attribute text that is held back until a block ends
)

// errLongToken says that some of the HTML was read as plain text.
var errLongToken = errors.New("html: token too long")

// readHTML writes the text of a page to w: what a reader sees, what styles
// hide from him, scripts, comments, and the values of attributes. Tags within
// a line leave no gap, so that "41<b>11</b>" is one number; all others and
// what isn't running text are set apart by line breaks.
//
// The error is r's, or errLongToken after everything was read.
func readHTML(r io.Reader, w io.Writer) error {
	var long error
	for {
		z := html.NewTokenizer(r)
		z.SetMaxBuf(htmlToken)
		err := readTokens(z, w)
		if !errors.Is(err, html.ErrBufferExceeded) {
			if err == io.EOF {
				return long
			}
			return err
		}
		// What the tokenizer has not taken apart is read on as text.
		long = errLongToken
		r = io.MultiReader(bytes.NewReader(bytes.Clone(z.Buffered())), r)
	}
}

func readTokens(z *html.Tokenizer, w io.Writer) error {
	var aside []byte
	var last []byte // the last tag as it stands
	for {
		switch z.Next() {
		case html.ErrorToken:
			err := z.Err()
			if errors.Is(err, html.ErrBufferExceeded) {
				aside = append(aside, last...)
			}
			aside = append(append(aside, '\n'), z.Raw()...)
			write(w, aside)
			return err
		case html.TextToken:
			last = nil
			write(w, z.Text())
		case html.CommentToken, html.DoctypeToken:
			last = nil
			aside = append(append(aside, '\n'), z.Text()...)
		case html.StartTagToken, html.SelfClosingTagToken:
			last = z.Raw()
			name, more := z.TagName()
			tag := atom.Lookup(name)
			for more {
				var value []byte
				_, value, more = z.TagAttr()
				aside = append(append(aside, '\n'), value...)
			}
			if shownWithoutScripts(tag) {
				z.NextIsNotRawText()
			}
			aside = gap(w, tag, aside)
		case html.EndTagToken:
			last = nil
			name, _ := z.TagName()
			aside = gap(w, atom.Lookup(name), aside)
		}
	}
}

// gap ends the line at a tag that isn't part of one, with what was held back.
func gap(w io.Writer, tag atom.Atom, aside []byte) []byte {
	if inline(tag) && len(aside) < htmlAside {
		return aside
	}
	write(w, append(aside, '\n'))
	return aside[:0]
}

// write hands text to the scanner, which never fails.
func write(w io.Writer, text []byte) { _, _ = w.Write(text) }

// shownWithoutScripts are elements whose content the tokenizer would not take
// apart, while mail programs show it.
func shownWithoutScripts(tag atom.Atom) bool {
	switch tag {
	case atom.Noscript, atom.Noframes, atom.Noembed, atom.Iframe:
		return true
	}
	return false
}

// inline are the elements that leave no gap in a line of text.
func inline(tag atom.Atom) bool {
	switch tag {
	case atom.A, atom.Abbr, atom.Acronym, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Cite, atom.Code, atom.Data,
		atom.Del, atom.Dfn, atom.Em, atom.Font, atom.I, atom.Ins, atom.Kbd, atom.Mark, atom.Nobr, atom.Q, atom.S,
		atom.Samp, atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub, atom.Sup, atom.Time, atom.Tt, atom.U,
		atom.Var, atom.Wbr:
		return true
	}
	return tag == 0 // elements of one's own are inline in HTML ("o:p" of Word)
}
