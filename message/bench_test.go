package message

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seeds returns the mails in testdata.
func seeds(t testing.TB) [][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/*/*.eml")
	if err != nil || len(names) == 0 {
		t.Fatal("no mails", err)
	}
	var all [][]byte
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// mailOf returns an ordinary mail of about a size: headers, a text with an
// HTML alternative, and the rest as an attachment in base64.
func mailOf(size int) []byte {
	received := strings.Repeat("Received: from a.example.com (a.example.com [192.0.2.1])\r\n\tby b.example.net (Postfix) with ESMTPS id 4XyZ;\r\n\tSun, 22 Nov 2026 00:00:00 +0000 (UTC)\r\n", 4)
	head := received + "From: =?utf-8?Q?J=C3=BCrgen?= <a@example.com>\r\nTo: b@example.net\r\nSubject: Report\r\nDate: Sun, 22 Nov 2026 00:00:00 +0000\r\n" +
		"Message-ID: <1@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_outer\"\r\n\r\n" +
		"--=_outer\r\nContent-Type: multipart/alternative; boundary=\"=_inner\"\r\n\r\n"
	text := strings.Repeat("The quarterly report is attached, as we said last week.\r\n", 30)
	body := "--=_inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text +
		"--=_inner\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + text + "--=_inner--\r\n" +
		"--=_outer\r\nContent-Type: application/pdf; name=report.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	line := strings.Repeat("JVBERi0x", 9) + "abcd\r\n"
	rest := max(0, size-len(head)-len(body)-14)
	return []byte(head + body + strings.Repeat(line, rest/len(line)) + "--=_outer--\r\n")
}

func sizes() map[string]int { return map[string]int{"10KB": 10 << 10, "1MB": 1 << 20} }

func BenchmarkRead(b *testing.B) {
	for name, size := range sizes() {
		b.Run(name, func(b *testing.B) {
			mail := mailOf(size)
			m := &Message{Content: filled(b, NewSpool(1<<30, 1<<30), mail)}
			b.SetBytes(int64(len(mail)))
			b.ReportAllocs()
			for b.Loop() {
				if err := m.Read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReadDecode reads a mail and decodes every part of it.
func BenchmarkReadDecode(b *testing.B) {
	for name, mail := range decodeMails() {
		b.Run(name, func(b *testing.B) {
			m := &Message{Content: filled(b, NewSpool(1<<30, 1<<30), mail)}
			b.SetBytes(int64(len(mail)))
			b.ReportAllocs()
			for b.Loop() {
				readAndDecode(b, m)
			}
		})
	}
}

// BenchmarkMemory passes over the same bytes once, for comparison.
func BenchmarkMemory(b *testing.B) {
	mail := mailOf(1 << 20)
	b.SetBytes(int64(len(mail)))
	for b.Loop() {
		bytes.Count(mail, []byte{'\n'})
	}
}

// decodeMails are mails of 1 MB of which nearly all is of one kind, and one
// that has a third of each.
func decodeMails() map[string][]byte {
	text := "Der Bericht liegt bei, wie vorige Woche besprochen; f\u00fcr R\u00fcckfragen 0123 456.\r\n"
	quoted := "<p style=3D\"margin:0\">The report is attached, as we said last week, and=\r\n so on.</p>\r\n"
	coded := strings.Repeat("UmVwb3J0", 9) + "IGlz\r\n"
	part := func(header, line string, size int) string {
		return "--m\r\n" + header + "\r\n\r\n" + strings.Repeat(line, size/len(line)) + "\r\n"
	}
	plain := func(size int) string { return part("Content-Type: text/plain; charset=utf-8", text, size) }
	qp := func(size int) string {
		return part("Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable", quoted, size)
	}
	b64 := func(size int) string {
		return part("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64", coded, size)
	}
	mail := func(parts ...string) []byte {
		return []byte("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n" + strings.Join(parts, "") + "--m--\r\n")
	}
	const mb = 1 << 20
	return map[string][]byte{"plain": mail(plain(mb)), "quoted-printable": mail(qp(mb)), "base64": mail(b64(mb)),
		"mixed": mail(plain(mb/3), qp(mb/3), b64(mb/3)), "10KB": mailOf(10 << 10)}
}

func readAndDecode(tb testing.TB, m *Message) {
	if err := m.Read(); err != nil {
		tb.Fatal(err)
	}
	buf := make([]byte, 32<<10)
	m.Root.WalkAll(func(p *Part) {
		if !p.Leaf() {
			return
		}
		for r := p.Text(); ; {
			if _, err := r.Read(buf); err == io.EOF {
				return
			} else if err != nil {
				tb.Fatal(err)
			}
		}
	})
}

// BenchmarkWhole is a message's whole life here: written, read, every part
// decoded, closed.
func BenchmarkWhole(b *testing.B) {
	for name, size := range sizes() {
		b.Run(name, func(b *testing.B) {
			mail := mailOf(size)
			s := NewSpool(1<<30, 1<<30)
			b.SetBytes(int64(len(mail)))
			b.ReportAllocs()
			for b.Loop() {
				c, _ := s.New()
				for rest := mail; len(rest) > 0; {
					n, err := c.Write(rest[:min(len(rest), 65535)])
					if err != nil {
						b.Fatal(err)
					}
					rest = rest[n:]
				}
				m := &Message{Content: c}
				readAndDecode(b, m)
				m.Close()
			}
		})
	}
}

// BenchmarkHundred writes 100 contents of 25 MB at once and reports by how
// much the heap grew.
func BenchmarkHundred(b *testing.B) {
	const contents, size = 100, 25 << 20
	b.SetBytes(contents * size)
	var peak uint64
	for b.Loop() {
		peak = max(peak, heapPeak(b, contents, size))
	}
	b.ReportMetric(float64(peak)/(1<<20), "MB-heap")
}
