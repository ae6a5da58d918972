package plugins

import (
	"bytes"
	"strings"
	"testing"
)

func feed(message string, step int) error {
	var f form
	for rest := []byte(message); len(rest) > 0; {
		n := min(step, len(rest))
		if err := f.feed(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return f.end()
}

func TestForm(t *testing.T) {
	from := "From: a@b.example\r\n"
	for _, c := range []struct {
		name, message string
		ok            bool
	}{
		{"plain", from + "\r\nx\r\n", true},
		{"no body", from + "\r\n", true},
		{"folded", from + "Subject: a\r\n b\r\n\tc\r\n\r\nx\r\n", true},
		{"8-bit", from + "Subject: \xc3\xa4\r\n\r\n\xff\r\n", true},
		{"long body line", from + "\r\n" + strings.Repeat("x", 5000) + "\r\n", true},
		{"many lines", from + "\r\n" + strings.Repeat("a line\r\n\r\n", 1000), true},
		{"empty", "", false},
		{"no blank line", from, false},
		{"no from", "Subject: x\r\n\r\nx\r\n", false},
		{"two froms", from + "from: c@d.example\r\n\r\nx\r\n", false},
		{"no final line end", from + "\r\nx", false},
		{"ends in CR", from + "\r\nx\r", false},
		{"LF in header", "From: a@b.example\nX: y\r\n\r\n", false},
		{"CR in header", "From: a@b.example\rBcc: y\r\n\r\n", false},
		{"LF in body", from + "\r\na\nb\r\n", false},
		{"CR in body", from + "\r\na\rb\r\n", false},
		{"CR CR LF in body", from + "\r\na\r\r\nb\r\n", false},
		{"smuggled end", from + "\r\na\n.\r\nMAIL FROM:<x>\r\n", false},
		{"NUL in header", "From: a\x00@b.example\r\n\r\n", false},
		{"NUL in body", from + "\r\n\x00\r\n", false},
		{"not a field", from + "hello\r\n\r\n", false},
		{"blank in name", from + "X y: z\r\n\r\n", false},
		{"no name", from + ": z\r\n\r\n", false},
		{"fold first", " x\r\n" + from + "\r\n", false},
		{"blank fold", from + "X: y\r\n \r\n\r\n", false},
		{"long header line", from + "X: " + strings.Repeat("x", 1000) + "\r\n\r\n", false},
		{"large header", from + strings.Repeat("X: "+strings.Repeat("x", 900)+"\r\n", 300) + "\r\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []int{1, 2, 7, 1 << 20} {
				if err := feed(c.message, step); (err == nil) != c.ok {
					t.Errorf("in steps of %d: %v", step, err)
				}
			}
		})
	}
}

// However a message is cut into chunks, the answer is the same; and what is
// accepted has only whole line ends and no NUL.
func FuzzForm(f *testing.F) {
	f.Add("From: a@b.example\r\n\r\nx\r\n", 3)
	f.Add("From: a\r\n b\r\n\r\na\r\n\r\n", 1)
	f.Fuzz(func(t *testing.T, message string, step int) {
		whole := feed(message, 1<<20)
		if cut := feed(message, min(max(step, 1), 1<<10)); (cut == nil) != (whole == nil) {
			t.Fatalf("whole: %v, cut: %v", whole, cut)
		}
		if whole != nil {
			return
		}
		rest := bytes.ReplaceAll([]byte(message), []byte("\r\n"), nil)
		if bytes.ContainsAny(rest, "\r\n\x00") {
			t.Fatalf("accepted %q", message)
		}
	})
}
