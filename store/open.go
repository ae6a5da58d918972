package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
)

//go:embed migrations/*.sql
var migrations embed.FS

// readers is how many reads run at once. SQLite in WAL mode lets them run
// beside the one writer.
const readers = 4

// Store is an open database. Its methods may be called from any goroutine.
type Store struct {
	path   string
	read   *sql.DB
	writer *writer
}

// Open opens the database at path and makes it, readable only by its owner,
// where there is none. The folder must exist. Older schemas are migrated; one
// that is newer than this program knows is refused.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("opening store: %w", err)
	}
	w, err := startWriter(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("opening store %s: %w", path, err)
	}
	read, err := sql.Open("sqlite", dsn(path, "query_only(1)"))
	if err != nil {
		w.close()
		return nil, fmt.Errorf("opening store %s: %w", path, err)
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &Store{path: path, read: read, writer: w}, nil
}

// Close waits for the writes that are under way and closes the database. Later
// calls return ErrClosed.
func (s *Store) Close() error {
	err := s.read.Close()
	if werr := s.writer.close(); err == nil {
		err = werr
	}
	if err != nil {
		return fmt.Errorf("closing store %s: %w", s.path, err)
	}
	return nil
}

// create makes an empty file that only its owner can read, before SQLite would
// make one with wider rights; the files beside it (WAL, index) take over its
// mode. The folder is synced so that the file's name outlives a power loss.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// dsn names the database with the settings that every connection needs.
func dsn(path string, pragmas ...string) string {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout(10000)")
	q.Add("_pragma", "journal_mode(WAL)")
	q.Add("_pragma", "synchronous(FULL)")
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// migrate brings the schema up to date, one numbered file after the other,
// each in a transaction of its own. PRAGMA user_version says which was last.
func migrate(ctx context.Context, conn *sql.Conn) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	for {
		version, err := step(ctx, conn, files)
		if err != nil {
			return err
		}
		if version == len(files) {
			return nil
		}
	}
}

// step runs the next migration, if there is one, and returns the schema
// version after it. The version is read inside the transaction: another
// process may be opening the same database.
func step(ctx context.Context, conn *sql.Conn, files []string) (version int, err error) {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			rollback(conn)
		}
	}()
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if version > len(files) {
		return 0, fmt.Errorf("its schema has version %d, this program knows versions up to %d: it was written by a newer Sealpost", version, len(files))
	}
	if version < len(files) {
		text, err := migrations.ReadFile(files[version])
		if err != nil {
			return 0, err
		}
		version++
		if _, err := conn.ExecContext(ctx, string(text)+fmt.Sprintf(";\nPRAGMA user_version = %d", version)); err != nil {
			return 0, fmt.Errorf("migrating to schema version %d: %w", version, err)
		}
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return version, err
}
