package extract

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// badWorkers are what the test binary is instead of a worker, to see what
// becomes of a file whose reader was taken over.
var badWorkers = map[string]func(){
	"die":    func() { os.Exit(3) },
	"hang":   func() { time.Sleep(time.Hour) },
	"silent": func() { _, _ = io.Copy(io.Discard, os.Stdin) },
	"flood": func() {
		frame := append(binary.BigEndian.AppendUint32([]byte{'t'}, 64<<10), 0)
		frame = append(frame, bytes.Repeat([]byte("x"), 64<<10-1)...)
		for {
			if _, err := os.Stdout.Write(frame); err != nil {
				return
			}
		}
	},
	"huge":     func() { fmt.Print("t\xFF\xFF\xFF\xFF") },
	"rubbish":  func() { fmt.Print(strings.Repeat("rubbish", 1000)) },
	"place":    func() { fmt.Print("t\x00\x00\x00\x04\x03abc") },
	"badtext":  func() { fmt.Print("t\x00\x00\x00\x05\x00a\xFF\xFFb") },
	"unending": func() { fmt.Print("c\x00\x00\x00\x02{}d\x00\x00\x00\x01x") },
	"disorder": func() { fmt.Print("c\x00\x00\x00\x02{}t\x00\x00\x00\x02\x00x") },
	"better": func() {
		result := `{"Kind":"text","Scanned":"full"}`
		fmt.Printf("r\x00\x00\x00%c%s", len(result), result)
	},
	"invented": func() {
		result := `{"Kind":"xz","Scanned":"full","Problems":["<script>"]}`
		fmt.Printf("r\x00\x00\x00%c%s", len(result), result)
	},
	"memory": func() {
		if err := limitProcess(workerRequest{Memory: 64 << 20, Time: time.Second}); err != nil {
			os.Exit(4)
		}
		b := make([]byte, 1<<30)
		for i := range b {
			b[i] = 1
		}
		os.Exit(0)
	},
}

// A worker that dies, hangs, floods or lies costs the file that it read, which
// is said, and no other.
func TestBadWorkers(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data := readFile(t, "needle.txt.xz")
	for name := range badWorkers {
		patience := time.Minute
		if name == "hang" || name == "silent" {
			patience = time.Second / 2
		}
		x, err := New(Options{Worker: []string{self, workerArgument, name}, Time: patience, Bytes: 16 << 20})
		if err != nil {
			t.Fatal(err)
		}
		r, _ := extractedBy(t, x, File{}, data)
		want := []Problem{ProblemReader}
		switch name {
		case "hang", "silent":
			want = []Problem{ProblemTime, ProblemReader}
		case "flood":
			want = []Problem{ProblemBudget}
		}
		if r.Scanned == Full || len(r.Problems) != 1 || !slices.Contains(want, r.Problems[0]) {
			t.Errorf("%s: %+v, want one of %v", name, r, want)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The negative twin: a worker that does its work is believed.
func TestGoodWorker(t *testing.T) {
	r, c := extractedBy(t, withWorkers(t), File{}, readFile(t, "needle.txt.xz"))
	if r.Scanned != Full || len(r.Problems) > 0 || !strings.Contains(c.all(), needle) {
		t.Errorf("%+v %q", r, c.all())
	}
}

// Without its program nothing is read, and that is said.
func TestWorkerMissing(t *testing.T) {
	x, err := New(Options{Worker: []string{"/no/such/program"}})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := extractedBy(t, x, File{}, readFile(t, "needle.txt.xz"))
	if r.Scanned != None || !slices.Equal(r.Problems, []Problem{ProblemReader}) {
		t.Errorf("%+v", r)
	}
}
