package extract

import (
	"bytes"
	"io"
)

// xmp reads the metadata packets that stand in a file as they are (ISO
// 16684-1), whatever kind of file it is.
func (w *work) xmp() error {
	r := newForward(w.open())
	for {
		b := r.peek(chunk)
		if len(b) == 0 {
			if r.err == io.EOF {
				return nil
			}
			return r.err
		}
		i := bytes.Index(b, []byte("<x:xmpmeta"))
		if i < 0 {
			r.next(max(1, len(b)-len("<x:xmpmeta")+1))
			continue
		}
		r.next(i)
		packet := &until{r: r, end: []byte("</x:xmpmeta>")}
		if err := w.packet(packet); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, packet); err != nil {
			return err
		}
	}
}

// packet reads one metadata packet.
func (w *work) packet(r io.Reader) error { return w.xmlAt("metadata", charset{}.reader(r)) }

// until reads up to and with end, at most maxPacket bytes.
type until struct {
	r    *forward
	end  []byte
	n    int
	done bool
}

const maxPacket = 1 << 20

func (u *until) Read(p []byte) (int, error) {
	if u.done || u.n > maxPacket {
		return 0, io.EOF
	}
	b := u.r.peek(len(u.end) + 1)
	n := len(b) - len(u.end) + 1
	if i := bytes.Index(b, u.end); i >= 0 {
		n = i + len(u.end)
		u.done = n <= len(p)
	}
	if n <= 0 {
		u.done = true
		n = len(b)
	}
	n = copy(p, u.r.next(min(n, len(p))))
	u.n += n
	return n, nil
}
