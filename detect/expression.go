package detect

import (
	"fmt"
	"regexp"
	"strings"
)

// expression is what a detector's candidates look like as one regular
// expression; "" where it looks for words.
func (d *detector) expression() string {
	var ways []string
	var national *shape // what those that begin with a country have in common
	for _, s := range d.Shapes {
		if s.Begins == "" {
			ways = append(ways, s.expression())
			continue
		}
		if national != nil {
			s = s.merged(*national)
		}
		national = &s
	}
	if national != nil {
		ways = append(ways, national.expression())
	}
	if d.Address {
		ways = append(ways, `[\w.+'=-]+@[\w-]+(?:\.[\w-]+)+`)
	}
	if d.Pattern != nil {
		ways = append(ways, d.Pattern.String())
	} else {
		for _, l := range d.Literals {
			ways = append(ways, regexp.QuoteMeta(l))
		}
	}
	return strings.Join(ways, "|")
}

// expression is a shape with separators between its characters.
func (s shape) expression() string {
	const separator = `[ ./-]?`
	var b strings.Builder
	b.WriteString(`\b`)
	for at := 0; at < s.Max; {
		end := at
		for end < s.Max && s.char(end) == s.char(at) && (end < s.Min || at >= s.Min) {
			end++
		}
		one := map[byte]string{'A': `[A-Za-z]`, '9': `\d`, 'X': `[A-Za-z\d]`}[s.char(at)]
		if at > 0 {
			one = separator + one
		}
		switch {
		case at >= s.Min:
			fmt.Fprintf(&b, `(?:%s){0,%d}`, one, end-at)
		case at > 0:
			fmt.Fprintf(&b, `(?:%s){%d}`, one, end-at)
		default:
			b.WriteString(one)
			end = 1
		}
		at = end
	}
	b.WriteString(`\b`)
	return b.String()
}
