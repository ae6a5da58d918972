package message

import "slices"

// Problem is something wrong with a part, or read differently by different
// programs. Text is for people and never quotes the message.
type Problem struct{ Code, Text string }

// Deviation describes one code of problem.
type Deviation struct {
	Code string
	Text string // one line for people
	// Ambiguous says that two programs may show different content. Such a
	// part has the other readings in Part.Also.
	Ambiguous bool
	// Incomplete says that something could not be taken apart or decoded.
	Incomplete bool
}

// add notes a problem, each code once a part.
func (p *Part) add(code string) {
	if !p.Has(code) {
		d, _ := deviation(code)
		p.Problems = append(p.Problems, Problem{code, d.Text})
	}
}

// Has reports whether the part has a problem with that code.
func (p *Part) Has(code string) bool {
	return slices.ContainsFunc(p.Problems, func(x Problem) bool { return x.Code == code })
}

// ambiguous reports whether a problem of the part is.
func (p *Part) ambiguous() bool {
	return slices.ContainsFunc(p.Problems, func(x Problem) bool { return Ambiguous(x.Code) })
}

// Ambiguous reports whether two programs may show different content where a
// part has this problem. It is false for codes that are not of this package.
func Ambiguous(code string) bool {
	d, _ := deviation(code)
	return d.Ambiguous
}

// Incomplete reports whether a part with this problem could not be taken apart
// or decoded in full. It is false for codes that are not of this package.
func Incomplete(code string) bool {
	d, _ := deviation(code)
	return d.Incomplete
}

// Deviations returns every code that a part can have, grouped by where it
// occurs.
func Deviations() []Deviation { return slices.Clone(deviations[:]) }

func deviation(code string) (Deviation, bool) {
	for _, d := range &deviations {
		if d.Code == code {
			return d, true
		}
	}
	return Deviation{}, false
}
