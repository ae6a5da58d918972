package deliver

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// receiveData copies a message up to its end, CR LF "." CR LF and nothing
// else, to w, and takes off the dots that the sender added (RFC 5321 section
// 4.5.2). Bare CR, bare LF and NUL are copied as they are: whoever takes a bare
// LF for a line end sees another message than whoever doesn't, and somebody
// could hide commands behind such an end.
//
// After an error of w the rest is read and dropped, so that the peer gets its
// answer; that error is werr. A read error is err: the message is not complete
// then.
func receiveData(r *bufio.Reader, w io.Writer) (werr, err error) {
	lineStart, cr := true, false
	for {
		// A piece ends with LF, or the buffer is full.
		piece, err := r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return werr, err
		}
		next := bytes.HasSuffix(piece, []byte("\r\n")) || cr && len(piece) == 1 && piece[0] == '\n'
		cr = piece[len(piece)-1] == '\r'
		if lineStart && piece[0] == '.' {
			if string(piece) == ".\r\n" {
				return werr, nil
			}
			piece = piece[1:]
		}
		lineStart = next
		if werr == nil {
			_, werr = w.Write(piece)
		}
	}
}

// sendData writes a message without its final dot: a dot is added to lines
// that begin with one, and the last line gets a line end if it has none. A
// bare LF becomes CR LF, because the peer may take it for a line end and the
// dots must fit what it sees.
func sendData(w *bufio.Writer, r io.Reader) error {
	in := bufio.NewReaderSize(r, 64<<10)
	lineStart, cr := true, false
	for {
		piece, err := in.ReadSlice('\n')
		if len(piece) > 0 {
			if lineStart && piece[0] == '.' {
				w.WriteByte('.')
			}
			body, lf := bytes.CutSuffix(piece, []byte("\n"))
			w.Write(body)
			if len(body) > 0 {
				cr = body[len(body)-1] == '\r'
			}
			if lf {
				endLine(w, cr)
				cr = false
			}
			lineStart = lf
		}
		switch {
		case err == nil || errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			if !lineStart {
				endLine(w, cr)
			}
			// The writer keeps its first error.
			return w.Flush()
		default:
			return err
		}
	}
}

// endLine ends a line whose CR may be written already.
func endLine(w *bufio.Writer, cr bool) {
	if !cr {
		w.WriteByte('\r')
	}
	w.WriteByte('\n')
}
