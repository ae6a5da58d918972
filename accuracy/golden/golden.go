// Package golden compares what the corpora's tests make with the files that are
// committed.
package golden

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Compare fails the test where a file isn't what was made. With update it is
// rewritten first.
func Compare(t testing.TB, update bool, file, made string) {
	t.Helper()
	if update {
		if err := os.WriteFile(file, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(committed), made); diff != "" {
		t.Errorf("%s (-committed +made):\n%s", file, diff)
	}
}
