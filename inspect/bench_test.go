package inspect

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/message"
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

// The whole way of a message of 10 KB: taken in, parsed, decoded, read, looked
// through and closed.
func BenchmarkWhole(b *testing.B) {
	for name, raw := range wholeMails() {
		b.Run(name, func(b *testing.B) {
			in := testInspector(b, Options{})
			spool := message.NewSpool(1<<30, 1<<30)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			start := processorTime(b)
			for b.Loop() {
				c, err := spool.New()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := c.Write(raw); err != nil {
					b.Fatal(err)
				}
				m := &message.Message{ID: "x", Content: c}
				if err := m.Read(); err != nil {
					b.Fatal(err)
				}
				if r := in.Inspect(context.Background(), m, nil); r.Scanned != Full {
					b.Fatal(r.Problems)
				}
				_ = m.Close()
			}
			b.ReportMetric(float64(len(raw))*float64(b.N)/1e6/(processorTime(b)-start).Seconds(), "MB/cpu-s")
		})
	}
}

// wholeMails are ordinary mails of 10 KB: text alone, text beside its HTML, and
// text with a text attached in base64.
func wholeMails() map[string][]byte {
	const head = "From: Alice <alice@a.example>\r\nTo: Bob <bob@b.example>\r\nSubject: Your order\r\nMIME-Version: 1.0\r\n"
	text := bytes.ToValidUTF8(mailLike(10<<10), nil)
	half := bytes.ToValidUTF8(text[:4<<10], nil)
	var html strings.Builder
	for line := range strings.Lines(string(half)) {
		html.WriteString("<p class=\"MsoNormal\">" + strings.ReplaceAll(strings.TrimSpace(line), "<", "&lt;") + "</p>\r\n")
	}
	plain := "Content-Type: text/plain; charset=utf-8\r\n\r\n"
	return map[string][]byte{
		"text": []byte(head + plain + string(text)),
		"alternative": []byte(head + "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n" + plain + string(half) +
			"\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html><body>" + html.String() + "</body></html>\r\n--b--\r\n"),
		"attached": []byte(head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + plain + string(half) +
			"\r\n--b\r\nContent-Type: text/plain; name=a.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(half) + "\r\n--b--\r\n"),
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
