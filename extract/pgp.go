package extract

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

const pgpBegin = "-----BEGIN PGP MESSAGE-----"

// isPGP reports whether head begins like an encrypted OpenPGP message: a
// session key that a key or password encrypts, or encrypted data (RFC 9580
// sections 4.2, 5.1, 5.3, 5.13).
func isPGP(head []byte) bool {
	if len(head) < 16 || head[0]&0x80 == 0 {
		return false
	}
	tag, at := head[0]&0x3F, 2
	if head[0]&0x40 == 0 { // the older packet header
		tag = head[0] >> 2 & 0xF
		at = 1 + 1<<(head[0]&3)
		if head[0]&3 == 3 {
			at = 1
		}
	} else if head[1] >= 192 && head[1] < 224 {
		at = 3
	} else if head[1] == 255 {
		at = 6
	}
	version := head[min(at, len(head)-1)]
	algorithm := head[min(at+9, len(head)-1)]
	switch tag {
	case 1:
		return version == 3 && (algorithm <= 3 || algorithm >= 16 && algorithm <= 26) || version == 6
	case 3:
		return (version == 4 || version == 5 || version == 6) && head[min(at+1, len(head)-1)] <= 13
	case 18:
		return version == 1 || version == 2
	}
	return false
}

// readPGP says of an encrypted message that it is one, and reads what stands
// beside it: only a message alone has nothing in clear.
func readPGP(w *work) error {
	w.result.Encrypted = true
	if !bytes.HasPrefix(bytes.TrimLeft(w.head(64), " \t\r\n\xEF\xBB\xBF"), []byte("-----")) {
		w.unread(ProblemEncrypted)
		return nil
	}
	alone, err := armoured(w.content())
	if err != nil {
		return err
	}
	if err := readText(w); err != nil {
		return err
	}
	if alone {
		w.unread(ProblemEncrypted)
	} else {
		w.lost(ProblemEncrypted)
		w.note(ProblemMismatch)
	}
	return nil
}

// sealedText reports whether an encrypted message stands in text that comes in
// pieces; tail is what is kept of the last one.
func sealedText(tail, piece []byte) (found bool, kept []byte) {
	const keep = len(pgpBegin) - 1
	if bytes.Contains(piece, []byte(pgpBegin)) {
		return true, tail[:0]
	}
	seam := append(tail, piece[:min(len(piece), keep)]...)
	found = bytes.Contains(seam, []byte(pgpBegin))
	if len(piece) >= keep {
		seam = append(seam[:0], piece[len(piece)-keep:]...)
	}
	return found, append(seam[:0], seam[max(0, len(seam)-keep):]...)
}

// head returns the file's first n bytes, fewer if it is shorter.
func (w *work) head(n int) []byte {
	b := make([]byte, n)
	k, _ := w.file.Data.ReadAt(b, 0)
	return b[:k]
}

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
		case state == begin && string(line) == pgpBegin:
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

// isBase64 reports whether a line is nothing but base64, or a checksum.
func isBase64(line []byte) bool {
	line = bytes.TrimRight(bytes.TrimPrefix(line, []byte("=")), "=")
	for _, b := range line {
		if !isLetter(b) && (b < '0' || b > '9') && b != '+' && b != '/' {
			return false
		}
	}
	return len(line) > 0
}
