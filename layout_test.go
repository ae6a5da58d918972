package sealpost_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sealpost/sealpost/"

// allowed says which package may import which of ours. A new arrow belongs
// here and in docs/flow.md, with its reason.
var allowed = map[string][]string{
	"message":      {},
	"fault":        {},
	"accept":       {},
	"audit":        {},
	"store":        {},
	"config":       {},
	"rego":         {},
	"policy":       {},
	"api":          {},
	"detect":       {},
	"detect/exact": {"detect"},
	"extract":      {},
	"inspect":      {"detect", "extract", "message"},

	"plugins/pluginv1":   {},
	"plugins/sdk":        {"fault", "plugins/pluginv1"}, // fault: twins of the checks on the plugin's side
	"plugins/sdktest":    {"plugins", "plugins/sdk"},
	"plugins":            {"fault", "plugins/pluginv1", "plugins/sdk"},
	"plugins/tls":        {"plugins/sdk"},
	"plugins/reject":     {"plugins/sdk"},
	"plugins/notify":     {"plugins/sdk"},
	"plugins/testplugin": {"plugins/sdk"},
	"plugins/clamav":     {"plugins/sdk"},
	"plugins/ocr":        {"plugins/sdk"},
	"plugins/command":    {"plugins/sdk"},

	"milter":  {"accept", "fault", "message"},
	"deliver": {"accept", "fault", "message", "store"},
	"mta":     {"message"},
	"gateway": {"deliver", "detect", "fault", "inspect", "message", "plugins", "plugins/sdk", "policy", "store"},

	"cmd/sealpost": {"*"},
	// The rig and the benchmarks start the real programs; they know the
	// settings and what the command line prints.
	"integration":      {"config", "mta", "message"},
	"integration/demo": {"integration"},
	"bench":            {"*"},
	// The measurement knows inspection's public interface; the corpora know
	// nothing of ours but each other.
	"accuracy":            {"accuracy/containers", "accuracy/health", "accuracy/hostile", "accuracy/ordinary", "accuracy/values", "detect", "inspect", "message"},
	"accuracy/golden":     {},
	"accuracy/values":     {"accuracy/golden"},
	"accuracy/containers": {"accuracy/values"},
	"accuracy/hostile":    {"accuracy/golden", "accuracy/values"},
	"accuracy/health":     {"accuracy/golden", "accuracy/values"},
	"accuracy/ordinary":   {"accuracy/golden"},
}

// sources calls visit for each Go file outside tests, with its folder relative
// to the root.
func sources(t *testing.T, visit func(dir, file string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && (base == "testdata" || strings.HasPrefix(base, ".") && base != ".") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(base, ".go") && !strings.HasSuffix(base, "_test.go") {
			visit(path.Clean(filepath.ToSlash(filepath.Dir(name))), name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportTable(t *testing.T) {
	sources(t, func(dir, file string) {
		may, known := allowed[dir]
		if !known {
			t.Errorf("%s: the folder %s isn't in the import table", file, dir)
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range f.Imports {
			name, ours := strings.CutPrefix(strings.Trim(imp.Path.Value, `"`), module)
			if ours && !slices.Contains(may, name) && !slices.Contains(may, "*") {
				t.Errorf("%s imports %s: %s may import only %v", file, name, dir, may)
			}
		}
	})
}

func TestFoldersAreAtMostTwoDeep(t *testing.T) {
	sources(t, func(dir, file string) {
		if strings.Count(dir, "/") > 1 {
			t.Errorf("%s lies more than two folders deep", file)
		}
	})
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	sources(t, func(dir, file string) {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		documented[dir] = documented[dir] || f.Doc != nil
	})
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no file has a package comment", dir)
		}
	}
}

func TestNoInitFunctions(t *testing.T) {
	sources(t, func(dir, file string) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), "\nfunc init()") && !strings.HasSuffix(file, ".pb.go") {
			t.Errorf("%s has an init function: wire it in cmd instead", file)
		}
	})
}

// TestNoReplace keeps go.mod free of replaced modules, but for the one whose
// published requirement can't be fetched everywhere.
func TestNoReplace(t *testing.T) {
	b, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "replace ") && !strings.Contains(line, "github.com/google/pprof") {
			t.Errorf("go.mod: %s", line)
		}
	}
}
