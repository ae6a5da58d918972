package message

import (
	"bytes"
	"io"
)

// CRLF returns a writer that passes text on with every line end as CRLF,
// whether it comes as LF or CRLF: what is read from a file becomes what a mail
// server would hand over.
func CRLF(w io.Writer) io.Writer { return &crlfWriter{w: w} }

type crlfWriter struct {
	w  io.Writer
	cr bool // the last byte was a CR
}

func (c *crlfWriter) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		lf := bytes.IndexByte(p[done:], '\n')
		if lf < 0 {
			c.cr = p[len(p)-1] == '\r'
			n, err := c.w.Write(p[done:])
			return done + n, err
		}
		line, end := p[done:done+lf], "\r\n"
		if n := len(line); n > 0 && line[n-1] == '\r' || n == 0 && c.cr {
			end = "\n"
		}
		if _, err := c.w.Write(line); err != nil {
			return done, err
		}
		if _, err := io.WriteString(c.w, end); err != nil {
			return done, err
		}
		done += lf + 1
		c.cr = false
	}
	return len(p), nil
}
