package values

import (
	"flag"
	"path/filepath"
	"testing"

	"github.com/sealpost/sealpost/accuracy/golden"
)

var update = flag.Bool("update", false, "rewrite the committed values")

// perList is how many valid and how many invalid values are committed.
const perList = 40

// The committed values are what the generators make.
func TestCommittedValues(t *testing.T) {
	dir := filepath.Join("..", "testdata", "values")
	for _, id := range All() {
		file, got := filepath.Join(dir, id.ID+".txt"), id.Lists(perList)
		golden.Compare(t, *update, file, got)
	}
}

// There are enough values, all different; valid ones hold and invalid ones
// break the rule as they are written.
func TestValuesHold(t *testing.T) {
	for _, id := range All() {
		valid, invalid := id.Valid(perList), id.Invalid(perList)
		if len(valid) != perList || len(invalid) != perList {
			t.Errorf("%s: %d valid and %d invalid values", id.ID, len(valid), len(invalid))
		}
		for _, v := range valid {
			if !id.OK(v.Text) {
				t.Errorf("%s: %q doesn't hold", id.ID, v.Text)
			}
		}
		for _, v := range invalid {
			if id.OK(v.Text) {
				t.Errorf("%s: %q (%s) holds", id.ID, v.Text, v.Why)
			}
		}
	}
}

// What issuers and standards print as examples holds.
func TestExamplesHold(t *testing.T) {
	for _, id := range All() {
		for _, e := range id.Examples {
			if !id.OK(e) {
				t.Errorf("%s: the published example %q doesn't hold", id.ID, e)
			}
		}
	}
}

// No value is there twice, and the ids are different.
func TestNothingTwice(t *testing.T) {
	ids := map[string]bool{}
	for _, id := range All() {
		if ids[id.ID] {
			t.Errorf("%s is there twice", id.ID)
		}
		ids[id.ID] = true
		seen := map[string]bool{}
		for _, v := range append(id.Valid(perList), id.Invalid(perList)...) {
			if seen[v.Text] {
				t.Errorf("%s: %q is there twice", id.ID, v.Text)
			}
			seen[v.Text] = true
		}
	}
}
