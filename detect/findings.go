package detect

// maxValues is how many different values of one detector are told apart in
// one text. Beyond, the count stays there.
const maxValues = 100_000

// sightings are one detector's values in one text: hashes under a key that
// is made for each message and never kept, so nothing can be looked up later.
type sightings struct {
	values map[uint64]level
	// masked is a sample for each level, and sample its value: a value that
	// rises takes its sample with it.
	masked [levelHigh + 1]string
	sample [levelHigh + 1]uint64
}

// add notes a value, and takes its mask where the level has no sample yet.
func (s *sightings) add(value uint64, l level, mask func([]byte) string, text []byte) {
	old, known := s.values[value]
	if old >= l || !known && len(s.values) >= maxValues {
		return
	}
	if s.values == nil {
		s.values = map[uint64]level{}
	}
	s.values[value] = l
	if known && s.sample[old] == value {
		s.masked[old] = ""
	}
	if s.masked[l] == "" {
		s.masked[l], s.sample[l] = mask(text), value
	}
}

// Hits returns what was seen since Reset, detector by detector, surest first.
func (s *Scanner) Hits() []Hit {
	var all []Hit
	for i := range s.seen {
		d := &s.engine.detectors[i]
		counts, masked := s.seen[i].counts(s.tally[i])
		for _, l := range []level{levelHigh, levelMedium, levelLow} {
			if counts[l] > 0 {
				if masked[l] == "" {
					masked[l] = d.Mask(nil)
				}
				all = append(all, Hit{
					Detector: d.ID, Category: d.Category, Confidence: confidence(l),
					Count: counts[l], Masked: masked[l], Table: s.engine.tableOf(i),
				})
			}
		}
	}
	return all
}

// counts sums up the values, with those at levelBare decided.
func (s *sightings) counts(t tally) (counts [levelHigh + 1]int, masked [levelHigh + 1]string) {
	masked = s.masked
	for _, l := range s.values {
		counts[l]++
	}
	decided := t.decides()
	counts[decided] += counts[levelBare]
	if masked[decided] == "" {
		masked[decided] = masked[levelBare]
	}
	return counts, masked
}

// decides is what levelBare comes to.
func (t tally) decides() level {
	if t.passed*10 >= t.tried*9 {
		return levelMedium
	}
	return levelLow
}

func confidence(l level) string {
	switch l {
	case levelHigh:
		return High
	case levelMedium:
		return Medium
	}
	return Low
}
