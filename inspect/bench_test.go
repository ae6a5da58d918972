package inspect

import (
	"context"
	"hash/maphash"
	"strings"
	"testing"
)

// HTML of mail: the text with tags around it.
func BenchmarkHTML(b *testing.B) {
	text := "<html><body><p>" + strings.ReplaceAll(string(mailText(1<<20)), "\r\n", `</p><p style="margin:0;font-family:Arial">`) + "</p></body></html>"
	in := testInspector(b, Options{})
	s := in.scanner(testNow, maphash.MakeSeed())
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Reset()
		_ = readHTML(strings.NewReader(text), s)
		s.Close()
	}
}

// A whole message of 10 KB, as Inspect sees it.
func BenchmarkInspect(b *testing.B) {
	in := testInspector(b, Options{})
	m := testMessage(b, append([]byte("Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\n\r\n"), mailText(10<<10)...))
	b.SetBytes(m.Content.Size())
	b.ReportAllocs()
	for b.Loop() {
		in.Inspect(context.Background(), m)
	}
}
