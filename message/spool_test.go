package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"
)

// filled returns an open content with these bytes, closed when the test ends.
func filled(t testing.TB, s *Spool, b []byte) *Content {
	t.Helper()
	c, err := s.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
	return c
}

// noise returns n bytes, always the same.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// What is written comes back byte for byte, in every way of reading, whatever
// the size and however it was cut into pieces.
func TestContentComesBack(t *testing.T) {
	for _, size := range []int{0, 1, smallContent - 1, smallContent, smallContent + 1, 2*smallContent + 17} {
		for _, step := range []int{777, smallContent, size + 1} {
			want := noise(size)
			s := NewSpool(1<<20, 1<<20)
			c, _ := s.New()
			for rest := want; len(rest) > 0; {
				n, err := c.Write(rest[:min(step, len(rest))])
				if err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if c.Size() != int64(size) {
				t.Errorf("size %d, want %d", c.Size(), size)
			}
			if step == 777 { // the thorough check takes its time, and the pieces don't show in it
				if err := iotest.TestReader(c.Reader(), want); err != nil {
					t.Errorf("%d bytes: %v", size, err)
				}
			}
			if got, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size())); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes in steps of %d: %d others, %v", size, step, len(got), err)
			}
			var out bytes.Buffer
			if n, err := io.Copy(&out, c.Reader()); err != nil || n != int64(size) || !bytes.Equal(out.Bytes(), want) {
				t.Errorf("copying %d bytes: %d, %v", size, n, err)
			}
			if got, n := s.Usage(); got != int64(size) || n != 1 {
				t.Errorf("usage %d bytes, %d contents", got, n)
			}
			for range 2 {
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
			if got, n := s.Usage(); got != 0 || n != 0 {
				t.Errorf("usage after two Closes: %d bytes, %d contents", got, n)
			}
		}
	}
}

func TestReadersAreIndependent(t *testing.T) {
	c := filled(t, NewSpool(100, 100), []byte("abcdef"))
	a, b := c.Reader(), c.Reader()
	if _, err := a.Seek(3, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	fromA, _ := io.ReadAll(a)
	fromB, _ := io.ReadAll(b)
	if string(fromA) != "def" || string(fromB) != "abcdef" {
		t.Errorf("read %q and %q", fromA, fromB)
	}
	if _, err := a.Seek(-1, io.SeekStart); err == nil {
		t.Error("seeking before the start is fine?")
	}
}

// A message over the limit is refused, and goes on being refused: a content
// with a gap must not come about.
func TestTooLarge(t *testing.T) {
	s := NewSpool(10, 100)
	c, _ := s.New()
	defer c.Close()
	c.Write(make([]byte, 8))
	for _, n := range []int{3, 1, 0} {
		if _, err := c.Write(make([]byte, n)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("writing %d: %v", n, err)
		}
	}
	if used, _ := s.Usage(); used != 8 || c.Size() != 8 {
		t.Errorf("%d bytes used, size %d", used, c.Size())
	}
}

// Where the budget is used up a content is refused, and a new one goes through
// once another was closed.
func TestSpoolFull(t *testing.T) {
	s := NewSpool(1<<20, 300_000)
	a := filled(t, s, noise(200_000))
	b, _ := s.New()
	defer b.Close()
	if _, err := b.Write(noise(100_001)); !errors.Is(err, ErrSpoolFull) {
		t.Fatalf("over budget: %v", err)
	}
	if used, n := s.Usage(); used != 200_000 || n != 2 {
		t.Errorf("%d bytes, %d contents", used, n)
	}
	a.Close()
	filled(t, s, noise(300_000))
}

// The account is exact with many at once: what was refused was never taken,
// and the budget is never exceeded.
func TestAccountUnderLoad(t *testing.T) {
	const budget = 1 << 20
	s := NewSpool(1<<20, budget)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for j := range 20 {
				c, _ := s.New()
				for range 5 {
					if _, err := c.Write(make([]byte, 10_000*(1+(i+j)%3))); err != nil && !errors.Is(err, ErrSpoolFull) {
						t.Error(err)
					}
					if used, _ := s.Usage(); used > budget || used < 0 {
						t.Errorf("%d bytes used", used)
					}
				}
				c.Close()
			}
		})
	}
	wg.Wait()
	if used, n := s.Usage(); used != 0 || n != 0 {
		t.Errorf("%d bytes, %d contents left", used, n)
	}
}

// After Close nobody reads what now belongs to somebody else.
func TestUseAfterClose(t *testing.T) {
	for _, size := range []int{0, 100, smallContent + 1} {
		s := NewSpool(1<<20, 1<<20)
		c := filled(t, s, noise(size))
		r := c.Reader()
		c.Close()
		filled(t, s, bytes.Repeat([]byte("secret"), 100))
		b := make([]byte, 100)
		if n, err := c.ReadAt(b, 0); n != 0 || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("ReadAt: %d, %v", n, err)
		}
		if n, err := r.Read(b); n != 0 || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Read: %d, %v", n, err)
		}
		if n, err := io.Copy(io.Discard, r); n != 0 || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("WriteTo: %d, %v", n, err)
		}
		if n, err := c.Write(b); n != 0 || !errors.Is(err, fs.ErrClosed) {
			t.Errorf("Write: %d, %v", n, err)
		}
		if c.Size() != int64(size) {
			t.Errorf("size %d", c.Size())
		}
	}
}

// Readers that are in the middle when Close comes see their own bytes or an
// error, never another message's.
func TestCloseWhileReading(t *testing.T) {
	s := NewSpool(1<<20, 1<<24)
	for _, size := range []int{1000, smallContent + 1000} {
		for range 50 {
			c := filled(t, s, bytes.Repeat([]byte("a"), size))
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for {
						b, err := io.ReadAll(c.Reader())
						if bytes.Trim(b, "a") != nil {
							t.Error("foreign bytes")
						}
						if err != nil {
							return
						}
					}
				})
			}
			wg.Go(func() {
				c.Close()
				filled(t, s, bytes.Repeat([]byte("b"), size))
			})
			wg.Wait()
		}
	}
}

// Buffers are wiped before they come back.
func TestBuffersAreWiped(t *testing.T) {
	s := NewSpool(1<<20, 1<<20)
	c, _ := s.New()
	c.Write([]byte("secret"))
	b := c.small
	c.Close()
	if bytes.ContainsAny(*b, "secret") {
		t.Error("bytes outlive Close")
	}
}

// A hundred contents of 25 MB take a fixed amount of heap.
func TestHeapStaysSmall(t *testing.T) {
	size := 25 << 20
	if testing.Short() {
		size = 2 << 20
	}
	if peak := heapPeak(t, 100, size); peak > 32<<20 {
		t.Errorf("heap grew by %d MB", peak>>20)
	}
}

// heapPeak writes contents of a size at once and returns by how much the heap
// grew at most.
func heapPeak(t testing.TB, contents, size int) uint64 {
	t.Helper()
	s := NewSpool(int64(size), int64(contents*size))
	chunk := noise(64 << 10)
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var mu sync.Mutex
	var peak uint64
	look := func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		mu.Lock()
		defer mu.Unlock()
		peak = max(peak, m.HeapAlloc-min(m.HeapAlloc, before.HeapAlloc))
	}
	var wg sync.WaitGroup
	for range contents {
		c, err := s.New()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		wg.Go(func() {
			for n := 0; n < size; n += len(chunk) {
				if _, err := c.Write(chunk[:min(len(chunk), size-n)]); err != nil {
					t.Error(err)
					return
				}
				if n%(1<<20) == 0 {
					look()
				}
			}
		})
	}
	wg.Wait()
	look()
	if used, n := s.Usage(); used != int64(contents*size) || n != contents {
		t.Errorf("usage %d bytes, %d contents", used, n)
	}
	return peak
}

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := NewID()
		if len(id) != 26 || bytes.Trim([]byte(id), "abcdefghijklmnopqrstuvwxyz234567") != nil || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
}

// Where the system has no file for a large message, Write says so, nothing
// counts as used, and small messages go on.
func TestNoFileDescriptor(t *testing.T) {
	s := NewSpool(1<<20, 1<<20)
	c, _ := s.New()
	defer c.Close()
	c.Write(noise(1000))
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Write(noise(smallContent))
	small, _ := s.New()
	defer small.Close()
	_, errSmall := small.Write(noise(smallContent))
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, unix.EMFILE) || errSmall != nil {
		t.Errorf("large: %v; small: %v", err, errSmall)
	}
	if _, again := c.Write([]byte("x")); again == nil {
		t.Error("a content with a gap goes on")
	}
	if used, _ := s.Usage(); used != 1000+smallContent {
		t.Errorf("%d bytes used", used)
	}
}

// Large contents have no name in any folder and are not handed to programs
// that we start.
func TestLargeContentIsMemory(t *testing.T) {
	c := filled(t, NewSpool(1<<20, 1<<20), noise(smallContent+1))
	fd := c.file.Fd()
	name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	if err != nil || !strings.HasPrefix(name, "/memfd:") {
		t.Errorf("it is %q, %v", name, err)
	}
	if flags, err := unix.FcntlInt(fd, unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("flags %x, %v", flags, err)
	}
}
