package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what is expected, and the generated files")

// Each testdata/NN-name.yaml is a configuration, and the .want beside it what
// Parse says: its mistakes, or "fine".
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := "fine\n"
			c, err := Parse(filepath.Base(file), data)
			if err != nil {
				got = err.Error() + "\n"
				if c != nil {
					t.Error("a configuration came with the mistakes")
				}
				if !errors.As(err, &Mistakes{}) {
					t.Errorf("the error is a %T, want Mistakes", err)
				}
			}
			same(t, strings.TrimSuffix(file, ".yaml")+".want", got)
		})
	}
}

// The example file and the reference page are what the struct says, and the
// example is a configuration without mistakes.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	if _, err := Parse("example", Example()); err != nil {
		t.Errorf("the example: %v", err)
	}
	same(t, "../packaging/sealpost.yaml", string(Example()))
	same(t, "../docs/configuration.md", string(Reference()))
}

func same(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go generate ./config rewrites it):\n%s", file, diff)
	}
}

// What stands in the file is what comes out, and the rest are defaults.
func TestParse(t *testing.T) {
	c, err := Parse("x", []byte(`
domains: [bank.example]
mta: {later_recipients: strict, tls_patience: 2d}
plugins:
  - name: tls
    path: /p/tls
    env: {LANG: C, PORT: 25}
    memory: 64MiB
    settings: {list: [1, two, 3.5, true, null], deep: {a: b}}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{}
	setDefaults(reflect.ValueOf(want).Elem())
	want.Domains = []string{"bank.example"}
	want.MTA.LaterRecipients = "strict"
	want.MTA.TLSPatience = 48 * time.Hour
	want.Plugins = []Plugin{{Name: "tls", Path: "/p/tls", Env: map[string]string{"LANG": "C", "PORT": "25"}, Memory: 64 << 20, Timeout: time.Minute,
		Settings: map[string]any{"list": []any{uint64(1), "two", 3.5, true, nil}, "deep": map[string]any{"a": "b"}}}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	if c.Milter.Sessions != 500 || c.Limits.Spool != 4<<30 || c.Store.KeepJobs != 720*time.Hour || !c.Policy.Test || c.MTA.Kind != "postfix" {
		t.Errorf("defaults are missing: %+v", c)
	}
}

// Every default is a value that the file could have.
func TestDefaultsAreAllowed(t *testing.T) {
	var walk func(typ reflect.Type, path string)
	walk = func(typ reflect.Type, path string) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			at := join(path, f.Tag.Get("yaml"))
			def := f.Tag.Get("default")
			switch {
			case f.Type.Kind() == reflect.Struct:
				walk(f.Type, at)
			case ofStructs(f.Type):
				walk(f.Type.Elem(), at)
			case def != "" && f.Type.Kind() != reflect.Slice:
				if wrong, _ := setScalar(reflect.New(f.Type).Elem(), def, f.Tag); wrong != "" {
					t.Errorf("%s: %s", at, wrong)
				}
			case def != "":
				for one := range strings.SplitSeq(def, ",") {
					if wrong, _ := checkForm(f.Tag.Get("form"), one); wrong != "" {
						t.Errorf("%s: %s", at, wrong)
					}
				}
			}
			if doc := comments()[typ.Name()+"."+f.Name]; doc == "" && comments()[element(f.Type).Name()] == "" {
				t.Errorf("%s has no comment", at)
			}
		}
	}
	walk(reflect.TypeFor[Config](), "")
}

// The hash follows the settings, not the way they are written.
func TestHash(t *testing.T) {
	hash := func(text string) string {
		c, err := Parse("x", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return c.Hash()
	}
	a := hash("mta: {later_recipients: expand}")
	if b := hash("# words\nmta:\n  later_recipients: expand\nmilter:\n  sessions: 500\n"); a != b {
		t.Errorf("the same settings have hashes %s and %s", a, b)
	}
	if b := hash("mta: {later_recipients: strict}"); a == b {
		t.Errorf("different settings have the hash %s", a)
	}
}

// A file that anybody may write is refused: it names programs to run.
func TestLoadRefusesAWritableFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sealpost.yaml")
	if err := os.WriteFile(file, []byte("mta: {later_recipients: expand}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err != nil {
		t.Errorf("mode 644: %v", err)
	}
	if err := os.Chmod(file, 0o646); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err == nil || !strings.Contains(err.Error(), "everybody may write") {
		t.Errorf("mode 646: %v, want it refused", err)
	}
	if _, err := Load(file + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// Whatever the bytes are, Parse comes back with a configuration or with
// mistakes that have a text.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(Example())
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("f", data)
		if (c == nil) == (err == nil) {
			t.Fatalf("config %v, error %v", c, err)
		}
		if err == nil {
			if h := c.Hash(); len(h) != 16 {
				t.Fatalf("hash %q", h)
			}
			return
		}
		var m Mistakes
		if !errors.As(err, &m) || len(m) == 0 || m[0].Text == "" {
			t.Fatalf("error %#v", err)
		}
	})
}
