package detect

// Reason says why one hit has its confidence. It holds nothing of the text:
// words are those of the detector's own lists.
type Reason struct {
	Detector   string `json:"detector"`
	Confidence string `json:"confidence"` // "" where the hit is not reported
	Masked     string `json:"masked"`
	// Grade is what the hit is worth by itself: "hinted" (nothing without
	// context), "claimed" (the same, but sure with context), "named" (a
	// word), "bare" (passes a check that many numbers pass), "formed" (and
	// is written as such numbers are) or "proven".
	Grade string `json:"grade"`
	// Support is the nearest context word, and Against the nearest
	// negative one, with their distance in bytes as it counts; "" where
	// there is none near.
	Support         string `json:"support,omitempty"`
	SupportDistance int    `json:"support_distance,omitempty"`
	Against         string `json:"against,omitempty"`
	AgainstDistance int    `json:"against_distance,omitempty"`
	// Heading says that these words head the hit's column or row.
	Heading bool `json:"heading,omitempty"`
	// Series says that the hit looks cut out of a longer number.
	Series bool `json:"series,omitempty"`
	// Tried and Passed count the numbers of this form in the whole text,
	// and those of them that pass the check, where that decided.
	Tried  int `json:"tried,omitempty"`
	Passed int `json:"passed,omitempty"`
}

// maxReasons is how many hits of one text are explained.
const maxReasons = 1000

// reason is a Reason while the text goes on.
type reason struct {
	Reason
	detector int
	level    level
}

// Explain makes the scanner keep the reasons of its hits from now on, or not.
func (s *Scanner) Explain(on bool) { s.explains = on }

// Reasons says why each hit since Reset has its confidence, those too that are
// not reported for want of context: at most 1,000, and none unless Explain was
// called before the text. A value that was seen twice has two.
func (s *Scanner) Reasons() []Reason {
	all := make([]Reason, 0, len(s.reasons))
	for _, r := range s.reasons {
		if r.level == levelBare {
			t := s.tally[r.detector]
			r.level, r.Tried, r.Passed = t.decides(), t.tried, t.passed
		}
		if r.level != levelNone {
			r.Confidence = confidence(r.level)
		}
		all = append(all, r.Reason)
	}
	return all
}

// note keeps the reason for a hit's level.
func (s *Scanner) note(h *hit, l level, a surrounding) {
	if len(s.reasons) == maxReasons {
		return
	}
	d := &s.engine.detectors[h.detector]
	r := reason{detector: h.detector, level: l}
	r.Detector, r.Masked = d.ID, d.Mask(s.marks.text[h.start:h.end])
	r.Grade, r.Series, r.Heading = gradeNames[h.grade], h.series, a.heading
	if a.supportWord != nil {
		r.Support, r.SupportDistance = a.supportWord.term, a.support
	}
	if a.againstWord != nil {
		r.Against, r.AgainstDistance = a.againstWord.term, a.against
	}
	s.reasons = append(s.reasons, r)
}

var gradeNames = [...]string{hinted: "hinted", claimed: "claimed", named: "named", bare: "bare", formed: "formed", proven: "proven"}
