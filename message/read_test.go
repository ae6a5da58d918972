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

// readMessage returns a message with these bytes, read.
func readMessage(t testing.TB, b []byte) *Message {
	t.Helper()
	m := &Message{Content: filled(t, NewSpool(1<<30, 1<<30), b)}
	if err := m.Read(); err != nil {
		t.Fatal(err)
	}
	return m
}

// Every mail in testdata is read as its .want file says: the tree, what each
// part is called, where it lies, what it decodes to, and what is wrong with
// it.
func TestRead(t *testing.T) {
	mails, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(mails) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range mails {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".eml"), func(t *testing.T) {
			mail, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			m := readMessage(t, mail)
			checkTree(t, m, mail)
			got := describe(t, m)
			wantFile := strings.TrimSuffix(name, ".eml") + ".want"
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
}

// describe writes a message's tree down for people.
func describe(t *testing.T, m *Message) string {
	t.Helper()
	var s strings.Builder
	fmt.Fprintf(&s, "size %d, body at %d\n", m.Content.Size(), m.BodyStart)
	m.Root.Walk(func(p *Part) {
		fmt.Fprintf(&s, "\n%s %s", p.Path, p.Type)
		for _, k := range slices.Sorted(maps.Keys(p.Params)) {
			fmt.Fprintf(&s, " %s=%q", k, p.Params[k])
		}
		fmt.Fprintf(&s, "\n  %s, body %d-%d", p.Encoding, p.Start, p.End)
		if p.Disposition != "" || p.Name != "" {
			fmt.Fprintf(&s, ", %s %q", p.Disposition, p.Name)
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
			text, err := io.ReadAll(p.Text(m.Content))
			if err != nil {
				t.Error(err)
			}
			fmt.Fprintf(&s, "  text %.200q\n", text)
		}
		for _, x := range p.Problems {
			fmt.Fprintf(&s, "  ! %s: %s\n", x.Code, x.Text)
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
	var check func(p *Part, depth int)
	check = func(p *Part, depth int) {
		parts++
		if depth > maxDepth {
			t.Errorf("%s: depth %d", p.Path, depth)
		}
		inside(t, p, "body", Span{p.Start, p.End}, Span{0, m.Content.Size()})
		inside(t, p, "preamble", p.Preamble, Span{p.Start, p.End})
		inside(t, p, "epilogue", p.Epilogue, Span{p.Start, p.End})
		at := p.Start
		for _, child := range p.Parts {
			if child.Start < at {
				t.Errorf("%s begins before what is before it ends", child.Path)
			}
			at = child.End
			inside(t, child, "body", Span{child.Start, child.End}, Span{p.Start, p.End})
			check(child, depth+1)
		}
		checkHeader(t, p, mail)
		checkCover(t, p, mail)
	}
	check(m.Root, 1)
	if parts > maxParts {
		t.Errorf("%d parts", parts)
	}
}

// checkCover checks that between the pieces of a multipart there is nothing
// but boundary lines and headers.
func checkCover(t *testing.T, p *Part, mail []byte) {
	t.Helper()
	if !p.Multipart() || p.Params["boundary"] == "" || p.Has(TooDeep) || p.Has(HeaderNotEnded) {
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
		gap(at, child.Start)
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
	before := mail[:p.Start]
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
