package message

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// codes returns the codes of all problems in a tree.
func codes(m *Message) map[string]int {
	all := map[string]int{}
	m.Root.Walk(func(p *Part) {
		for _, x := range p.Problems {
			all[x.Code]++
		}
	})
	return all
}

// mustHold reads a mail of which the rules for every tree must hold.
func mustHold(t *testing.T, mail string) *Message {
	t.Helper()
	m := readMessage(t, []byte(mail))
	checkTree(t, m, []byte(mail))
	return m
}

func TestTooManyParts(t *testing.T) {
	mail := "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n" +
		strings.Repeat("--m\r\n\r\nx\r\n", 3*maxParts) + "--m--\r\n"
	m := mustHold(t, mail)
	if n := len(m.Root.Parts); n != maxParts-1 {
		t.Fatalf("%d parts", n)
	}
	last := m.Root.Parts[maxParts-2]
	if !last.Has(TooManyParts) || last.End != int64(len(mail)) || last.Type != "application/octet-stream" {
		t.Errorf("the last part is %+v", last)
	}
	rest, _ := io.ReadAll(last.Open())
	if !strings.HasSuffix(mail, string(rest)) || strings.Count(string(rest), "--m\r\n") != 2*maxParts+1 {
		t.Errorf("the last part has %d bytes", len(rest))
	}
	// One fewer is fine.
	fits := "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n" +
		strings.Repeat("--m\r\n\r\nx\r\n", maxParts-2) + "--m--\r\n"
	if got := codes(mustHold(t, fits)); len(got) != 0 {
		t.Errorf("as many parts as allowed: %v", got)
	}
}

// Enclosed messages count too, and the limit may fall on one.
func TestTooManyMessages(t *testing.T) {
	for _, before := range []string{"", "--m\r\n\r\nx\r\n"} {
		mail := "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n" + before +
			strings.Repeat("--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ny\r\n", maxParts) + "--m--\r\n"
		if got := codes(mustHold(t, mail)); got[TooManyParts] != 1 || len(got) != 1 {
			t.Errorf("problems %v", got)
		}
	}
}

// Messages in messages are bounded too.
func TestTooDeepMessages(t *testing.T) {
	m := mustHold(t, strings.Repeat("MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\n", 100))
	if got := codes(m); got[TooDeep] != 1 {
		t.Errorf("problems %v", got)
	}
}

func TestHeaderLimits(t *testing.T) {
	line := "X: " + strings.Repeat("x", 990) + "\r\n"
	for _, tt := range []struct {
		name, header string
		fields       int
		tooBig       bool
	}{
		{"as many fields as allowed", strings.Repeat("A: 1\r\n", maxFields), maxFields, false},
		{"one more", strings.Repeat("A: 1\r\n", maxFields+1), maxFields, true},
		{"many bytes", strings.Repeat(line, 600), maxHeaderBytes / len(line), true},
		{"one long fold", "A: 1\r\nB: 2\r\n" + strings.Repeat(" "+line, 600) + "C: 3\r\n", 1, true},
		{"one long line", "A: 1\r\nB: " + strings.Repeat("x", 2*maxHeaderBytes) + "\r\nC: 3\r\n", 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mail := tt.header + "\r\nbody"
			m := mustHold(t, mail)
			if len(m.Header) != tt.fields || m.Root.Has(HeaderTooBig) != tt.tooBig {
				t.Errorf("%d fields, problems %v", len(m.Header), m.Root.Problems)
			}
			if m.BodyStart != int64(len(tt.header)+2) {
				t.Errorf("body at %d", m.BodyStart)
			}
		})
	}
}

// All headers together are bounded, however many parts there are.
func TestAllHeaders(t *testing.T) {
	part := "--m\r\nX: " + strings.Repeat("x", 100_000) + "\r\n\r\nbody\r\n"
	m := mustHold(t, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"+strings.Repeat(part, 50)+"--m--\r\n")
	size, tooBig := 0, 0
	m.Root.Walk(func(p *Part) {
		for _, f := range p.Header {
			size += len(f.Raw)
		}
		if p.Has(HeaderTooBig) {
			tooBig++
		}
	})
	if size > maxAllBytes || tooBig == 0 || len(m.Root.Parts) != 50 {
		t.Errorf("%d bytes, %d parts cut, %d parts", size, tooBig, len(m.Root.Parts))
	}
}

// Whatever there is a limit on, exceeding it is said, with a code that means
// that something was not read; up to the limit nothing is.
func TestLimitsAreSaid(t *testing.T) {
	const head = "MIME-Version: 1.0\r\n"
	mixed := func(boundary string) string {
		return "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n"
	}
	fields := func(parts, n int) string {
		part := "--m\r\n" + strings.Repeat("A: 1\r\n", n) + "\r\nx\r\n"
		return "Content-Type: multipart/mixed; boundary=m\r\n\r\n" + strings.Repeat(part, parts) + "--m--\r\n"
	}
	depth := func(n int) string {
		s := ""
		for i := range n {
			s += mixed(fmt.Sprintf("x%dx", i))
		}
		return s + "\r\nx\r\n"
	}
	params := func(n int) string {
		return "Content-Disposition: attachment" + strings.Repeat("; a=1", n-1) + "; filename=b.txt\r\n\r\nx\r\n"
	}
	names := func(n int) string {
		s := "Content-Disposition: attachment"
		for i := range n {
			s += fmt.Sprintf("; filename=n%d.txt", i)
		}
		return s + "\r\n\r\nx\r\n"
	}
	boundaries := func(n int) string {
		s := "Content-Type: multipart/mixed"
		for i := range n {
			s += fmt.Sprintf("; boundary=b%d", i)
		}
		return s + "\r\n\r\n--b0\r\n\r\nx\r\n--b0--\r\n"
	}
	blocks := func(n int) string { return "\r\n" + strings.Repeat("begin 644 x\r\n#0V%T\r\n", n) }
	preamble := func(n int) string {
		return "Content-Type: multipart/mixed; boundary=m\r\n\r\n" + strings.Repeat("Content-Type: text/plain\r\n\r\n", n) + "--m\r\n\r\nx\r\n--m--\r\n"
	}
	mails := func(n int) string {
		return "\r\n" + strings.Repeat(".\r\nMAIL FROM:<a>\r\nDATA\r\n\r\nx\r\n", n)
	}
	for _, tt := range []struct {
		what, code string
		limit      int
		mail       func(n int) string
	}{
		{"fields of a header", HeaderTooBig, maxFields - 1, func(n int) string { return strings.Repeat("A: 1\r\n", n) + "\r\nx" }},
		{"fields of all headers", HeaderTooBig, (maxAllFields - 2) / 1000, func(n int) string { return fields(n, 1000) }},
		{"parameters", HeaderTooBig, maxParams, params},
		{"depth", TooDeep, maxDepth - 1, depth},
		{"names", TooManyReadings, maxNames, names},
		{"boundaries", TooManyReadings, maxCandidates, boundaries},
		{"encoded blocks", TooManyReadings, maxNoted, blocks},
		{"parts in a preamble", TooManyReadings, maxNoted, preamble},
		{"smuggled mails", TooManyReadings, maxNoted, mails},
	} {
		for _, over := range []bool{false, true} {
			n := tt.limit
			if over {
				n++
			}
			said := false
			mustHold(t, head+tt.mail(n)).Root.WalkAll(func(p *Part) {
				said = said || !strings.Contains(p.Path, "~") && p.Has(tt.code)
			})
			if said != over || !Incomplete(tt.code) {
				t.Errorf("%s, %d: %s is said: %v", tt.what, n, tt.code, said)
			}
		}
	}
}

// A boundary or a line end that falls on the edge of the window is found.
func TestWindowEdges(t *testing.T) {
	head := "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\n"
	for _, fill := range []string{"x", "x\r\n", "\r\n"} {
		for off := -12; off <= 4; off++ {
			n := smallContent + off - len(head)
			text := strings.Repeat(fill, n/len(fill)) + strings.Repeat("y", n%len(fill))
			m := mustHold(t, head+text+"\r\n--m\r\n\r\nsecond\r\n--m--\r\n")
			if len(m.Root.Parts) != 2 {
				t.Fatalf("%q %+d: %d parts", fill, off, len(m.Root.Parts))
			}
			got, _ := io.ReadAll(m.Root.Parts[0].Open())
			if string(got) != text || m.Root.Parts[0].Has(BareCR) || m.Root.Parts[0].Has(BareLF) {
				t.Errorf("%q %+d: %d bytes of %d, problems %v", fill, off, len(got), len(text), m.Root.Parts[0].Problems)
			}
		}
	}
}

// A line longer than the window keeps its CR and LF together.
func TestLongLineEnds(t *testing.T) {
	for off := -3; off <= 3; off++ {
		text := strings.Repeat("x", smallContent+off)
		m := mustHold(t, "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\n"+text+"\r\n--m--\r\n")
		p := m.Root.Parts[0]
		if p.Has(BareCR) || p.Has(BareLF) || p.End-p.Start != int64(len(text)) {
			t.Errorf("%+d: %d bytes, problems %v", off, p.End-p.Start, p.Problems)
		}
	}
}

// A large message is read with little heap, also one that is a single line.
func TestReadHeap(t *testing.T) {
	head := "MIME-Version: 1.0\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	for name, line := range map[string]string{"lines": strings.Repeat("A", 76) + "\r\n", "one line": strings.Repeat("A", 76)} {
		c, _ := NewSpool(1<<30, 1<<30).New()
		defer c.Close()
		io.WriteString(c, head)
		for chunk := []byte(strings.Repeat(line, 1<<20/len(line))); c.Size() < 50<<20; {
			c.Write(chunk)
		}
		m := &Message{Content: c}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := m.Read(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, m.Root.Open()); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
			t.Errorf("%s: %d KB allocated", name, got>>10)
		}
	}
}

// An error of the content, and nothing else, is an error of Read.
func TestReadError(t *testing.T) {
	m := readMessage(t, []byte("A: 1\r\n\r\nbody"))
	m.Close()
	if err := m.Read(); err == nil {
		t.Error("a closed content can be read")
	}
	if _, err := m.WithHeader(nil, nil); err == nil {
		t.Error("a closed content can be edited")
	}
	if _, err := io.ReadAll(m.Root.Text()); err == nil {
		t.Error("a closed content has a text")
	}
}

// What takes long in other readers takes a moment here: nested comments,
// encoded words that never end, thousands of parameters.
func TestHostileHeaders(t *testing.T) {
	for _, value := range []string{"(", "((", "()", "=?a?q?", "=?", ";a=", "; a*0=b", `"`, `\`, "=?a?q?=", "=?a?b?=3D?= "} {
		mail := fmt.Sprintf("MIME-Version: 1.0\r\nContent-Type: text/plain; name=%[1]s\r\nContent-Disposition: x; filename=\"%[1]s\"\r\nSubject: %[1]s\r\n\r\n",
			strings.Repeat(value, 100_000/len(value)))
		m := mustHold(t, mail)
		if s := m.Header.Text("Subject"); len(s) > len(mail) {
			t.Errorf("%q: %d bytes of text", value, len(s))
		}
	}
}

// Whatever the bytes, they are read in time in proportion to them, every byte
// lies somewhere, and every reading can be read to its end.
func FuzzRead(f *testing.F) {
	for _, mail := range seeds(f) {
		f.Add(mail)
	}
	f.Fuzz(func(t *testing.T, mail []byte) {
		m := readMessage(t, mail)
		checkTree(t, m, mail)
		checkWork(t, m)
		located, size := 0, int64(0)
		m.Root.WalkAll(func(p *Part) {
			for _, field := range p.Header {
				if s := field.Value(); strings.ContainsAny(s, "\r\n") {
					t.Errorf("%q has line ends", s)
				}
				field.Text()
			}
			raw, err := io.ReadAll(p.Raw())
			if err != nil || int64(len(raw)) != p.End-p.Start {
				t.Errorf("%s: raw bytes differ, %v", p.Path, err)
			}
			if p.Source == m.Content && !bytes.Equal(raw, mail[p.Start:p.End]) {
				t.Errorf("%s: raw bytes differ", p.Path)
			}
			text, err := io.ReadAll(p.Text())
			if err != nil || len(text) > 6*len(raw)+16 {
				t.Errorf("%s: %d bytes of text out of %d, %v", p.Path, len(text), len(raw), err)
			}
			if p.Reading != "" && p.Leaf() {
				size += int64(len(raw))
			}
			if located++; located <= 10 {
				checkLocate(t, p)
			}
		})
		if limit := int64(2*readingFactor*len(mail) + 2*readingFree); size > limit {
			t.Errorf("%d bytes of readings of a mail of %d", size, len(mail))
		}
		checkEdit(t, m, mail)
	})
}

// checkWork checks how many bytes went through a reader or came out of one.
func checkWork(t *testing.T, m *Message) {
	t.Helper()
	if limit := (readingFactor+derivedFactor+2)*m.Content.Size() + 2*readingFree; m.work > limit {
		t.Errorf("%d bytes were read of %d", m.work, m.Content.Size())
	}
	var decoded int64
	for _, c := range m.decoded {
		decoded += c.Size()
	}
	if limit := derivedFactor*m.Content.Size() + readingFree; decoded > limit {
		t.Errorf("%d bytes were decoded of %d", decoded, m.Content.Size())
	}
}

// checkEdit checks that an inserted field comes back as the first of its name,
// that deleting it brings back the message, and nothing else changes.
func checkEdit(t *testing.T, m *Message, mail []byte) {
	t.Helper()
	edited := func(m *Message, remove []HeaderRef, insert []HeaderField) *Message {
		r, err := m.WithHeader(remove, insert)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return readMessage(t, b)
	}
	const name = "X-Fuzz-Mark"
	if m.Header.Get(name) != "" || m.Root.Has(HeaderTooBig) {
		return
	}
	with := edited(m, nil, []HeaderField{{name, "here"}})
	if got := with.Header.Get(name); got != "here" {
		t.Errorf("the inserted field is %q", got)
	}
	added := int64(len(name) + len(": here\r\n"))
	grown := with.Content.Size() - int64(len(mail)) - added
	if grown < 0 || grown > 4 || grown > 0 && len(m.Header) > 0 {
		t.Errorf("%d bytes more", grown)
	}
	back := edited(with, []HeaderRef{{name, 1}}, nil)
	b, _ := io.ReadAll(back.Content.Reader())
	if grown == 0 && !bytes.Equal(b, mail) {
		t.Errorf("deleted again, it is %q", b)
	}
}
