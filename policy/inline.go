package policy

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// inline is a compiler with the same rules, but for those that go through all
// topics,
//
//	x contains y if some y in data.sealpost.topic[_].require
//
// Each of these is replaced by as many as there are rules in topics that add
// to that set, with the body of one of them in its own. The values are the
// same; but OPA would look into every topic for the set, and go from rule to
// rule, anew for each question, and that is a third of a decision's time.
//
// A rule of any other form stays as it is. A policy that exchanges values by
// "with" stays as it is altogether.
func inline(c *ast.Compiler) *ast.Compiler {
	modules, changed := copies(c.Modules), false
	if hasWith(modules) {
		return c
	}
	sets := topicRules(modules)
	for _, m := range modules {
		var rules []*ast.Rule
		for _, r := range m.Rules {
			at, set := overTopics(r)
			if len(sets[set]) == 0 {
				rules = append(rules, r)
				continue
			}
			changed = true
			for _, of := range sets[set] {
				rules = append(rules, merged(r, at, of))
			}
		}
		m.Rules = rules
	}
	if !changed {
		return c
	}
	inlined := ast.NewCompiler().WithCapabilities(capabilities())
	if inlined.Compile(modules); inlined.Failed() {
		return c // slower, and the same
	}
	return inlined
}

func hasWith(modules map[string]*ast.Module) (found bool) {
	for _, m := range modules {
		ast.WalkWiths(m, func(*ast.With) bool {
			found = true
			return true
		})
	}
	return found
}

// topicRules are the rules of topics, by the name of the set that they add to.
// A name under which any topic has something else is left out.
func topicRules(modules map[string]*ast.Module) map[ast.String][]*ast.Rule {
	sets, other := map[ast.String][]*ast.Rule{}, []ast.String{}
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		if p := modules[file].Package.Path; !p.HasPrefix(topicsRef()) {
			continue
		}
		for _, r := range modules[file].Rules {
			set := ast.String(r.Head.Ref()[0].Value.(ast.Var))
			sets[set] = append(sets[set], r)
			if len(modules[file].Package.Path) != 4 || !addsToSet(r) {
				other = append(other, set)
			}
		}
	}
	for _, name := range other {
		delete(sets, name)
	}
	return sets
}

func topicsRef() ast.Ref { return sealpostRef("topic") }

// sealpostRef is data.sealpost with names behind it.
func sealpostRef(names ...string) ast.Ref {
	ref := ast.Ref{ast.DefaultRootDocument, ast.InternedTerm("sealpost")}
	for _, name := range names {
		ref = append(ref, ast.InternedTerm(name))
	}
	return ref
}

func addsToSet(r *ast.Rule) bool {
	return r.Head.RuleKind() == ast.MultiValue && len(r.Head.Ref()) == 1 && r.Head.Key != nil && r.Else == nil
}

// overTopics finds the expression of a rule that binds a variable to one
// element after the other of a set, "" if there is none, in all topics:
//
//	y = data.sealpost.topic[_].require[_]
//
// Neither index may be used for anything else.
func overTopics(r *ast.Rule) (at int, set ast.String) {
	if !addsToSet(r) {
		return 0, ""
	}
	for i, e := range r.Body {
		if !e.IsEquality() || e.Negated || len(e.With) > 0 {
			continue
		}
		ref, ok := e.Operand(1).Value.(ast.Ref)
		if !ok || len(ref) != 6 || !ref.HasPrefix(topicsRef()) || !once(r, ref[3]) || !once(r, ref[5]) {
			continue
		}
		if _, ok := e.Operand(0).Value.(ast.Var); ok {
			return i, asString(ref[4])
		}
	}
	return 0, ""
}

// once reports whether a term is a variable that stands nowhere else in a rule.
func once(r *ast.Rule, t *ast.Term) bool {
	v, ok := t.Value.(ast.Var)
	n := 0
	ast.WalkVars(r, func(w ast.Var) bool {
		if w == v {
			n++
		}
		return false
	})
	return ok && n == 1
}

// merged is a rule that goes through all topics, with one of a topic's rules
// in the place of the expression that does.
func merged(r *ast.Rule, at int, topic *ast.Rule) *ast.Rule {
	all, of := r.Copy(), renamed(topic)
	element := all.Body[at].Operand(0)
	body := slices.Clone(all.Body[:at])
	body = append(body, of.Body...)
	body = append(body, ast.Equality.Expr(element, of.Head.Key))
	all.Body = ast.NewBody(append(body, all.Body[at+1:]...)...)
	return all
}

// renamed is a copy of a rule whose variables are no other rule's.
func renamed(r *ast.Rule) *ast.Rule {
	of := r.Copy()
	own := ast.NewVarVisitor().WithParams(ast.VarVisitorParams{SkipRefCallHead: true})
	own.Walk(of.Body)
	own.Walk(of.Head.Key)
	_, err := ast.TransformVars(of, func(v ast.Var) (ast.Value, error) {
		if own.Vars().Contains(v) && !ast.RootDocumentNames.Contains(ast.NewTerm(v)) {
			return "__local_topic_" + v, nil // the prefix marks it as not the author's
		}
		return v, nil
	})
	if err != nil {
		panic(err) // the function above returns none
	}
	return of
}
