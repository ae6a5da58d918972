package deliver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"
)

func startMaps(t testing.TB, maps map[string]Lookup, change ...func(*MapsOptions)) string {
	t.Helper()
	o := MapsOptions{Maps: maps, Log: zaptest.NewLogger(t)}
	for _, c := range change {
		c(&o)
	}
	m, ln := NewMaps(o), listen(t)
	done := make(chan error, 1)
	go func() { done <- m.Serve(context.Background(), ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := m.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

func (c *client) query(request string) string {
	c.t.Helper()
	c.send(fmt.Sprintf("%d:%s,", len(request), request))
	answer, err := readNetstring(c.r)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer
}

func testMaps(hang chan struct{}) map[string]Lookup {
	return map[string]Lookup{
		"transport": func(_ context.Context, key string) (string, bool, error) {
			switch {
			case strings.HasPrefix(key, "bob"):
				return "sealpost-tls:[" + key + "]", true, nil
			case key == "error":
				return "x", true, errors.New("secret")
			case key == "panic":
				panic("secret")
			case key == "hang":
				<-hang
			case key == "empty":
				return "", true, nil
			case key == "line":
				return "a\nb", true, nil
			case key == "long":
				return strings.Repeat("x", longestNetstring), true, nil
			}
			return "x", false, nil
		},
	}
}

func TestMapsAnswers(t *testing.T) {
	c := connect(t, startMaps(t, testMaps(nil)))
	for _, q := range [][2]string{
		{"transport bob@a.example", "OK sealpost-tls:[bob@a.example]"},
		{"transport bob smith", "OK sealpost-tls:[bob smith]"},
		{"transport carol", notFound},
		{"transport ", notFound},
		{"transport error", unavailable},
		{"transport panic", unavailable},
		{"transport empty", unavailable},
		{"transport line", unavailable},
		{"transport long", unavailable},
		{"tlspolicy x", unknownMap},
		{"transport", badRequest},
		{"", badRequest},
		{"transport " + strings.Repeat("x", 90_000), notFound},
	} {
		if got := c.query(q[0]); got != q[1] {
			t.Errorf("%.40q: %q, want %q", q[0], got, q[1])
		}
	}
}

// A lookup that never returns is answered all the same.
func TestMapsLateAnswer(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	c := connect(t, startMaps(t, testMaps(hang), func(o *MapsOptions) { o.Timeout = 10 * time.Millisecond }))
	if got := c.query("transport hang"); got != unavailable {
		t.Errorf("%q", got)
	}
}

func TestMapsClosesWhatIsNoNetstring(t *testing.T) {
	socket := startMaps(t, testMaps(nil))
	for _, s := range []string{"x", ":", "01:x,", "3:abcd,", "100001:", "99999999999999999999:x,", "-1:x,", " 3:abc,", "get x\n"} {
		c := connect(t, socket)
		c.send(s)
		if b, err := io.ReadAll(c.r); err == nil && len(b) > 0 {
			t.Errorf("%q was answered %q", s, b)
		}
	}
}

func TestMapsManyAtOnce(t *testing.T) {
	socket := startMaps(t, testMaps(nil))
	var group sync.WaitGroup
	for i := range 20 {
		c := connect(t, socket)
		group.Go(func() {
			for k := range 50 {
				key := fmt.Sprintf("bob%d-%d", i, k)
				if got := c.query("transport " + key); got != "OK sealpost-tls:["+key+"]" {
					t.Errorf("%q", got)
				}
			}
		})
	}
	group.Wait()
}

func FuzzNetstring(f *testing.F) {
	for _, s := range []string{"0:,", "3:a b,", "03:abc,", "3:abc", "100000:", ":", "5:12:,x,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := readNetstring(bufio.NewReader(strings.NewReader(s)))
		if err == nil && !strings.HasPrefix(s, fmt.Sprintf("%d:%s,", len(got), got)) {
			t.Errorf("%q from %q", got, s)
		}
	})
}

func FuzzSMTPReply(f *testing.F) {
	for _, s := range []string{"250 2.0.0 Ok: queued as 4jXCH84lGsz1SDxn\r\n", "250-a\r\n250 b\r\n", "250-a\r\n251 b\r\n", "250\r\n", "25", "554 5.7.1 <x>: no\n", "250x\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := readReply(bufio.NewReader(strings.NewReader(s)))
		if err != nil {
			return
		}
		out := r.reply()
		if saneReply(out, "x") != out && r.Code/100 != 2 {
			t.Errorf("%q was read as %+v", s, out)
		}
		r.queueID()
	})
}
