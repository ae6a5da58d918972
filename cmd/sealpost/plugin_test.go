package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What `plugin new` writes compiles, passes its own test, and then passes
// `plugin verify`.
func TestPluginNewWorks(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	// Inside this module, so that it is built with this tree's SDK.
	parent, err := os.MkdirTemp(filepath.Join(here, "testdata"), "new-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	t.Chdir(parent)
	var out bytes.Buffer
	if code := run(context.Background(), []string{"plugin", "new", "my-stamp"}, nil, &out, &out); code != exitFine {
		t.Fatalf("plugin new: exit code %d: %s", code, out.String())
	}
	program := filepath.Join(t.TempDir(), "my-stamp")
	for _, args := range [][]string{{"vet", "./my-stamp"}, {"test", "./my-stamp"}, {"build", "-o", program, "./my-stamp"}} {
		if text, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, text)
		}
	}
	out.Reset()
	if code := run(context.Background(), []string{"plugin", "verify", program}, nil, &out, &out); code != exitFine {
		t.Fatalf("plugin verify: exit code %d:\n%s", code, out.String())
	}
	out.Reset()
	if code := run(context.Background(), []string{"plugin", "new", "my-stamp"}, nil, &out, &out); code != exitNo {
		t.Errorf("plugin new over an existing folder: exit code %d: %s", code, out.String())
	}
}

// The negative twin: a program that isn't a plugin doesn't pass.
func TestPluginVerifyRefuses(t *testing.T) {
	var out bytes.Buffer
	code := run(context.Background(), []string{"plugin", "verify", "/bin/true"}, nil, &out, &out)
	if code != exitNo || !strings.Contains(out.String(), "FAILED") {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}
}
