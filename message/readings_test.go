package message

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Every code is described, once, and some mail in testdata has it.
func TestDeviations(t *testing.T) {
	there := map[string]bool{TooManyParts: true, TooManyReadings: true, HeaderTooBig: true, LineTooLong: true} // see their own tests
	files, _ := filepath.Glob("testdata/*/*.want")
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(want)) {
			if code, ok := strings.CutPrefix(line, "  ! "); ok {
				there[strings.Fields(code)[0]] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, d := range Deviations() {
		if seen[d.Code] || d.Text == "" || strings.Trim(d.Code, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%+v", d)
		}
		seen[d.Code] = true
		if !there[d.Code] {
			t.Errorf("no mail has %s", d.Code)
		}
		if Ambiguous(d.Code) != d.Ambiguous || Incomplete(d.Code) != d.Incomplete {
			t.Errorf("%s is said to be something else", d.Code)
		}
	}
	if Ambiguous("none") || Incomplete("none") {
		t.Error("a code that isn't ours means something")
	}
}

// Each class has at least two mails that hide something, and an ordinary one
// that looks similar.
func TestClassesAreCovered(t *testing.T) {
	classes, _ := filepath.Glob("testdata/*")
	for _, class := range classes {
		if name := filepath.Base(class); name == "general" || name == "fuzz" || name[0] == 46 {
			continue
		}
		all, _ := filepath.Glob(class + "/*.eml")
		ordinary, _ := filepath.Glob(class + "/ordinary*.eml")
		if len(all)-len(ordinary) < 2 || len(ordinary) == 0 {
			t.Errorf("%s: %d mails, %d of them ordinary", class, len(all), len(ordinary))
		}
	}
}

// hostile are mails that ask for more readings than there may be.
func hostile() map[string]string {
	const head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
	part := "--m\r\nContent-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=a; boundary=b; boundary=c\r\n" +
		"Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" +
		"--a\r\n\r\nx\r\n--b\r\n\r\ny\r\n--c\r\n\r\nz\r\n"
	nested := ""
	for i := range 14 {
		nested += fmt.Sprintf("Content-Type: text/plain\r\nX: a\x00b\rc\r\n \r\nContent-Type: multipart/mixed; boundary=x%d; boundary=y%d\r\n\r\n--y%d\r\n", i, i, i)
	}
	boundaries := "MIME-Version: 1.0\r\nContent-Type: multipart/mixed"
	for i := range 500 {
		boundaries += fmt.Sprintf(";\r\n boundary=b%d", i)
	}
	return map[string]string{
		"many doubtful parts": head + strings.Repeat(part, 1000) + "--m--\r\n",
		"nested":              "MIME-Version: 1.0\r\n" + nested + strings.Repeat("text\r\n", 4_000),
		"many boundaries":     boundaries + "\r\n\r\n" + strings.Repeat("--b1\r\n\r\nx\r\n", 1000),
		"many blocks":         "MIME-Version: 1.0\r\n\r\n" + strings.Repeat("begin 644 x\r\n", 20_000),
		"many mails":          "MIME-Version: 1.0\r\n\r\n" + strings.Repeat("\n.\r\nMAIL FROM:<a>\r\nDATA\r\n", 5000),
		"many openings":       head + "--m\r\nContent-Type: multipart/mixed\r\n\r\n" + strings.Repeat("--a\r\n\r\n--b\r\n\r\n", 5000),
		"hidden parts":        head + strings.Repeat("Content-Type: multipart/mixed; boundary=m\r\n\r\n", 3000),
		"lone CRs":            head + strings.Repeat("x\r--m\r\r", 3_000),
		"NULs":                "Content-Type: multipart/mixed; boundary=m\x00\r\n\r\n" + strings.Repeat("\x00--m\x00\x00", 3_000),
		"BinHex bomb":         "Content-Transfer-Encoding: binhex\r\n\r\n(This file must be converted with BinHex 4.0)\r\n:" + strings.Repeat("!N\"q3", 20_000) + ":\r\n",
		"encoded in encoded":  encodedMessages(20),
	}
}

// encodedMessages returns messages in messages, each in base64.
func encodedMessages(depth int) string {
	mail := "Subject: x\r\n\r\ny\r\n"
	for range depth {
		mail = "MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte(mail)) + "\r\n"
	}
	return mail
}

// However many readings a mail asks for, what is done for it stays in
// proportion to its size, and what was left out is said.
func TestReadingsAreBounded(t *testing.T) {
	for name, mail := range hostile() {
		t.Run(name, func(t *testing.T) {
			m := mustHold(t, mail)
			checkWork(t, m)
			found := codes(m)
			all := 0
			m.Root.WalkAll(func(p *Part) {
				all++
				for _, x := range p.Problems {
					found[x.Code]++
				}
			})
			if all > 2*maxParts {
				t.Errorf("%d parts in all readings", all)
			}
			doubtful := false
			for code := range found {
				doubtful = doubtful || Ambiguous(code) || Incomplete(code)
			}
			if !doubtful {
				t.Errorf("nothing is said: %v", found)
			}
			if name == "many doubtful parts" && found[TooManyReadings] == 0 {
				t.Errorf("no reading is left out: %v", found)
			}
			before, _ := m.Content.spool.Usage()
			if before > 1<<20+(derivedFactor+2)*m.Content.Size() {
				t.Errorf("%d bytes in the spool", before)
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
			if used, n := m.Content.spool.Usage(); used != 0 || n != 0 {
				t.Errorf("after Close: %d bytes, %d contents", used, n)
			}
		})
	}
}

// The work grows with the size and not faster: twice the mail is at most twice
// the bytes read, and what every message may have.
func TestWorkIsLinear(t *testing.T) {
	const head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m; boundary=n\r\n\r\n"
	for _, line := range []string{"--m\r\n\r\nx\r\n", "--n\r\n\r\nx\r\n", " --M\r\n", "x\r--m\r", "Content-Type: x\r\n", "\n.\r\nMAIL FROM:\r\n", "=\r\n", "QUJD=\r\n", strings.Repeat("-", 80) + "\r\n", "begin 644 x\r\n"} {
		work := func(n int) int64 { return readMessage(t, []byte(head+strings.Repeat(line, n))).work }
		once, twice := work(4_000), work(8_000)
		if twice > 2*once+int64(len(head))+readingFree/4 {
			t.Errorf("%.20q: %d bytes, then %d", line, once, twice)
		}
	}
}

// An ordinary mail is read once.
func TestOrdinaryMailIsReadOnce(t *testing.T) {
	mail := mailOf(1 << 20)
	m := readMessage(t, mail)
	if m.work != int64(len(mail)) || len(m.decoded) != 0 || len(m.Root.Also) != 0 {
		t.Errorf("%d bytes read of %d, %d contents", m.work, len(mail), len(m.decoded))
	}
}

// Reading can be stopped, in the usual reading and in all others, and leaves
// nothing behind.
func TestReadContext(t *testing.T) {
	for name, mail := range hostile() {
		for _, windows := range []int{0, 1, 3, 9, 27} {
			m := &Message{Content: filled(t, NewSpool(1<<30, 1<<30), []byte(mail))}
			err := m.ReadContext(&countdown{Context: t.Context(), left: windows})
			if err != nil && !errors.Is(err, context.DeadlineExceeded) || err == nil && windows == 0 {
				t.Errorf("%s, %d: %v", name, windows, err)
			}
			if err != nil && (m.Root != nil || len(m.decoded) != 0) {
				t.Errorf("%s, %d: something is left of it", name, windows)
			}
		}
	}
}

// countdown is a context that ends when it was asked so often.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// Where the spool is full, Read says so, and goes through when there is room.
func TestNoRoomForReadings(t *testing.T) {
	mail := []byte("MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte("Subject: x\r\n\r\n"+strings.Repeat("y", 1000))))
	s := NewSpool(1<<20, int64(len(mail))+500)
	m := &Message{Content: filled(t, s, mail)}
	if err := m.Read(); !errors.Is(err, ErrSpoolFull) {
		t.Fatalf("a full spool: %v", err)
	}
	if used, n := s.Usage(); used != int64(len(mail)) || n != 1 {
		t.Errorf("%d bytes, %d contents are left", used, n)
	}
	s.budget = 1 << 20
	if err := m.Read(); err != nil || m.Root.Leaf() {
		t.Errorf("with room: %v", err)
	}
}

// A message as large as one may be is read, and says what there was no room
// for.
func TestReadingsOfTheLargestMessage(t *testing.T) {
	mail := "MIME-Version: 1.0\r\nX: a\rb\r\n\r\n" + strings.Repeat("\r", 10_000)
	s := NewSpool(int64(len(mail)), 1<<20)
	m := &Message{Content: filled(t, s, []byte(mail))}
	if err := m.Read(); err != nil || !m.Root.Has(TooManyReadings) {
		t.Errorf("%v, %v", err, m.Root.Problems)
	}
}

// Readings of a large message take a fixed amount of heap.
func TestReadingsHeap(t *testing.T) {
	c, _ := NewSpool(1<<30, 1<<30).New()
	m := &Message{Content: c}
	defer m.Close()
	io.WriteString(c, "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	for chunk := []byte(strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", 10_000)); c.Size() < 20<<20; {
		c.Write(chunk)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := m.Read(); err != nil {
		t.Fatal(err)
	}
	m.Root.WalkAll(func(p *Part) {
		if _, err := io.Copy(io.Discard, p.Text()); err != nil {
			t.Error(err)
		}
	})
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
		t.Errorf("%d KB allocated", got>>10)
	}
}

// The readings of a part are numbered, say why they are there, and lie in it.
func TestReadingsAreNamed(t *testing.T) {
	cases(t, func(t *testing.T, _, _ string, mail []byte) {
		m := readMessage(t, mail)
		paths := map[string]bool{}
		m.Root.WalkAll(func(p *Part) {
			if paths[p.Path] {
				t.Errorf("two parts are called %s", p.Path)
			}
			paths[p.Path] = true
			for i, other := range p.Also {
				if other.Path != fmt.Sprintf("%s~%d", p.Path, i+1) {
					t.Errorf("reading %d of %s is called %s", i+1, p.Path, other.Path)
				}
				_, known := deviation(other.Reading)
				if !known && other.Reading != ReadingRaw && other.Reading != ReadingRuns {
					t.Errorf("%s is a reading for %q", other.Path, other.Reading)
				}
				if !slices.Contains([]*Content{m.Content}, other.Source) && !slices.Contains(m.decoded, other.Source) {
					t.Errorf("%s has a content that nobody closes", other.Path)
				}
			}
		})
	})
}
