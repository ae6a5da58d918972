package sealpost_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFailureTableNamesRealTests holds docs/failures.md to its word.
func TestFailureTableNamesRealTests(t *testing.T) {
	there := map[string]bool{}
	defined := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		b, err := os.ReadFile(name)
		for _, m := range defined.FindAllSubmatch(b, -1) {
			there[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("docs/failures.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`\bTest\w+`).FindAllString(string(table), -1)
	if len(named) < 50 {
		t.Errorf("only %d tests are named in docs/failures.md", len(named))
	}
	for _, name := range named {
		if !there[name] {
			t.Errorf("docs/failures.md names %s, which isn't there", name)
		}
	}
}
