package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sealpost/sealpost/accuracy/containers"
	"github.com/sealpost/sealpost/accuracy/health"
	"github.com/sealpost/sealpost/accuracy/hostile"
	ordinarymail "github.com/sealpost/sealpost/accuracy/ordinary"
	"github.com/sealpost/sealpost/accuracy/values"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/inspect"
)

// perIdentifier is how many valid and invalid values of each are tried.
const perIdentifier = 40

// measurement gathers the counts; its maps are guarded by mu.
type measurement struct {
	settings
	scan     *scanner
	progress io.Writer
	scanned  atomic.Int64

	mu            sync.Mutex
	cells         map[[2]string]*tally // detector, container
	languages     map[string]*tally
	neutral       map[string]*tally
	context       map[string]*tally
	quiet         map[string]*tally // what each detector found in ordinary mail
	ordinaryTotal ordinary
	classes       []class
	leftOut       int
	patients      map[string]*tally
	misses        []miss
}

// sample is one message to be sent through, and where its result goes.
type sample struct {
	detector, where, language, value string
	raw                              func() []byte
	into                             []*tally
}

// partly says whether only some detectors or containers were asked for.
func (m *measurement) partly() bool { return m.detectors != nil || m.settings.containers != nil }

// identifiers are those asked for whose detector exists.
func (m *measurement) identifiers() []values.Identifier {
	return slices.DeleteFunc(values.All(), func(id values.Identifier) bool {
		return !m.scan.known[id.ID] || m.detectors != nil && !slices.Contains(m.detectors, id.ID)
	})
}

// places are the containers asked for.
func (m *measurement) places() []containers.Container {
	return slices.DeleteFunc(containers.All(), func(c containers.Container) bool {
		return m.settings.containers != nil && !slices.Contains(m.settings.containers, c.Name)
	})
}

// counter is the tally of a key, made at its first use.
func counter[K comparable](counts *map[K]*tally, key K) *tally {
	if *counts == nil {
		*counts = map[K]*tally{}
	}
	if (*counts)[key] == nil {
		(*counts)[key] = &tally{}
	}
	return (*counts)[key]
}

// recall puts every valid value into every container, in the languages in turn:
// each container sees each language several times with each identifier.
func (m *measurement) recall() error {
	letters, err := containers.Load()
	if err != nil {
		return err
	}
	languages := containers.Languages()
	var samples []sample
	for _, id := range m.identifiers() {
		for i, v := range id.Valid(perIdentifier) {
			for k, c := range m.places() {
				it := letters.Item(id, v, languages[(i+k)%len(languages)], i/len(languages)+k)
				if !c.Fits(it) {
					continue
				}
				into := []*tally{counter(&m.cells, [2]string{id.ID, c.Name})}
				if id.Checked {
					into = append(into, counter(&m.languages, it.Language))
				}
				samples = append(samples, sample{id.ID, c.Name, it.Language, v.Text, func() []byte { return c.Build(it) }, into})
			}
		}
	}
	return m.send(samples, func(s sample, top int, r inspect.Report) *miss {
		if top >= 2 {
			return nil
		}
		return &miss{What: "valid value not found", Again: fmt.Sprintf("go run ./accuracy -detector %s -container %s -misses 100", s.detector, s.where)}
	})
}

// invalid puts every invalid value into text, with words that say nothing and
// with its own.
func (m *measurement) invalid() error {
	letters, err := containers.Load()
	if err != nil {
		return err
	}
	languages := containers.Languages()
	plain := containers.All()[1]
	attached := containers.All()[slices.IndexFunc(containers.All(), func(c containers.Container) bool { return c.Name == "attachment" })]
	var samples []sample
	for _, id := range m.identifiers() {
		place := plain
		if id.Kind == values.File || id.Kind == values.Binary {
			place = attached
		}
		for i, v := range id.Invalid(perIdentifier) {
			it := letters.Neutral(id, v, languages[i%len(languages)], i)
			samples = append(samples, sample{id.ID, "neutral sentence, " + v.Why, it.Language, v.Text, func() []byte { return place.Build(it) }, []*tally{counter(&m.neutral, id.ID)}})
			if id.Neutral {
				continue
			}
			with := letters.Item(id, v, languages[i%len(languages)], i)
			samples = append(samples, sample{id.ID, "with context, " + v.Why, with.Language, v.Text, func() []byte { return place.Build(with) }, []*tally{counter(&m.context, id.ID)}})
		}
	}
	return m.send(samples, func(s sample, top int, r inspect.Report) *miss {
		if top < 2 {
			return nil
		}
		return &miss{What: "invalid value accepted", important: 1, Again: fmt.Sprintf("go run ./accuracy -detector %s -misses 100", s.detector)}
	})
}

// ordinary sends mails through that should stay quiet.
func (m *measurement) ordinary() error {
	mails, err := ordinarymail.Mails()
	if err != nil {
		return err
	}
	m.ordinaryTotal.Kinds = map[string]int{}
	var samples []sample
	for _, o := range mails {
		samples = append(samples, sample{where: o.Kind + ", " + o.Form, language: o.Language, raw: func() []byte { return o.Raw }})
	}
	return m.send(samples, func(s sample, _ int, r inspect.Report) *miss {
		t := &m.ordinaryTotal
		t.Total++
		loud, sick := map[string]int{}, false
		for _, f := range r.Findings {
			loud[f.Detector] = max(loud[f.Detector], level(f.Confidence))
			sick = sick || f.Category == detect.Health && level(f.Confidence) > 1
		}
		for d, top := range loud {
			counter(&m.quiet, d).add(top)
		}
		high := slices.ContainsFunc(r.Findings, func(f inspect.Finding) bool {
			return f.Confidence == detect.High && f.Category != detect.Contact
		})
		what := ""
		if r.Ambiguous {
			t.Ambiguous++
			what = "ordinary mail said to be ambiguous"
		}
		if r.Scanned != inspect.Full {
			t.Unread++
			what = "ordinary mail not read in full"
		}
		if high {
			t.High++
			kind, _, _ := strings.Cut(s.where, ",")
			t.Kinds[kind]++
			what = "ordinary mail with a high finding"
		}
		if sick {
			t.Health++
			what = "ordinary mail with a finding of health"
		}
		if what == "" {
			return nil
		}
		return &miss{What: what, Again: "go run ./accuracy -misses 1000"}
	})
}

// hostile sends mails through that hide something.
func (m *measurement) hostile() error {
	var samples []sample
	at := map[string]int{}
	for _, h := range hostile.Mails() {
		if _, ok := at[h.Class]; !ok {
			at[h.Class] = len(m.classes)
			m.classes = append(m.classes, class{Name: h.Class})
		}
		if !m.scan.known[h.Detector] {
			m.leftOut++
			continue
		}
		samples = append(samples, sample{h.Detector, h.Class + ": " + h.Variant, "", h.Value, func() []byte { return h.Raw }, nil})
	}
	return m.send(samples, func(s sample, top int, r inspect.Report) *miss {
		name, _, _ := strings.Cut(s.where, ": ")
		c := &m.classes[at[name]]
		c.Total++
		switch {
		case top > 0:
			c.Found++
		case r.Ambiguous || r.Scanned != inspect.Full:
			c.Said++
		default:
			c.Silent++
			return &miss{What: silentMiss, Again: "go run ./accuracy -misses 1000"}
		}
		return nil
	})
}

// health sends letters and files about patients through.
func (m *measurement) health() error {
	letters, err := health.Letters()
	if err != nil {
		return err
	}
	var samples []sample
	for _, l := range letters {
		samples = append(samples, sample{where: l.Kind, language: l.Language, value: l.Form, raw: func() []byte { return l.Raw }})
	}
	return m.send(samples, func(s sample, _ int, r inspect.Report) *miss {
		top := 0
		for _, f := range r.Findings {
			if f.Category == detect.Health {
				top = max(top, level(f.Confidence))
			}
		}
		counter(&m.patients, s.where).add(top)
		if top >= 2 {
			return nil
		}
		return &miss{What: "letter about a patient not found", Again: "go run ./accuracy -misses 1000"}
	})
}

// send scans all samples on all cores; judge sees each result, one at a time,
// and returns what went wrong.
func (m *measurement) send(samples []sample, judge func(s sample, top int, r inspect.Report) *miss) error {
	step := max(1, len(samples)/40)
	wrong := make([]*miss, len(samples))
	err := forEach(len(samples), func(i int) error {
		s := samples[i]
		raw := s.raw()
		r, err := m.scan.scan(raw)
		if err != nil {
			return fmt.Errorf("%s in %s: %w", s.detector, s.where, err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.scanned.Add(1); i%step == 0 {
			fmt.Fprint(m.progress, ".")
		}
		top := best(r, s.detector)
		for _, t := range s.into {
			t.add(top)
		}
		if w := judge(s, top, r); w != nil {
			w.Detector, w.Where, w.Language, w.Value, w.Found = s.detector, s.where, s.language, s.value, summary(r)
			w.raw, wrong[i] = raw, w
		}
		return nil
	})
	for _, w := range wrong {
		if w != nil {
			m.misses = append(m.misses, *w)
		}
	}
	return err
}

// summary is a report in one line.
func summary(r inspect.Report) string {
	parts := []string{"scanned " + r.Scanned}
	if r.Ambiguous {
		parts = append(parts, "ambiguous")
	}
	for _, f := range r.Findings {
		parts = append(parts, fmt.Sprintf("%s %s at %s %s", f.Detector, f.Confidence, f.Part, f.Path))
	}
	return strings.Join(append(parts, r.Problems...), ", ")
}

// results puts the counts in order and judges the aims.
func (m *measurement) results() results {
	r := results{Checked: map[string]bool{}, Languages: map[string]tally{}, Health: map[string]tally{}, Ordinary: m.ordinaryTotal, Hostile: m.classes, NotHostile: m.leftOut, Detectors: []string{}, Missing: []string{}}
	for _, id := range values.All() {
		if m.detectors != nil && !slices.Contains(m.detectors, id.ID) {
			continue
		}
		if !m.scan.known[id.ID] {
			r.Missing = append(r.Missing, id.ID)
			continue
		}
		r.Detectors = append(r.Detectors, id.ID)
		r.Checked[id.ID] = id.Checked
		f := falseAccepts{Detector: id.ID, Neutral: *counter(&m.neutral, id.ID), Context: *counter(&m.context, id.ID), Ordinary: *counter(&m.quiet, id.ID)}
		r.False = append(r.False, f)
	}
	for _, c := range m.places() {
		r.Containers = append(r.Containers, c.Name)
		for _, d := range r.Detectors {
			if t := m.cells[[2]string{d, c.Name}]; t != nil {
				r.Recall = append(r.Recall, cell{d, c.Name, *t})
			}
		}
	}
	for k, t := range m.languages {
		r.Languages[k] = *t
	}
	for k, t := range m.patients {
		r.Health[k] = *t
	}
	r.Misses = m.misses
	slices.SortStableFunc(r.Misses, func(a, b miss) int { return a.important - b.important })
	r.Aims = aims(r, m.partly())
	m.store(r.Misses)
	return r
}

// store writes the messages of misses into the folder that was asked for. The
// names say which miss it was; what can't be written is said on progress.
func (m *measurement) store(misses []miss) {
	if m.keep == "" {
		return
	}
	for i := range misses {
		misses[i].file = filepath.Join(m.keep, fmt.Sprintf("%05d.eml", i+1))
		if err := os.WriteFile(misses[i].file, misses[i].raw, 0o600); err != nil {
			fmt.Fprintln(m.progress, "keeping a message:", err)
			return
		}
	}
}

// aims judges what was measured; with some detectors or containers only, the
// aims of the whole are left out.
func aims(r results, partly bool) []aim {
	percent := func(n, of int) string {
		return fmt.Sprintf("%.2f %% (%d of %d)", 100*float64(n)/float64(max(of, 1)), n, of)
	}
	worst, where, short := 1.0, "", 0
	for _, c := range r.Containers {
		var t tally
		for _, x := range r.Recall {
			if x.Container == c && r.Checked[x.Detector] {
				t = t.plus(x.tally)
			}
		}
		if t.share() < aimRecall {
			short++
		}
		if t.share() < worst {
			worst, where = t.share(), " ("+c+")"
		}
	}
	list := []aim{{"recall of checksummed identifiers with context, in every container", fmt.Sprintf("≥ %.1f %%", 100*aimRecall),
		fmt.Sprintf("worst %.2f %%%s, %d of %d containers short", 100*worst, where, short, len(r.Containers)), short == 0}}
	if partly {
		return list
	}
	silent, hostile, health := 0, 0, tally{}
	for _, c := range r.Hostile {
		silent, hostile = silent+c.Silent, hostile+c.Total
	}
	for _, k := range slices.Sorted(maps.Keys(r.Health)) {
		health = health.plus(r.Health[k])
	}
	o := r.Ordinary
	return append(list,
		aim{"ordinary mails with a high finding", fmt.Sprintf("≤ %.1f %%", 100*aimOrdinaryHigh), percent(o.High, o.Total), float64(o.High) <= aimOrdinaryHigh*float64(o.Total)},
		aim{"ordinary mails said to be ambiguous", fmt.Sprintf("≤ %.1f %%", 100*aimOrdinaryAmbiguous), percent(o.Ambiguous, o.Total), float64(o.Ambiguous) <= aimOrdinaryAmbiguous*float64(o.Total)},
		aim{"silent misses on hostile mails", fmt.Sprint(aimSilent), percent(silent, hostile), silent <= aimSilent},
		aim{"health samples found", fmt.Sprintf("%.0f %%", 100*aimHealth), percent(health.Sure, health.Total), health.share() >= aimHealth},
		aim{"ordinary mails with a finding of health", fmt.Sprint(aimHealthFalse), percent(o.Health, o.Total), o.Health <= aimHealthFalse})
}
