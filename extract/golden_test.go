package extract

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is expected of testdata/cases and testdata/files anew")

// dump is all that was found, for people to read.
func dump(r Result, c *collector, indent string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s %s %v", indent, r.Kind, r.Scanned, r.Problems)
	if r.Encrypted {
		b.WriteString(" encrypted")
	}
	if r.Signed {
		b.WriteString(" signed")
	}
	b.WriteByte('\n')
	for _, place := range sortedKeys(c.place) {
		text := strings.ReplaceAll(strings.ReplaceAll(c.place[place], "\t", "→"), "\n", "\n"+indent+"  | ")
		fmt.Fprintf(&b, "%s[%s]\n%s  | %s\n", indent, place, indent, text)
	}
	for _, f := range c.files {
		fmt.Fprintf(&b, "%schild %q %q\n%s", indent, f.child.Name, f.child.Type, dump(f.result, f.inner, indent+"    "))
	}
	return b.String()
}

// Each file under testdata is read as the file of the same name with ".want"
// says.
func TestCases(t *testing.T) {
	x := withWorkers(t)
	for _, dir := range []string{"cases", "files", "lies"} {
		files, err := filepath.Glob("testdata/" + dir + "/*")
		if err != nil || len(files) == 0 {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, ".want") {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			r, c := extractedBy(t, x, File{Name: filepath.Base(name)}, data, "secret")
			got := dump(r, c, "")
			if *update {
				if err := os.WriteFile(name+".want", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name + ".want")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s: -want +got\n%s", name, diff)
			}
		}
	}
}
