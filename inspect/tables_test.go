package inspect

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/detect/exact"
)

// A message sees one table from its first part to its last, though another one
// takes its place meanwhile; the next message sees the new one. The finding
// names the table, and how many of its rows there are.
func TestMessageKeepsItsTables(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	if err := exact.NewKey(key); err != nil {
		t.Fatal(err)
	}
	build := func(names ...string) {
		t.Helper()
		secret, err := exact.ReadKey(key)
		if err != nil {
			t.Fatal(err)
		}
		csv := "name,born\n"
		for _, name := range names {
			csv += name + ",1980-04-03\n"
		}
		spec := exact.Spec{Name: "customers", AtLeast: 2, Columns: []exact.Column{{Name: "name", Kind: detect.KindName}, {Name: "born", Kind: detect.KindDate}}}
		if _, err := exact.BuildFile(context.Background(), strings.NewReader(csv), exact.Source{}, spec, secret, filepath.Join(dir, "table"), nil); err != nil {
			t.Fatal(err)
		}
	}
	build("Anna Adler", "Berta Buche")
	table, err := exact.Open(filepath.Join(dir, "table"), key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	in := testInspector(t, Options{Tables: []detect.Table{table}})
	var raw bytes.Buffer
	raw.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")
	for range 3 {
		raw.WriteString("--b\r\nContent-Type: text/plain\r\n\r\nAnna Adler 3.4.1980, and again Anna Adler 3.4.1980, Berta Buche 3.4.1980\r\n\r\n")
	}
	raw.WriteString("--b--\r\n")
	inspect := func() (found []string) {
		t.Helper()
		r := in.Inspect(context.Background(), testMessage(t, raw.Bytes()), func(context.Context, Asked, func() io.Reader) []Extra {
			build("Carla Cohn", "Berta Buche")
			if err := table.Reload(); err != nil {
				t.Error(err)
			}
			return nil
		})
		for _, f := range r.Findings {
			if f.Detector == "exact-data" {
				found = append(found, fmt.Sprintf("%s %s %d %s", f.Part, f.Table, f.Count, f.Masked))
			}
		}
		return found
	}
	if diff := cmp.Diff([]string{"1.1 customers 2 customers", "1.2 customers 2 customers", "1.3 customers 2 customers"}, inspect()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1.1 customers 1 customers", "1.2 customers 1 customers", "1.3 customers 1 customers"}, inspect()); diff != "" {
		t.Error(diff)
	}
}
