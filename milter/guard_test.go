package milter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"
)

// rawMTA speaks the protocol packet by packet, also wrongly.
type rawMTA struct {
	t testing.TB
	net.Conn
}

func dialRaw(t testing.TB, socket string) *rawMTA {
	t.Helper()
	c, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(30 * time.Second))
	t.Cleanup(func() { c.Close() })
	return &rawMTA{t, c}
}

func packet(cmd byte, data string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(data)+1)), append([]byte{cmd}, data...)...)
}

// offer is what Postfix 3.7 offers: version 6, all actions, all steps.
const offer = "\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff"

func (w *rawMTA) send(cmd byte, data string) {
	w.t.Helper()
	if _, err := w.Write(packet(cmd, data)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *rawMTA) receive() (byte, string) {
	w.t.Helper()
	head := make([]byte, 4)
	if _, err := io.ReadFull(w, head); err != nil {
		w.t.Fatal(err)
	}
	data := make([]byte, binary.BigEndian.Uint32(head))
	if _, err := io.ReadFull(w, data); err != nil {
		w.t.Fatal(err)
	}
	return data[0], string(data[1:])
}

func (w *rawMTA) negotiate() string {
	w.t.Helper()
	w.send('O', offer)
	cmd, data := w.receive()
	if cmd != 'O' {
		w.t.Fatalf("negotiation answered by %q", cmd)
	}
	return data
}

// What is asked for: all edits, header values byte for byte, and a reply to
// RCPT alone.
func TestNegotiation(t *testing.T) {
	r := startServer(t, socketPath(t), Options{})
	got := dialRaw(t, r.socket).negotiate()
	if want := "\x00\x00\x00\x06\x00\x00\x01\xff"; got[:8] != want {
		t.Errorf("version and actions %q, want %q", got[:8], want)
	}
	protocol := gomilter.OptProtocol(binary.BigEndian.Uint32([]byte(got[8:12])))
	if protocol != quiet {
		t.Errorf("protocol %v, want %v", protocol, quiet)
	}
	if protocol&gomilter.OptNoRcptReply != 0 || protocol&gomilter.OptHeaderLeadingSpace == 0 {
		t.Errorf("protocol %v", protocol)
	}
	for _, macro := range []string{"{tls_version}", "{cert_subject}", "{verify}", "{auth_authen}", "i"} {
		if !strings.Contains(got[12:], macro) {
			t.Errorf("%s isn't asked for", macro)
		}
	}
}

// hostile are packets that the guard must stop. Each is sent after a good
// negotiation, unless it says otherwise.
var hostile = map[string][]byte{
	"empty packet":             {0, 0, 0, 0},
	"512 MB":                   {0x20, 0, 0, 0, 'B'},
	"4 GB":                     {0xff, 0xff, 0xff, 0xff, 'L'},
	"just too long":            append(binary.BigEndian.AppendUint32(nil, maxPacket+1), 'B'),
	"connect without NUL":      packet('C', "host"),
	"connect, nothing behind":  packet('C', "host\x00"),
	"connect, no port":         packet('C', "host\x004\x01"),
	"connect, no address":      packet('C', "host\x004\x00\x19"),
	"connect, bad address":     packet('C', "host\x004\x00\x19999.1.1.1\x00"),
	"connect, bad family":      packet('C', "host\x00Z\x00\x191.1.1.1\x00"),
	"helo empty":               packet('H', ""),
	"helo without NUL":         packet('H', "h"),
	"mail empty":               packet('M', ""),
	"mail without NUL":         packet('M', "<a@b>"),
	"rcpt without NUL":         packet('R', "<a@b>"),
	"header without NUL":       packet('L', "Subject"),
	"header, one string":       packet('L', "Subject\x00"),
	"header, three strings":    packet('L', "Subject\x00a\x00b\x00"),
	"header without name":      packet('L', "\x00a\x00"),
	"macros empty":             packet('D', ""),
	"macros of nothing":        packet('D', "?i\x001\x00"),
	"macros odd":               packet('D', "Ci\x00"),
	"macros without NUL":       packet('D', "Ci\x001"),
	"body in the end":          packet('E', "more"),
	"negotiated twice":         packet('O', offer),
	"unknown command":          packet('Z', ""),
	"zero command":             packet(0, ""),
	"unknown command with NUL": packet(0xff, "x\x00"),
}

// A bad packet ends its own connection, and nothing else.
func TestGuard(t *testing.T) {
	r := startServer(t, socketPath(t), Options{})
	good := dialMTA(t, r)
	good.hello()
	for name, bytes := range hostile {
		t.Run(name, func(t *testing.T) {
			before := r.count(PacketRefused)
			w := dialRaw(t, r.socket)
			w.negotiate()
			w.Write(bytes)
			if rest, err := io.ReadAll(w); len(rest) > 0 || err != nil && !isReset(err) {
				t.Errorf("got %q, %v, want the end of the connection", rest, err)
			}
			if n := r.count(PacketRefused); n != before+1 {
				t.Errorf("%d refusals observed, want 1", n-before)
			}
		})
	}
	for name, bytes := range map[string][]byte{"not negotiated": packet('C', "h\x00U"), "short negotiation": packet('O', "\x00\x00\x00\x06"), "HTTP": []byte("GET / HTTP/1.1\r\n\r\n")} {
		t.Run(name, func(t *testing.T) {
			w := dialRaw(t, r.socket)
			w.Write(bytes)
			if rest, err := io.ReadAll(w); len(rest) > 0 || err != nil && !isReset(err) {
				t.Errorf("got %q, %v, want the end of the connection", rest, err)
			}
		})
	}
	_, a := good.send("")
	mustSay(t, a, "accept")
}

func isReset(err error) bool {
	return err != nil && strings.Contains(err.Error(), "reset")
}

// The negative twin: without the guard, the same bytes end the process.
func TestWithoutGuard(t *testing.T) {
	if socket := os.Getenv("UNGUARDED_MILTER"); socket != "" {
		ln, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		s := gomilter.NewServer(gomilter.WithMilter(func() gomilter.Milter { return gomilter.NoOpMilter{} }))
		s.Serve(ln)
		return
	}
	for _, name := range []string{"empty packet", "connect without NUL", "connect, nothing behind", "mail without NUL", "rcpt without NUL"} {
		t.Run(name, func(t *testing.T) {
			socket := socketPath(t)
			cmd := exec.Command(os.Args[0], "-test.run=^TestWithoutGuard$")
			cmd.Env = append(os.Environ(), "UNGUARDED_MILTER="+socket)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Process.Kill()
			// The path is there before anybody listens on it.
			for range 500 {
				if c, err := net.Dial("unix", socket); err == nil {
					c.Close()
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			w := dialRaw(t, socket)
			w.negotiate()
			w.Write(hostile[name])
			err := cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || !strings.Contains(out.String(), "panic") {
				t.Errorf("the unguarded process ended with %v:\n%s", err, out.String())
			}
		})
	}
}

// FuzzSession feeds raw bytes after the negotiation. The process survives, and
// every session ends.
func FuzzSession(f *testing.F) {
	for _, b := range hostile {
		f.Add(b)
	}
	var good []byte
	for _, p := range [][]byte{
		packet('D', "Cj\x00gw\x00"), packet('C', "h.test\x004\x00\x19192.0.2.1\x00"), packet('H', "h\x00"), packet('D', "Mi\x001\x00"),
		packet('M', "<s@s.test>\x00SIZE=1\x00"), packet('R', "<r@r.test>\x00"), packet('L', "Subject\x00 x\x00"), packet('N', ""),
		packet('B', "body\r\n"), packet('E', ""), packet('A', ""), packet('K', ""), packet('Q', ""),
	} {
		good = append(good, p...)
		f.Add(append(bytes.Clone(good), packet('Q', "")...))
	}
	r := startServer(f, filepath.Join(f.TempDir(), "m"), Options{})
	f.Fuzz(func(t *testing.T, b []byte) {
		w := dialRaw(t, r.socket)
		w.send('O', offer)
		go func() {
			w.Write(b)
			w.Conn.(*net.UnixConn).CloseWrite()
		}()
		if _, err := io.Copy(io.Discard, w); err != nil && !isReset(err) && !errors.Is(err, net.ErrClosed) {
			t.Fatal(err)
		}
		if r.count(Panicked) > 0 {
			t.Fatal("a callback panicked")
		}
	})
}
