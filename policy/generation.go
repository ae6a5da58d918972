package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// Source is where a generation is built from. A folder that is nil is empty.
type Source struct {
	// Policy holds *.rego files; *_test.rego are their tests.
	Policy fs.FS
	// Data holds *.json and *.yaml files, merged under data.sealpost.
	Data fs.FS
	// Beneath are layers under the two folders, the first one on top.
	Beneath []Layer
	// LocalDomains are added to data.sealpost.local_domains.
	LocalDomains []string
}

// BuildOptions say how a generation is built and how it decides.
type BuildOptions struct {
	// Vocabulary adds words to the standard ones.
	Vocabulary Vocabulary
	// RunTests refuses a policy whose own tests fail.
	RunTests bool
	// Deadline of one query; 50 ms if it is 0. All the queries of one message
	// together have 20 times as long.
	Deadline time.Duration
}

// Generation is a policy with its data and schema, ready to decide. It never
// changes after Build and may be used by any number of goroutines.
type Generation struct {
	lists    lists
	spoken   spoken
	calendar *calendar
	words    vocabulary
	deadline time.Duration
	revision string
	loaded   time.Time
	rules    []string // ids
	store    *store
	compiler *ast.Compiler

	decision rego.PreparedEvalQuery
	class    rego.PreparedEvalQuery
	// facts and recipient are the input, as far as the policy reads it.
	facts     *shape
	recipient *shape

	lasting known      // values that are the same for every message
	caches  *sync.Pool // of *cache, empty
	message question   // for those that are the same for every recipient
}

// Build loads, checks and tries a generation. Where the policy or its data is
// wrong, the error is a Mistakes list with all that is wrong.
func Build(ctx context.Context, src Source, opts BuildOptions) (*Generation, error) {
	l, err := load(src, opts.Vocabulary)
	if err != nil {
		return nil, err
	}
	g, err := l.generation(ctx, opts)
	if err != nil {
		return nil, err
	}
	if opts.RunTests {
		if err := l.runTests(ctx); err != nil {
			return nil, err
		}
	}
	if err := g.try(ctx); err != nil {
		return nil, err
	}
	return g, nil
}

// loaded is a checked source.
type loaded struct {
	policy   fs.FS // the operator's own rules
	source   *source
	data     *data
	compiler *ast.Compiler
	inlined  *ast.Compiler // the same, for questions
	words    vocabulary
	raw      Vocabulary
}

// load reads and checks everything; all mistakes come together, except that of
// a file that isn't Rego only the first one is known.
func load(src Source, v Vocabulary) (*loaded, error) {
	var mistakes Mistakes
	l := &loaded{policy: src.Policy, words: v.all(), raw: v}
	var err error
	if l.source, err = src.loadRules(&mistakes); err != nil {
		return nil, err
	}
	if len(l.source.rules) == 0 && len(mistakes) == 0 {
		mistakes.add("", position{}, "", "the policy folder holds no rules")
	}
	// Lists may be long, and rules are slow to compile: both at once.
	var lists sync.WaitGroup
	var inLists Mistakes
	lists.Go(func() {
		l.data, err = loadData(src, l.source.reads("partners"), &inLists)
	})
	compiles := false
	if len(l.source.rules) > 0 {
		l.compiler, compiles = compile(l.source.rules, v, &mistakes)
	}
	if compiles {
		l.inlined = inline(l.compiler)
	}
	if lists.Wait(); err != nil {
		return nil, err
	}
	mistakes = append(mistakes, inLists...)
	if l.compiler != nil {
		lint(l, &mistakes)
	}
	return l, mistakes.err()
}

func (l *loaded) generation(ctx context.Context, opts BuildOptions) (*Generation, error) {
	g := &Generation{
		lists: l.data.lists, spoken: newSpoken(l.data.plain), calendar: newCalendar(l.data.lists),
		words: l.words, deadline: opts.Deadline,
		loaded: time.Now(), compiler: l.inlined, rules: l.source.ids(),
		caches: &sync.Pool{New: newCache},
	}
	var hashed sync.WaitGroup
	var hash string
	var hashErr error
	hashed.Go(func() { hash, hashErr = l.revision() })
	defer hashed.Wait()
	input := shapeOf(reflect.TypeFor[Input](), ast.Ref{ast.InputRootDocument}, l.words, readingsOf(g.compiler).read)
	g.facts, g.recipient = input.field("recipient")
	var err error
	if g.store, err = newStore(ctx, l.data.plain); err != nil {
		return nil, fmt.Errorf("storing the data: %w", err)
	}
	if g.deadline == 0 {
		g.deadline = 50 * time.Millisecond
	}
	if g.decision, err = g.prepare(ctx, "data.sealpost.main.decision"); err != nil {
		return nil, err
	}
	if g.class, err = g.prepare(ctx, "data.sealpost.main.class"); err != nil {
		return nil, err
	}
	lasting, err := g.question(ctx, knowable(g.compiler, onLists))
	if err != nil {
		return nil, err
	}
	g.lasting = g.patient().values(ctx, lasting, nil)
	if g.message, err = g.question(ctx, knowable(g.compiler, onMessage)); err != nil {
		return nil, err
	}
	hashed.Wait()
	g.revision = hash
	return g, hashErr
}

// patient is the same generation with a deadline for its first questions: a
// cold start isn't the policy's fault.
func (g *Generation) patient() *Generation {
	p := *g
	p.deadline = max(g.deadline, time.Second)
	return &p
}

func (g *Generation) prepare(ctx context.Context, query string) (rego.PreparedEvalQuery, error) {
	q, err := rego.New(
		rego.Query(query), rego.Compiler(g.compiler), rego.Store(g.store),
		rego.StrictBuiltinErrors(true),
		rego.GenerateJSON(func(t *ast.Term, _ *rego.EvalContext) (any, error) { return t.Value, nil }),
	).PrepareForEval(ctx)
	if err != nil {
		return q, fmt.Errorf("preparing %s: %w", query, err)
	}
	return q, nil
}

// revision is a hash over all that a decision depends on beside the message:
// rules, data and the form of the input. Tests don't count, nor does which
// file a list stands in.
func (l *loaded) revision() (string, error) {
	schema, err := json.Marshal(InputSchema(l.raw))
	if err != nil {
		return "", fmt.Errorf("hashing the schema: %w", err)
	}
	lists, err := json.Marshal(l.data.plain)
	if err != nil {
		return "", fmt.Errorf("hashing the data: %w", err)
	}
	h := sha256.New()
	var size []byte
	write := func(b []byte) {
		size = append(strconv.AppendInt(size[:0], int64(len(b)), 10), ':')
		h.Write(size)
		h.Write(b)
	}
	write(schema)
	write(lists)
	var partner []byte
	for _, domain := range sortedKeys(l.data.lists.partners) {
		partner = l.data.lists.partners[domain].appendText(appendCounted(partner[:0], domain))
		write(partner)
	}
	for _, name := range slices.Sorted(maps.Keys(l.source.rules)) {
		write([]byte(name))
		write(l.source.text[name])
	}
	return hex.EncodeToString(h.Sum(nil))[:24], nil
}

// sortedKeys sorts two halves at once: there may be a million.
func sortedKeys(m map[string]*Partner) []string {
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	a, b := keys[:len(keys)/2], keys[len(keys)/2:]
	var half sync.WaitGroup
	half.Go(func() { slices.Sort(a) })
	slices.Sort(b)
	half.Wait()
	all := make([]string, 0, len(keys))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// Revision names what the generation was built from: the same rules, data and
// schema always have the same revision.
func (g *Generation) Revision() string { return g.revision }

// Rules are the ids of all rules, sorted.
func (g *Generation) Rules() []string { return slices.Clone(g.rules) }

// Loaded is when the generation was built.
func (g *Generation) Loaded() time.Time { return g.loaded }

// Classify says what a recipient's domain is, and returns the partner's
// agreement if there is one. The partner is the generation's: don't change it.
// An address without a domain is Business, the kind that is trusted least
// after a public provider.
func (g *Generation) Classify(address string) (Kind, *Partner) {
	return g.lists.kind(domainOf(address))
}

// LocalDomain reports whether a domain is one of our own.
func (g *Generation) LocalDomain(domain string) bool {
	normal, _ := normalDomain(domain)
	return g.lists.local[normal]
}

// Partner is what was agreed with a domain. It is the generation's: don't
// change it.
func (g *Generation) Partner(domain string) (*Partner, bool) {
	normal, _ := normalDomain(domain)
	p, ok := g.lists.partners[normal]
	return p, ok
}

// Partners returns the domains of all partners, sorted.
func (g *Generation) Partners() []string { return slices.Sorted(maps.Keys(g.lists.partners)) }
