package deliver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Known is what the MTA's log says of a batch.
type Known string

const (
	// Committed: the MTA has the copy.
	Committed Known = "committed"
	// NotCommitted: the MTA doesn't have it, and won't.
	NotCommitted Known = "not-committed"
	// CantTell: no log, not this part of it, or too early to say.
	CantTell Known = "cant-tell"
)

// Answer is what became of a batch.
type Answer struct {
	Known   Known
	QueueID string // with Committed
	Why     string // with CantTell, for our log
}

// LogOptions say how a Log reads. Paths must be there; zero stands for the
// default elsewhere.
type LogOptions struct {
	// Paths are the files in which the MTA logs: syslog's (classic or RFC 3339
	// time stamps) or Postfix's own (maillog_file). Each must hold all the
	// lines of smtpd and qmgr. The newest rotated file beside each is read
	// too, if it isn't compressed.
	Paths []string
	// Grace is how long after the dot the MTA may still be at work on the
	// message (default 10 s).
	Grace time.Duration
	// Window is how many bytes from the end of the log are read at most
	// (default 2 GiB, about a second from memory). A mail server whose every
	// delivery fails and is tried again writes hundreds of megabytes in the
	// minutes after which a copy is asked for.
	Window int64
}

// Log asks Postfix's log what became of an earlier try.
//
// smtpd names the batch when it takes the first recipient ("QID: client=…,
// orig_queue_id=BATCH"). From there on there are three kinds of evidence, in
// the order in which they convince:
//
//   - smtpd's own account of the session when it ends, "disconnect from … data=1"
//     or "data=0/1": each of our sessions is one message, and smtpd counts a
//     DATA as done only after the queue file is synced;
//   - "qmgr: QID: from=<": the message is in the queue;
//   - neither, though the log goes on: it isn't, and won't be, because smtpd
//     has died.
//
// A batch whose first line isn't found is never "not committed": the dot was
// sent only after a recipient was taken, so the line was written somewhere.
//
// Only whole lines of the right form count. What clients say (HELO, addresses)
// stands in other places of a line, and batches are random; who can write to
// the system's log as he likes can make a copy vanish or arrive twice.
type Log struct {
	opts LogOptions
	// mu: one question at a time, so that many after a restart don't read
	// the same file at once.
	mu sync.Mutex
}

// NewLog returns a Log; the files are opened at each question.
func NewLog(o LogOptions) *Log {
	if o.Grace <= 0 {
		o.Grace = 10 * time.Second
	}
	if o.Window <= 0 {
		o.Window = 2 << 30
	}
	return &Log{opts: o}
}

// Committed answers for a batch whose dot was about to be sent at a time.
func (l *Log) Committed(ctx context.Context, batch string, dot time.Time) Answer {
	if !validBatch(batch) {
		return Answer{Known: CantTell, Why: "it has no batch to ask for"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	answer := Answer{Known: CantTell, Why: "no log file is configured"}
	for _, path := range l.opts.Paths {
		answer = l.ask(ctx, path, batch, dot)
		if answer.Known != CantTell {
			return answer
		}
	}
	return answer
}

// Check reports whether each of the files can be read.
func (l *Log) Check() error {
	var errs []error
	for _, path := range l.opts.Paths {
		f, err := os.Open(path)
		if err == nil {
			err = f.Close()
		}
		errs = append(errs, err)
	}
	if len(l.opts.Paths) == 0 {
		return errors.New("no log file of the MTA is configured")
	}
	return errors.Join(errs...)
}

// quickWindow is read first: what is asked about is mostly young.
const quickWindow = 4 << 20

func (l *Log) ask(ctx context.Context, path, batch string, dot time.Time) Answer {
	searched := ""
	for _, window := range []int64{min(quickWindow, l.opts.Window), l.opts.Window} {
		found, err := scanLog(ctx, path, batch, window)
		if err != nil {
			return Answer{Known: CantTell, Why: err.Error()}
		}
		if found.queueID != "" {
			return l.judge(found, path, dot)
		}
		searched = fmt.Sprintf("%d of %d bytes", min(window, found.size), found.size)
	}
	return Answer{Known: CantTell, Why: "the batch isn't in the last " + searched + " of " + path}
}

// judge draws the conclusion.
func (l *Log) judge(found trace, path string, dot time.Time) Answer {
	end := dot.Add(l.opts.Grace)
	switch {
	case found.account == 1 || found.queued:
		return Answer{Known: Committed, QueueID: found.queueID}
	case found.account == 0:
		return Answer{Known: NotCommitted}
	case time.Now().Before(end):
		return Answer{Known: CantTell, Why: "the MTA may still be at work on it"}
	case found.written.Before(end):
		// A log that has stopped says nothing by its silence.
		return Answer{Known: CantTell, Why: "nothing was written to " + path + " since"}
	}
	return Answer{Known: NotCommitted}
}

// trace is what a log says of one batch.
type trace struct {
	queueID string // "" where the batch wasn't found
	// account is smtpd's own: 1 taken, 0 not taken, -1 it didn't say.
	account int
	queued  bool      // qmgr has seen it
	written time.Time // when the log was last written
	size    int64     // of all its files together, bytes
}

// errRotated says that the log was moved while it was read.
var errRotated = errors.New("rotated while being read")

// scanLog reads the last window bytes of a log, and again if it is rotated
// meanwhile.
func scanLog(ctx context.Context, path, batch string, window int64) (found trace, err error) {
	for range 3 {
		found, err = scanFiles(ctx, path, batch, window)
		if !errors.Is(err, errRotated) {
			break
		}
	}
	if err != nil {
		return trace{}, fmt.Errorf("reading log %s: %w", path, err)
	}
	return found, nil
}

func scanFiles(ctx context.Context, path, batch string, window int64) (trace, error) {
	old, err := rotated(path)
	if err != nil {
		return trace{}, err
	}
	var files []*os.File
	for _, name := range []string{old, path} {
		if name == "" {
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			return trace{}, err
		}
		defer f.Close()
		files = append(files, f)
	}
	r, read, err := tail(files, window)
	if err != nil {
		return trace{}, err
	}
	found, err := follow(ctx, r, batch)
	if err != nil {
		return trace{}, err
	}
	// The same names must still lead to the same files, none shorter than
	// what was read; else there is a gap somewhere.
	if again, err := rotated(path); err != nil || again != old {
		return trace{}, errRotated
	}
	for i, f := range files {
		now, err := os.Stat(f.Name())
		if err != nil || !os.SameFile(now, read[i]) || now.Size() < read[i].Size() {
			return trace{}, errRotated
		}
	}
	found.written = read[len(read)-1].ModTime()
	for _, info := range read {
		found.size += info.Size()
	}
	return found, nil
}

// rotated names the file that was the log before path, or "" where there is
// none that can be read: logrotate's mail.log.1 or mail.log-20260504.
func rotated(path string) (string, error) {
	dir, base := filepath.Split(path)
	list, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return "", err
	}
	newest, at := "", time.Time{}
	for _, e := range list {
		suffix, ok := strings.CutPrefix(e.Name(), base)
		if !ok || len(suffix) < 2 || suffix[0] != '.' && suffix[0] != '-' || suffix[1] < '0' || suffix[1] > '9' {
			continue
		}
		st, err := e.Info()
		if err != nil {
			return "", errRotated // it was there a moment ago
		}
		if st.Mode().IsRegular() && st.ModTime().After(at) {
			newest, at = filepath.Join(dir, e.Name()), st.ModTime()
		}
	}
	switch filepath.Ext(newest) {
	case ".gz", ".xz", ".bz2", ".zst":
		return "", nil
	}
	return newest, nil
}

// tail reads the last window bytes of files, one after the other, as long as
// they were when it began.
func tail(files []*os.File, window int64) (io.Reader, []os.FileInfo, error) {
	infos := make([]os.FileInfo, len(files))
	readers := make([]io.Reader, len(files))
	for i := len(files) - 1; i >= 0; i-- {
		st, err := files[i].Stat()
		if err != nil {
			return nil, nil, err
		}
		n := min(st.Size(), window)
		window -= n
		infos[i] = st
		readers[i] = io.NewSectionReader(files[i], st.Size()-n, n)
	}
	return io.MultiReader(readers...), infos, nil
}

// follow looks for a batch and then for what became of it. The first line may
// be a part of one: it has no valid beginning then.
func follow(ctx context.Context, r io.Reader, batch string) (trace, error) {
	found := trace{account: -1}
	var smtpd logLine
	lines := bufio.NewReaderSize(r, 1<<20)
	for ctx.Err() == nil {
		if found.queueID == "" {
			if ok, err := advance(ctx, lines, []byte(batch)); !ok || err != nil {
				return found, err
			}
		}
		raw, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			return found, nil // a line without its end isn't whole yet
		case errors.Is(err, bufio.ErrBufferFull):
			if err := skipLine(lines); err != nil && !errors.Is(err, io.EOF) {
				return trace{}, err
			}
			continue // the MTA writes no such lines
		case err != nil:
			return trace{}, err
		}
		if found.queueID == "" {
			line, ok := parseLogLine(raw)
			if id, of, first := line.client(); ok && first && of == batch {
				found.queueID, smtpd = id, line
			}
			continue
		}
		if found.add(raw, smtpd) {
			return found, nil
		}
	}
	return trace{}, ctx.Err()
}

// advance goes to the beginning of the next line that has needle in it, without
// looking at every line.
func advance(ctx context.Context, r *bufio.Reader, needle []byte) (bool, error) {
	for ctx.Err() == nil {
		buf, err := r.Peek(r.Size())
		if at := bytes.Index(buf, needle); at >= 0 {
			_, err := r.Discard(bytes.LastIndexByte(buf[:at], '\n') + 1)
			return err == nil, err
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		whole := bytes.LastIndexByte(buf, '\n') + 1
		if whole == 0 {
			whole = len(buf) // one line longer than any that the MTA writes
		}
		if _, err := r.Discard(whole); err != nil {
			return false, err
		}
	}
	return false, ctx.Err()
}

func skipLine(r *bufio.Reader) error {
	for {
		_, err := r.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// add takes a line after the batch's first into account and reports whether
// nothing more needs to be known.
func (t *trace) add(raw []byte, smtpd logLine) bool {
	if !bytes.Contains(raw, []byte(t.queueID)) && !bytes.Contains(raw, []byte("disconnect from ")) {
		return false
	}
	line, ok := parseLogLine(raw)
	if !ok {
		return false
	}
	if line.queued(t.queueID) {
		t.queued = true
		return true
	}
	if line.program == smtpd.program && line.pid == smtpd.pid && t.account < 0 {
		t.account = line.account()
	}
	// Without enable_long_queue_ids another message may get the same id.
	return t.account >= 0 || line.begins(t.queueID)
}
