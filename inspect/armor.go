package inspect

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// armoured reports whether text is one OpenPGP message in ASCII armour (RFC
// 9580 section 6.2) and nothing else: what stands before or behind it, or
// between its lines, would be in clear.
func armoured(text io.Reader) (bool, error) {
	lines := bufio.NewReaderSize(text, 4096)
	const (
		begin = iota
		headers
		body
		end
	)
	for state := begin; ; {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return false, nil
		}
		if err != nil && err != io.EOF {
			return false, err
		}
		line = bytes.TrimSpace(line)
		switch {
		case state == begin && string(line) == "-----BEGIN PGP MESSAGE-----":
			state = headers
		case state == headers && len(line) == 0:
			state = body
		case state == headers && bytes.Contains(line, []byte(": ")):
		case state == body && string(line) == "-----END PGP MESSAGE-----":
			state = end
		case state == body && isBase64(line):
		case len(line) == 0 && state != headers:
		default:
			return false, nil
		}
		if err == io.EOF {
			return state == end, nil
		}
	}
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// isBase64 reports whether a line is nothing but base64, or a checksum.
func isBase64(line []byte) bool {
	line = bytes.TrimRight(bytes.TrimPrefix(line, []byte("=")), "=")
	return len(line) > 0 && len(bytes.Trim(line, base64Digits)) == 0
}
