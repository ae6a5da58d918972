package message

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what the cases in testdata expect")

// spool is for tests that don't look at what it takes: its buffers go from one
// to the next.
var spool = NewSpool(1<<30, 1<<30)

// readMessage returns a message with these bytes, read. It is closed when the
// test ends.
func readMessage(t testing.TB, b []byte) *Message {
	t.Helper()
	m := &Message{Content: filled(t, spool, b)}
	t.Cleanup(func() { m.Close() })
	if err := m.Read(); err != nil {
		t.Fatal(err)
	}
	return m
}

// cases calls f with each testdata/CLASS/NAME.eml.
func cases(t *testing.T, f func(t *testing.T, class, name string, mail []byte)) {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.eml")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(file, ".eml")
		t.Run(strings.TrimPrefix(name, "testdata/"), func(t *testing.T) {
			mail, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f(t, filepath.Base(filepath.Dir(file)), name, mail)
		})
	}
}

// Every mail in testdata is read as its .want file says: the tree, what each
// part is called, where it lies, what it decodes to, what is wrong with it, and
// how it may be read otherwise.
func TestRead(t *testing.T) {
	cases(t, func(t *testing.T, _, name string, mail []byte) {
		m := readMessage(t, mail)
		checkTree(t, m, mail)
		got := describe(t, m)
		wantFile := name + ".want"
		if *update {
			if err := os.WriteFile(wantFile, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(wantFile)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Error(d)
		}
	})
}

// marker stands where only some programs see it, in every mail of a class but
// the ordinary ones.
const marker = "SECRET-MARKER"

// Whatever a class hides stands in the text, name or header of some reading,
// and the message says that it is ambiguous or not read in full. Ordinary
// mails that look similar say neither.
func TestNothingIsHidden(t *testing.T) {
	cases(t, func(t *testing.T, class, name string, mail []byte) {
		if class == "general" {
			return
		}
		m := readMessage(t, mail)
		doubtful, seen := "", false
		m.Root.WalkAll(func(p *Part) {
			for _, x := range p.Problems {
				if Ambiguous(x.Code) || Incomplete(x.Code) {
					doubtful += " " + p.Path + ":" + x.Code
				}
			}
			seen = seen || strings.Contains(allText(t, p), marker)
		})
		switch {
		case strings.HasPrefix(filepath.Base(name), "ordinary"):
			if doubtful != "" {
				t.Errorf("an ordinary mail is doubtful:%s", doubtful)
			}
		case !seen:
			t.Error("what is hidden stands in no reading")
		case doubtful == "" && !strings.HasPrefix(filepath.Base(name), "same-"):
			t.Error("nothing is doubtful")
		}
	})
}

// allText returns everything that is to be read of one part.
func allText(t *testing.T, p *Part) string {
	t.Helper()
	var s strings.Builder
	for _, f := range p.Header {
		s.WriteString(f.Text() + "\n")
	}
	s.WriteString(strings.Join(p.Names, "\n"))
	readers := []io.Reader{p.Preamble.Open(p.Source), p.Epilogue.Open(p.Source)}
	if p.Leaf() {
		readers = append(readers, p.Text())
	}
	text, err := io.ReadAll(io.MultiReader(readers...))
	if err != nil {
		t.Fatal(err)
	}
	return s.String() + string(text)
}

// describe writes a message's tree down for people.
func describe(t *testing.T, m *Message) string {
	t.Helper()
	var s strings.Builder
	fmt.Fprintf(&s, "size %d, body at %d\n", m.Content.Size(), m.BodyStart)
	m.Root.WalkAll(func(p *Part) {
		fmt.Fprintf(&s, "\n%s %s", p.Path, p.Type)
		for _, k := range slices.Sorted(maps.Keys(p.Params)) {
			fmt.Fprintf(&s, " %s=%q", k, p.Params[k])
		}
		fmt.Fprintf(&s, "\n  %s, body %d-%d", p.Encoding, p.Start, p.End)
		if p.Reading != "" {
			fmt.Fprintf(&s, ", reading %s", p.Reading)
		}
		if p.Source != m.Content {
			fmt.Fprintf(&s, " of %d decoded", p.Source.Size())
		}
		if p.Disposition != "" || p.Name != "" {
			fmt.Fprintf(&s, ", %s %q", p.Disposition, p.Names)
		}
		if p.Preamble.End > p.Preamble.Start {
			fmt.Fprintf(&s, ", preamble %d-%d", p.Preamble.Start, p.Preamble.End)
		}
		if p.Epilogue.End > p.Epilogue.Start {
			fmt.Fprintf(&s, ", epilogue %d-%d", p.Epilogue.Start, p.Epilogue.End)
		}
		s.WriteByte('\n')
		for _, f := range p.Header {
			fmt.Fprintf(&s, "  %s: %q\n", f.Name, f.Text())
		}
		if p.Leaf() {
			text, err := io.ReadAll(p.Text())
			if err != nil {
				t.Error(err)
			}
			fmt.Fprintf(&s, "  text %.200q\n", text)
		}
		for _, x := range p.Problems {
			fmt.Fprintf(&s, "  ! %s%s\n", x.Code, map[bool]string{true: " (ambiguous)"}[Ambiguous(x.Code)])
		}
	})
	return s.String()
}

// checkTree checks what holds for every message.
func checkTree(t *testing.T, m *Message, mail []byte) {
	t.Helper()
	all, err := io.ReadAll(io.MultiReader(Span{0, m.BodyStart}.Open(m.Content), m.Body()))
	if err != nil || !bytes.Equal(all, mail) {
		t.Error("header and body together are not the message", err)
	}
	if len(m.Header) != len(m.Root.Header) || len(m.Header) > 0 && &m.Header[0] != &m.Root.Header[0] {
		t.Error("the message's header is not its root's")
	}
	parts := 0
	m.Root.WalkAll(func(p *Part) {
		parts++
		if len(p.Path) > 0 && strings.Count(p.Path, ".") >= maxDepth {
			t.Errorf("%s is too deep", p.Path)
		}
		all := mail
		if p.Source != m.Content {
			if all, err = io.ReadAll(p.Source.Reader()); err != nil {
				t.Fatal(err)
			}
		}
		checkPart(t, p, all)
	})
	if parts > maxParts+2*maxReadings {
		t.Errorf("%d parts", parts)
	}
	if p := m.Root; p.HeaderStart != 0 || p.End != m.Content.Size() {
		t.Errorf("the root is %d-%d", p.HeaderStart, p.End)
	}
}

// checkPart checks what holds for every part in every reading.
func checkPart(t *testing.T, p *Part, all []byte) {
	t.Helper()
	inside(t, p, "whole", p.whole(), Span{0, int64(len(all))})
	inside(t, p, "body", p.body(), p.whole())
	inside(t, p, "preamble", p.Preamble, p.body())
	inside(t, p, "epilogue", p.Epilogue, p.body())
	at := p.Start
	for _, child := range p.Parts {
		if child.Source != p.Source {
			continue // decoded
		}
		if child.HeaderStart < at {
			t.Errorf("%s begins before what is before it ends", child.Path)
		}
		at = child.End
		inside(t, p, child.Path, child.whole(), p.body())
	}
	checkHeader(t, p, all)
	if !strings.Contains(p.Path, "~") {
		checkCover(t, p, all)
	}
}

// checkCover checks that between the pieces of a multipart there is nothing
// but boundary lines and headers.
func checkCover(t *testing.T, p *Part, mail []byte) {
	t.Helper()
	switch {
	case p.enclosesMessage() && len(p.Parts) == 1 && p.Parts[0].Source == p.Source:
		if child := p.Parts[0]; child.whole() != p.body() {
			t.Errorf("%s: the message in it is %v of %v", p.Path, child.whole(), p.body())
		}
		return
	case !p.Multipart() || p.Params["boundary"] == "" || p.Has(TooDeep) || p.Has(HeaderNotEnded):
		return
	}
	line := "--" + p.Params["boundary"]
	gap := func(from, to int64) {
		b := bytes.TrimPrefix(bytes.TrimPrefix(mail[from:to], []byte("\r")), []byte("\n"))
		if !bytes.HasPrefix(b, []byte(line)) {
			t.Errorf("%s: at %d there is %.60q", p.Path, from, b)
		}
	}
	at := p.Preamble.End
	for _, child := range p.Parts {
		gap(at, child.HeaderStart)
		if n := bytes.Count(mail[at:child.HeaderStart], []byte{'\n'}); n > 2 {
			t.Errorf("%s: %d lines are lost before part %s", p.Path, n, child.Path)
		}
		at = child.End
	}
	if p.Epilogue != (Span{}) {
		gap(at, p.Epilogue.Start)
		if n := bytes.Count(mail[at:p.Epilogue.Start], []byte{'\n'}); n > 2 {
			t.Errorf("%s: %d lines are lost before the epilogue", p.Path, n)
		}
		at = p.Epilogue.End
	}
	if at != p.End {
		t.Errorf("%s: it ends at %d, its pieces at %d", p.Path, p.End, at)
	}
}

func inside(t *testing.T, p *Part, what string, in, out Span) {
	t.Helper()
	if in == (Span{}) {
		return
	}
	if in.Start > in.End || in.Start < out.Start || in.End > out.End {
		t.Errorf("%s: %s %v is not inside %v", p.Path, what, in, out)
	}
}

// checkHeader checks that a header's fields stand in the mail as they are.
func checkHeader(t *testing.T, p *Part, mail []byte) {
	t.Helper()
	size := 0
	if len(p.Header) == 0 {
		return
	}
	before := mail[p.HeaderStart:p.Start]
	for _, f := range slices.Backward(p.Header) {
		size += len(f.Raw)
		at := bytes.LastIndex(before, f.Raw)
		if at < 0 {
			t.Errorf("%s: field %q is not in the mail, or out of order", p.Path, f.Raw)
			return
		}
		before = before[:at]
		if !bytes.HasPrefix(f.Raw, []byte(f.Name)) || f.Name == "" {
			t.Errorf("%s: field %q is called %q", p.Path, f.Raw, f.Name)
		}
	}
	if len(p.Header) > maxFields || size > maxHeaderBytes {
		t.Errorf("%s: %d fields, %d bytes", p.Path, len(p.Header), size)
	}
}
