package mta

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// rewritingParams are the parameters whose tables change a recipient, or send
// it back, before it is routed. They are asked for the marks that the gateway
// makes too.
func rewritingParams() []string {
	return []string{"recipient_canonical_maps", "canonical_maps", "virtual_alias_maps", "virtual_alias_domains", "relocated_maps"}
}

// Rewriting finds tables that would change a marked recipient: with its mark it
// would lose its treatment. Every table is asked for marks of the given
// domains, and patterns that don't hold on to the end of the address are
// named, since nobody can ask for all addresses.
func (pf *Postfix) Rewriting(ctx context.Context, domains []string) []Problem {
	var list []Problem
	seen := map[string]bool{}
	for _, name := range rewritingParams() {
		value, err := pf.Value(ctx, name)
		if err != nil {
			list = append(list, Problem{true, fmt.Sprintf("reading %s: %v", name, err), "mend main.cf"})
			continue
		}
		for _, table := range SplitList(value) {
			if name == "virtual_alias_domains" && seen[table] || !strings.Contains(table, ":") {
				continue // by default the same tables; or the name of one domain
			}
			seen[table] = true
			list = append(list, pf.rewritingTable(ctx, name, table, domains)...)
		}
	}
	return list
}

func (pf *Postfix) rewritingTable(ctx context.Context, name, table string, domains []string) []Problem {
	mend := "end its patterns with $, or put them between \"if !/\\.sealpost\\.invalid$/\" and \"endif\""
	keys := probes(domains)
	if name == "virtual_alias_domains" {
		for i, k := range keys {
			_, keys[i], _ = cutLast(k, '@')
		}
	}
	found, err := pf.LookupAll(ctx, table, keys)
	if err != nil {
		return []Problem{{true, fmt.Sprintf("%s: asking %s: %v", name, table, err), "mend that table first; mail can't be taken while it can't be read"}}
	}
	for _, k := range keys {
		if value, ok := found[k]; ok {
			return []Problem{{true, fmt.Sprintf("%s: %s answers %q for marked mail (%s)", name, table, value, k), mend}}
		}
	}
	kind, file, _ := strings.Cut(strings.TrimPrefix(table, "proxy:"), ":")
	if kind != "regexp" && kind != "pcre" || strings.HasPrefix(file, "{") {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return []Problem{{false, fmt.Sprintf("%s: %s can't be looked into: %v", name, table, err), "see that each of its patterns ends with $"}}
	}
	var list []Problem
	for _, r := range readPatterns(string(text)) {
		if !r.spares {
			list = append(list, Problem{true, fmt.Sprintf("%s: %s:%d: the pattern doesn't hold on to the end of the address, so it can catch marked mail", name, file, r.line), mend})
		}
	}
	return list
}

// probes are marks of each domain, for a name that patterns may well have and
// for one that they may not.
func probes(domains []string) []string {
	var keys []string
	for _, d := range append([]string{"example.invalid"}, domains...) {
		for _, name := range []string{"probe", "postmaster"} {
			keys = append(keys, probeMarkOf(name+"@"+d, "content"), probeMarkOf(name+"@"+d, "tls"))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// pattern is one rule of a regexp or pcre table.
type pattern struct {
	line int // where it begins, from 1
	// spares is true if it can't match marked mail unless a probe shows it:
	// it is bound to the end of the address, or stands under such a condition.
	spares bool
	result string
}

// readPatterns reads the rules of a regexp_table(5) or pcre_table(5).
func readPatterns(text string) []pattern {
	var list []pattern
	var spared []bool // for each open "if"
	for _, l := range logicalLines(text) {
		words := strings.TrimSpace(l.text)
		condition := false
		if rest, ok := strings.CutPrefix(words, "if"); ok && (rest == "" || !isAlphanumeric(rest[0])) {
			condition, words = true, strings.TrimSpace(rest)
		} else if strings.HasPrefix(words, "endif") {
			spared = spared[:max(len(spared)-1, 0)]
			continue
		}
		expression, not, result := cutPattern(words)
		bound := bound(expression) && !not
		if not {
			// It leaves marks out if it names all of them and no more words follow.
			bound = slices.Contains([]string{`\.sealpost\.invalid$`, `[.]sealpost[.]invalid$`}, expression)
		}
		within := slices.Contains(spared, true)
		if condition {
			spared = append(spared, bound)
			continue
		}
		list = append(list, pattern{l.number, bound || within, result})
	}
	return list
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// cutPattern takes a rule "!/expression/flags result" apart.
func cutPattern(rule string) (expression string, not bool, result string) {
	for strings.HasPrefix(rule, "!") {
		not, rule = !not, strings.TrimSpace(rule[1:])
	}
	if rule == "" {
		return "", not, ""
	}
	delimiter := rule[0]
	for i := 1; i < len(rule); i++ {
		switch rule[i] {
		case '\\':
			i++
		case delimiter:
			_, result, _ = strings.Cut(strings.ReplaceAll(rule[i+1:], "\t", " "), " ")
			return rule[1:i], not, strings.TrimSpace(result)
		}
	}
	return rule[1:], not, ""
}

// bound reports whether every alternative of an expression ends with "$".
// What is merely not understood counts as not bound.
func bound(expression string) bool {
	depth, start := 0, 0
	ends := func(s string) bool {
		rest, ok := strings.CutSuffix(s, "$")
		slashes := len(rest) - len(strings.TrimRight(rest, `\`))
		return ok && slashes%2 == 0
	}
	for i := 0; i < len(expression); i++ {
		switch expression[i] {
		case '\\':
			i++
		case '[':
			i = endOfClass(expression, i)
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 && !ends(expression[start:i]) {
				return false
			}
			if depth == 0 {
				start = i + 1
			}
		}
	}
	return depth == 0 && ends(expression[start:])
}

// endOfClass is the index of the "]" that ends the class which begins at i.
func endOfClass(s string, i int) int {
	j := i + 1
	for j < len(s) && (s[j] == '^' || s[j] == ']' && (j == i+1 || j == i+2 && s[i+1] == '^')) {
		j++
	}
	for ; j < len(s) && s[j] != ']'; j++ {
		if strings.HasPrefix(s[j:], "[:") {
			if end := strings.Index(s[j:], ":]"); end > 0 {
				j += end + 1
			}
		}
	}
	return j
}

type logicalLine struct {
	number int
	text   string
}

// logicalLines joins lines that begin with white space to those before them,
// and leaves out comments and empty lines, as Postfix does.
func logicalLines(text string) []logicalLine {
	var list []logicalLine
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#':
		case (line[0] == ' ' || line[0] == '\t') && len(list) > 0:
			list[len(list)-1].text += " " + trimmed
		default:
			list = append(list, logicalLine{number, trimmed})
		}
	}
	return list
}
