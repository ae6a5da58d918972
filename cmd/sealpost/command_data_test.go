package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/api"
	"github.com/sealpost/sealpost/config"
)

const customers = "No;Name;Born\nAB-471101;Anna Müller;03.04.1980\nAB-471102;Jan Kowalski;12.11.1975\n"

// tableFiles is a folder with a configuration, the shipped policy with a topic
// of one's own, a table of customers, its key, and two letters.
func tableFiles(t *testing.T, topic string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{"../../rego": "rego", "../../rego/data": "data"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "rego", "data")); err != nil {
		t.Fatal(err)
	}
	write("rego/own_customers.rego", topic)
	write("c.yaml", strings.ReplaceAll("mta: {later_recipients: expand}\npolicy: {dir: DIR/rego, data: DIR/data, test: false}\n"+
		"inspect: {cache: DIR/cache, tables: [{name: customers, file: DIR/customers.table, key: DIR/customers.key}]}\n", "DIR", dir))
	write("customers.csv", customers)
	write("letter.txt", "Jan KOWALSKI, born 12.11.1975, has written to us.\n")
	write("other.txt", "Hanna Müller, born 3.4.1980, has written to us.\n")
	sealpost(t, exitFine, dir, "data", "build", "--name", "customers", "--new-key", "--column", "No=identifier", "--column", "Name=name", "--column", "Born=date", filepath.Join(dir, "customers.csv"))
	return dir
}

// sealpost runs a command under the folder's configuration.
func sealpost(t *testing.T, want int, dir string, args ...string) (out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	if code := run(context.Background(), append([]string{"--config", filepath.Join(dir, "c.yaml")}, args...), nil, &o, &e); code != want {
		t.Fatalf("%v: exit code %d, want %d\n%s%s", args, code, want, o.String(), e.String())
	}
	return o.String(), e.String()
}

const ownTopic = `# METADATA
# title: Our customers
# scope: package
package sealpost.topic.own_customers

# METADATA
# title: Customers are strictly confidential
# description: Whoever stands in the table.
# custom:
#   id: customers-class
class contains {
	"class": "strictly-confidential",
	"rule": "customers-class",
	"reason": "The message holds data of our customers.",
} if {
	some f in input.content.findings
	f.detector == "exact-data"
	f.table == "customers"
}
`

// From a CSV to the policy: a row is found, the finding names the table and no
// value, and a policy acts on that table.
func TestFromTableToPolicy(t *testing.T) {
	dir := tableFiles(t, ownTopic)
	out, _ := sealpost(t, exitFine, dir, "--format", "json", "scan", filepath.Join(dir, "letter.txt"), filepath.Join(dir, "other.txt"))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 || strings.Contains(out, "Kowalski") || strings.Contains(out, "1975") {
		t.Fatal(out)
	}
	for i, want := range []struct {
		class string
		count int
	}{{"strictly-confidential", 1}, {"", 0}} {
		var got scanned
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, f := range got.Findings {
			if f.Detector == "exact-data" && f.Table == "customers" && f.Category == "own" && f.Confidence == "high" {
				count += f.Count
			}
		}
		if count != want.count || (string(got.Class) == "strictly-confidential") != (want.class != "") {
			t.Errorf("%s: %d rows, want %d", lines[i], count, want.count)
		}
	}
	text, _ := sealpost(t, exitFine, dir, "scan", filepath.Join(dir, "letter.txt"))
	if !strings.Contains(text, "exact-data") || !strings.Contains(text, "customers") || strings.Contains(text, "Kowalski") {
		t.Error(text)
	}
}

// A policy that asks for a table that isn't there is refused: it would never
// act.
func TestPolicyNamesATableThatIsNotThere(t *testing.T) {
	dir := tableFiles(t, strings.ReplaceAll(ownTopic, `"customers"`, `"custmers"`))
	_, errs := sealpost(t, exitCouldNotTell, dir, "scan", filepath.Join(dir, "letter.txt"))
	if !strings.Contains(errs, "custmers") || !strings.Contains(errs, "customers") {
		t.Error(errs)
	}
	out, _ := sealpost(t, exitNo, dir, "policy", "check")
	if !strings.Contains(out, "own_customers.rego:18") || !strings.Contains(out, "custmers") {
		t.Error(out)
	}
}

// Without one of its tables the daemon doesn't start, and nothing is judged;
// every command says which, why and what to do.
func TestNothingRunsWithoutItsTables(t *testing.T) {
	dir := tableFiles(t, ownTopic)
	table := filepath.Join(dir, "customers.table")
	whole, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(dir, "c.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(cfg.Inspect.Tables[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	restore := func() error {
		return errors.Join(os.WriteFile(table, whole, 0o600), os.WriteFile(cfg.Inspect.Tables[0].Key, key, 0o600))
	}
	cut := append([]byte{}, whole[:len(whole)-100]...)
	changed := bytes.Clone(whole)
	changed[5000%len(changed)] ^= 1
	for name, spoil := range map[string]func() error{
		"no such file":     func() error { return os.Remove(table) },
		"damaged":          func() error { return os.WriteFile(table, cut, 0o600) },
		"or was changed":   func() error { return os.WriteFile(table, changed, 0o600) },
		"no file of exact": func() error { return os.WriteFile(table, []byte(customers), 0o600) },
		"another key":      func() error { return os.WriteFile(cfg.Inspect.Tables[0].Key, bytes.Repeat([]byte("ab"), 32), 0o600) },
	} {
		if err := errors.Join(restore(), spoil()); err != nil {
			t.Fatal(err)
		}
		if d, err := core(context.Background(), cfg, zap.NewNop(), "", nil); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "data build") {
			t.Errorf("core: %v, want %q", err, name)
		} else if d.gateway != nil {
			t.Error("there is a gateway")
		}
		if _, errs := sealpost(t, exitCouldNotTell, dir, "scan", filepath.Join(dir, "letter.txt")); !strings.Contains(errs, name) {
			t.Errorf("scan: %s, want %q", errs, name)
		}
		if out, _ := sealpost(t, exitNo, dir, "config", "check"); !strings.Contains(out, "inspect.tables[0]") || !strings.Contains(out, name) {
			t.Errorf("config check: %s, want %q", out, name)
		}
		d := &doctor{cfg: cfg}
		if d.tables(); len(d.list) != 1 || d.list[0].Result != resultWrong || !strings.Contains(d.list[0].Text, name) || d.list[0].Mend == "" {
			t.Errorf("doctor: %+v, want %q", d.list, name)
		}
	}
	// The twin: with table and key as they were, all is well.
	if err := restore(); err != nil {
		t.Fatal(err)
	}
	sealpost(t, exitFine, dir, "config", "check")
	d := &doctor{cfg: cfg}
	if d.tables(); len(d.list) != 1 || d.list[0].Result != resultOK {
		t.Errorf("doctor: %+v", d.list)
	}
}

// A table that was built anew is in force without a stop; a broken one is
// refused, with a line in the log and in the metrics, and the old one stays.
func TestTablesAreTakenOverWhileRunning(t *testing.T) {
	dir := tableFiles(t, ownTopic)
	cfg, err := config.Load(filepath.Join(dir, "c.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	lines := make(logLines, 16)
	d := &daemon{cfg: cfg, metrics: api.NewMetrics(), log: newLogger(lines, config.Log{Level: "info"})}
	if d.tables, err = openTables(cfg.Inspect.Tables); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { d.watchTables(ctx, time.Millisecond); close(ended) }()
	t.Cleanup(func() { end(); <-ended; d.tables.close() })

	csv := filepath.Join(dir, "customers.csv")
	if err := os.WriteFile(csv, []byte(customers+"AB-471103;Zoë van Dijk;01.02.1990\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sealpost(t, exitFine, dir, "data", "build", "--name", "customers", csv)
	if line := <-lines; !strings.Contains(line, "table in force") || !strings.Contains(line, `"count":3`) || !strings.Contains(line, `"table":"customers"`) {
		t.Error(line)
	}
	broken := filepath.Join(dir, "broken")
	if err := errors.Join(os.WriteFile(broken, []byte("x"), 0o600), os.Rename(broken, cfg.Inspect.Tables[0].File)); err != nil {
		t.Fatal(err)
	}
	if line := <-lines; !strings.Contains(line, "table refused, the old one stays in force") || !strings.Contains(line, "no file of exact data") {
		t.Error(line)
	}
	if rows := d.tables.open[0].Facts().Rows; rows != 3 {
		t.Errorf("%d rows in force", rows)
	}
	if err := d.reloadTables(); err == nil {
		t.Error("a reload by signal took the broken table")
	}
	<-lines
	metrics := scrape(t, d.metrics)
	for _, want := range []string{`sealpost_reloads_total{kind="tables",result="ok"} 1`, `sealpost_reloads_total{kind="tables",result="refused"} 2`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s", want)
		}
	}
	sealpost(t, exitNo, dir, "data", "check")
}

// logLines are the lines of a log, as they come.
type logLines chan string

func (l logLines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

func scrape(t *testing.T, m *api.Metrics) string {
	t.Helper()
	server := httptest.NewServer(m.Handler())
	defer server.Close()
	answer, err := server.Client().Get(server.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
