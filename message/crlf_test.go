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
