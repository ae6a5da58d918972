package extract

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/nwaples/rardecode/v2"
)

// errStop ends a reader early; the reason is already among the problems.
var errStop = errors.New("stopped")

// errReader ends a reader that failed for no reason that lies in the file.
var errReader = errors.New("reader failed")

// work is the reading of one file. Readers get it and use nothing else.
type work struct {
	ctx     context.Context
	file    File
	budget  *Budget
	sink    Sink
	result  Result
	sniffed sniffed
	clock   *clock
	made    bool   // text or a contained file was handed on
	tail    []byte // of the body's text, to find what begins there
}

// reader reads one kind of file. It returns errStop, or an error that says
// what in the file is broken (noted as ProblemBroken), or nil.
type reader func(w *work) error

// open returns the file's bytes from the start.
func (w *work) open() *io.SectionReader { return io.NewSectionReader(w.file.Data, 0, w.file.Size) }

// text hands text on and counts it. The error is errStop where the budget or
// the time is used up.
func (w *work) text(place string, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	if err := w.spend(int64(len(text))); err != nil {
		return err
	}
	w.made = true
	if place == "" {
		var sealed bool
		if sealed, w.tail = sealedText(w.tail, text); sealed {
			w.encryptedPart()
		}
	}
	w.clock.stop()
	w.sink.Text(place, text)
	w.clock.start()
	return nil
}

// spend takes n bytes from the budget.
func (w *work) spend(n int64) error {
	if w.ctx.Err() != nil {
		w.lost(ProblemTime)
		return errStop
	}
	if w.budget.Bytes -= n; w.budget.Bytes < 0 {
		w.lost(ProblemBudget)
		return errStop
	}
	return nil
}

// child hands a contained file on; what it makes is counted while it is read.
// An error of r's, such as a checksum that doesn't fit, is noted as
// ProblemBroken: the child was not read whole.
func (w *work) child(c Child, r io.Reader) error {
	if w.budget.Files--; w.budget.Files < 0 {
		w.lost(ProblemBudget)
		return errStop
	}
	w.made = true
	m := &metered{w: w, r: r}
	w.clock.stop()
	_ = w.sink.Child(c, m) // the sink keeps what became of the child
	w.clock.start()
	switch {
	case m.stopped != nil:
		return m.stopped
	case m.err == nil || m.err == io.EOF:
	case errors.Is(m.err, errStop):
		return errStop
	case errors.Is(m.err, errReader):
		return m.err
	case w.ctx.Err() != nil:
		w.lost(ProblemTime)
		return errStop
	case errors.Is(m.err, zstd.ErrWindowSizeExceeded), errors.Is(m.err, rardecode.ErrDictionaryTooLarge):
		w.lost(ProblemBudget)
	default:
		w.lost(ProblemBroken)
	}
	return nil
}

// lost notes that something of the file was not read, and why.
func (w *work) lost(p Problem) {
	if w.result.Scanned == Full {
		w.result.Scanned = Partial
	}
	w.note(p)
}

// unread notes that nothing of the file was read, and why.
func (w *work) unread(p Problem) {
	w.result.Scanned = None
	w.note(p)
}

// fail notes what ended the reading: nothing was read where nothing was handed on.
func (w *work) fail(p Problem) {
	if w.made {
		w.lost(p)
	} else {
		w.unread(p)
	}
}

// encryptedWhole notes that a key hides the whole file.
func (w *work) encryptedWhole() {
	w.result.Encrypted = true
	w.unread(ProblemEncrypted)
}

// encryptedPart notes that a key hides something in the file.
func (w *work) encryptedPart() {
	w.result.Encrypted = true
	w.lost(ProblemEncrypted)
}

// note adds a problem once.
func (w *work) note(p Problem) {
	if !slices.Contains(w.result.Problems, p) {
		w.result.Problems = append(w.result.Problems, p)
	}
}

// metered counts what is read from a contained file.
type metered struct {
	w       *work
	r       io.Reader
	stopped error // the budget or the time is used up
	err     error // what ended r
}

func (m *metered) Read(p []byte) (int, error) {
	if m.stopped != nil {
		return 0, m.stopped
	}
	m.w.clock.start()
	n, err := m.r.Read(p)
	m.w.clock.stop()
	if m.stopped = m.w.spend(int64(n)); m.stopped != nil {
		return 0, m.stopped
	}
	m.err = err
	return n, err
}

// source is a file's bytes until the context ends.
type source struct {
	ctx  context.Context
	data io.ReaderAt
}

func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.data.ReadAt(p, off)
}

// clock is the time that the reading of a file may take. It stands still while
// the sink is busy. It is used from one goroutine.
type clock struct {
	timer *time.Timer
	left  time.Duration
	since time.Time
	runs  bool
}

func startClock(d time.Duration, end func()) *clock {
	return &clock{timer: time.AfterFunc(d, end), left: d, since: time.Now(), runs: true}
}

func (c *clock) stop() {
	if c.runs {
		c.timer.Stop()
		c.left -= time.Since(c.since)
		c.runs = false
	}
}

func (c *clock) start() {
	if !c.runs {
		c.since = time.Now()
		c.timer.Reset(c.left)
		c.runs = true
	}
}
