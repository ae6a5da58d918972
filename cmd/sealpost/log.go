package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/sealpost/sealpost/config"
)

// maxText is how long a text in the log may be, bytes.
const maxText = 2000

// logged are the names of fields that may stand in the log. None of them
// holds content, a subject, a finding's value, a password or a key. Whatever
// isn't on this list is dropped, and its name stands in "dropped".
func logged() []string {
	return strings.Fields(`
		id job queue_id batch session wire kind
		verdict level class treatment treatments outcome method rule rules reason code enhanced direction
		stage duration_ms duration_us age size count recipients replies sessions length bytes
		plugin plugin_version pid state restarts
		revision hash head path line column address socket listen map table version server
		error panic stack signal`)
}

// people are the fields that hold mail addresses.
func people() []string { return []string{"sender", "recipient", "user"} }

// newLogger returns a log of JSON lines that lets only fields on the list
// through.
func newLogger(w io.Writer, cfg config.Log) *zap.Logger {
	level, err := zapcore.ParseLevel(cfg.Level)
	if err != nil {
		level = zapcore.InfoLevel
	}
	encoder := zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "severity", MessageKey: "message",
		EncodeLevel: zapcore.LowercaseLevelEncoder, EncodeTime: zapcore.RFC3339NanoTimeEncoder, EncodeDuration: zapcore.MillisDurationEncoder,
	})
	core := zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level)
	list := &allowList{names: map[string]bool{}, hashed: cfg.Addresses == "hashed"}
	for _, name := range append(logged(), people()...) {
		list.names[name] = true
	}
	list.names["stderr"] = cfg.PluginOutput
	return zap.New(allowed{core, list, nil})
}

// allowList says which fields pass and in which form.
type allowList struct {
	names  map[string]bool
	hashed bool
}

// allowed is a core that filters fields. with are the names dropped by With.
type allowed struct {
	zapcore.Core
	list *allowList
	with []string
}

func (a allowed) With(fields []zapcore.Field) zapcore.Core {
	kept, dropped := a.list.filter(fields)
	return allowed{a.Core.With(kept), a.list, slices.Concat(a.with, dropped)}
}

func (a allowed) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if a.Enabled(e.Level) {
		return ce.AddCore(e, a)
	}
	return ce
}

func (a allowed) Write(e zapcore.Entry, fields []zapcore.Field) error {
	kept, dropped := a.list.filter(fields)
	if dropped = slices.Concat(a.with, dropped); len(dropped) > 0 {
		kept = append(kept, zap.Strings("dropped", dropped))
	}
	e.Message = a.list.text(e.Message)
	return a.Core.Write(e, kept)
}

// filter returns the fields that may be written, and the names of the others.
func (l *allowList) filter(fields []zapcore.Field) (kept []zapcore.Field, dropped []string) {
	kept = make([]zapcore.Field, 0, len(fields)+1)
	for _, f := range fields {
		if f.Type == zapcore.SkipType {
			continue
		}
		out, ok := l.field(f)
		if !ok {
			dropped = append(dropped, name(f.Key))
			continue
		}
		kept = append(kept, out)
	}
	return kept, dropped
}

// field returns a field in the form in which it may be written. Values that
// write themselves (structs, maps, anything by reflection) may hold more than
// their name says and are not written.
func (l *allowList) field(f zapcore.Field) (zapcore.Field, bool) {
	if !l.names[f.Key] {
		return f, false
	}
	switch f.Type {
	case zapcore.StringType:
		return zap.String(f.Key, l.value(f.Key, f.String)), true
	case zapcore.ByteStringType:
		return zap.String(f.Key, l.value(f.Key, string(f.Interface.([]byte)))), true
	case zapcore.ErrorType:
		return zap.String(f.Key, l.value(f.Key, f.Interface.(error).Error())), true
	case zapcore.ArrayMarshalerType:
		// zap.Strings of words: rules and treatments.
		return f, f.Key == "rules" || f.Key == "treatments"
	case zapcore.BoolType, zapcore.DurationType, zapcore.TimeType, zapcore.TimeFullType, zapcore.Float64Type,
		zapcore.Int64Type, zapcore.Int32Type, zapcore.Int16Type, zapcore.Int8Type,
		zapcore.Uint64Type, zapcore.Uint32Type, zapcore.Uint16Type, zapcore.Uint8Type:
		return f, true
	}
	return f, false
}

func (l *allowList) value(key, s string) string {
	switch {
	case slices.Contains(people(), key):
		if l.hashed {
			return hashed(s)
		}
		return clip(s)
	case key == "panic" && !strings.HasPrefix(s, "runtime error:"):
		return "withheld" // a panic's own text may quote what it was working on
	case key == "stack":
		return s
	}
	return l.text(s)
}

// text hides addresses in a text where the log is to have none.
func (l *allowList) text(s string) string {
	if l.hashed && strings.Contains(s, "@") {
		s = inText.ReplaceAllStringFunc(s, hashed)
	}
	return clip(s)
}

var inText = regexp.MustCompile(`("[^"]*"|[^\s<>"',;:()]+)@[^\s<>"',;:()]+`)

// hashed stands for an address: the same for the same address, so that lines
// can be brought together.
func hashed(address string) string {
	if address == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	return "address-" + hex.EncodeToString(sum[:8])
}

func clip(s string) string {
	if len(s) > maxText {
		return strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}

// name keeps a field's name in "dropped" to what names look like.
func name(key string) string {
	if key == "" || len(key) > 32 || key[0] < 'A' || strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != "" {
		return "?"
	}
	return key
}
