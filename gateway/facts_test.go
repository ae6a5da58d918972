package gateway

import (
	"slices"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/message"
)

// What may be a sender's wish to lift a rule is found in the subject and in
// the header fields for it, and bounded.
func TestOverrides(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		want   []string
	}{
		"none":          {"Subject: Minutes\r\n", []string{}},
		"subject":       {"Subject: Results [override health-data: asked for] of May\r\n", []string{"override health-data: asked for"}},
		"encoded":       {"Subject: =?utf-8?q?[d=C3=A9rogation_a:_b]?=\r\n", []string{"dérogation a: b"}},
		"two":           {"Subject: [override a: b] [override c: d]\r\n", []string{"override a: b", "override c: d"}},
		"other tags":    {"Subject: [EXT] Minutes [open\r\n", []string{}},
		"header":        {"Subject: x\r\nX-Sealpost-Override: a: b\r\nx-sealpost-override: c: d\r\n", []string{"override a: b", "override c: d"}},
		"another field": {"Subject: x\r\nX-Sealpost-Overrides: a: b\r\n", []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := overrides(parsed(t, c.header)); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	if many := overrides(parsed(t, strings.Repeat("X-Sealpost-Override: a: b\r\n", 1000))); len(many) != maxOverrides {
		t.Errorf("%d overrides", len(many))
	}
}

func parsed(t *testing.T, header string) message.Header {
	t.Helper()
	c, err := message.NewSpool(1<<20, 1<<20).New()
	if err == nil {
		_, err = c.Write([]byte(header + "\r\nText\r\n"))
	}
	m := &message.Message{Content: c}
	if err == nil {
		err = m.Read()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m.Header
}
