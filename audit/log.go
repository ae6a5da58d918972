package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Options of a Log. The zero value is usable.
type Options struct {
	// MaxFile is the size at which a new file is begun, in bytes; 64 MiB if
	// it is 0. A new day (UTC) begins one too.
	MaxFile int64
	// Keep is how long files are kept after their last record; 0: for ever.
	Keep time.Duration
	// Now is the clock; time.Now if it is nil.
	Now func() time.Time
	// Problem is told what couldn't be done behind the scenes: a sync or the
	// removal of an old file.
	Problem func(error)
}

// Log is a chain that is being written. One process has it at a time. It is
// safe for concurrent use.
type Log struct {
	dir  string
	opts Options
	lock *os.File

	mu     sync.Mutex // guards all below
	file   *os.File
	size   int64     // of what is whole in file
	day    time.Time // of file's first record
	head   Head
	dirty  bool  // written since the last sync
	broken error // why nothing can be written any more

	stop, stopped chan struct{}
}

// Open takes over the chain in a folder, and makes the folder if there is none.
// A record that the last process left half-written is cut off: nobody had its
// answer yet. Other damage is noted in the chain by an entry of kind GapKind,
// and reported by Verify.
func Open(dir string, o Options) (*Log, error) {
	if o.MaxFile == 0 {
		o.MaxFile = 64 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Problem == nil {
		o.Problem = func(error) {}
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("making the audit log's folder: %w", err)
	}
	l := &Log{dir: dir, opts: o, stop: make(chan struct{}), stopped: make(chan struct{})}
	var err error
	if l.lock, err = lockDir(dir); err != nil {
		return nil, err
	}
	if err := l.recover(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the audit log: %w", err), l.lock.Close())
	}
	go l.syncEachSecond()
	return l, nil
}

// lockDir makes sure that nobody else writes to the folder.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("locking the audit log: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("locking the audit log in %s: another process has it: %w", dir, err), f.Close())
	}
	return f, nil
}

// recover finds the end of the chain.
func (l *Log) recover() error {
	names, err := files(l.dir)
	if err != nil || len(names) == 0 {
		return err
	}
	name := names[len(names)-1]
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	end, err := lastEntry(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.head = end.head
	if end.damage != nil {
		// What is there stays as it is, for those who look into it.
		if err := f.Close(); err != nil {
			return err
		}
		l.head.Hash = ""
		for exists(filepath.Join(l.dir, fileName(l.head.Seq+1))) {
			l.head.Seq++
		}
		return l.append(GapKind, "", gap{File: filepath.Base(name), Text: end.damage.Error()})
	}
	if err := f.Truncate(end.size); err != nil {
		return errors.Join(err, f.Close())
	}
	l.file, l.size, l.day = f, end.size, end.first
	return nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// gap is the record of an entry of GapKind.
type gap struct {
	File string `json:"file"`
	Text string `json:"text"`
}

// Append writes a record of a kind, with the id of the message that it is
// about. After an error the record isn't in the chain.
func (l *Log) Append(kind, id string, record any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.append(kind, id, record)
}

func (l *Log) append(kind, id string, record any) error {
	if l.broken != nil {
		return fmt.Errorf("writing the audit log: %w", l.broken)
	}
	body, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("writing the audit log: %w", err)
	}
	e := Entry{Seq: l.head.Seq + 1, Time: l.opts.Now().UTC(), Kind: kind, ID: id, Prev: l.head.Hash, Record: body}
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("writing the audit log: %w", err)
	}
	if err := l.turn(e); err != nil {
		return fmt.Errorf("beginning a file of the audit log: %w", err)
	}
	if _, err := l.file.Write(append(line, '\n')); err != nil {
		// Half a line must not stay, or the next one would be its rest.
		if cut := l.file.Truncate(l.size); cut != nil {
			l.broken = errors.Join(err, cut)
		}
		return fmt.Errorf("writing the audit log: %w", err)
	}
	l.size += int64(len(line)) + 1
	l.head = Head{e.Seq, hash(line)}
	l.dirty = true
	return nil
}

// turn begins a new file where the present one is full or of another day, or
// there is none.
func (l *Log) turn(e Entry) error {
	if l.file != nil && l.size < l.opts.MaxFile && e.Time.Truncate(24*time.Hour).Equal(l.day) {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(l.dir, fileName(e.Seq)), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o640)
	if errors.Is(err, fs.ErrExist) {
		// Left by a process that died, or had no room, before the first line.
		f, err = l.takeEmpty(fileName(e.Seq))
	}
	if err != nil {
		return err
	}
	if l.file != nil {
		if err := errors.Join(l.file.Sync(), l.file.Close()); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	l.file, l.size, l.day = f, 0, e.Time.Truncate(24*time.Hour)
	if err := syncDir(l.dir); err != nil {
		return err
	}
	l.expire(e.Time)
	return nil
}

func (l *Log) takeEmpty(name string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(l.dir, name), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	if end, err := f.Seek(0, io.SeekEnd); err != nil || end != 0 {
		return nil, errors.Join(fmt.Errorf("%s is there already", name), err, f.Close())
	}
	return f, nil
}

// expire removes files that are older than they are to be kept.
func (l *Log) expire(now time.Time) {
	if l.opts.Keep == 0 {
		return
	}
	names, err := files(l.dir)
	if err != nil {
		l.opts.Problem(fmt.Errorf("removing old audit files: %w", err))
		return
	}
	for _, name := range names[:max(0, len(names)-1)] { // never the one that is written
		info, err := os.Stat(name)
		if err == nil && now.Sub(info.ModTime()) <= l.opts.Keep {
			return
		}
		if err == nil {
			err = os.Remove(name)
		}
		if err != nil {
			l.opts.Problem(fmt.Errorf("removing old audit files: %w", err))
			return
		}
	}
}

// Head is the end of the chain as it is now.
func (l *Log) Head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

func (l *Log) syncEachSecond() {
	defer close(l.stopped)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
			if err := l.sync(); err != nil {
				l.opts.Problem(fmt.Errorf("syncing the audit log: %w", err))
			}
		}
	}
}

// sync brings what was written to disk. A disk that can't keep it is one that
// nothing more is written to: what it had in memory may be gone.
func (l *Log) sync() error {
	l.mu.Lock()
	file, dirty := l.file, l.dirty
	l.dirty = false
	l.mu.Unlock()
	if !dirty {
		return nil
	}
	err := file.Sync()
	if errors.Is(err, os.ErrClosed) {
		return nil // the next file was begun, which syncs the one before
	}
	if err != nil {
		l.mu.Lock()
		l.broken = err
		l.mu.Unlock()
	}
	return err
}

// Close brings all to disk and lets others have the log.
func (l *Log) Close() error {
	close(l.stop)
	<-l.stopped
	err := l.sync()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = ErrClosed
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	return errors.Join(err, l.lock.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
