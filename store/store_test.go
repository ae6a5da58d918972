package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("STORE_TEST_WRITE"); path != "" {
		os.Exit(writeUntilKilled(path))
	}
	os.Exit(m.Run())
}

func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "a b?#%.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func job(id string) Job {
	return Job{
		ID: id, Created: time.Date(2026, 5, 4, 3, 2, 1, 987654321, time.UTC), QueueID: "4Zk", Sender: "alice@example.org",
		Class: "confidential", Revision: "r1",
		Recipients: []JobRecipient{{
			Address: `"b ob"@Partner.Example`, Level: "content", Kind: "partner",
			Reasons: []Reason{{Rule: "health_data", Text: "two diagnoses"}},
			Steps: []Step{{Treatment: "tls", Route: json.RawMessage(`{"level":"secure"}`)},
				{Treatment: "pdf", Params: json.RawMessage(`{"a":1}`), Method: "r6"}},
			Partner: json.RawMessage(`{"name":"P"}`),
		}},
	}
}

func entry(recipient string, state State, batch string) Entry {
	return Entry{Job: "j1", Recipient: recipient, Kind: "copy", Batch: batch, State: state,
		Updated: time.Date(2026, 5, 4, 3, 2, 1, 5, time.UTC)}
}

func TestJobComesBackAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	want := job("j1")
	if err := s.PutJob(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Job(t.Context(), "j1")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := s.Job(t.Context(), "j2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown job: %v", err)
	}
}

func TestPutJobRefusesAnIDThatIsTaken(t *testing.T) {
	s := open(t)
	first := job("j1")
	if err := s.PutJob(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	second := job("j1")
	second.Sender = "mallory@example.org"
	if err := s.PutJob(t.Context(), second); !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "j1") {
		t.Errorf("error %v", err)
	}
	got, err := s.Job(t.Context(), "j1")
	if err != nil {
		t.Fatal(err)
	}
	if got.Sender != first.Sender {
		t.Error("the job was overwritten")
	}
	for _, j := range []Job{{}, {ID: "x"}} {
		if err := s.PutJob(t.Context(), j); err == nil {
			t.Errorf("accepted %+v", j)
		}
	}
}

func TestRecordStepsAndReplaces(t *testing.T) {
	s := open(t)
	steps := []Entry{
		entry("bob@a.example", Intent, "b1"),
		entry("bob@a.example", Dot, "b1"),
		entry("bob@a.example", Intent, "b2"), // the log said: not committed
		entry("bob@a.example", Dot, "b2"),
		entry("bob@a.example", Done, "b2"),
	}
	for _, e := range steps {
		if err := s.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		got, err := s.Ledger(t.Context(), "j1")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]Entry{e}, got); d != "" {
			t.Fatal(d)
		}
	}
}

func TestRecordRefusesToLeaveDone(t *testing.T) {
	s := open(t)
	done := entry("bob@a.example", Done, "b1")
	done.QueueID = "4Zk"
	if err := s.Record(t.Context(), done); err != nil {
		t.Fatal(err)
	}
	if err := s.Record(t.Context(), done); err != nil {
		t.Errorf("the same once more: %v", err)
	}
	other := entry("carol@a.example", Intent, "b2")
	for _, e := range []Entry{entry("bob@a.example", Intent, "b1"), entry("bob@a.example", Dot, "b2"), entry("bob@a.example", Done, "b2")} {
		err := s.Record(t.Context(), other, e)
		if !errors.Is(err, ErrDone) || !strings.Contains(err.Error(), "j1") || !strings.Contains(err.Error(), "bob@a.example") {
			t.Errorf("%s %s: error %v", e.State, e.Batch, err)
		}
	}
	got, err := s.Ledger(t.Context(), "j1")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Entry{done}, got); d != "" {
		t.Errorf("all or none: %s", d)
	}
}

func TestRecordRefusesWhatMakesNoSense(t *testing.T) {
	s := open(t)
	bad := []Entry{{}, entry("", Done, "b"), entry("bob@a.example", "sent", "b"), entry("bob@a.example", "", "b"),
		{Job: "j1", Recipient: "bob@a.example", State: Done}}
	for _, e := range bad {
		if err := s.Record(t.Context(), entry("carol@a.example", Done, "b"), e); err == nil {
			t.Errorf("accepted %+v", e)
		}
	}
	got, err := s.Ledger(t.Context(), "j1")
	if err != nil || len(got) != 0 {
		t.Errorf("written: %v, %v", got, err)
	}
}

func TestOneCallersFailureIsNotTheOthers(t *testing.T) {
	s := open(t)
	if err := s.Record(t.Context(), entry("bob@a.example", Done, "b1")); err != nil {
		t.Fatal(err)
	}
	hold := make(chan struct{})
	go s.writer.submit(t.Context(), func(context.Context, *sql.Conn) error { <-hold; return nil })
	const n = 50
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			if i%5 == 0 {
				errs[i] = s.Record(t.Context(), entry(fmt.Sprintf("r%d@a.example", i), Intent, "b"), entry("bob@a.example", Intent, "b2"))
				return
			}
			errs[i] = s.Record(t.Context(), entry(fmt.Sprintf("r%d@a.example", i), Intent, "b"))
		})
	}
	close(hold)
	group.Wait()
	got, err := s.Ledger(t.Context(), "j1")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, e := range got {
		there[e.Recipient] = true
	}
	for i, err := range errs {
		if bad := i%5 == 0; (err != nil) != bad || there[fmt.Sprintf("r%d@a.example", i)] == bad {
			t.Errorf("caller %d: error %v, written %v", i, err, !bad)
		}
	}
}

// Callers that come while the writer is busy share its next transaction.
func TestGroupSharesATransaction(t *testing.T) {
	s := open(t)
	const n = 20
	ops := make([]*write, n)
	for i := range ops {
		ops[i] = &write{ctx: t.Context(), result: make(chan error, 1), do: func(ctx context.Context, conn *sql.Conn) error {
			_, err := conn.ExecContext(ctx, "INSERT INTO jobs (id, created, doc) VALUES (?, 1, '')", fmt.Sprint("j", i))
			return err
		}}
	}
	var seen, inside int
	ops[n-1].do = func(ctx context.Context, conn *sql.Conn) error {
		return errors.Join(conn.QueryRowContext(ctx, "SELECT count(*) FROM jobs").Scan(&inside),
			s.read.QueryRowContext(ctx, "SELECT count(*) FROM jobs").Scan(&seen))
	}
	hold := make(chan struct{})
	held := make(chan struct{})
	go s.writer.submit(t.Context(), func(context.Context, *sql.Conn) error { close(held); <-hold; return nil })
	<-held
	for _, op := range ops {
		s.writer.queue <- op
	}
	close(hold)
	for _, op := range ops {
		if err := <-op.result; err != nil {
			t.Fatal(err)
		}
	}
	if inside != n-1 || seen != 0 {
		t.Errorf("the last caller saw %d rows of the others, a reader %d: not one transaction", inside, seen)
	}
}

func TestDiskFullIsTheCallersError(t *testing.T) {
	s := open(t)
	if err := s.PutJob(t.Context(), job("j0")); err != nil {
		t.Fatal(err)
	}
	limit(t, s, "SELECT page_count FROM pragma_page_count")
	big := job("big")
	big.Sender = strings.Repeat("x", 1<<20)
	if err := s.PutJob(t.Context(), big); err == nil {
		t.Fatal("a job that has no room was accepted")
	}
	// The other callers of the same transaction have room.
	var group sync.WaitGroup
	for i := range 10 {
		group.Go(func() {
			if i%3 == 0 {
				if err := s.PutJob(t.Context(), big); err == nil {
					t.Error("a job that has no room was accepted")
				}
				return
			}
			if err := s.Record(t.Context(), entry("bob@a.example", Intent, "b")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if _, err := s.Job(t.Context(), "big"); !errors.Is(err, ErrNotFound) {
		t.Errorf("half a job: %v", err)
	}
	limit(t, s, "SELECT 1000000")
	if err := s.PutJob(t.Context(), big); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// limit sets the largest number of pages that the database may have.
func limit(t *testing.T, s *Store, query string) {
	t.Helper()
	err := s.writer.submit(t.Context(), func(ctx context.Context, conn *sql.Conn) error {
		var pages int
		if err := conn.QueryRowContext(ctx, query).Scan(&pages); err != nil {
			return err
		}
		_, err := conn.ExecContext(ctx, fmt.Sprint("PRAGMA max_page_count = ", pages))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCallerMayLeave(t *testing.T) {
	s := open(t)
	hold := make(chan struct{})
	held := make(chan struct{})
	go s.writer.submit(t.Context(), func(context.Context, *sql.Conn) error { close(held); <-hold; return nil })
	<-held
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.PutJob(ctx, job("j1")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	close(hold)
	if err := s.PutJob(t.Context(), job("j2")); err != nil {
		t.Error(err)
	}
}

func TestPurgeTakesOldJobsWithTheirLedger(t *testing.T) {
	s := open(t)
	before := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var group sync.WaitGroup
	for i := range 2*purgeGroup + 10 {
		group.Go(func() {
			j := job(fmt.Sprint("old", i))
			j.Created = before.Add(-time.Duration(i+1) * time.Second)
			e := entry("bob@a.example", Done, "b")
			e.Job = j.ID
			if err := errors.Join(s.PutJob(t.Context(), j), s.Record(t.Context(), e)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	young := job("young")
	young.Created = before
	orphan := entry("bob@a.example", Done, "b")
	orphan.Job, orphan.Updated = "gone", before.Add(-1)
	old := entry("bob@a.example", Done, "b")
	old.Job, old.Updated = "young", before.Add(-1)
	if err := errors.Join(s.PutJob(t.Context(), young), s.Record(t.Context(), orphan, old)); err != nil {
		t.Fatal(err)
	}
	n, err := s.Purge(t.Context(), before)
	if err != nil || n != 2*purgeGroup+10 {
		t.Errorf("purged %d, %v", n, err)
	}
	var jobs, entries int
	if err := s.read.QueryRow("SELECT (SELECT count(*) FROM jobs), (SELECT count(*) FROM ledger)").Scan(&jobs, &entries); err != nil {
		t.Fatal(err)
	}
	if jobs != 1 || entries != 1 {
		t.Errorf("left are %d jobs, %d entries; want the young job and its entry", jobs, entries)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "newer Sealpost") {
		t.Errorf("error %v", err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "none", "s.db")); err == nil {
		t.Error("no folder, no error")
	}
	path := filepath.Join(t.TempDir(), "s.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); err == nil {
		t.Error("a foreign file was opened")
	}
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	s := open(t)
	if err := s.PutJob(t.Context(), job("j1")); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		st, err := os.Stat(s.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", suffix, st.Mode().Perm())
		}
	}
}

func TestSettingsOfTheWriter(t *testing.T) {
	s := open(t)
	err := s.writer.submit(t.Context(), func(ctx context.Context, conn *sql.Conn) error {
		for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "busy_timeout": "10000"} {
			var got string
			if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("%s is %s, want %s", pragma, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.read.Exec("DELETE FROM jobs"); err == nil {
		t.Error("a reader's connection can write")
	}
}

func TestCheckFindsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if err := s.PutJob(t.Context(), job(fmt.Sprint("j", i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("sound: %v", err)
	}
	s.Close()
	if err := s.Check(t.Context()); err == nil {
		t.Error("closed: no error")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2 * 4096; i < len(raw); i++ {
		raw[i] ^= 0x5a
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err = Open(t.Context(), path)
	if err != nil {
		return // noticed even earlier
	}
	defer s.Close()
	if err := s.Check(t.Context()); err == nil {
		t.Error("damaged: no error")
	}
}

func TestClosedStoreSaysSo(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.PutJob(t.Context(), job("j1")); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
	if _, err := s.Ledger(t.Context(), "j1"); err == nil {
		t.Error("reading a closed store gave no error")
	}
}
