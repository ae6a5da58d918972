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
	"sync"
	"sync/atomic"
	"time"
)

// driver hands messages to a milter as an MTA does.
type driver struct {
	socket string
	texts  []text
	// marked says that each message must have its recipient replaced, and
	// otherwise none may; nil doesn't look.
	marked *bool
	// patience is how long a milter may take for a packet.
	patience time.Duration

	queueIDs, answered atomic.Int64
}

func newDriver(c *contestant, k kind, samples int) *driver {
	d := &driver{socket: c.socket, texts: sampleTexts(k, samples), patience: 90 * time.Second}
	if c.judges {
		d.marked = &k.marked
	}
	d.queueIDs.Store(time.Now().UnixMicro())
	return d
}

// measureDirect keeps concurrency connections busy for one turn, each with
// perSession messages and then anew. Messages that are under way at the end of
// the turn are finished and count, and so does their time.
func measureDirect(ctx context.Context, c *contestant, k kind, s settings) (result, error) {
	d := newDriver(c, k, 20)
	if _, err := d.run(ctx, min(2, s.concurrency), 2, 100*time.Millisecond); err != nil { // to warm up
		return result{}, err
	}
	before, err := c.usage()
	if err != nil {
		return result{}, err
	}
	r, err := d.run(ctx, s.concurrency, s.perSession, s.turn)
	if err != nil {
		return r, err
	}
	after, err := c.usage()
	r.cpu, r.rss = after.cpu-before.cpu, after.rss
	return r, err
}

func (d *driver) run(ctx context.Context, concurrency, perSession int, turn time.Duration) (result, error) {
	d.answered.Store(0)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	began := time.Now()
	var wg sync.WaitGroup
	for i := range concurrency {
		wg.Go(func() {
			for first := i; ctx.Err() == nil; first += perSession {
				if err := d.session(ctx, first, perSession, began.Add(turn)); err != nil {
					cancel(err)
				}
				if time.Since(began) >= turn {
					return
				}
			}
		})
	}
	wg.Wait()
	r := result{messages: int(d.answered.Load()), elapsed: time.Since(began)}
	if err := context.Cause(ctx); err != nil {
		return r, err
	}
	return r, nil
}

// session hands in up to n messages over one connection, and begins none
// after until.
func (d *driver) session(ctx context.Context, first, n int, until time.Time) error {
	s, err := d.connect(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	for i := range n {
		if i > 0 && !time.Now().Before(until) {
			break
		}
		if err := s.message(&d.texts[(first+i)%len(d.texts)]); err != nil {
			return err
		}
		if err := s.end(); err != nil {
			return err
		}
		d.answered.Add(1)
	}
	s.packet('Q', "")
	return s.w.Flush()
}

// Flags of the negotiation: the milter doesn't want to hear of this step, or
// sends no reply to it.
const (
	noConnect, noHelo, noMail, noRcpt, noBody, noHeader, noEOH = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6
	quietHeader, noData                                        = 1 << 7, 1 << 9
	quietConnect, quietHelo, quietMail, quietRcpt              = 1 << 12, 1 << 13, 1 << 14, 1 << 15
	quietData, quietEOH, quietBody                             = 1 << 16, 1 << 18, 1 << 19
)

// session is one connection to a milter.
type session struct {
	d        *driver
	conn     net.Conn
	r        *bufio.Reader
	w        *bufio.Writer
	protocol uint32
	queueID  string
	deleted  int         // recipients that the milter took off the current message
	stop     func() bool // ends the watch on ctx
}

// connect opens a connection up to HELO. It is cut when ctx ends.
func (d *driver) connect(ctx context.Context) (*session, error) {
	conn, err := net.Dial("unix", d.socket)
	if err != nil {
		return nil, err
	}
	s := &session{d: d, conn: conn, r: bufio.NewReaderSize(conn, 4<<10), w: bufio.NewWriterSize(conn, 80<<10)}
	s.stop = context.AfterFunc(ctx, func() { conn.Close() })
	if err := s.begin(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) close() {
	s.stop()
	s.conn.Close()
}

// packet writes one; what goes wrong shows at the next Flush.
func (s *session) packet(cmd byte, data string) {
	s.head(cmd, len(data))
	s.w.WriteString(data)
}

func (s *session) head(cmd byte, length int) {
	var head [5]byte
	binary.BigEndian.PutUint32(head[:], uint32(length+1))
	head[4] = cmd
	s.w.Write(head[:])
}

// answer reads up to the next answer that isn't an edit or a sign of life.
func (s *session) answer() (byte, error) {
	if err := s.conn.SetDeadline(time.Now().Add(s.d.patience)); err != nil {
		return 0, err
	}
	if err := s.w.Flush(); err != nil {
		return 0, err
	}
	for {
		var head [5]byte
		if _, err := io.ReadFull(s.r, head[:]); err != nil {
			return 0, err
		}
		length := int(binary.BigEndian.Uint32(head[:])) - 1
		if head[4] == 'O' {
			data := make([]byte, max(length, 0))
			if _, err := io.ReadFull(s.r, data); err != nil {
				return 0, err
			}
			if len(data) < 12 {
				return 0, errors.New("the milter's negotiation is too short")
			}
			s.protocol = binary.BigEndian.Uint32(data[8:])
			return 'O', nil
		}
		if _, err := s.r.Discard(length); err != nil {
			return 0, err
		}
		switch head[4] {
		case 'a', 'c', 'd', 'r', 't', 'y', 's':
			return head[4], nil
		case '-':
			s.deleted++
		}
	}
}

// step sends a command with its macros unless the milter doesn't want it, and
// waits for the answer unless there is none.
func (s *session) step(cmd byte, data string, not, quiet uint32, macros string) error {
	if s.protocol&not != 0 {
		return nil
	}
	if macros != "" {
		s.packet('D', string(cmd)+macros)
	}
	s.packet(cmd, data)
	return s.settle(cmd, quiet)
}

func (s *session) settle(cmd byte, quiet uint32) error {
	if s.protocol&quiet != 0 {
		return nil
	}
	a, err := s.answer()
	if err == nil && a != 'c' {
		err = fmt.Errorf("%c was answered by %c", cmd, a)
	}
	return err
}

func (s *session) begin() error {
	s.packet('O', "\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff")
	if _, err := s.answer(); err != nil {
		return err
	}
	if err := s.step('C', "client.example\x004\x63\x89192.0.2.1\x00", noConnect, quietConnect, "j\x00gw.example\x00{daemon_name}\x00gw.example\x00v\x00Postfix 3.7.11\x00"); err != nil {
		return err
	}
	return s.step('H', "client.example\x00", noHelo, quietHelo, "{tls_version}\x00TLSv1.3\x00{cipher}\x00TLS_AES_256_GCM_SHA384\x00{cipher_bits}\x00256\x00")
}

// message hands in one message, up to its last byte.
func (s *session) message(t *text) error {
	// MIMEDefang names its folder for a message by the queue id: of two
	// messages under the same one, one is refused or hangs.
	s.queueID = fmt.Sprintf("i\x004j%014d\x00", s.d.queueIDs.Add(1))
	s.deleted = 0
	for _, one := range []struct {
		cmd        byte
		data       string
		not, quiet uint32
		macros     string
	}{
		{'M', "<" + sender + ">\x00SIZE=10000\x00", noMail, quietMail, "{mail_addr}\x00" + sender + "\x00"},
		{'R', "<" + recipient + ">\x00", noRcpt, quietRcpt, "{rcpt_addr}\x00" + recipient + "\x00"},
		{'T', "", noData, quietData, ""},
	} {
		if err := s.step(one.cmd, one.data, one.not, one.quiet, s.queueID+one.macros); err != nil {
			return err
		}
	}
	for _, h := range t.header {
		if err := s.step('L', h[0]+"\x00"+h[1]+"\x00", noHeader, quietHeader, ""); err != nil {
			return err
		}
	}
	if err := s.step('N', "", noEOH, quietEOH, s.queueID); err != nil {
		return err
	}
	return s.body(t.body)
}

func (s *session) body(rest []byte) error {
	if s.protocol&noBody != 0 {
		return nil
	}
	for len(rest) > 0 {
		n := min(len(rest), 65535)
		if err := s.conn.SetDeadline(time.Now().Add(s.d.patience)); err != nil {
			return err
		}
		s.head('B', n)
		if _, err := s.w.Write(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
		if s.protocol&quietBody != 0 {
			continue
		}
		a, err := s.answer()
		if err != nil || a == 's' { // skip: it wants no more of the body
			return err
		}
		if a != 'c' {
			return fmt.Errorf("the body was answered by %c", a)
		}
	}
	return nil
}

// end says that the message is complete and reads the verdict. A contestant's
// own opinion of the text doesn't matter here, but it must have one.
func (s *session) end() error {
	s.packet('D', "E"+s.queueID)
	s.packet('E', "")
	a, err := s.answer()
	if err != nil {
		return err
	}
	if strings.IndexByte("acry", a) < 0 {
		return fmt.Errorf("the end of the message was answered by %c", a)
	}
	if s.d.marked != nil && (a != 'a' && a != 'c' || *s.d.marked != (s.deleted > 0)) {
		return fmt.Errorf("answered by %c with %d recipients marked: that isn't what these messages need", a, s.deleted)
	}
	s.packet('A', "")
	return nil
}
