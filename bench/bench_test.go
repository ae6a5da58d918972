package main

import (
	"bytes"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The driver and a milter of the protocol library understand one another, for
// small and large messages, and every message is counted once.
func TestDriver(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	go serveNoop(socket)
	deadline := time.Now().Add(10 * time.Second)
	for {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	for _, k := range []kind{{bytes: 10 << 10}, {bytes: 1 << 20, attachment: true}} {
		d := newDriver(&contestant{socket: socket}, k, 2)
		r, err := d.run(t.Context(), 3, 2, time.Millisecond)
		if err != nil || r.messages < 3 {
			t.Errorf("%d messages, %v", r.messages, err)
		}
		// A milter that marks nothing where marks are needed is found out.
		d.marked = new(bool)
		*d.marked = true
		if _, err := d.run(t.Context(), 1, 1, time.Millisecond); err == nil {
			t.Error("messages without the marks that they need were counted")
		}
	}
}

func TestSampleTexts(t *testing.T) {
	for _, k := range []kind{{bytes: 10 << 10}, {bytes: 1 << 20}, {bytes: 1 << 20, attachment: true}} {
		for _, x := range sampleTexts(k, 2) {
			if n := len(x.body); n < k.bytes*95/100 || n > k.bytes*105/100 {
				t.Errorf("%+v: %d bytes", k, n)
			}
			if bytes.Contains(x.body, []byte(iban)) {
				t.Errorf("%+v holds an account number", k)
			}
		}
	}
	if x := sampleTexts(kind{bytes: 10 << 10, marked: true}, 1)[0]; !strings.Contains(string(x.file()), iban) {
		t.Error("a marked message holds no account number")
	}
}

func TestP50(t *testing.T) {
	out := []byte("goos: linux\nBenchmarkDecideOne-2   \t 4000\t 300000 ns/op\t 240.5 p50-µs\t 900 p99-µs\nBenchmarkDecideOneMore-2 1 2 ns/op 3 p50-µs\n")
	if v, err := p50(out, "BenchmarkDecideOne"); err != nil || v != 240.5 {
		t.Errorf("%v %v", v, err)
	}
	if _, err := p50(out, "BenchmarkOther"); err == nil {
		t.Error("a figure that isn't there was found")
	}
}

// Ratios and aims come from medians, and who failed is named and has none.
func TestReport(t *testing.T) {
	at := func(rates ...int) (all []result) {
		for _, r := range rates {
			all = append(all, result{messages: r, elapsed: time.Second, cpu: time.Second})
		}
		return all
	}
	tab := &table{title: "x", rows: []row{
		{name: "noop", failed: errors.New("gone\nmore")}, {name: "sealpost", results: at(900, 1000, 5)}, {name: "rspamd", results: at(100, 200, 300)},
	}}
	r := &report{direct10K: tab}
	if a := r.aims()[0]; a.found != "× 4.50" || !a.met {
		t.Errorf("aim %+v", a)
	}
	if a := r.aims()[1]; a.measured || a.verdict() != "–" {
		t.Errorf("aim %+v", a)
	}
	lines, failures := tab.cells()
	if len(lines) != 3 || lines[2][6] != "× 4.50" || len(failures) != 1 || failures[0] != "noop could not be measured: gone" {
		t.Errorf("%q %q", lines, failures)
	}
	path := filepath.Join(t.TempDir(), "page.md")
	if err := r.write(path); err != nil {
		t.Error(err)
	}
}
