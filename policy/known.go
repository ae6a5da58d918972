package policy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// Many rules have the same value for every message, because they read lists
// only, or for every recipient of a message, because they don't read the
// recipient. Each of these is evaluated once, by itself, and the questions
// that follow find its value as if they had just evaluated it.
//
// Nothing is overlooked by that: where one of them fails or contradicts
// itself, none is known, and each question evaluates all that it needs.

// dependence says what a rule's value depends on.
type dependence int

const (
	onLists     dependence = iota // data alone
	onMessage                     // the input, but not the recipient
	onRecipient                   // anything
)

// dependences finds for each rule what it, or any rule that it may use,
// depends on, and which rules it names.
func dependences(c *ast.Compiler) (map[*ast.Rule]dependence, map[*ast.Rule][]*ast.Rule) {
	depends, uses := map[*ast.Rule]dependence{}, map[*ast.Rule][]*ast.Rule{}
	for _, m := range c.Modules {
		for _, r := range m.Rules {
			depends[r], uses[r] = direct(c, r)
		}
	}
	for changed := true; changed; {
		changed = false
		for r, used := range uses {
			for _, u := range used {
				if depends[u] > depends[r] {
					depends[r], changed = depends[u], true
				}
			}
		}
	}
	return depends, uses
}

// direct is what a rule itself, with its else branches, reads and names.
func direct(c *ast.Compiler, r *ast.Rule) (d dependence, uses []*ast.Rule) {
	references(r, func(ref ast.Ref) {
		prefix := ref.ConstantPrefix()
		switch {
		case ref[0].Equal(ast.DefaultRootDocument):
			uses = append(uses, c.GetRulesDynamicWithOpts(ref, ast.RulesOptions{IncludeHiddenModules: true})...)
		case len(prefix) < 2 || prefix[1].Value.Compare(ast.String("recipient")) == 0:
			d = onRecipient
		default:
			d = max(d, onMessage)
		}
	})
	ast.WalkWiths(r, func(*ast.With) bool {
		d = onRecipient // what it uses has other values here
		return false
	})
	return d, uses
}

// knowable are the rules, by their names, that depend on just d and are used
// by rules that depend on more, or that can't be known by themselves.
func knowable(c *ast.Compiler, d dependence) []ast.Ref {
	depends, uses := dependences(c)
	level := func(ref ast.Ref) (most dependence, ok bool) {
		node := c.RuleTree.Find(ref)
		if !ref.IsGround() || node == nil || len(node.Children) > 0 {
			return 0, false
		}
		for _, r := range c.GetRulesExact(ref) {
			if len(r.Head.Args) > 0 || !r.Ref().IsGround() {
				return 0, false
			}
			most = max(most, depends[r])
		}
		return most, true
	}
	var refs []ast.Ref
	for user, used := range uses {
		if its, ok := level(user.Ref()); ok && its <= d {
			continue // known itself, or for what it is used
		}
		for _, r := range used {
			if its, ok := level(r.Ref()); ok && its == d {
				refs = append(refs, r.Ref())
			}
		}
	}
	slices.SortFunc(refs, ast.RefCompare)
	return slices.CompactFunc(refs, func(a, b ast.Ref) bool { return a.Equal(b) })
}

// question asks for the values of several rules at once.
type question struct {
	refs  []ast.Ref
	query rego.PreparedEvalQuery
}

func (g *Generation) question(ctx context.Context, refs []ast.Ref) (q question, err error) {
	if len(refs) == 0 {
		return q, nil
	}
	var each []string
	for _, ref := range refs {
		each = append(each, fmt.Sprintf("[value | value = %s]", ref))
	}
	q.refs = refs
	q.query, err = g.prepare(ctx, "["+strings.Join(each, ", ")+"]")
	return q, err
}

// known holds values of rules, by the hash of their names.
type known map[int]knownValue

type knownValue struct {
	ref   ast.Ref
	value *ast.Term   // nil: undefined
	next  *knownValue // an earlier one whose name has the same hash
}

func (k known) find(ref ast.Ref, hash int) (value *ast.Term, ok bool) {
	first, ok := k[hash]
	for v := &first; ok && v != nil; v = v.next {
		if v.ref.Equal(ref) {
			return v.value, true
		}
	}
	return nil, false
}

// put adds a value, which hides an earlier one of the same rule.
func (k known) put(ref ast.Ref, hash int, value *ast.Term) {
	v := knownValue{ref: ref, value: value}
	if first, ok := k[hash]; ok {
		other := first
		v.next = &other
	}
	k[hash] = v
}

// values evaluates the rules of a question. Nothing is known if any of them
// fails or has no answer in time; who needs that one will say so.
func (g *Generation) values(ctx context.Context, q question, input ast.Value) known {
	if len(q.refs) == 0 {
		return nil
	}
	value, err := g.eval(ctx, q.query, input, nil)
	list, ok := value.(*ast.Array)
	if err != nil || !ok || list.Len() != len(q.refs) {
		return nil
	}
	k := known{}
	for i, ref := range q.refs {
		found, ok := list.Elem(i).Value.(*ast.Array)
		if !ok || found.Len() > 1 {
			return nil
		}
		var value *ast.Term
		if found.Len() == 1 {
			value = found.Elem(0)
			_ = value.String() // sorts it, before several goroutines read it
		}
		k.put(ref, ref.Hash(), value)
	}
	return k
}

// cache is what OPA keeps the values of rules in while it answers one
// question. The values that are known are there from the beginning.
type cache struct {
	lists, message known // of other questions, too: not changed
	// frames are the question's own values, and then those of each "with" that
	// evaluation is inside of; there, all rules may have other values.
	frames []known
}

func newCache() any { return &cache{frames: []known{make(known, 32)}} }

// maxKept is the size beyond which a cache isn't kept for the next question.
const maxKept = 1000

// emptied reports whether the cache may be used for another question.
func (c *cache) emptied() bool {
	if len(c.frames) != 1 || len(c.frames[0]) > maxKept {
		return false
	}
	clear(c.frames[0])
	c.lists, c.message = nil, nil
	return true
}

// Push and Pop begin and end a "with".
func (c *cache) Push() { c.frames = append(c.frames, known{}) }

func (c *cache) Pop() { c.frames = c.frames[:len(c.frames)-1] }

// Get is a rule's value, or says that it is undefined.
func (c *cache) Get(ref ast.Ref) (value *ast.Term, undefined bool) {
	hash := ref.Hash()
	value, ok := c.frames[len(c.frames)-1].find(ref, hash)
	if !ok && len(c.frames) == 1 {
		if value, ok = c.lists.find(ref, hash); !ok {
			value, ok = c.message.find(ref, hash)
		}
	}
	return value, ok && value == nil
}

// Put keeps a rule's value, nil where it is undefined. OPA goes on using ref.
func (c *cache) Put(ref ast.Ref, value *ast.Term) {
	c.frames[len(c.frames)-1].put(slices.Clone(ref), ref.Hash(), value)
}

// Keys are the rules whose values the innermost frame holds.
func (c *cache) Keys() (refs []ast.Ref) {
	for _, first := range c.frames[len(c.frames)-1] {
		for v := &first; v != nil; v = v.next {
			if v.value != nil {
				refs = append(refs, v.ref)
			}
		}
	}
	return refs
}
