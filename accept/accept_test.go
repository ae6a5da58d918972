package accept

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"go.uber.org/zap"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// outOfFiles is a listener that fails twice before it accepts.
type outOfFiles struct {
	net.Listener
	failures int
}

func (l *outOfFiles) Accept() (net.Conn, error) {
	if l.failures++; l.failures <= 2 {
		return nil, os.NewSyscallError("accept", syscall.EMFILE)
	}
	return l.Listener.Accept()
}

// A failure that passes doesn't end the server.
func TestServeGoesOn(t *testing.T) {
	l := Loop{What: "test", Log: zap.NewNop()}
	ln := listen(t)
	opened, ended := make(chan net.Conn), make(chan error)
	go func() {
		ended <- l.Serve(t.Context(), &outOfFiles{Listener: ln}, func(c net.Conn) { opened <- c })
	}()
	client, err := net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn := <-opened
	defer conn.Close()
	l.Stop()
	if err := <-ended; err != nil {
		t.Errorf("after Stop: %v", err)
	}
	// What was accepted stays open, and nothing more is accepted.
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Errorf("an open connection was closed: %v", err)
	}
	if err := l.Serve(t.Context(), listen(t), nil); err == nil {
		t.Error("a stopped loop serves again")
	}
}

// The context's end is an error, and so is a listener that somebody else closed.
func TestServeEnds(t *testing.T) {
	l := Loop{What: "test", Log: zap.NewNop()}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Serve(ctx, listen(t), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	closed := listen(t)
	closed.Close()
	if err := l.Serve(t.Context(), closed, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}
