package message

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// errClosed is what every use of a closed content returns; errors.Is finds
// fs.ErrClosed in it.
var errClosed = fmt.Errorf("message content: %w", fs.ErrClosed)

// Content is the bytes of one message, header and body. Up to 64 KiB they live
// in a heap buffer, beyond that in a file in memory (memfd_create), never on a
// disk of ours. (The kernel may swap memory out: whether swap is off or
// encrypted is for the operator to see to.)
//
// It is written by one goroutine first, and may be read by several after that.
// Close may come at any time and from anywhere: reads in progress end first,
// later ones return an error that is fs.ErrClosed.
type Content struct {
	spool *Spool

	mu     sync.RWMutex
	size   int64
	small  *[]byte  // where size <= smallContent
	file   *os.File // where not
	failed error    // what the first failed Write returned
	closed bool
}

// Write appends p. The error is ErrTooLarge, ErrSpoolFull, fs.ErrClosed, or
// what the system says; nothing of p counts as written then. After an error
// every further Write returns the same one, so that a content with a gap can't
// come about.
func (c *Content) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, errClosed
	}
	if c.failed != nil {
		return 0, c.failed
	}
	if c.failed = c.append(p); c.failed != nil {
		return 0, c.failed
	}
	return len(p), nil
}

func (c *Content) append(p []byte) error {
	n := int64(len(p))
	if n == 0 {
		return nil
	}
	if n > c.spool.limit-c.size {
		return ErrTooLarge
	}
	if err := c.spool.reserve(n); err != nil {
		return err
	}
	if err := c.store(p); err != nil {
		c.spool.release(n)
		return fmt.Errorf("writing message content: %w", err)
	}
	c.size += n
	return nil
}

// store puts p behind what is there, and moves everything to a file in memory
// once it has grown beyond the heap buffer.
func (c *Content) store(p []byte) error {
	if c.file == nil && c.size+int64(len(p)) <= smallContent {
		if c.small == nil {
			c.small = c.spool.window()
		}
		copy((*c.small)[c.size:], p)
		return nil
	}
	if c.file == nil {
		f, err := newMemfd()
		if err != nil {
			return err
		}
		c.file = f
		if c.small != nil {
			if _, err := f.WriteAt((*c.small)[:c.size], 0); err != nil {
				return err
			}
			c.spool.giveBack(c.small, int(c.size))
			c.small = nil
		}
	}
	_, err := c.file.WriteAt(p, c.size)
	return err
}

// ReadAt reads as io.ReaderAt says.
func (c *Content) ReadAt(p []byte, off int64) (int, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	switch {
	case c.closed:
		return 0, errClosed
	case off < 0:
		return 0, errors.New("reading message content: negative offset")
	case off >= c.size:
		return 0, io.EOF
	}
	want := len(p)
	if rest := c.size - off; int64(want) > rest {
		p = p[:rest]
	}
	n, err := len(p), error(nil)
	if c.small != nil {
		copy(p, (*c.small)[off:c.size])
	} else {
		n, err = c.file.ReadAt(p, off)
	}
	if err == nil && n < want {
		err = io.EOF
	}
	return n, err
}

// Size returns the number of bytes written. It stays what it was after Close.
func (c *Content) Size() int64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.size
}

// Reader returns a new reader that stands at the first byte and is independent
// of all others. It also implements io.WriterTo, which copies through a buffer
// of the spool's.
func (c *Content) Reader() io.ReadSeeker { return &contentReader{c: c} }

// Close gives back what the content occupies. Closing twice does no harm.
func (c *Content) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	var err error
	if c.small != nil {
		c.spool.giveBack(c.small, int(c.size))
		c.small = nil
	}
	if c.file != nil {
		err = c.file.Close()
		c.file = nil
	}
	c.spool.gone(c.size)
	if err != nil {
		return fmt.Errorf("closing message content: %w", err)
	}
	return nil
}

// contentReader reads one content from its own place.
type contentReader struct {
	c   *Content
	off int64
}

func (r *contentReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.c.ReadAt(p, r.off)
	r.off += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

func (r *contentReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += r.off
	case io.SeekEnd:
		offset += r.c.Size()
	default:
		return 0, errors.New("seeking in message content: unknown whence")
	}
	if offset < 0 {
		return 0, errors.New("seeking in message content: negative offset")
	}
	r.off = offset
	return offset, nil
}

// WriteTo copies the rest to w. The content stays unlocked while w writes, so
// that a slow w holds up nobody.
func (r *contentReader) WriteTo(w io.Writer) (int64, error) {
	b := r.c.spool.window()
	used, total := 0, int64(0)
	defer func() { r.c.spool.giveBack(b, used) }()
	for {
		n, err := r.Read(*b)
		used = max(used, n)
		if n > 0 {
			m, werr := w.Write((*b)[:n])
			total += int64(m)
			if werr != nil {
				return total, werr
			}
			if m < n {
				return total, io.ErrShortWrite
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
