package audit

import (
	"fmt"
	"time"
)

// Report is what Verify found.
type Report struct {
	Files   int       `json:"files"`
	Entries int       `json:"entries"`
	First   uint64    `json:"first"` // the number of the first entry that is there
	From    time.Time `json:"from"`  // its time
	To      time.Time `json:"to"`    // that of the last one
	Head    Head      `json:"head"`
	// Problems are what breaks the chain, each with its file and line.
	Problems []string `json:"problems"`
}

// Whole reports whether the chain is unbroken.
func (r *Report) Whole() bool { return len(r.Problems) == 0 }

// maxProblems is how many problems are told apart.
const maxProblems = 100

func (r *Report) problem(l line, format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, l.wrong(fmt.Errorf(format, args...)).Error())
	}
}

// Verify follows the chain of a file or of a folder's files. known are heads
// that somebody noted down earlier: the chain must hold each of them. It begins
// with the oldest file that is there; those before it may have been removed
// because of their age.
func Verify(path string, known ...Head) Report {
	r := Report{Problems: []string{}}
	wanted := map[uint64]string{}
	for _, h := range known {
		wanted[h.Seq] = h.Hash
	}
	file := ""
	walk(path, func(l line) bool {
		if l.err != nil {
			r.Problems = append(r.Problems, l.err.Error())
			return true
		}
		if l.file != file {
			file = l.file
			r.Files++
		}
		r.add(l, wanted)
		return true
	})
	for seq, h := range wanted {
		if len(r.Problems) < maxProblems {
			r.Problems = append(r.Problems, fmt.Sprintf("entry %d with the hash %.16s… isn't there", seq, h))
		}
	}
	return r
}

// add follows the chain by one line.
func (r *Report) add(l line, wanted map[uint64]string) {
	e, err := parse(l.text)
	if err != nil {
		r.problem(l, "%w", err)
		return
	}
	switch {
	case r.Entries == 0:
		r.First, r.From = e.Seq, e.Time
	case e.Seq != r.Head.Seq+1:
		r.problem(l, "entry %d follows on entry %d", e.Seq, r.Head.Seq)
	case e.Kind == GapKind:
		r.problem(l, "the files before it were damaged: %s", e.Record)
	case e.Prev != r.Head.Hash:
		r.problem(l, "entry %d doesn't follow on the entry %d that is there: one of them was changed", e.Seq, r.Head.Seq)
	}
	r.Entries++
	r.To, r.Head = e.Time, Head{e.Seq, hash(l.text)}
	if h, ok := wanted[e.Seq]; ok {
		delete(wanted, e.Seq)
		if h != r.Head.Hash {
			r.problem(l, "entry %d has another hash than the one that was noted", e.Seq)
		}
	}
}
