package policy

import (
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// tracer notes for each rule whether it fired, which condition ended it, and
// which findings and parts its variables held when its conditions were true.
type tracer struct {
	rules map[*ast.Rule]*traced
	// owner is the rule that a query belongs to: itself, or one that holds it.
	owner map[uint64]*ast.Rule
	own   map[uint64]bool // queries that are a rule's body
	lists map[string]*ast.Array
}

type traced struct {
	fired           bool
	failed          *ast.Expr       // the condition that got furthest
	findings, parts map[string]bool // as JSON
}

func newTracer(input *ast.Term) *tracer {
	t := &tracer{rules: map[*ast.Rule]*traced{}, owner: map[uint64]*ast.Rule{}, own: map[uint64]bool{}, lists: map[string]*ast.Array{}}
	for _, name := range []string{"findings", "parts"} {
		value, err := input.Value.Find(ast.Ref{ast.StringTerm("content"), ast.StringTerm(name)})
		if list, ok := value.(*ast.Array); ok && err == nil {
			t.lists[name] = list
		}
	}
	return t
}

// Enabled is for OPA.
func (t *tracer) Enabled() bool { return true }

// Config asks for the variables' values.
func (t *tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

// TraceEvent is told each step.
func (t *tracer) TraceEvent(e topdown.Event) {
	switch e.Op {
	case topdown.EnterOp:
		if r, ok := e.Node.(*ast.Rule); ok {
			t.owner[e.QueryID], t.own[e.QueryID] = r, true
			if t.rules[r] == nil {
				t.rules[r] = &traced{findings: map[string]bool{}, parts: map[string]bool{}}
			}
		} else {
			t.owner[e.QueryID] = t.owner[e.ParentID]
		}
	case topdown.ExitOp:
		if seen := t.rules[t.owner[e.QueryID]]; seen != nil {
			seen.fired = seen.fired || t.own[e.QueryID]
			t.touched(seen, e.Locals)
		}
	case topdown.FailOp:
		expr, ok := e.Node.(*ast.Expr)
		if seen := t.rules[t.owner[e.QueryID]]; seen != nil && ok && t.own[e.QueryID] && (seen.failed == nil || expr.Index >= seen.failed.Index) {
			seen.failed = expr
		}
	}
}

// touched notes the findings and parts that variables hold.
func (t *tracer) touched(seen *traced, locals *ast.ValueMap) {
	if locals == nil {
		return
	}
	locals.Iter(func(_, value ast.Value) bool {
		o, ok := value.(ast.Object)
		if !ok {
			return false
		}
		for name, list := range t.lists {
			list.Until(func(one *ast.Term) bool {
				if one.Value.Compare(o) != 0 {
					return false
				}
				if text, err := ast.JSON(o); err == nil {
					if b, err := json.Marshal(text); err == nil {
						map[string]map[string]bool{"findings": seen.findings, "parts": seen.parts}[name][string(b)] = true
					}
				}
				return true
			})
		}
		return false
	})
}
