package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/dependencies"
)

// lint finds what OPA's compiler and type checker let through: words that no
// field ever holds, references to data that isn't there, demands that nobody
// reads. Each of these would quietly switch a rule off.
func lint(l *loaded, mistakes *Mistakes) {
	n := &linter{
		loaded: l, mistakes: mistakes, enums: l.words.enums(), objects: l.words.objects(),
		scopes: map[*ast.Rule]scope{}, derivations: map[*ast.Rule]scope{}, ids: map[string]string{}, homes: map[string]string{},
	}
	n.large = l.data.large()
	n.enums["@require.level"], n.enums["@treat_with.level"] = words(Levels()), words(Levels())
	n.enums["@class.class"] = words(Classes())
	n.enums["@class"] = words(Classes())
	n.enums["@level"] = words(Levels())
	if !l.source.broken && len(l.compiler.GetRulesExact(sealpostRef("main", "decision"))) == 0 {
		mistakes.add("main.rego", position{}, "", "no rule data.sealpost.main.decision: nothing would be decided")
	}
	for _, name := range slices.Sorted(maps.Keys(l.compiler.Modules)) {
		n.module(name, l.compiler.Modules[name])
	}
	n.exceptions()
}

type linter struct {
	*loaded
	mistakes *Mistakes
	enums    map[string][]string
	objects  map[string]bool // paths in the input at which objects, or lists of them, lie
	scopes   map[*ast.Rule]scope
	// derivations are further bindings, good for where a value comes from and
	// not for what it is.
	derivations map[*ast.Rule]scope
	ids         map[string]string // file of each rule id
	homes       map[string]string // file of each rule, by its full name
	lifts       []ruleUse         // rules that overrides name
	large       map[string]bool   // names of tables that are looked up, not searched
}

func (n *linter) wrong(at *ast.Location, hint, format string, args ...any) {
	if at == nil {
		at = &ast.Location{}
	}
	n.mistakes.add(at.File, position{line: at.Row, col: at.Col}, hint, format, args...)
}

func (n *linter) module(file string, m *ast.Module) {
	topic := n.pkg(m)
	metadata := n.metadata(file)
	for _, r := range m.Rules {
		if topic {
			n.topicRule(file, r, metadata)
		} else if name := r.Head.Ref()[0].String(); topicSets()[name] != nil && r.Head.RuleKind() == ast.MultiValue {
			n.wrong(r.Location, "begin the file with \"package sealpost.topic.NAME\"", "%q is read in topic packages only", name)
		}
		n.home(file, r, topic)
		for e := r; e != nil; e = e.Else {
			n.comparisons(e)
			n.arguments(e)
			n.searches(e)
		}
	}
	ast.WalkRefs(m, func(r ast.Ref) bool {
		n.dataRef(r)
		return false
	})
}

// home refuses a rule that two files define: OPA would take both together, so
// that one file changes what the other means. The sets of a topic are meant to
// be added to.
func (n *linter) home(file string, r *ast.Rule, topic bool) {
	if topic && topicSets()[r.Head.Ref()[0].String()] != nil {
		return
	}
	name := r.Ref().GroundPrefix().String()
	if first := n.homes[name]; first != "" && first != file {
		n.wrong(r.Location, "choose another name", "%s has a rule %s already", first, strings.TrimPrefix(name, "data."))
		return
	}
	n.homes[name] = file
}

// pkg checks a module's package, and reports whether it is a topic's.
func (n *linter) pkg(m *ast.Module) (topic bool) {
	p := m.Package
	parts := strings.Split(strings.TrimPrefix(p.Path.String(), "data."), ".")
	switch {
	case parts[0] != "sealpost" || len(parts) < 2:
		n.wrong(p.Location, "package sealpost.topic.NAME", "package %s isn't below sealpost", strings.Join(parts, "."))
	case parts[1] == "topic":
		if len(parts) != 3 {
			n.wrong(p.Location, "package sealpost.topic.NAME", "package %s is no topic's: its rules would not be read", strings.Join(parts, "."))
		}
		return len(parts) == 3
	default:
		if _, isData := n.data.plain[parts[1]]; isData {
			n.wrong(p.Location, "choose another name", "package %s hides the data of that name", strings.Join(parts, "."))
		}
		if hint := didYouMean(parts[1], []string{"topic", "main"}); parts[1] != "main" && strings.HasPrefix(hint, "did") {
			n.wrong(p.Location, hint, "package %s would not be read", strings.Join(parts, "."))
		}
	}
	return false
}

// metadata is the METADATA of a file's rules, by line.
func (n *linter) metadata(file string) map[int]*ast.Annotations {
	byLine := map[int]*ast.Annotations{}
	for _, r := range n.source.rules[file].Rules {
		for _, a := range r.Annotations {
			if a.Scope == "rule" {
				byLine[r.Location.Row] = a
			}
		}
	}
	return byLine
}

// topicSets are the sets that topics add to, each with the keys of its
// elements; a question mark ends the name of a key that may be left out.
func topicSets() map[string][]string {
	return map[string][]string{
		"class":      {"class", "rule", "reason"},
		"require":    {"level", "rule", "reason", "hold?"},
		"treat_with": {"level", "rule", "treatments", "params?"},
		"override":   {"rule", "reason", "who?", "justification?"},
		"ignored":    {"rule", "who", "reason"},
		"notify":     {"rule", "reason"},
	}
}

func (n *linter) topicRule(file string, r *ast.Rule, metadata map[int]*ast.Annotations) {
	name := r.Head.Ref()[0].String()
	keys := topicSets()[name]
	if keys == nil {
		hint := didYouMean(name, slices.Collect(maps.Keys(topicSets())))
		if r.Head.RuleKind() == ast.MultiValue && strings.HasPrefix(hint, "did") {
			n.wrong(r.Location, hint, "nobody reads the set %q", name)
		}
		return
	}
	if r.Head.RuleKind() != ast.MultiValue || len(r.Head.Ref()) != 1 || r.Head.Key == nil {
		n.wrong(r.Location, name+" contains {…} if …", "%s is a set to add to", name)
		return
	}
	element, ok := n.value(r, r.Head.Key).(ast.Object)
	if !ok {
		n.wrong(r.Location, "write it out: "+name+` contains {"rule": …}`, "an element of %s is an object that is written in the rule itself", name)
		return
	}
	n.element(r, name, keys, element)
	id, _ := n.text(r, element.Get(ast.StringTerm("rule")))
	n.documented(file, r, id, metadata[r.Location.Row])
	if name == "class" {
		n.classRule(r)
	}
	if name == "override" && id != "" {
		n.lifts = append(n.lifts, ruleUse{file: file, at: position{line: r.Location.Row, col: r.Location.Col}, rule: id})
	}
}

// element checks keys and words of an element of a topic's set.
func (n *linter) element(r *ast.Rule, set string, keys []string, element ast.Object) {
	var names []string
	for _, k := range keys {
		name, optional := strings.CutSuffix(k, "?")
		names = append(names, name)
		if !optional && element.Get(ast.StringTerm(name)) == nil {
			n.wrong(r.Location, "", "an element of %s needs a %q", set, name)
		}
	}
	level, levelKnown := n.text(r, element.Get(ast.StringTerm("level")))
	element.Foreach(func(k, v *ast.Term) {
		key := string(asString(k))
		text, constant := n.text(r, v)
		switch {
		case !slices.Contains(names, key):
			n.wrong(place(k, r), didYouMean(key, names), "an element of %s has no %q", set, key)
		case key == "level" && constant && !slices.Contains(Levels(), Level(text)):
			n.wrong(place(v, r), didYouMean(text, words(Levels())), "level %q isn't known", text)
		case key == "class" && constant && !slices.Contains(Classes(), Class(text)):
			n.wrong(place(v, r), didYouMean(text, words(Classes())), "class %q isn't known", text)
		case (key == "rule" || key == "reason") && constant && strings.TrimSpace(text) == "":
			n.wrong(place(v, r), "", "%s is empty", key)
		case key == "rule" && !constant && set != "override" && set != "ignored":
			n.wrong(place(v, r), "write the id itself", "a rule's id doesn't change")
		case key == "treatments":
			n.treatments(r, v, Level(level), levelKnown)
		case key == "params":
			n.params(r, v)
		}
	})
}

// treatments checks those that a rule names, as far as they are constant.
func (n *linter) treatments(r *ast.Rule, v *ast.Term, level Level, levelKnown bool) {
	list, ok := n.value(r, v).(*ast.Array)
	if !ok {
		return
	}
	if list.Len() == 0 {
		n.wrong(place(v, r), "", "no treatment at all")
	}
	list.Foreach(func(t *ast.Term) {
		name, constant := n.text(r, t)
		reaches, known := n.words.treatments[name]
		switch {
		case !constant:
		case !known:
			n.wrong(place(t, r), didYouMean(name, n.words.treatmentNames()), "treatment %q isn't known", name)
		case levelKnown && reaches != nil && level != Opportunistic && slices.Contains(Levels(), level) && !slices.Contains(reaches, level):
			n.wrong(place(t, r), "", "treatment %s can't reach the level %s", name, level)
		}
	})
}

func (n *linter) params(r *ast.Rule, v *ast.Term) {
	o, ok := n.value(r, v).(ast.Object)
	if !ok {
		return
	}
	o.Foreach(func(k, _ *ast.Term) {
		name := string(asString(k))
		if _, known := n.words.treatments[name]; !known {
			n.wrong(place(k, r), didYouMean(name, n.words.treatmentNames()), "treatment %q isn't known", name)
		}
	})
}

// documented checks a rule's METADATA: the id there is the one that the rule
// gives as its reason, and no two files use the same.
func (n *linter) documented(file string, r *ast.Rule, id string, a *ast.Annotations) {
	set := r.Head.Ref()[0].String()
	if a == nil || a.Title == "" || a.Description == "" {
		n.wrong(r.Location, "put \"# METADATA\" with title, description and custom: id: before it", "the rule isn't described")
		return
	}
	declared, _ := a.Custom["id"].(string)
	if declared == "" {
		n.wrong(r.Location, "", "METADATA has no custom id")
		return
	}
	if set != "override" && id != "" && declared != id {
		n.wrong(r.Location, "", "METADATA calls the rule %q, the rule itself %q", declared, id)
	}
	if first, used := n.ids[declared]; used && first != file {
		n.wrong(r.Location, "", "%s has a rule %q already", first, declared)
		return
	}
	n.ids[declared] = file
}

// classRule: a message's class is the same for all its recipients.
func (n *linter) classRule(r *ast.Rule) {
	refs, err := dependencies.Base(n.compiler, r)
	if err != nil {
		n.wrong(r.Location, "", "%v", err)
		return
	}
	for _, ref := range refs {
		if ref.HasPrefix(ast.Ref{ast.InputRootDocument, ast.InternedTerm("recipient")}) {
			n.wrong(r.Location, "use require", "the class of a message doesn't depend on the recipient, and this rule reads %s", ref)
			return
		}
	}
}

// exceptions and overrides lift rules that there are.
func (n *linter) exceptions() {
	if n.source.broken {
		return
	}
	known := slices.Sorted(maps.Keys(n.ids))
	for _, use := range append(n.data.exceptionRules, n.lifts...) {
		if n.ids[use.rule] == "" && use.rule != "" {
			n.mistakes.add(use.file, use.at, didYouMean(use.rule, known), "there is no rule %q to lift", use.rule)
		}
	}
}

// dataRef refuses references to data that isn't there.
func (n *linter) dataRef(ref ast.Ref) {
	if name, ok := overAllTopics(ref); ok && topicSets()[name] == nil {
		n.wrong(ref[0].Location, didYouMean(name, slices.Collect(maps.Keys(topicSets()))), "topics have no set %q", name)
	}
	ref = ref.ConstantPrefix()
	if len(ref) < 2 || !ref[0].Equal(ast.DefaultRootDocument) || n.source.broken {
		return
	}
	if len(n.compiler.GetRules(ref)) > 0 || len(n.compiler.GetRulesWithPrefix(ref)) > 0 {
		return
	}
	if string(asString(ref[1])) != "sealpost" {
		n.wrong(ref[0].Location, "all data lies below data.sealpost", "there is no %s", ref)
		return
	}
	var here any = n.data.plain
	for i := 2; i < len(ref); i++ {
		key := string(asString(ref[i]))
		object, isObject := here.(map[string]any)
		value, listed := object[key]
		if slices.Contains(n.children(ref[:i]), key) || listed {
			here = value
			continue
		}
		if !isObject && here != nil {
			return // a scalar or list, and no field of it
		}
		if i == 3 && slices.Contains([]string{"local_domains", "public_providers", "partners", "exceptions", "holidays"}, string(asString(ref[2]))) {
			return // looked up by something that may or may not be listed
		}
		known := append(slices.Collect(maps.Keys(object)), n.children(ref[:i])...)
		n.wrong(ref[0].Location, didYouMean(key, known), "there is no %s", ref[:i+1])
		return
	}
}

// overAllTopics is the name that a reference looks for in every topic.
func overAllTopics(ref ast.Ref) (name string, ok bool) {
	if len(ref) < 5 || !ref.HasPrefix(topicsRef()) {
		return "", false
	}
	_, isVar := ref[3].Value.(ast.Var)
	s, isText := ref[4].Value.(ast.String)
	return string(s), isVar && isText
}

// children are the names of rules and packages below a reference.
func (n *linter) children(ref ast.Ref) (names []string) {
	tree := n.compiler.RuleTree
	for _, t := range ref {
		if tree = tree.Child(t.Value); tree == nil {
			return nil
		}
	}
	for _, name := range tree.Sorted {
		if s, ok := name.(ast.String); ok {
			names = append(names, string(s))
		}
	}
	return names
}

func asString(t *ast.Term) ast.String {
	s, _ := t.Value.(ast.String)
	return s
}

// place is a term's place, or its rule's if it was made by the compiler.
func place(t *ast.Term, r *ast.Rule) *ast.Location {
	if t != nil && t.Location != nil && t.Location.File != "" {
		return t.Location
	}
	return r.Location
}
