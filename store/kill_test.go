package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestKilledWriterLosesNothingAcknowledged kills a writing process again and
// again and looks for every record whose write had returned.
func TestKilledWriterLosesNothingAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	acknowledged := 0
	for round := range 8 {
		acknowledged += writeAndKill(t, path, round)
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if acknowledged < 100 {
		t.Errorf("only %d writes in all: the test shows little", acknowledged)
	}
}

// writeAndKill starts a writer, kills it in the middle of its work and checks
// what it had acknowledged until then.
func writeAndKill(t *testing.T, path string, round int) int {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_TEST_WRITE="+path, "STORE_TEST_ROUND="+strconv.Itoa(round))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var ids []string
	stop := 30 + rand.IntN(40)
	for lines.Scan() {
		ids = append(ids, lines.Text())
		if len(ids) == stop {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the writer ended by itself")
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, id := range ids {
		if _, err := s.Job(t.Context(), id); err != nil {
			t.Errorf("acknowledged, but lost: %v", err)
		}
		entries, err := s.Ledger(t.Context(), id)
		if err != nil || len(entries) != 2 {
			t.Errorf("job %s has %d entries, %v", id, len(entries), err)
		}
	}
	return len(ids)
}

// writeUntilKilled is the child: several goroutines write and print what is
// acknowledged.
func writeUntilKilled(path string) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := Open(ctx, path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	failed := make(chan error)
	for g := range 8 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("r%s-%d-%d", os.Getenv("STORE_TEST_ROUND"), g, i)
				a, b := entry("a@a.example", Intent, "b"), entry("b@a.example", Done, "b")
				a.Job, b.Job = id, id
				if err := s.PutJob(ctx, job(id)); err != nil {
					failed <- err
					return
				}
				if err := s.Record(ctx, a, b); err != nil {
					failed <- err
					return
				}
				// One write call for each line: a kill can't cut what is printed.
				os.Stdout.WriteString(id + "\n")
			}
		}()
	}
	fmt.Fprintln(os.Stderr, <-failed)
	return 1
}
