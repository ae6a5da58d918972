package message_test

import (
	"io"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/message"
)

func TestCRLFWhateverTheChunks(t *testing.T) {
	const in, want = "a\nb\r\n\n\r\nc\rd\n\r\nend", "a\r\nb\r\n\r\n\r\nc\rd\r\n\r\nend"
	for size := 1; size <= len(in); size++ {
		var out strings.Builder
		w := message.CRLF(&out)
		for rest := in; rest != ""; rest = rest[min(size, len(rest)):] {
			if _, err := io.WriteString(w, rest[:min(size, len(rest))]); err != nil {
				t.Fatal(err)
			}
		}
		if out.String() != want {
			t.Errorf("chunks of %d: got %q, want %q", size, out.String(), want)
		}
	}
}

// full takes so many bytes and then no more.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	if f.room -= n; n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

func TestCRLFSaysHowMuchWasTaken(t *testing.T) {
	n, err := message.CRLF(&full{room: 3}).Write([]byte("abcdef"))
	if n != 3 || err == nil {
		t.Errorf("got %d, %v, want 3 and an error", n, err)
	}
}
