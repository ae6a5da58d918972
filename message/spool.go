package message

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// ErrTooLarge is what Content.Write returns where the message would be longer
// than one message may be. It stays so: asking again with the same message
// does not help.
var ErrTooLarge = errors.New("message is larger than allowed")

// ErrSpoolFull is what Content.Write returns where all contents together would
// take more memory than the spool may have. It passes when others are closed.
var ErrSpoolFull = errors.New("spool is full")

// smallContent is the number of bytes up to which a content lives in a heap
// buffer; it is also the size of the window through which larger ones are
// read.
const smallContent = 64 << 10

// Spool makes contents and keeps count of what they take. It is safe for use
// by several goroutines.
type Spool struct {
	limit, budget int64

	mu       sync.Mutex
	used     int64
	contents int

	windows   sync.Pool // of *[]byte, smallContent long
	scratches sync.Pool // of *[stepRoom]byte
}

// NewSpool returns a spool of which one content may hold limit bytes, and all
// open contents together budget bytes.
func NewSpool(limit, budget int64) *Spool {
	s := &Spool{limit: limit, budget: budget}
	s.windows.New = func() any {
		b := make([]byte, smallContent)
		return &b
	}
	return s
}

// New returns an empty content, to be filled by Write and given back by Close.
// It takes no memory before the first Write; the error is for the day when
// there is a limit on the number of contents.
func (s *Spool) New() (*Content, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.contents++
	return &Content{spool: s}, nil
}

// Usage returns the bytes in all open contents, and how many are open.
func (s *Spool) Usage() (bytes int64, contents int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used, s.contents
}

// reserve takes n bytes from the budget.
func (s *Spool) reserve(n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n > s.budget-s.used {
		return ErrSpoolFull
	}
	s.used += n
	return nil
}

// release gives n bytes back to the budget.
func (s *Spool) release(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
}

// gone gives back n bytes and the place of one content.
func (s *Spool) gone(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
	s.contents--
}

// window lends a buffer of smallContent bytes; what stands in it is nobody's.
func (s *Spool) window() *[]byte { return s.windows.Get().(*[]byte) }

// giveBack takes back a buffer of which the first n bytes were used. They are
// wiped, so that no message outlives its Close in a buffer.
func (s *Spool) giveBack(b *[]byte, n int) {
	clear((*b)[:n])
	s.windows.Put(b)
}

// scratch lends a buffer for decoding.
func (s *Spool) scratch() *[stepRoom]byte {
	if b, ok := s.scratches.Get().(*[stepRoom]byte); ok {
		return b
	}
	return new([stepRoom]byte)
}

// giveBackScratch takes one back, wiped.
func (s *Spool) giveBackScratch(b *[stepRoom]byte) {
	clear(b[:])
	s.scratches.Put(b)
}

// newMemfd returns a file that exists in memory only, has no name in any
// folder and ends with the process.
func newMemfd() (*os.File, error) {
	const name = "sealpost-message"
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // Linux before 6.3 does not know NOEXEC_SEAL
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	}
	if err != nil {
		return nil, fmt.Errorf("making a file in memory: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}
