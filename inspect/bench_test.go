package inspect

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sealpost/sealpost/detect"
)

// A whole message of 10 KB, as Inspect sees it.
func BenchmarkInspect(b *testing.B) {
	in := testInspector(b, Options{})
	m := testMessage(b, append([]byte("Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\n\r\n"), mailText(10<<10)...))
	b.SetBytes(m.Content.Size())
	b.ReportAllocs()
	for b.Loop() {
		in.Inspect(context.Background(), m, nil)
	}
}

// benchTerms is how many terms the dictionaries have at least.
const benchTerms = 20_000

// The speed of looking through 50 MB of text like that of mail, on one core:
//
//	sealpost      all identifiers and secrets
//	dictionaries  all keyword, label and health dictionaries, filled up to 20,000 terms
//	everything    both in one pass
//	regexp        the detectors of sealpost as Go regular expressions, one by one, without their context words
//	memory        one pass of bytes.Count, to compare machines by
//
// The expressions are tried on the first megabyte, since the whole would take
// minutes.
func BenchmarkScan(b *testing.B) {
	text := mailLike(50 << 20)
	var codes, words []string
	var expressions []*regexp.Regexp
	terms := 0
	for _, d := range detect.Detectors() {
		if d.Category == detect.Health || d.Category == detect.Own || d.ID == "person-name" {
			words = append(words, d.ID)
			terms += d.Terms
		} else {
			codes = append(codes, d.ID)
			expressions = append(expressions, regexp.MustCompile(d.Pattern))
		}
	}
	keywords := madeUpTerms(max(0, benchTerms-terms))
	b.Run("sealpost", func(b *testing.B) { benchScan(b, text, detect.Options{Only: codes}) })
	b.Run("dictionaries", func(b *testing.B) { benchScan(b, text, detect.Options{Only: words, Keywords: keywords}) })
	b.Run("everything", func(b *testing.B) { benchScan(b, text, detect.Options{Keywords: keywords}) })
	b.Run("regexp", func(b *testing.B) {
		sample := text[:1<<20]
		b.SetBytes(int64(len(sample)))
		for b.Loop() {
			for _, x := range expressions {
				x.FindAllIndex(sample, -1)
			}
		}
	})
	b.Run("memory", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			bytes.Count(text, []byte{'@'})
		}
	})
}

func benchScan(b *testing.B, text []byte, opts detect.Options) {
	e, err := detect.New(opts)
	if err != nil {
		b.Fatal(err)
	}
	s := e.Scanner()
	s.Use(testNow, maphash.MakeSeed())
	b.SetBytes(int64(len(text)))
	start := processorTime(b)
	for b.Loop() {
		s.Reset()
		_, _ = s.Write(text)
		s.Close()
	}
	// Other work on the machine counts less in this one.
	b.ReportMetric(float64(len(text))*float64(b.N)/1e6/(processorTime(b)-start).Seconds(), "MB/cpu-s")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// madeUpTerms are n different terms as long as names of diseases and
// medicines, one to three words each.
func madeUpTerms(n int) []string {
	r := rand.New(rand.NewPCG(7, 8))
	syllables := strings.Fields("al ben cor dex ep flu gly hy in jo ket lam met nor ox pra que ri sul tam uro val xan yt zol mab pine statin pril sartan itis osis emia algia pathy tropin cillin mycin")
	terms := make([]string, n)
	for i := range terms {
		var words []string
		for range 1 + r.IntN(3) {
			word := ""
			for range 2 + r.IntN(3) {
				word += syllables[r.IntN(len(syllables))]
			}
			words = append(words, word)
		}
		terms[i] = fmt.Sprint(strings.Join(words, " "))
	}
	return terms
}
