package milter

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealpost/sealpost/message"
)

// While the gateway works the MTA is told so; nothing else is sent before the
// answer.
func TestProgress(t *testing.T) {
	going := make(chan struct{})
	g := &script{handle: func(context.Context, *message.Message) message.Answer {
		<-going
		return message.Answer{Verdict: message.Accept}
	}}
	r := startServer(t, socketPath(t), Options{Gateway: g, ProgressEvery: time.Millisecond})
	w := dialRaw(t, r.socket)
	w.negotiate()
	w.message("b\r\n")
	for range 5 {
		if cmd, _ := w.receive(); cmd != 'p' {
			t.Fatalf("got %q, want progress", cmd)
		}
	}
	close(going)
	for {
		cmd, _ := w.receive()
		if cmd == 'p' {
			continue
		}
		if cmd != 'a' {
			t.Errorf("got %q, want accept", cmd)
		}
		return
	}
}

// message sends a whole message and reads the answer to its recipient.
func (w *rawMTA) message(body string) {
	w.t.Helper()
	w.send('M', "<s@s.test>\x00")
	w.send('R', "<r@r.test>\x00")
	if cmd, data := w.receive(); cmd != 'c' {
		w.t.Fatalf("RCPT was answered by %q %q", cmd, data)
	}
	w.send('L', "Subject\x00 x\x00")
	w.send('N', "")
	w.send('B', body)
	w.send('E', "")
}

// When the MTA goes away the gateway's context ends.
func TestMTAGone(t *testing.T) {
	started, ended := make(chan struct{}), make(chan struct{})
	g := &script{handle: func(ctx context.Context, _ *message.Message) message.Answer {
		close(started)
		<-ctx.Done()
		close(ended)
		return message.Answer{Verdict: message.Accept}
	}}
	r := startServer(t, socketPath(t), Options{Gateway: g, ProgressEvery: time.Millisecond})
	w := dialRaw(t, r.socket)
	w.negotiate()
	w.message("b\r\n")
	<-started
	w.Close()
	<-ended
}

// Over the limit a session is told 451 at MAIL, and let in when there is room;
// far over it the connection is closed.
func TestTooManySessions(t *testing.T) {
	r := startServer(t, socketPath(t), Options{MaxSessions: 1})
	first := dialMTA(t, r)
	first.hello()
	first.send("")
	second := dialMTA(t, r)
	second.hello()
	a, err := second.Mail("s@s.test", "")
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, a, "451 4.3.2")
	w := dialRaw(t, r.socket)
	w.Write(packet('O', offer))
	if n, err := w.Read(make([]byte, 1)); err == nil {
		t.Errorf("a third session got %d bytes", n)
	}
	_, a = first.send("")
	mustSay(t, a, "accept")
	first.Close()
	for r.Sessions() > 1 {
		time.Sleep(time.Millisecond)
	}
	second.Abort(nil)
	_, a = second.send("")
	mustSay(t, a, "accept")
	if n := r.count(SessionBusy); n != 2 {
		t.Errorf("%d busy sessions observed, want 2", n)
	}
}

// Shutdown lets what runs come to its end, and the sessions of the MTA go on.
func TestShutdown(t *testing.T) {
	started, going := make(chan struct{}, 10), make(chan struct{})
	g := &script{handle: func(ctx context.Context, _ *message.Message) message.Answer {
		started <- struct{}{}
		select {
		case <-going:
		case <-ctx.Done():
		}
		return message.Answer{Verdict: message.Accept}
	}}
	r := startServer(t, socketPath(t), Options{Gateway: g})
	w := dialRaw(t, r.socket)
	w.negotiate()
	w.message("b\r\n")
	<-started
	done := make(chan error)
	go func() { done <- r.Shutdown(context.Background()) }()
	if err := <-r.served; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if _, err := net.Dial("unix", r.socket); err == nil {
		t.Error("a connection is accepted after Shutdown")
	}
	close(going)
	if cmd, _ := w.receive(); cmd != 'a' {
		t.Errorf("got %q, want accept", cmd)
	}
	w.message("b\r\n") // the SMTP session goes on
	if cmd, _ := w.receive(); cmd != 'a' {
		t.Errorf("got %q, want accept", cmd)
	}
	w.send('Q', "")
	if err := <-done; err != nil {
		t.Errorf("Shutdown returned %v", err)
	}
}

// At its deadline Shutdown cuts off what still runs: nothing is accepted.
func TestShutdownDeadline(t *testing.T) {
	started, ended := make(chan struct{}), make(chan struct{})
	g := &script{handle: func(ctx context.Context, _ *message.Message) message.Answer {
		close(started)
		<-ctx.Done()
		close(ended)
		return message.Answer{Verdict: message.Accept}
	}}
	r := startServer(t, socketPath(t), Options{Gateway: g})
	w := dialRaw(t, r.socket)
	w.negotiate()
	w.message("b\r\n")
	<-started
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := r.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown returned %v", err)
	}
	<-ended
	if n, err := w.Read(make([]byte, 1)); err == nil {
		t.Errorf("the MTA was told %d bytes after the deadline", n)
	}
}

// Messages stay out of the heap, however many and large: 100 at once. The test
// takes 4 MB each; the benchmark 25 MB.
func TestLargeMessagesAtOnce(t *testing.T) { largeMessagesAtOnce(t, 4<<20, 96<<20) }

func BenchmarkLargeMessagesAtOnce(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(largeMessagesAtOnce(b, 25<<20, 256<<20)>>20), "MB-heap")
	}
}

func largeMessagesAtOnce(t testing.TB, size int, limit uint64) (peak uint64) {
	const sessions = 100
	full := sync.WaitGroup{}
	full.Add(sessions)
	g := &script{handle: func(_ context.Context, m *message.Message) message.Answer {
		if m.Content.Size() < int64(size) {
			t.Errorf("message of %d bytes", m.Content.Size())
		}
		full.Done()
		full.Wait() // all are there at once
		return message.Answer{Verdict: message.Accept}
	}}
	r := startServer(t, socketPath(t), Options{Gateway: g, Spool: message.NewSpool(64<<20, 4<<30), ProgressEvery: time.Hour})
	var wg sync.WaitGroup
	for range sessions {
		w := dialRaw(t, r.socket)
		w.SetDeadline(time.Now().Add(2 * time.Minute))
		w.negotiate()
		wg.Go(func() { w.large(size) })
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for {
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		peak = max(peak, s.HeapAlloc)
		select {
		case <-done:
			if peak > limit {
				t.Errorf("heap of %d MB, want at most %d", peak>>20, limit>>20)
			}
			return peak
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// large sends a message of at least size bytes and wants it accepted.
func (w *rawMTA) large(size int) {
	w.Write(packet('M', "<s@s.test>\x00"))
	w.Write(packet('R', "<r@r.test>\x00"))
	w.receive()
	w.Write(packet('L', "Subject\x00 x\x00"))
	w.Write(packet('N', ""))
	chunk := packet('B', strings.Repeat("x", 65535))
	for sent := 0; sent < size; sent += 65535 {
		if _, err := w.Write(chunk); err != nil {
			w.t.Error(err)
			return
		}
	}
	w.Write(packet('E', ""))
	if cmd, _ := w.receive(); cmd != 'a' {
		w.t.Errorf("told %q", cmd)
	}
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	ln, err := Listen("unix:"+path, "0")
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, want 0660", info.Mode())
	}
	if _, err := Listen("unix:"+path, ""); err == nil || !strings.Contains(err.Error(), "another process listens") {
		t.Errorf("a socket in use: %v", err)
	}
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the socket is still there after Close")
	}

	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	ln, err = Listen("unix:"+path, "")
	if err != nil {
		t.Fatalf("a socket left by a dead process: %v", err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	// Somebody else's socket in that place stays.
	os.Remove(path)
	other, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	ln.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Error("closing removed another's socket")
	}

	file := filepath.Join(dir, "file")
	os.WriteFile(file, []byte("data"), 0o600)
	for spec, want := range map[string]string{
		"unix:" + file: "isn't a socket", "unix:relative": "want unix:/absolute/path", "": "want unix:", "tcp:": "want unix:",
		"inet:25@host": "want unix:", "unix:" + dir + "/missing/s": "no such file", "tcp:192.0.2.1:1": "listening on",
	} {
		if _, err := Listen(spec, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Listen(%q): %v, want %q", spec, err, want)
		}
	}
	if _, err := Listen("unix:"+dir+"/g", "no-such-group"); err == nil {
		t.Error("an unknown group was taken")
	}
	if left, _ := filepath.Glob(dir + "/.new-*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	tcp, err := Listen("tcp:127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	tcp.Close()
}
