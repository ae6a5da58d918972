package plugins

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerify(t *testing.T) {
	var out bytes.Buffer
	if err := Verify(t.Context(), Config{Path: filepath.Join(programs, "testplugin"), Env: map[string]string{"TESTPLUGIN_TREATMENTS": "pdf"}}, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	if err := Verify(t.Context(), Config{Path: filepath.Join(programs, "tls")}, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	for name, env := range map[string]map[string]string{
		"noise":      {"TESTPLUGIN_START": "noise"},
		"bad answer": {"TESTPLUGIN_TREATMENTS": "pdf", "TESTPLUGIN_DO": "bad-address"},
	} {
		out.Reset()
		if err := Verify(t.Context(), Config{Path: filepath.Join(programs, "testplugin"), Env: env}, &out); err == nil || !strings.Contains(out.String(), "FAILED") {
			t.Errorf("%s passes: %v\n%s", name, err, out.String())
		}
	}
	if err := Verify(t.Context(), Config{Path: "/bin/true"}, &out); err == nil {
		t.Error("/bin/true passes")
	}
}

// What Scaffold writes builds, passes its own test, and is a plugin.
func TestScaffold(t *testing.T) {
	// In the module's tree, because it needs the module; the name begins so
	// that "./..." passes it by.
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("testdata", "new")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := Scaffold(dir, "Bad Name"); err == nil {
		t.Error("a bad name was taken")
	}
	if err := Scaffold(dir, "rot13"); err != nil {
		t.Fatal(err)
	}
	if err := Scaffold(dir, "rot13"); err == nil {
		t.Error("what was there was overwritten")
	}
	if out, err := exec.Command("gofmt", "-l", dir).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt: %v %s", err, out)
	}
	binary := filepath.Join(t.TempDir(), "rot13")
	for _, args := range [][]string{{"test", "./" + dir + "/rot13"}, {"build", "-o", binary, "./" + dir + "/rot13"}} {
		if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	var out bytes.Buffer
	if err := Verify(t.Context(), Config{Path: binary}, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}
