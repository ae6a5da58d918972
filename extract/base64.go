package extract

import (
	"encoding/base64"
	"io"
)

// looseBase64 decodes base64 as people get it: line ends, blanks and strange
// characters in it are passed over, and so is padding.
func looseBase64(r io.Reader) io.Reader {
	return base64.NewDecoder(base64.RawStdEncoding, &base64Only{r: r})
}

// base64Only lets through what is base64.
type base64Only struct{ r io.Reader }

func (o *base64Only) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	k := 0
	for _, c := range p[:n] {
		switch {
		case isLetter(c), '0' <= c && c <= '9', c == '+', c == '/':
		case c == '-': // the alphabet of URLs
			c = '+'
		case c == '_':
			c = '/'
		default:
			continue
		}
		p[k] = c
		k++
	}
	return k, err
}
