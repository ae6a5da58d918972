package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// manyEntries is the size from which on a list of an operator's own is looked
// up and not searched.
const manyEntries = 1000

// large names the tables below data.sealpost that may be long with other
// operators' data, or are.
func (d *data) large() map[string]bool {
	names := map[string]bool{"partners": true, "public_providers": true}
	for name, value := range d.plain {
		object, _ := value.(map[string]any)
		list, _ := value.([]any)
		if len(object) > manyEntries || len(list) > manyEntries {
			names[name] = true
		}
	}
	return names
}

// searches refuses rules that go through a large table: with a few entries
// that is fast, and with many each decision is late.
func (n *linter) searches(r *ast.Rule) {
	bound := map[ast.Var]bool{}
	for _, arg := range r.Head.Args {
		bind(bound, arg)
	}
	n.searchesIn(r, r.Body, bound)
	ast.WalkClosures(r.Head, func(x any) bool { return n.closure(r, x, bound) })
}

func bind(bound map[ast.Var]bool, x any) {
	ast.WalkVars(x, func(v ast.Var) bool {
		bound[v] = true
		return false
	})
}

// searchesIn looks at the expressions in the order in which they are
// evaluated: a variable that has no value yet takes all of them.
func (n *linter) searchesIn(r *ast.Rule, body ast.Body, bound map[ast.Var]bool) {
	bound = maps.Clone(bound)
	for _, e := range body {
		if every, ok := e.Terms.(*ast.Every); ok {
			n.refuseWhole(r, e.Location, every.Domain)
		}
		n.wholeOperands(r, e)
		ast.NewGenericVisitor(func(x any) bool {
			switch x := x.(type) {
			case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
				return true
			case ast.Ref:
				n.search(r, x, bound)
			}
			return false
		}).Walk(outside(e))
		ast.WalkClosures(e, func(x any) bool { return n.closure(r, x, bound) })
		bind(bound, e)
	}
}

// outside is what stands in an expression outside of the body of an every.
func outside(e *ast.Expr) any {
	if every, ok := e.Terms.(*ast.Every); ok {
		return every.Domain
	}
	return e
}

// closure looks into a comprehension, or the body of an every.
func (n *linter) closure(r *ast.Rule, x any, bound map[ast.Var]bool) bool {
	switch x := x.(type) {
	case *ast.ArrayComprehension:
		n.searchesIn(r, x.Body, bound)
	case *ast.SetComprehension:
		n.searchesIn(r, x.Body, bound)
	case *ast.ObjectComprehension:
		n.searchesIn(r, x.Body, bound)
	case *ast.Every:
		inner := maps.Clone(bound)
		bind(inner, x.KeyValueVars())
		n.searchesIn(r, x.Body, inner)
	}
	return true
}

// search refuses a reference into a large table by a variable that has no
// value yet.
func (n *linter) search(r *ast.Rule, ref ast.Ref, bound map[ast.Var]bool) {
	for i := 1; i < len(ref); i++ {
		v, isVar := ref[i].Value.(ast.Var)
		if !isVar || bound[v] {
			continue
		}
		if table := n.table(r, ast.NewTerm(ref[:i]), 0); table != "" {
			n.wrong(orRule(ref[0].Location, r), "look it up by key: data.sealpost."+table+"[input.…]", "data.sealpost.%s may have very many entries, and this goes through all of them", table)
			return
		}
	}
}

// wholeOperands refuses functions that get a large table as a whole, but for
// those that look something up in it.
func (n *linter) wholeOperands(r *ast.Rule, e *ast.Expr) {
	if !e.IsCall() {
		return
	}
	operator := e.Operator().String()
	if slices.Contains([]string{ast.Equality.Name, ast.Assign.Name, ast.ObjectGet.Name, ast.Count.Name}, operator) {
		return
	}
	for _, t := range e.Operands() {
		n.refuseWhole(r, e.Location, t)
	}
}

func (n *linter) refuseWhole(r *ast.Rule, at *ast.Location, t *ast.Term) {
	if table := n.table(r, t, 0); table != "" {
		n.wrong(orRule(at, r), "look it up by key: data.sealpost."+table+"[input.…]", "data.sealpost.%s may have very many entries, and this goes through all of them", table)
	}
}

// table names the large table that a term is as a whole, "" if it is none.
// Variables and rules are followed. All data together is one, too.
func (n *linter) table(r *ast.Rule, t *ast.Term, steps int) string {
	if t == nil || steps > maxSteps {
		return ""
	}
	switch v := t.Value.(type) {
	case ast.Var:
		for _, b := range n.scope(r)[v] {
			if name := n.table(r, b, steps+1); name != "" {
				return name
			}
		}
	case ast.Ref:
		return n.tableRef(r, v, steps)
	}
	return ""
}

func (n *linter) tableRef(r *ast.Rule, ref ast.Ref, steps int) string {
	if !ref[0].Equal(ast.DefaultRootDocument) {
		if len(ref) == 1 {
			return n.table(r, ref[0], steps+1)
		}
		return ""
	}
	if len(ref) == 3 && ref[1].Equal(ast.StringTerm("sealpost")) {
		if name := string(asString(ref[2])); n.large[name] {
			return name
		}
		if _, isVar := ref[2].Value.(ast.Var); isVar {
			return strings.Join(slices.Sorted(maps.Keys(n.large)), " and ")
		}
	}
	if !ref.IsGround() {
		return ""
	}
	for _, rule := range n.compiler.GetRulesExact(ref) {
		if len(rule.Head.Args) > 0 || rule.Head.RuleKind() == ast.MultiValue || rule.Head.Value == nil {
			continue
		}
		if name := n.table(rule, rule.Head.Value, steps+1); name != "" {
			return name
		}
	}
	return ""
}
