package policy

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// scope is what the variables of one compiled rule are bound to.
type scope map[ast.Var][]*ast.Term

// scope collects the bindings of a rule. After compilation every binding, of
// ":=", "=", "some … in" and "every", is an equality with a variable.
func (n *linter) scope(r *ast.Rule) scope {
	if s, ok := n.scopes[r]; ok {
		return s
	}
	s := scope{}
	n.scopes[r] = s
	bind := func(e *ast.Expr) bool {
		if every, ok := e.Terms.(*ast.Every); ok {
			if v, ok := every.Value.Value.(ast.Var); ok {
				s[v] = append(s[v], ast.RefTerm(every.Domain, ast.VarTerm("_every")))
			}
			return false
		}
		if !e.IsEquality() && !e.IsAssignment() || len(e.Operands()) != 2 {
			return false
		}
		for i, t := range e.Operands() {
			if v, ok := t.Value.(ast.Var); ok {
				s[v] = append(s[v], e.Operand(1-i))
			}
		}
		return false
	}
	ast.WalkExprs(r.Body, bind)
	ast.WalkExprs(r.Head, bind)
	return s
}

// maxSteps bounds how far a value is followed through variables and rules.
const maxSteps = 12

// paths says where in the input a term's value comes from:
// "content.findings[].category". A collection that was made of such values
// has their path with a "^" behind it.
func (n *linter) paths(r *ast.Rule, t *ast.Term, steps int) []string {
	if t == nil || steps > maxSteps {
		return nil
	}
	switch v := t.Value.(type) {
	case ast.Var:
		var all []string
		for _, b := range n.scope(r)[v] {
			all = append(all, n.paths(r, b, steps+1)...)
		}
		return all
	case *ast.SetComprehension:
		return collection(n.paths(r, v.Term, steps+1))
	case *ast.ArrayComprehension:
		return collection(n.paths(r, v.Term, steps+1))
	case ast.Ref:
		return n.refPaths(r, v, steps)
	}
	return nil
}

func collection(elements []string) (all []string) {
	for _, e := range elements {
		all = append(all, e+"^")
	}
	return all
}

func (n *linter) refPaths(r *ast.Rule, ref ast.Ref, steps int) []string {
	switch head := ref[0]; {
	case head.Equal(ast.InputRootDocument):
		return below([]string{""}, ref[1:])
	case head.Equal(ast.DefaultRootDocument):
		return n.rulePaths(ref, steps)
	default:
		return below(n.paths(r, head, steps+1), ref[1:])
	}
}

// rulePaths follows a reference into the rules that it names.
func (n *linter) rulePaths(ref ast.Ref, steps int) (all []string) {
	switch ref.String() {
	case "data.sealpost.main.class":
		return []string{"@class"}
	case "data.sealpost.main.level":
		return []string{"@level"}
	}
	for i := 2; i <= len(ref); i++ {
		for _, rule := range n.compiler.GetRulesExact(ref[:i]) {
			switch {
			case len(rule.Head.Args) > 0:
			case rule.Head.RuleKind() == ast.MultiValue:
				all = append(all, below(collection(n.paths(rule, rule.Head.Key, steps+1)), ref[i:])...)
			default:
				all = append(all, below(n.paths(rule, rule.Head.Value, steps+1), ref[i:])...)
			}
		}
	}
	return all
}

// below extends paths by the rest of a reference.
func below(paths []string, rest ast.Ref) []string {
	out := slices.Clone(paths)
	for i, p := range out {
		for _, t := range rest {
			s, constant := t.Value.(ast.String)
			switch made, ok := strings.CutSuffix(p, "^"); {
			case ok:
				p = made
			case constant:
				p = strings.TrimPrefix(p+"."+string(s), ".")
			default:
				p += "[]"
			}
		}
		out[i] = p
	}
	return out
}

// value is a term's value, followed through a variable with one binding.
func (n *linter) value(r *ast.Rule, t *ast.Term) ast.Value {
	for range maxSteps {
		if t == nil {
			return nil
		}
		v, isVar := t.Value.(ast.Var)
		if !isVar {
			return t.Value
		}
		bound := n.scope(r)[v]
		if len(bound) != 1 {
			return nil
		}
		t = bound[0]
	}
	return nil
}

func (n *linter) text(r *ast.Rule, t *ast.Term) (text string, constant bool) {
	s, ok := n.value(r, t).(ast.String)
	return string(s), ok
}

// constants are the texts that a term is, or holds if it is a collection,
// each with its term; a rule that has a constant value is followed.
func (n *linter) constants(r *ast.Rule, t *ast.Term, steps int) (all []*ast.Term) {
	if t == nil || steps > maxSteps {
		return nil
	}
	add := func(t *ast.Term) {
		if _, ok := t.Value.(ast.String); ok {
			all = append(all, t)
		}
	}
	switch v := t.Value.(type) {
	case ast.String:
		add(t)
	case ast.Set:
		v.Foreach(add)
	case *ast.Array:
		v.Foreach(add)
	case ast.Var:
		for _, b := range n.scope(r)[v] {
			all = append(all, n.constants(r, b, steps+1)...)
		}
	case ast.Ref:
		if !v[0].Equal(ast.DefaultRootDocument) {
			return n.constantElement(r, v, steps)
		}
		for _, rule := range n.compiler.GetRulesExact(v) {
			if rule.Head.RuleKind() == ast.MultiValue {
				all = append(all, n.constants(rule, rule.Head.Key, steps+1)...)
			} else {
				all = append(all, n.constants(rule, rule.Head.Value, steps+1)...)
			}
		}
	}
	return all
}

// constantElement: "some x in {…}" binds x to a variable's element.
func (n *linter) constantElement(r *ast.Rule, ref ast.Ref, steps int) []*ast.Term {
	if len(ref) != 2 {
		return nil
	}
	return n.constants(r, ref[0], steps+1)
}

// comparisons checks the words that a rule compares with fields of the input.
func (n *linter) comparisons(r *ast.Rule) {
	check := func(e *ast.Expr) bool {
		if !e.IsCall() || len(e.Operands()) < 2 {
			return false
		}
		a, b := e.Operand(0), e.Operand(1)
		switch e.Operator().String() {
		case ast.Equal.Name, ast.NotEqual.Name, ast.Equality.Name:
			n.compare(r, e, n.paths(r, a, 0), b)
			n.compare(r, e, n.paths(r, b, 0), a)
		case ast.Member.Name:
			n.compare(r, e, n.paths(r, a, 0), b)
			n.compare(r, e, below(n.paths(r, b, 0), ast.Ref{ast.VarTerm("_")}), a)
		}
		return false
	}
	ast.WalkExprs(r.Body, check)
	ast.WalkExprs(r.Head, check)
}

func (n *linter) compare(r *ast.Rule, e *ast.Expr, paths []string, words *ast.Term) {
	for _, p := range paths {
		known := n.enums[p]
		if known == nil {
			continue
		}
		for _, t := range n.constants(r, words, 0) {
			word := string(asString(t))
			if slices.Contains(known, word) {
				continue
			}
			at := e.Location
			if t.Location != nil && t.Location.File != "" {
				at = t.Location
			}
			field := "input." + p
			if name, ok := strings.CutPrefix(p, "@"); ok {
				field = "the " + name
			}
			n.wrong(at, didYouMean(word, known), "%s is never %q", field, word)
		}
	}
}

// arguments refuses calls of a policy's own functions with an object of the
// input: the type checker doesn't look at the fields that a function reads.
func (n *linter) arguments(r *ast.Rule) {
	check := func(e *ast.Expr) bool {
		if !e.IsCall() || !e.Operator()[0].Equal(ast.DefaultRootDocument) {
			return false
		}
		for _, arg := range e.Operands() {
			for _, p := range n.paths(r, arg, 0) {
				p = strings.TrimSuffix(p, "^")
				if n.objects[p] {
					n.wrong(e.Location, "hand over its fields", "a function gets the object input.%s, whose fields aren't checked there", p)
					return false
				}
			}
		}
		return false
	}
	ast.WalkExprs(r.Body, check)
	ast.WalkExprs(r.Head, check)
}
