package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrDone says that an entry is Done and must not be changed.
var ErrDone = errors.New("is done already")

// Record writes entries, all or none of them; what was there for the same job,
// recipient and kind is replaced. An entry that is Done stays: recording it
// once more as Done with the same batch does nothing but is no error, and
// everything else is refused with ErrDone. Updated is set to now where it is
// zero.
func (s *Store) Record(ctx context.Context, entries ...Entry) error {
	entries = slices.Clone(entries) // the caller may go on before they are written
	for i := range entries {
		e := &entries[i]
		if e.Job == "" || e.Recipient == "" || e.Kind == "" {
			return fmt.Errorf("recording job %q, recipient %q, kind %q: one of them is missing", e.Job, e.Recipient, e.Kind)
		}
		if e.State != Intent && e.State != Dot && e.State != Done {
			return fmt.Errorf("recording job %s: unknown state %q", e.Job, e.State)
		}
		if e.Updated.IsZero() {
			e.Updated = time.Now()
		}
	}
	return s.writer.submit(ctx, func(ctx context.Context, conn *sql.Conn) error {
		for i := range entries {
			if err := record(ctx, conn, &entries[i]); err != nil {
				return fmt.Errorf("recording job %s, recipient %s, %s: %w", entries[i].Job, entries[i].Recipient, entries[i].Kind, err)
			}
		}
		return nil
	})
}

func record(ctx context.Context, conn *sql.Conn, e *Entry) error {
	r, err := conn.ExecContext(ctx, `INSERT INTO ledger (job, recipient, kind, batch, state, queue_id, updated) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (job, recipient, kind) DO UPDATE SET batch = excluded.batch, state = excluded.state, queue_id = excluded.queue_id,
		updated = excluded.updated WHERE ledger.state <> 'done'`,
		e.Job, e.Recipient, e.Kind, e.Batch, string(e.State), e.QueueID, e.Updated.UnixNano())
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 1 {
		return err
	}
	// Nothing was written, so the entry is Done.
	var batch string
	err = conn.QueryRowContext(ctx, "SELECT batch FROM ledger WHERE job = ? AND recipient = ? AND kind = ?",
		e.Job, e.Recipient, e.Kind).Scan(&batch)
	if err != nil {
		return err
	}
	if e.State == Done && e.Batch == batch {
		return nil
	}
	return ErrDone
}

// Ledger reads the entries of a job, ordered by recipient and kind; none is no
// error.
func (s *Store) Ledger(ctx context.Context, job string) ([]Entry, error) {
	entries, err := s.ledger(ctx, job)
	if err != nil {
		return nil, fmt.Errorf("reading the ledger of job %s: %w", job, err)
	}
	return entries, nil
}

func (s *Store) ledger(ctx context.Context, job string) ([]Entry, error) {
	rows, err := s.read.QueryContext(ctx,
		"SELECT recipient, kind, batch, state, queue_id, updated FROM ledger WHERE job = ? ORDER BY recipient, kind", job)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []Entry
	for rows.Next() {
		e := Entry{Job: job}
		var updated int64
		if err := rows.Scan(&e.Recipient, &e.Kind, &e.Batch, &e.State, &e.QueueID, &updated); err != nil {
			return nil, err
		}
		e.Updated = time.Unix(0, updated).UTC()
		entries = append(entries, e)
	}
	return entries, rows.Err()
}
