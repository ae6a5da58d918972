package mta

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// probeTimeout bounds each probe of a socket.
const probeTimeout = 10 * time.Second

func asExit(err error, exit **exec.ExitError) bool { return errors.As(err, exit) }

// Dial connects for a probe; the connection has a deadline of ten seconds, or
// ctx's if that is earlier.
func Dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: probeTimeout}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(probeTimeout)
	if t, ok := ctx.Deadline(); ok && t.Before(deadline) {
		deadline = t
	}
	return conn, conn.SetDeadline(deadline)
}

// ProbeMilter opens a milter session as Postfix would, negotiates, and leaves.
func ProbeMilter(ctx context.Context, network, address string) error {
	conn, err := Dial(ctx, network, address)
	if err != nil {
		return err
	}
	defer conn.Close()
	// SMFIC_OPTNEG: version 6, all actions and protocol steps of Postfix.
	offer := binary.BigEndian.AppendUint32(nil, 13)
	offer = append(offer, 'O')
	for _, v := range []uint32{6, 0x1ff, 0x1fffff} {
		offer = binary.BigEndian.AppendUint32(offer, v)
	}
	if _, err := conn.Write(offer); err != nil {
		return fmt.Errorf("offering milter options: %w", err)
	}
	var head [5]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return fmt.Errorf("waiting for the milter's options: %w", err)
	}
	n := binary.BigEndian.Uint32(head[:4])
	if head[4] != 'O' || n < 13 || n > 64<<10 {
		return fmt.Errorf("the milter's answer to the negotiation is %q, want its options", head[4])
	}
	if _, err := io.CopyN(io.Discard, conn, int64(n)-1); err != nil {
		return fmt.Errorf("reading the milter's options: %w", err)
	}
	_, err = conn.Write([]byte{0, 0, 0, 1, 'Q'})
	return err
}

// ProbeSMTP opens an SMTP or LMTP session, greets with hello ("EHLO",
// "LHLO"), sends the further lines, expects a 2xx to each, and leaves. It
// returns the greeting's capabilities. Nothing is sent as mail unless lines
// say so.
func ProbeSMTP(ctx context.Context, network, address, hello string, lines ...string) (capabilities []string, err error) {
	conn, err := Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	text := textproto.NewConn(conn)
	if _, _, err := text.ReadResponse(220); err != nil {
		return nil, fmt.Errorf("waiting for the greeting: %w", err)
	}
	for i, line := range append([]string{hello + " localhost"}, lines...) {
		if err := text.PrintfLine("%s", line); err != nil {
			return nil, fmt.Errorf("sending %s: %w", line, err)
		}
		_, answer, err := text.ReadResponse(2)
		if err != nil {
			return capabilities, fmt.Errorf("answer to %s: %w", line, err)
		}
		if i == 0 {
			capabilities = strings.Split(answer, "\n")
		}
	}
	_ = text.PrintfLine("QUIT") // the answer no longer matters
	return capabilities, nil
}

// ProbeSocketmap asks a socketmap table for a key and returns the whole
// answer ("NOTFOUND ", "OK value", "TEMP reason").
func ProbeSocketmap(ctx context.Context, network, address, table, key string) (string, error) {
	conn, err := Dial(ctx, network, address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	q := table + " " + key
	if _, err := fmt.Fprintf(conn, "%d:%s,", len(q), q); err != nil {
		return "", fmt.Errorf("asking the map: %w", err)
	}
	r := bufio.NewReader(io.LimitReader(conn, 1<<16))
	length, err := r.ReadString(':')
	if err != nil {
		return "", fmt.Errorf("waiting for the map's answer: %w", err)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil || n < 0 || n > 1<<15 {
		return "", fmt.Errorf("the map's answer doesn't begin as a netstring: %q", length)
	}
	answer := make([]byte, n+1)
	if _, err := io.ReadFull(r, answer); err != nil {
		return "", fmt.Errorf("reading the map's answer: %w", err)
	}
	if answer[n] != ',' {
		return "", errors.New("the map's answer doesn't end as a netstring")
	}
	return string(answer[:n]), nil
}
