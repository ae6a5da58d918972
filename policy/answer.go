package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Kinds of "no decision". Whoever asked answers a temporary failure for each
// of them; they differ only in what the log says and who mends it.
var (
	// ErrUndefined: no rule answered.
	ErrUndefined = errors.New("policy gave no decision")
	// ErrConflict: two rules contradict each other.
	ErrConflict = errors.New("policy contradicts itself")
	// ErrDeadline: no answer in time.
	ErrDeadline = errors.New("policy took too long")
	// ErrInvalid: an answer that isn't one: an unknown level or treatment,
	// something missing, something too much.
	ErrInvalid = errors.New("policy gave an answer that isn't valid")
	// ErrInput: more findings, headers, parts or recipients than policy is
	// asked about.
	ErrInput = errors.New("message is too much for the policy")
	// ErrPolicy: an error inside a rule.
	ErrPolicy = errors.New("policy failed")
)

// answer is what data.sealpost.main.decision says for one recipient.
type answer struct {
	Class      Class       `json:"class"`
	Level      Level       `json:"level"`
	Treatments []Treatment `json:"treatments"`
	Reasons    []Reason    `json:"reasons"`
	Overridden []Reason    `json:"overridden"`
	Notices    []Reason    `json:"notices"`
	Overrides  []Override  `json:"overrides"`
}

// Limits of an answer.
const (
	maxReasons = 100
	maxText    = 1000 // bytes of a reason's text
)

// readAnswer decodes and checks an answer. Error texts name rules and words of
// the policy, never anything of the message.
func (v vocabulary) readAnswer(value ast.Value) (*answer, error) {
	a := &answer{}
	var r answerReader
	r.object(value, func(name string, v ast.Value) bool {
		switch name {
		case "class":
			a.Class = Class(r.text(v))
		case "level":
			a.Level = Level(r.text(v))
		case "treatments":
			a.Treatments = readList(&r, v, r.treatment)
		case "reasons":
			a.Reasons = readList(&r, v, r.reason)
		case "overridden":
			a.Overridden = readList(&r, v, r.reason)
		case "notices":
			a.Notices = readList(&r, v, r.reason)
		case "overrides":
			a.Overrides = readList(&r, v, r.override)
		default:
			return false
		}
		return true
	})
	err := r.err
	if err == nil {
		err = v.check(a)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return a, nil
}

// answerReader reads the parts of an answer and keeps the first thing that is
// wrong with them: a field that isn't known, or a value of another type.
type answerReader struct{ err error }

func (r *answerReader) wrong(err error) {
	if r.err == nil {
		r.err = err
	}
}

// object hands each field to read, which reports whether it knows the field.
func (r *answerReader) object(v ast.Value, read func(name string, v ast.Value) bool) {
	o, ok := v.(ast.Object)
	if !ok {
		r.wrong(fmt.Errorf("%s where an object is needed", ast.ValueName(v)))
		return
	}
	o.Foreach(func(k, v *ast.Term) {
		if name, ok := k.Value.(ast.String); !ok || !read(string(name), v.Value) {
			r.wrong(errors.New("a field that isn't known"))
		}
	})
}

func readList[T any](r *answerReader, v ast.Value, read func(ast.Value) T) []T {
	list, ok := v.(*ast.Array)
	if !ok {
		r.wrong(fmt.Errorf("%s where a list is needed", ast.ValueName(v)))
		return nil
	}
	all := make([]T, 0, list.Len())
	list.Foreach(func(t *ast.Term) { all = append(all, read(t.Value)) })
	return all
}

func (r *answerReader) text(v ast.Value) string {
	text, ok := v.(ast.String)
	if !ok {
		r.wrong(fmt.Errorf("%s where a text is needed", ast.ValueName(v)))
	}
	return string(text)
}

func (r *answerReader) reason(v ast.Value) (reason Reason) {
	r.object(v, func(name string, v ast.Value) bool {
		switch name {
		case "rule":
			reason.Rule = r.text(v)
		case "level":
			reason.Level = Level(r.text(v))
		case "text":
			reason.Text = r.text(v)
		default:
			return false
		}
		return true
	})
	return reason
}

func (r *answerReader) override(v ast.Value) (override Override) {
	r.object(v, func(name string, v ast.Value) bool {
		switch name {
		case "rule":
			override.Rule = r.text(v)
		case "who":
			override.Who = r.text(v)
		case "justification":
			override.Justification = r.text(v)
		case "state":
			override.State = OverrideState(r.text(v))
		case "text":
			override.Text = r.text(v)
		default:
			return false
		}
		return true
	})
	return override
}

func (r *answerReader) treatment(v ast.Value) (treatment Treatment) {
	r.object(v, func(name string, v ast.Value) bool {
		switch name {
		case "treatment":
			treatment.Name = r.text(v)
		case "params":
			plain, err := ast.JSON(v)
			if err != nil {
				r.wrong(errors.New("params that aren't JSON"))
				break
			}
			if treatment.Params, err = json.Marshal(plain); err != nil {
				r.wrong(errors.New("params that aren't JSON"))
			}
		default:
			return false
		}
		return true
	})
	return treatment
}

func (v vocabulary) check(a *answer) error {
	if !slices.Contains(Classes(), a.Class) {
		return fmt.Errorf("class %q isn't known", a.Class)
	}
	if !slices.Contains(Levels(), a.Level) {
		return fmt.Errorf("level %q isn't known", a.Level)
	}
	if err := v.checkTreatments(a); err != nil {
		return err
	}
	if a.Level != Opportunistic && len(a.Reasons) == 0 {
		return fmt.Errorf("level %s without a reason", a.Level)
	}
	for _, r := range a.Reasons {
		if !slices.Contains(Levels(), r.Level) || !a.Level.AtLeast(r.Level) {
			return fmt.Errorf("rule %s demands %q, and the level is only %s", r.Rule, r.Level, a.Level)
		}
	}
	if a.Level != Opportunistic && a.Reasons[0].Level != a.Level {
		return fmt.Errorf("level %s without a rule that demands it", a.Level)
	}
	for _, list := range [][]Reason{a.Reasons, a.Overridden, a.Notices} {
		if err := checkReasons(list); err != nil {
			return err
		}
	}
	return checkOverrides(a.Overrides)
}

func checkOverrides(list []Override) error {
	if len(list) > maxReasons {
		return fmt.Errorf("more than %d overrides", maxReasons)
	}
	for _, o := range list {
		switch {
		case o.Rule == "" || strings.TrimSpace(o.Text) == "":
			return errors.New("an override without a rule or a text")
		case len(o.Text)+len(o.Justification)+len(o.Who) > 4*maxText:
			return fmt.Errorf("override of rule %s is too long", o.Rule)
		case !slices.Contains([]OverrideState{Lifted, HeldState, NotLifted, Ignored}, o.State):
			return fmt.Errorf("override of rule %s has the unknown state %q", o.Rule, o.State)
		}
	}
	return nil
}

func checkReasons(list []Reason) error {
	if len(list) > maxReasons {
		return fmt.Errorf("more than %d reasons", maxReasons)
	}
	for _, r := range list {
		switch {
		case r.Rule == "":
			return errors.New("a reason without a rule")
		case strings.TrimSpace(r.Text) == "":
			return fmt.Errorf("rule %s says no reason", r.Rule)
		case len(r.Text) > maxText:
			return fmt.Errorf("reason of rule %s is longer than %d bytes", r.Rule, maxText)
		case r.Level != "" && !slices.Contains(Levels(), r.Level):
			return fmt.Errorf("rule %s demands the unknown level %q", r.Rule, r.Level)
		}
	}
	return nil
}

// checkTreatments makes sure that each treatment is known and can reach the
// level, as far as that is known here; the handlers have the last word.
func (v vocabulary) checkTreatments(a *answer) error {
	if a.Level != Opportunistic && len(a.Treatments) == 0 {
		return fmt.Errorf("level %s without a treatment", a.Level)
	}
	seen := map[string]bool{}
	for _, t := range a.Treatments {
		reaches, known := v.treatments[t.Name]
		switch {
		case !known:
			return fmt.Errorf("treatment %q isn't known", t.Name)
		case seen[t.Name]:
			return fmt.Errorf("treatment %s stands there twice", t.Name)
		case reaches != nil && a.Level != Opportunistic && !slices.Contains(reaches, a.Level):
			return fmt.Errorf("treatment %s can't reach the level %s", t.Name, a.Level)
		case len(t.Params) > 0 && t.Params[0] != '{':
			return fmt.Errorf("params of treatment %s aren't an object", t.Name)
		}
		seen[t.Name] = true
	}
	return nil
}
