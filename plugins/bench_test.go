package plugins

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkHandle is one whole call: content there, a treated copy back. p50
// and the resident memory of the plugin (rss) and of this process (own) stand
// beside the mean.
func BenchmarkHandle(b *testing.B) {
	for _, size := range []int{10 << 10, 1 << 20, 25 << 20} {
		content := mail(size)
		for _, way := range []struct{ name, address string }{{"treat", "bob@c.example"}, {"early", "bob+early@c.example"}} {
			b.Run(fmt.Sprintf("%s/%dKB", way.name, size>>10), func(b *testing.B) {
				h, _ := start(b, quick(), testPlugin(nil))
				h.opts.NewContent = newDiscard
				if err := h.Restart(b.Context(), "test"); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(content)))
				var took []time.Duration
				for b.Loop() {
					began := time.Now()
					r, err := handle(h, task("k", way.address), content)
					if err != nil {
						b.Fatal(err)
					}
					r.Close()
					took = append(took, time.Since(began))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
				b.ReportMetric(peak(h.Status()[0].Pid), "rss-MB")
				b.ReportMetric(peak(os.Getpid()), "own-MB")
			})
		}
	}
}

// discard is a Content that keeps nothing.
type discard struct{ n int64 }

func newDiscard() (Content, error) { return &discard{}, nil }

func (d *discard) Write(p []byte) (int, error) { d.n += int64(len(p)); return len(p), nil }
func (d *discard) Reader() io.ReadSeeker       { return strings.NewReader("") }
func (d *discard) Size() int64                 { return d.n }
func (d *discard) Close() error                { return nil }

// peak is the most memory that a process ever had resident, MB.
func peak(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseFloat(fields[0], 64)
	return kb / 1024
}
