package milter

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Listen opens a socket for an MTA: "unix:/absolute/path" or "tcp:host:port".
//
// A Unix socket has mode 0600, or 0660 with the named group (or numeric group
// id), from the first moment that its path exists. A socket that a dead
// process left is replaced; one on which somebody answers, and anything that
// isn't a socket, is an error. Closing the listener removes its path, unless
// somebody else's socket is there by then.
func Listen(spec, group string) (net.Listener, error) {
	kind, addr, _ := strings.Cut(spec, ":")
	switch {
	case kind == "unix" && filepath.IsAbs(addr):
		ln, err := listenUnix(filepath.Clean(addr), group)
		if err != nil {
			return nil, fmt.Errorf("listening on %s: %w", spec, err)
		}
		return ln, nil
	case kind == "tcp" && addr != "":
		// Accepted connections have TCP_NODELAY: net sets it.
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("listening on %s: %w", spec, err)
		}
		return ln, nil
	}
	return nil, fmt.Errorf("listening on %q: want unix:/absolute/path or tcp:host:port", spec)
}

// listenUnix binds in a private folder beside path and then moves the socket
// there, so that it never stands open to others, and never isn't there while
// an old one is being replaced.
func listenUnix(path, group string) (net.Listener, error) {
	if err := checkStale(path); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	tmp := filepath.Join(dir, "s")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: tmp, Net: "unix"})
	if err != nil {
		return nil, err
	}
	ln.SetUnlinkOnClose(false)
	if err := permit(tmp, group); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	own, err := os.Lstat(tmp)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return &unixListener{UnixListener: ln, path: path, own: own}, nil
}

// checkStale returns nil where path is free or holds a socket on which nobody
// listens.
func checkStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("something that isn't a socket is there")
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
		return errors.New("another process listens there")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("a socket is there, and whether it is in use can't be told: %w", err)
	}
	return nil
}

func permit(path, group string) error {
	if group == "" {
		return os.Chmod(path, 0o600)
	}
	gid, err := strconv.Atoi(group)
	if err != nil {
		g, err := user.LookupGroup(group)
		if err != nil {
			return err
		}
		if gid, err = strconv.Atoi(g.Gid); err != nil {
			return err
		}
	}
	if err := os.Chown(path, -1, gid); err != nil {
		return err
	}
	return os.Chmod(path, 0o660)
}

// unixListener removes its path when it is closed.
type unixListener struct {
	*net.UnixListener
	path string
	own  fs.FileInfo
	once sync.Once
}

func (l *unixListener) Close() error {
	l.once.Do(func() {
		if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.own) {
			os.Remove(l.path)
		}
	})
	return l.UnixListener.Close()
}

// Addr is the path that others connect to.
func (l *unixListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }
