package main

import "slices"

// The aims. A measurement that misses one of them ends with exit code 1.
const (
	// aimRecall: of checksummed identifiers with context, found with medium or
	// high confidence, in every container.
	aimRecall = 0.995
	// aimOrdinaryHigh: ordinary mails with a finding of high confidence that
	// isn't a contact (people's mail holds addresses and phone numbers).
	aimOrdinaryHigh = 0.001
	// aimOrdinaryAmbiguous: ordinary mails said to be ambiguous.
	aimOrdinaryAmbiguous = 0.005
	// aimSilent: hostile mails in which the value wasn't found and nothing was
	// said.
	aimSilent = 0
	// aimHealth: letters and files about patients that were found.
	aimHealth = 1.0
	// aimHealthFalse: ordinary mails with a finding of health.
	aimHealthFalse = 0
)

// tally counts what was found among some.
type tally struct {
	Total int `json:"total"`
	Sure  int `json:"sure"` // with medium or high confidence
	Any   int `json:"any"`
	High  int `json:"high"`
}

// add counts one, by its best confidence.
func (t *tally) add(level int) {
	t.Total++
	if level > 0 {
		t.Any++
	}
	if level > 1 {
		t.Sure++
	}
	if level > 2 {
		t.High++
	}
}

// share is the part of those that were found for sure.
func (t tally) share() float64 {
	if t.Total == 0 {
		return 1
	}
	return float64(t.Sure) / float64(t.Total)
}

// plus adds two counts.
func (t tally) plus(o tally) tally {
	return tally{t.Total + o.Total, t.Sure + o.Sure, t.Any + o.Any, t.High + o.High}
}

// cell is one detector in one container.
type cell struct {
	Detector  string `json:"detector"`
	Container string `json:"container"`
	tally
}

// falseAccepts is what one detector made of invalid values and ordinary mail.
type falseAccepts struct {
	Detector string `json:"detector"`
	Neutral  tally  `json:"neutral"` // invalid values in sentences that say nothing
	Context  tally  `json:"context"` // with the identifier's own words
	Ordinary tally  `json:"ordinary"`
}

// class is one class of hostile mails.
type class struct {
	Name   string `json:"name"`
	Total  int    `json:"total"`
	Found  int    `json:"found"`
	Said   int    `json:"said"` // not found, but ambiguous, partial or none
	Silent int    `json:"silent"`
}

// miss is one thing that went wrong, with what one needs to see it again.
type miss struct {
	What      string `json:"what"`
	Detector  string `json:"detector"`
	Where     string `json:"where"` // container, class, kind
	Language  string `json:"language"`
	Value     string `json:"value"`
	Found     string `json:"found"`
	Again     string `json:"again"` // a command
	raw       []byte
	file      string
	important int // less comes first
}

// silentMiss is what a miss on a hostile mail is called.
const silentMiss = "silent miss"

// aim is one aim and what came out.
type aim struct {
	Name string `json:"name"`
	Want string `json:"want"`
	Got  string `json:"got"`
	Met  bool   `json:"met"`
}

// ordinary is what came out of ordinary mails.
type ordinary struct {
	Total     int            `json:"total"`
	High      int            `json:"high"`
	Ambiguous int            `json:"ambiguous"`
	Health    int            `json:"health"`
	Unread    int            `json:"unread"`
	Kinds     map[string]int `json:"kinds"` // mails with a high finding, by kind
}

// results is everything that is printed.
type results struct {
	Detectors  []string         `json:"detectors"`
	Checked    map[string]bool  `json:"checked"`
	Missing    []string         `json:"missing"`
	Containers []string         `json:"containers"`
	Recall     []cell           `json:"recall"`
	Languages  map[string]tally `json:"languages"`
	False      []falseAccepts   `json:"false_accepts"`
	Ordinary   ordinary         `json:"ordinary"`
	Hostile    []class          `json:"hostile"`
	NotHostile int              `json:"hostile_left_out"` // their detector is missing
	Health     map[string]tally `json:"health"`
	Aims       []aim            `json:"aims"`
	Misses     []miss           `json:"-"`
}

// met says whether every aim is.
func (r results) met() bool {
	return !slices.ContainsFunc(r.Aims, func(a aim) bool { return !a.Met })
}

// of is the cell of a detector and a container.
func (r results) of(detector, container string) tally {
	var t tally
	for _, c := range r.Recall {
		if (detector == "" || c.Detector == detector) && (container == "" || c.Container == container) {
			t = t.plus(c.tally)
		}
	}
	return t
}
