package rego

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/sealpost/sealpost/message"
)

// What is built into the binary is what lies in this folder.
func TestEmbedded(t *testing.T) {
	for _, c := range []struct {
		files   fs.FS
		pattern string
		file    string
	}{
		{Policies(), "*.rego", "main.rego"},
		{Policies(), "*_test.rego", "main_test.rego"},
		{Data(), "*.yaml", "public_providers.yaml"},
	} {
		names, err := fs.Glob(c.files, c.pattern)
		if err != nil || len(names) < 3 {
			t.Errorf("%s: %v, %v", c.pattern, names, err)
		}
		if _, err := fs.Stat(c.files, c.file); err != nil {
			t.Error(err)
		}
	}
}

// Every set that is named is built in, and no other.
func TestSetsAreEmbedded(t *testing.T) {
	folders, err := filepath.Glob("sets/*/set.yaml")
	if err != nil || len(folders) != len(Sets()) {
		t.Fatalf("%v, %v", folders, err)
	}
	for _, name := range Sets() {
		if _, err := fs.Stat(Set(name), "set.yaml"); err != nil {
			t.Error(err)
		}
	}
	if _, err := fs.Stat(Set("bnak"), "set.yaml"); err == nil {
		t.Error("a set that nobody wrote")
	}
}

// Every code that says what is wrong with a message or file has a class in the
// shipped lists, and just one: a new code doesn't go unnoticed.
func TestEveryCodeHasAClass(t *testing.T) {
	var lists struct {
		Problems struct {
			Codes    map[string]string
			Harmless []string
		}
		Ambiguous struct{ Codes map[string]string } `yaml:"ambiguous_mime"`
	}
	for _, file := range []string{"data/problems.yaml", "data/ambiguous_mime.yaml"} {
		text, err := os.ReadFile(file)
		if err == nil {
			err = yaml.Unmarshal(text, &lists)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	known := func(code string) (places []string) {
		if lists.Problems.Codes[code] != "" {
			places = append(places, "problems.codes")
		}
		if slices.Contains(lists.Problems.Harmless, code) {
			places = append(places, "problems.harmless")
		}
		if lists.Ambiguous.Codes[code] != "" {
			places = append(places, "ambiguous_mime.codes")
		}
		return places
	}
	for _, d := range message.Deviations() {
		want := []string{"problems.harmless"}
		switch {
		case d.Incomplete: // ambiguous or not: unread is the worse of both
			want = []string{"problems.codes"}
		case d.Ambiguous:
			want = []string{"ambiguous_mime.codes"}
		}
		if got := known(d.Code); !slices.Equal(got, want) {
			t.Errorf("%s is in %v, want %v", d.Code, got, want)
		}
	}
	for _, code := range codesOf(t) {
		if got := known(code); !slices.Equal(got, []string{"problems.codes"}) {
			t.Errorf("%s is in %v, want problems.codes", code, got)
		}
	}
}

// codesOf are the codes of inspection and of the shipped inspector plugins,
// as they stand in the sources.
func codesOf(t *testing.T) (codes []string) {
	t.Helper()
	for pattern, form := range map[string]*regexp.Regexp{
		"../inspect/problems.go":  regexp.MustCompile(`Problem\w+\s+= "([a-z-]+)"`),
		"../gateway/*.go":         regexp.MustCompile(`"(inspector-[a-z-]+)"`),
		"../plugins/clamav/*.go":  regexp.MustCompile(`"(malware-scan-[a-z-]+)"`),
		"../plugins/ocr/*.go":     regexp.MustCompile(`"(ocr-[a-z-]+)"`),
		"../plugins/command/*.go": regexp.MustCompile(`"(command-[a-z0-9-]+)"`),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		before := len(codes)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range form.FindAllStringSubmatch(string(text), -1) {
				codes = append(codes, found[1])
			}
		}
		if len(codes) == before {
			t.Errorf("no codes in %s", pattern)
		}
	}
	return codes
}
