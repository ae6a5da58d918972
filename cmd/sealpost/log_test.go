package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/config"
)

// A field that isn't on the list never shows, whichever way it is given; its
// name does.
func TestLogDropsWhatIsNotOnTheList(t *testing.T) {
	const secret = "4111111111111111"
	fields := map[string]zap.Field{
		"subject":        zap.String("subject", secret),
		"value":          zap.ByteString("value", []byte(secret)),
		"list":           zap.Strings("list", []string{secret}),
		"object":         zap.Any("object", map[string]string{"a": secret}),
		"allowed name":   zap.Any("error", struct{ Text string }{secret}),
		"array by name":  zap.Strings("id", []string{secret}),
		"stringer":       zap.Stringer("id", stringer(secret)),
		"namespace":      zap.Namespace(secret),
		"name as value":  zap.String(secret+" "+secret+" "+secret, "x"),
		"panic":          zap.String("panic", "can't read "+secret),
		"plugin output":  zap.String("stderr", secret),
		"inline":         zap.Inline(zap.DictObject(zap.String("x", secret))),
		"error off list": zap.NamedError("cause", errors.New(secret)),
		"reflect":        zap.Reflect("job", secret),
	}
	for title, f := range fields {
		for way, write := range map[string]func(*zap.Logger){
			"field": func(l *zap.Logger) { l.Info("m", f) },
			"with":  func(l *zap.Logger) { l.With(f).Info("m") },
		} {
			var out bytes.Buffer
			write(newLogger(&out, config.Log{Level: "debug", Addresses: "full"}))
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s, %s: %s", title, way, out.String())
			}
			if !strings.Contains(out.String(), "dropped") && title != "panic" {
				t.Errorf("%s, %s: nothing says that a field was dropped: %s", title, way, out.String())
			}
		}
	}
}

type stringer string

func (s stringer) String() string { return string(s) }

// The negative twin: the same line with its name on the list shows.
func TestLogWritesWhatIsOnTheList(t *testing.T) {
	var out bytes.Buffer
	l := newLogger(&out, config.Log{Level: "info", Addresses: "full", PluginOutput: true})
	l.Debug("not logged")
	l.With(zap.String("id", "j1")).Info("judged", zap.String("verdict", "accept"), zap.Int("count", 3), zap.String("recipient", "bob@partner.example"),
		zap.Error(errors.New("broken")), zap.String("stderr", "out"), zap.Strings("rules", []string{"a"}), zap.String("panic", "runtime error: x"))
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %q", err, out.String())
	}
	delete(line, "time")
	got, _ := json.Marshal(line)
	want := `{"count":3,"error":"broken","id":"j1","message":"judged","panic":"runtime error: x","recipient":"bob@partner.example","rules":["a"],"severity":"info","stderr":"out","verdict":"accept"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// With hashed addresses none stands in the log, not even inside a text.
func TestLogHashesAddresses(t *testing.T) {
	var out bytes.Buffer
	l := newLogger(&out, config.Log{Level: "info", Addresses: "hashed"})
	l.Info("sent to bob@partner.example", zap.String("recipient", "Bob@partner.example"), zap.String("sender", `"a b"@bank.example`),
		zap.Error(errors.New(`550 <bob@partner.example>: no; "a b"@bank.example`)))
	if strings.Contains(out.String(), "partner.example") || strings.Contains(out.String(), "bank.example") {
		t.Errorf("an address stands in %s", out.String())
	}
	if n := strings.Count(out.String(), hashed("bob@partner.example")); n != 3 {
		t.Errorf("the address is named %d times, want 3: %s", n, out.String())
	}
}
