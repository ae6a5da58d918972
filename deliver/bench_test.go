package deliver

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
)

// BenchmarkInject hands over copies from 20 callers at once, with a ledger on
// disk, to an SMTP peer in the same process.
func BenchmarkInject(b *testing.B) {
	m, s := startMTA(b), openStore(b)
	m.silent = true
	i := injector(b, m, s, func(o *InjectorOptions) { o.Log = zap.NewNop() })
	data := "Subject: x\r\n\r\n" + strings.Repeat(strings.Repeat("x", 76)+"\r\n", 128)
	var n atomic.Int64
	b.SetParallelism(10) // 2 processors × 10
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			in := injection("bob@a.example")
			in.Job, in.Content = in.Job+string(rune('a'+n.Add(1)%20))+time.Now().String(), strings.NewReader(data)
			if r := i.Inject(b.Context(), in); r[0].Reply.Code != 250 {
				b.Error(r)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "copies/s")
}

// BenchmarkLogQuestion asks for a batch that isn't in a log of 256 MiB: an
// eighth of the longest answer that there is.
func BenchmarkLogQuestion(b *testing.B) {
	path := filepath.Join(b.TempDir(), "mail.log")
	line := "Nov 22 02:11:16 gw postfix/smtp[31229]: 4jXCH84lGsz1SDxn: to=<bob@partner.example>, relay=mx.partner.example[192.0.2.1]:25, delay=0.3, status=sent (250 OK)\n"
	writeLog(b, path, strings.Repeat(line, 256<<20/len(line)), time.Now())
	l := NewLog(LogOptions{Paths: []string{path}})
	for b.Loop() {
		if a := l.Committed(b.Context(), askedBatch, time.Now()); a.Known != CantTell {
			b.Fatal(a)
		}
	}
}
