package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// readings are the places in the input that the policy reads. What it doesn't
// read isn't handed over: lists that may be long, and all by which recipients
// differ to no effect. Recipients whose documents are then the same have the
// same decision, and it is asked for once.
//
// They are taken from the compiled rules, all of them: every reference to the
// input, cut at the first element that isn't a constant. A rule that names
// the input or the recipient as a whole reads everything in it. (v1/dependencies
// answers a similar question per query, but leaves out references that it
// finds unused; here one reference too many costs time, one too few would send
// a message below its level.)
type readings []ast.Ref

// read reports whether a rule may read what stands at a place, or below it, or
// something that it is a part of. A place in a list has a variable for its
// index.
func (r readings) read(place ast.Ref) bool {
	return slices.ContainsFunc(r, func(read ast.Ref) bool { return meet(place, read) })
}

// meet reports whether one of two references begins with the other.
func meet(a, b ast.Ref) bool {
	for i := range min(len(a), len(b)) {
		_, some := a[i].Value.(ast.Var)
		if !a[i].Equal(b[i]) && !(i > 0 && some) {
			return false
		}
	}
	return true
}

func readingsOf(c *ast.Compiler) (all readings) {
	for _, m := range c.Modules {
		references(m, func(r ast.Ref) {
			if r[0].Equal(ast.InputRootDocument) {
				all = append(all, r.ConstantPrefix())
			}
		})
	}
	slices.SortFunc(all, ast.RefCompare)
	return slices.CompactFunc(all, func(a, b ast.Ref) bool { return a.Equal(b) })
}

// references calls f for each reference to the input or the data in a module,
// rule or term, also for those within others and for the bare roots.
func references(x any, f func(ast.Ref)) {
	root := func(v ast.Value) bool {
		return v.Compare(ast.InputRootDocument.Value) == 0 || v.Compare(ast.DefaultRootDocument.Value) == 0
	}
	var visitor *ast.GenericVisitor
	visitor = ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Head:
			for _, t := range x.Reference { // which the visitor itself leaves out
				visitor.Walk(t)
			}
		case ast.Ref:
			if len(x) == 0 || !root(x[0].Value) {
				return false
			}
			f(x)
			for _, t := range x[1:] {
				visitor.Walk(t)
			}
			return true
		case ast.Var:
			if root(x) {
				f(ast.Ref{ast.NewTerm(x)})
			}
		}
		return false
	})
	visitor.Walk(x)
}
