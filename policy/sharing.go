package policy

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// sharing says which facts the policy reads. Recipients that agree in all of
// those that it reads of a recipient have the same decision, so it is asked
// for once. Long lists of the message that it doesn't read aren't handed over.
//
// It is taken from the compiled rules, all of them: every reference to the
// input, cut at the first element that isn't a constant. A rule that names
// the input or the recipient as a whole reads everything, and then nothing is
// shared. (v1/dependencies answers a similar question per query, but leaves
// out references that it finds unused; here one reference too many costs
// time, one too few would send a message below its level.)
type sharing struct {
	whole bool
	paths []ast.Ref // below input.recipient
	// facts are the references to the rest of the input.
	facts []ast.Ref
}

// reads reports whether a rule may read input.<section>.<list>.
func (s sharing) reads(section, list string) bool {
	ref := ast.Ref{ast.InputRootDocument, ast.StringTerm(section), ast.StringTerm(list)}
	return slices.ContainsFunc(s.facts, func(f ast.Ref) bool { return ref.HasPrefix(f) || f.HasPrefix(ref) })
}

func sharingOf(c *ast.Compiler) sharing {
	var s sharing
	read := func(r ast.Ref) {
		r = r.ConstantPrefix()
		s.facts = append(s.facts, r)
		switch {
		case len(r) == 1: // input as a whole
			s.whole = true
		case r[1].Value.Compare(ast.String("recipient")) != 0:
		case len(r) == 2:
			s.whole = true
		default:
			s.paths = append(s.paths, r[2:])
		}
	}
	var visitor *ast.GenericVisitor
	visitor = ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Ref:
			if len(x) == 0 || !x[0].Equal(ast.InputRootDocument) {
				return false
			}
			read(x)
			for _, t := range x[1:] {
				visitor.Walk(t)
			}
			return true
		case ast.Var:
			if x.Equal(ast.InputRootDocument.Value) {
				read(ast.Ref{ast.InputRootDocument})
			}
		}
		return false
	})
	for _, m := range c.Modules {
		visitor.Walk(m)
	}
	s.paths, s.facts = minimal(s.paths), minimal(s.facts)
	return s
}

// minimal drops repetitions and paths below others.
func minimal(paths []ast.Ref) []ast.Ref {
	slices.SortFunc(paths, ast.RefCompare)
	var kept []ast.Ref
	for _, p := range paths {
		if len(kept) == 0 || !p.HasPrefix(kept[len(kept)-1]) {
			kept = append(kept, p)
		}
	}
	return kept
}

// key is the same for two recipients only if the policy can't tell them apart.
func (s sharing) key(recipient *ast.Term) string {
	if s.whole {
		return recipient.String()
	}
	var b strings.Builder
	for _, p := range s.paths {
		if v, err := recipient.Value.Find(p); err == nil {
			b.WriteString(v.String()) // quoted where it is a text
		}
		b.WriteByte('\n')
	}
	return b.String()
}
