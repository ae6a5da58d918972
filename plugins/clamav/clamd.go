package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// verdict is what clamd said of one stream.
type verdict struct {
	// Signature is the name of what it found, "" where it found nothing.
	Signature string
}

// errTooLarge says that clamd takes no stream of that size.
var errTooLarge = errors.New("the stream is over clamd's limit")

// chunkSize is how much goes in one chunk of a stream.
const chunkSize = 64 << 10

// maxReply is the longest answer that is read, bytes.
const maxReply = 4096

// scan sends content to clamd and reads its answer (clamd(8), INSTREAM: each
// chunk with its length before it in network order, then a length of zero).
func scan(ctx context.Context, network, address string, content io.Reader) (verdict, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return verdict{}, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	sendErr := send(conn, content)
	// Where clamd ended the stream early it says why before it hangs up.
	reply, err := bufio.NewReader(io.LimitReader(conn, maxReply)).ReadString(0)
	if err != nil {
		return verdict{}, errors.Join(fmt.Errorf("reading clamd's answer: %w", err), sendErr)
	}
	return understand(strings.TrimSuffix(reply, "\x00"), sendErr)
}

func send(conn net.Conn, content io.Reader) error {
	if _, err := io.WriteString(conn, "zINSTREAM\x00"); err != nil {
		return err
	}
	buf := make([]byte, 4+chunkSize)
	for {
		n, err := io.ReadFull(content, buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n))
			if _, werr := conn.Write(buf[:4+n]); werr != nil {
				return werr
			}
		}
		switch {
		case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
			_, err = conn.Write([]byte{0, 0, 0, 0})
			return err
		case err != nil:
			return fmt.Errorf("reading the part: %w", err)
		}
	}
}

// understand reads an answer: "stream: OK", "stream: NAME FOUND", or an error.
// Only what was sent whole can be clean.
func understand(reply string, sendErr error) (verdict, error) {
	what, ok := strings.CutPrefix(reply, "stream: ")
	name, found := strings.CutSuffix(what, " FOUND")
	switch {
	case strings.Contains(reply, "size limit exceeded"):
		return verdict{}, errTooLarge
	case ok && found && strings.HasPrefix(name, "Heuristics.Limits.Exceeded"):
		return verdict{}, errTooLarge
	case ok && found && name != "":
		return verdict{Signature: name}, nil
	case ok && what == "OK" && sendErr == nil:
		return verdict{}, nil
	}
	return verdict{}, errors.Join(errors.New("clamd gave no verdict"), sendErr)
}
