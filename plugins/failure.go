package plugins

import (
	"fmt"

	"google.golang.org/grpc/codes"
)

// Kind says why a call failed. All of them are temporary failures.
type Kind string

// Kinds of failure.
const (
	NotThere  Kind = "not-there"  // no such plugin, or it isn't running
	Died      Kind = "died"       // during the call
	Late      Kind = "late"       // it didn't answer in time and was killed
	Cancelled Kind = "cancelled"  // the caller gave up
	Failed    Kind = "failed"     // the plugin says that it failed
	BadAnswer Kind = "bad-answer" // it answered against the rules
	Ours      Kind = "ours"       // content couldn't be read or kept
)

// Failure is why a plugin's answer isn't there. Its text holds no address and
// no content, so it may stand in logs; it isn't for the sender.
type Failure struct {
	Plugin string
	Kind   Kind
	Text   string
	Err    error // underneath, or nil

	code codes.Code // what gRPC said
}

func (f *Failure) Error() string {
	s := f.Text
	if f.Err != nil {
		s += ": " + f.Err.Error()
	}
	return fmt.Sprintf("plugin %s: %s: %s", f.Plugin, f.Kind, s)
}

func (f *Failure) Unwrap() error { return f.Err }
