package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrClosed says that the store has been closed.
var ErrClosed = errors.New("store is closed")

// largestGroup bounds how many callers share one transaction, and with it how
// long the first of them waits.
const largestGroup = 256

// writer is the one goroutine that writes. Callers that come while it commits
// wait, and then share the next transaction: one fsync for all of them. Each
// caller's write is a savepoint, so that one that fails takes back only its
// own rows.
type writer struct {
	db      *sql.DB
	conn    *sql.Conn
	queue   chan *write
	closing chan struct{}
	stopped chan struct{}
}

// write is one caller's wish.
type write struct {
	ctx context.Context
	do  func(ctx context.Context, conn *sql.Conn) error
	// result has room for one error, so that the writer never waits for a
	// caller that has left.
	result chan error
}

func startWriter(ctx context.Context, path string) (*writer, error) {
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return nil, err
	}
	if err := migrate(ctx, conn); err != nil {
		conn.Close()
		db.Close()
		return nil, err
	}
	w := &writer{db: db, conn: conn, queue: make(chan *write, largestGroup),
		closing: make(chan struct{}), stopped: make(chan struct{})}
	go w.run()
	return w, nil
}

// submit runs do in a transaction and returns when it is on disk. If ctx ends
// first, the error wraps ctx.Err() and the write may or may not come to be.
func (w *writer) submit(ctx context.Context, do func(context.Context, *sql.Conn) error) error {
	op := &write{ctx: ctx, do: do, result: make(chan error, 1)}
	select {
	case <-w.closing:
		return ErrClosed
	default:
	}
	select {
	case w.queue <- op:
	case <-w.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-op.result:
		return err
	case <-ctx.Done():
		return fmt.Errorf("waiting for the disk: %w", ctx.Err())
	case <-w.stopped:
		select {
		case err := <-op.result:
			return err
		default:
			return ErrClosed
		}
	}
}

// close lets the writes that are queued finish. It may be called once.
func (w *writer) close() error {
	close(w.closing)
	<-w.stopped
	err := w.conn.Close()
	if dberr := w.db.Close(); err == nil {
		err = dberr
	}
	return err
}

func (w *writer) run() {
	defer close(w.stopped)
	for {
		select {
		case op := <-w.queue:
			w.commit(w.gather(op))
		case <-w.closing:
			for {
				select {
				case op := <-w.queue:
					w.commit(w.gather(op))
				default:
					return
				}
			}
		}
	}
}

// gather takes whoever else is waiting by now, without waiting for more.
func (w *writer) gather(first *write) []*write {
	group := []*write{first}
	for len(group) < largestGroup {
		select {
		case op := <-w.queue:
			group = append(group, op)
		default:
			return group
		}
	}
	return group
}

// commit carries out a group and answers each of its callers.
func (w *writer) commit(group []*write) {
	errs, broken := w.transaction(group)
	if broken != nil && len(group) > 1 {
		// One write made SQLite drop the whole transaction. Nothing of it
		// was committed, so each may try alone.
		for _, op := range group {
			w.commit([]*write{op})
		}
		return
	}
	for i, op := range group {
		if broken != nil {
			errs[i] = broken
		}
		op.result <- errs[i]
	}
}

// transaction runs a group in one transaction. errs holds each caller's error;
// nil means: on disk. broken says that the transaction was lost as a whole and
// nothing of it is on disk.
//
// A commit that fails is everybody's error and isn't tried again, unless there
// was no room for all of them together: after a failed fsync a second one may
// succeed without the data being on disk.
func (w *writer) transaction(group []*write) (errs []error, broken error) {
	// The group belongs to several callers: none of their contexts may
	// interrupt it.
	ctx := context.Background()
	errs = make([]error, len(group))
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return all(errs, fmt.Errorf("beginning: %w", err)), nil
	}
	for i, op := range group {
		if errs[i] = op.ctx.Err(); errs[i] != nil {
			continue
		}
		if errs[i], broken = w.savepoint(ctx, op); broken != nil {
			rollback(w.conn)
			return errs, broken
		}
	}
	if _, err := w.conn.ExecContext(ctx, "COMMIT"); err != nil {
		rollback(w.conn)
		err = fmt.Errorf("committing: %w", err)
		var lite *sqlite.Error
		if errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_FULL {
			return errs, err
		}
		return all(errs, err), nil
	}
	return errs, nil
}

// savepoint runs one caller's write. broken says that taking it back failed:
// SQLite rolls the whole transaction back by itself on some errors (disk full,
// I/O error).
func (w *writer) savepoint(ctx context.Context, op *write) (err, broken error) {
	if _, err := w.conn.ExecContext(ctx, "SAVEPOINT caller"); err != nil {
		return nil, err
	}
	if err = op.do(ctx, w.conn); err != nil {
		if _, rerr := w.conn.ExecContext(ctx, "ROLLBACK TO caller"); rerr != nil {
			return nil, err
		}
	}
	if _, rerr := w.conn.ExecContext(ctx, "RELEASE caller"); rerr != nil {
		return nil, rerr
	}
	return err, nil
}

// all sets every error that isn't set yet.
func all(errs []error, err error) []error {
	for i := range errs {
		if errs[i] == nil {
			errs[i] = err
		}
	}
	return errs
}

// rollback leaves whatever transaction there is. It fails where SQLite has
// left it already, and that is as good.
func rollback(conn *sql.Conn) {
	_, _ = conn.ExecContext(context.Background(), "ROLLBACK")
}
