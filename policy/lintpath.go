package policy

import (
	"regexp"
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

// derived is what variables got from functions that leave a word of the input
// as it is.
func (n *linter) derived(r *ast.Rule) scope {
	if s, ok := n.derivations[r]; ok {
		return s
	}
	s := scope{}
	n.derivations[r] = s
	call := func(e *ast.Expr) bool {
		if !e.IsCall() || len(e.Operands()) < 2 {
			return false
		}
		result, ok := e.Operands()[len(e.Operands())-1].Value.(ast.Var)
		switch operator := e.Operator().String(); {
		case !ok:
		case operator == ast.Lower.Name, operator == ast.TrimSpace.Name:
			s[result] = append(s[result], e.Operand(0))
		case operator == ast.ObjectGet.Name && len(e.Operands()) == 4 && asString(e.Operand(1)) != "":
			s[result] = append(s[result], ast.RefTerm(e.Operand(0), e.Operand(1)))
		}
		return false
	}
	ast.WalkExprs(r.Body, call)
	ast.WalkExprs(r.Head, call)
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
		for _, s := range []scope{n.scope(r), n.derived(r)} {
			for _, b := range s[v] {
				all = append(all, n.paths(r, b, steps+1)...)
			}
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
	if name, ok := overAllTopics(ref); ok {
		return below([]string{"@" + name + "^"}, ref[5:])
	}
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

// fieldOf is how a path is called in a mistake.
func fieldOf(path string) string {
	if name, ok := strings.CutPrefix(path, "@"); ok {
		return "the " + name
	}
	return "input." + path
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
		case ast.And.Name:
			element := ast.Ref{ast.VarTerm("_")}
			n.compare(r, e, below(n.paths(r, a, 0), element), b)
			n.compare(r, e, below(n.paths(r, b, 0), element), a)
		case ast.ObjectGet.Name:
			n.keys(r, e.Location, a, b)
		default:
			n.matches(r, e, a, b)
		}
		return false
	}
	ast.WalkExprs(r.Body, check)
	ast.WalkExprs(r.Head, check)
	ast.WalkRefs(r, func(ref ast.Ref) bool {
		for i := 1; i < len(ref); i++ {
			if _, isVar := ref[i].Value.(ast.Var); isVar {
				n.keys(r, ref[0].Location, ast.NewTerm(ref[:i]), ref[i])
			}
		}
		return false
	})
}

// keys checks those of an object that is written in the policy, or lies in the
// data, and in which a field of the input is looked up.
func (n *linter) keys(r *ast.Rule, at *ast.Location, object, key *ast.Term) {
	for _, p := range n.paths(r, key, 0) {
		known := n.enums[p]
		if known == nil {
			continue
		}
		for _, k := range n.objectKeys(r, object) {
			if word := string(asString(k)); !slices.Contains(known, word) {
				if k.Location != nil && k.Location.File != "" {
					at = k.Location
				}
				n.wrong(orRule(at, r), didYouMean(word, known), "%s is looked up, and is never %q", fieldOf(p), word)
			}
		}
	}
}

func orRule(at *ast.Location, r *ast.Rule) *ast.Location {
	if at == nil || at.File == "" {
		return r.Location
	}
	return at
}

// objectKeys are the constant keys of an object, as far as it is known.
func (n *linter) objectKeys(r *ast.Rule, t *ast.Term) (keys []*ast.Term) {
	if ref, ok := t.Value.(ast.Ref); ok && len(ref) == 1 {
		t = ref[0]
	}
	values := []ast.Value{n.value(r, t)}
	if ref, ok := values[0].(ast.Ref); ok {
		for _, rule := range n.compiler.GetRulesExact(ref) {
			values = append(values, n.value(rule, rule.Head.Value))
		}
		table, _ := n.listed(ref).(map[string]any)
		for key := range table {
			keys = append(keys, ast.StringTerm(key))
		}
	}
	for _, v := range values {
		if o, ok := v.(ast.Object); ok {
			o.Foreach(func(k, _ *ast.Term) { keys = append(keys, k) })
		}
	}
	return slices.DeleteFunc(keys, func(k *ast.Term) bool { return asString(k) == "" })
}

// listed is the data at a reference, nil where there is none.
func (n *linter) listed(ref ast.Ref) any {
	if !ref.IsGround() || len(ref) < 3 || !ref.HasPrefix(sealpostRef()) {
		return nil
	}
	var here any = n.data.plain
	for _, t := range ref[2:] {
		object, ok := here.(map[string]any)
		if !ok {
			return nil
		}
		here = object[string(asString(t))]
	}
	return here
}

// matches checks words that a field of the input is to begin or end with, or to
// hold, and patterns that it is to match.
func (n *linter) matches(r *ast.Rule, e *ast.Expr, a, b *ast.Term) {
	var has func(word, known string) bool
	field, words := a, b
	switch e.Operator().String() {
	case ast.StartsWith.Name, ast.AnyPrefixMatch.Name:
		has = func(word, known string) bool { return strings.HasPrefix(known, word) }
	case ast.EndsWith.Name, ast.AnySuffixMatch.Name:
		has = func(word, known string) bool { return strings.HasSuffix(known, word) }
	case ast.Contains.Name:
		has = func(word, known string) bool { return strings.Contains(known, word) }
	case ast.RegexMatch.Name:
		field, words = b, a
		has = func(word, known string) bool {
			matched, err := regexp.MatchString(word, known)
			return matched || err != nil
		}
	default:
		return
	}
	for _, p := range n.paths(r, field, 0) {
		known := n.enums[p]
		for _, t := range n.constants(r, words, 0) {
			word := string(asString(t))
			if known != nil && !slices.ContainsFunc(known, func(k string) bool { return has(word, k) }) {
				n.wrong(orRule(t.Location, r), didYouMean(word, known), "no word that %s may be has %q there", fieldOf(p), word)
			}
		}
	}
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
			n.wrong(at, didYouMean(word, known), "%s is never %q", fieldOf(p), word)
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
			if p, ok := n.objectIn(r, arg, 0); ok {
				n.wrong(e.Location, "hand over its fields", "a function gets the object %s, whose fields aren't checked there", strings.TrimSuffix("input."+p, "."))
				return false
			}
		}
		return false
	}
	ast.WalkExprs(r.Body, check)
	ast.WalkExprs(r.Head, check)
}

// objectIn finds an object of the input in what a function gets.
func (n *linter) objectIn(r *ast.Rule, t *ast.Term, steps int) (path string, found bool) {
	if t == nil || steps > maxSteps {
		return "", false
	}
	for _, p := range n.paths(r, t, 0) {
		if p = strings.TrimSuffix(p, "^"); n.objects[p] {
			return p, true
		}
	}
	inner := func(t *ast.Term) {
		if !found {
			path, found = n.objectIn(r, t, steps+1)
		}
	}
	switch v := t.Value.(type) {
	case ast.Var:
		for _, bound := range n.scope(r)[v] {
			inner(bound)
		}
	case ast.Object:
		v.Foreach(func(_, value *ast.Term) { inner(value) })
	case *ast.Array:
		v.Foreach(inner)
	case ast.Set:
		v.Foreach(inner)
	}
	return path, found
}
