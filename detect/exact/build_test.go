package exact

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealpost/sealpost/detect"
)

// What is wrong with a specification is said all at once.
func TestBadSpecs(t *testing.T) {
	spec := Spec{Name: "No Name", AtLeast: 3, Columns: []Column{{Name: "a", Kind: "colour"}, {Name: "a", Kind: detect.KindText}}}
	err := spec.Check()
	for _, want := range []string{`name "No Name"`, `kind "colour"`, "that of another", "at least 3 columns"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if _, err := Build(context.Background(), strings.NewReader(testCSV), Source{}, testSpec, []byte("short"), &bytes.Buffer{}, nil); err == nil || !strings.Contains(err.Error(), "5 bytes") {
		t.Error(err)
	}
}

// What is wrong with a CSV is said with its place, and never what stands there.
func TestBadTables(t *testing.T) {
	for _, c := range []struct {
		csv, want string
		source    Source
	}{
		{csv: "", want: "the file is empty; want a row of headings"},
		{csv: "id,name,born,phone,mail\n", want: "there are no rows: nothing would ever be found"},
		{csv: "id,name\n1,2\n", want: "1:1: there is no column \"born\"; there are \"id\", \"name\" (without headings: --no-header, and columns by their numbers)\n" +
			"1:1: there is no column \"phone\"; there are \"id\", \"name\" (without headings: --no-header, and columns by their numbers)\n" +
			"1:1: there is no column \"mail\"; there are \"id\", \"name\" (without headings: --no-header, and columns by their numbers)"},
		{csv: "id,name,born,phone,mail,id\n", want: "1:1: two columns have the heading \"id\" (rename one)"},
		{csv: "id,name,born,phone,mail\n1,2\nK-1,Jo Wu,1980-04-99,,x y\n", want: "2:1: the row has 2 cells; the first has 5 (a cell with ',' in it stands in quotes)\n" +
			"3:11: column \"born\": this can't be a value of the kind date; want 1980-04-03, 3.4.1980, 3/4/1980 or 19800403 (empty the cell, or leave such cells out: --skip-bad)\n" +
			"3:23: column \"mail\": this can't be a value of the kind email; want one address, without a name (empty the cell, or leave such cells out: --skip-bad)"},
		{csv: "id,name,born,phone,mail\nK-1,J\xf6rg,,,\n", want: "2:5: column \"name\": this isn't UTF-8 (" + utf8Hint + ")"},
		{csv: "\xff\xfei\x00d\x00", want: "1:1: this is UTF-16; want UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)"},
		{csv: "id,name,born,phone,mail\n1,\"2,3,4,5\n", want: "2:12: a quoted cell has a quote in it, or none at its end (a quote in a quoted cell is written twice: \"\")"},
		{csv: "id,name,born,phone,mail\n1,2\"x,3,4,5\n", want: "2:4: a quote stands in a cell that has none around it (\"say \"\"so\"\"\")"},
		{csv: "K-1,Jo Wu\n", source: Source{NoHeadings: true}, want: "\"id\" isn't the number of a column"},
	} {
		var mistakes Mistakes
		_, err := Build(context.Background(), strings.NewReader(c.csv), c.source, testSpec, testKey, &bytes.Buffer{}, nil)
		if !errors.As(err, &mistakes) || !strings.Contains(mistakes.Error(), c.want) || c.source == (Source{}) && mistakes.Error() != c.want {
			t.Errorf("%q:\n%v\nwant\n%s", c.csv, err, c.want)
		}
	}
	many := "id,name,born,phone,mail\n" + strings.Repeat("1\n", 50)
	_, err := Build(context.Background(), strings.NewReader(many), Source{}, testSpec, testKey, &bytes.Buffer{}, nil)
	if err == nil || strings.Count(err.Error(), "\n") != maxMistakes || !strings.HasSuffix(err.Error(), "and 30 more") {
		t.Error(err)
	}
}

// However a CSV is written, the same rows come out of it.
func TestWaysToWriteATable(t *testing.T) {
	spec := Spec{Name: "x", AtLeast: 2, Columns: []Column{{Name: "Name", Kind: detect.KindName}, {Name: "Born", Kind: detect.KindDate}}}
	numbered := Spec{Name: "x", AtLeast: 2, Columns: []Column{{Name: "2", Kind: detect.KindName}, {Name: "3", Kind: detect.KindDate}}}
	for _, c := range []struct {
		csv    string
		spec   Spec
		source Source
	}{
		{"No,Name,Born\n1,Anna Müller,3.4.1980\n", spec, Source{}},
		{"\ufeffName;Born;No\r\n\"Müller, Anna\"; 1980-04-03 ;1\r\n", spec, Source{}},
		{"No\tName\tBorn\n1\tMüller, Anna\t03.04.1980\n", spec, Source{}},
		{"No|Name|Born\n1|Anna\u00a0Müller|1980-04-03\n", spec, Source{}},
		{"1,Anna Müller,19800403\n", numbered, Source{NoHeadings: true}},
		{"1~Anna Müller~19800403\n", numbered, Source{NoHeadings: true, Comma: '~'}},
	} {
		path := filepath.Join(t.TempDir(), "table")
		if _, err := BuildFile(context.Background(), strings.NewReader(c.csv), c.source, c.spec, testKey, path, nil); err != nil {
			t.Errorf("%q: %v", c.csv, err)
			continue
		}
		if got := scanner(t, open(t, path))("ANNA MÜLLER, born 3 April: 3.4.1980"); got != 1 {
			t.Errorf("%q: %d rows", c.csv, got)
		}
	}
}

// Identifiers are the same however they are divided.
func TestIdentifiers(t *testing.T) {
	spec := Spec{Name: "x", AtLeast: 1, Columns: []Column{{Name: "id", Kind: detect.KindIdentifier}}}
	scan := scanner(t, open(t, build(t, "id\nK-471188\nGB29 NWBK 6016 1331 9268 19\npl/2024/000123\n", spec, testKey)))
	for text, want := range map[string]int{
		"customer K-471188.": 1, "k471188": 1, "K 471 188": 1, "AK-471188": 0, "K-4711889": 0, "K_471188": 0, "471188": 0,
		"GB29NWBK60161331926819": 1, "iban gb29 nwbk 6016 1331 9268 19": 1,
		"PL/2024/000123 and PL-2024-000123": 1, "see PL/2024/000124": 0,
	} {
		if got := scan(text); got != want {
			t.Errorf("%q: %d rows, want %d", text, got, want)
		}
	}
}

// A build that fails, or is ended, leaves the old file and nothing else.
func TestBuildFileIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "table")
	ended, end := context.WithCancel(context.Background())
	end()
	attempt := func(ctx context.Context, csv string) error {
		_, err := BuildFile(ctx, strings.NewReader(csv), Source{}, testSpec, testKey, path, nil)
		return err
	}
	nothing := func(want int) {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != want {
			t.Errorf("%v %v, want %d files", entries, err, want)
		}
	}
	if err := attempt(ended, testCSV); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	nothing(0)
	if err := attempt(context.Background(), testCSV+"too,few\n"); err == nil {
		t.Error("a bad line was taken")
	}
	nothing(0)
	if err := attempt(context.Background(), testCSV); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := attempt(context.Background(), testCSV+"too,few\n"); err == nil {
		t.Error("a bad line was taken")
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, good) {
		t.Errorf("the old file has changed: %v", err)
	}
	if err := attempt(context.Background(), testCSV+"K-9,Nora Neu,,x,,\n"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v %v: want the mode of the old file", info, err)
	}
	nothing(1)
}

// Keys are made for their owner alone, never twice, and read only so.
func TestKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := NewKey(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v: want 0600", info, err)
	}
	key, err := ReadKey(path)
	if err != nil || len(key) != minKey {
		t.Errorf("%d bytes, %v", len(key), err)
	}
	if err := NewKey(path); err == nil {
		t.Error("the key was replaced")
	}
	for text, want := range map[string]string{"abc": "no key", strings.Repeat("ab", 31): "no key", strings.Repeat("xy", 32): "no key"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadKey(path); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := os.Chmod(path, 0o604); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKey(path); err == nil || !strings.Contains(err.Error(), "everybody") {
		t.Error(err)
	}
}

// What makes a table find too much or too little is said.
func TestWarnings(t *testing.T) {
	spec := Spec{Name: "x", AtLeast: 1, Columns: []Column{{Name: "first", Kind: detect.KindName}, {Name: "pin", Kind: detect.KindDigits}}}
	csv := strings.Builder{}
	csv.WriteString("first,pin\n,\n")
	for i := range 2000 {
		csv.WriteString([]string{"Anna", "Jan"}[i%2] + "," + []string{"1234", "5678", "9012"}[i%3] + "\n")
	}
	built, err := Build(context.Background(), strings.NewReader(csv.String()), Source{}, spec, testKey, &bytes.Buffer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a single value is enough for a finding: a column whose values stand in ordinary mail (first) finds them everywhere; let two or more stand near each other (--at-least 2)",
		"column first has only 2 different values in 2,001 rows, and one of them stands in half of the rows: it says little about a row",
		"column pin has only 3 different values in 2,001 rows, and one of them stands in a third of the rows: it says little about a row",
		"column pin: most values are so short that they stand in many texts by chance",
		"1 row has fewer values than must stand near each other, and is never found",
		"1,994 rows have the same values as another one",
	}
	if diff := cmp.Diff(want, built.Warnings(spec)); diff != "" {
		t.Error(diff)
	}
	built, err = Build(context.Background(), strings.NewReader(testCSV), Source{}, testSpec, testKey, &bytes.Buffer{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), built.Warnings(testSpec)); diff != "" {
		t.Error(diff)
	}
}
