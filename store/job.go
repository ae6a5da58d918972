package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrExists says that there is a job with that id already.
var ErrExists = errors.New("exists already")

// purgeGroup is how many jobs one transaction of Purge deletes: other writers
// get their turn between.
const purgeGroup = 500

// PutJob writes a new job; an id that is taken is refused with ErrExists. After
// an error that wraps that of ctx the job may be there or not.
func (s *Store) PutJob(ctx context.Context, job Job) error {
	if job.ID == "" || job.Created.IsZero() {
		return errors.New("writing job: it lacks an id or a time")
	}
	doc, err := json.Marshal(job)
	if err != nil {
		return fmt.Errorf("writing job %s: %w", job.ID, err)
	}
	err = s.writer.submit(ctx, func(ctx context.Context, conn *sql.Conn) error {
		r, err := conn.ExecContext(ctx, "INSERT INTO jobs (id, created, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
			job.ID, job.Created.UnixNano(), string(doc))
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrExists
	})
	if err != nil {
		return fmt.Errorf("writing job %s: %w", job.ID, err)
	}
	return nil
}

// Job reads a job; ErrNotFound where there is none.
func (s *Store) Job(ctx context.Context, id string) (Job, error) {
	var doc string
	err := s.read.QueryRowContext(ctx, "SELECT doc FROM jobs WHERE id = ?", id).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	var job Job
	if err == nil {
		err = json.Unmarshal([]byte(doc), &job)
	}
	if err != nil {
		return Job{}, fmt.Errorf("reading job %s: %w", id, err)
	}
	return job, nil
}

// Purge deletes jobs that were created before a time, with their ledger, and
// ledger entries that were written before it and have no job. It returns how
// many jobs are gone, also with an error.
func (s *Store) Purge(ctx context.Context, before time.Time) (int, error) {
	total := 0
	for {
		var jobs, entries int64
		err := s.writer.submit(ctx, func(ctx context.Context, conn *sql.Conn) (err error) {
			jobs, entries, err = purge(ctx, conn, before.UnixNano())
			return err
		})
		if err != nil {
			return total, fmt.Errorf("purging jobs: %w", err)
		}
		total += int(jobs)
		if jobs < purgeGroup && entries < purgeGroup {
			return total, nil
		}
	}
}

// purge deletes one group: the oldest jobs and their entries, then entries
// without a job.
func purge(ctx context.Context, conn *sql.Conn, before int64) (jobs, entries int64, err error) {
	const old = "SELECT id FROM jobs WHERE created < ?1 ORDER BY created, rowid LIMIT ?2"
	if _, err := conn.ExecContext(ctx, "DELETE FROM ledger WHERE job IN ("+old+")", before, purgeGroup); err != nil {
		return 0, 0, err
	}
	r, err := conn.ExecContext(ctx, "DELETE FROM jobs WHERE id IN ("+old+")", before, purgeGroup)
	if err != nil {
		return 0, 0, err
	}
	if jobs, err = r.RowsAffected(); err != nil {
		return 0, 0, err
	}
	r, err = conn.ExecContext(ctx, `DELETE FROM ledger WHERE (job, recipient, kind) IN (
		SELECT job, recipient, kind FROM ledger WHERE updated < ?1
		AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = ledger.job) LIMIT ?2)`, before, purgeGroup)
	if err != nil {
		return 0, 0, err
	}
	entries, err = r.RowsAffected()
	return jobs, entries, err
}

// Check looks for damage and writes a row: an error says what is wrong with
// the database or its disk. It reads the whole database.
func (s *Store) Check(ctx context.Context) error {
	rows, err := s.read.QueryContext(ctx, "PRAGMA quick_check")
	if err != nil {
		return fmt.Errorf("checking store %s: %w", s.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		var finding string
		if err := rows.Scan(&finding); err != nil {
			return fmt.Errorf("checking store %s: %w", s.path, err)
		}
		if finding != "ok" {
			return fmt.Errorf("checking store %s: damaged: %s", s.path, finding)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("checking store %s: %w", s.path, err)
	}
	err = s.writer.submit(ctx, func(ctx context.Context, conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "INSERT INTO checked (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
			time.Now().UnixNano())
		return err
	})
	if err != nil {
		return fmt.Errorf("checking store %s: writing: %w", s.path, err)
	}
	return nil
}
