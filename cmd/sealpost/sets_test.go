package main

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/rego"
)

// The setting policy.set offers the sets that are built in, and each one works
// over folders in which an operator wrote nothing.
func TestPolicySets(t *testing.T) {
	field, _ := reflect.TypeFor[config.Policy]().FieldByName("Set")
	offered := strings.Split(field.Tag.Get("enum"), ",")
	slices.Sort(offered)
	want := append(rego.Sets(), "none")
	slices.Sort(want)
	if !slices.Equal(offered, want) {
		t.Errorf("policy.set offers %v, there are %v", offered, want)
	}
	revisions := map[string]string{}
	for _, set := range rego.Sets() {
		cfg := &config.Config{Policy: config.Policy{Dir: t.TempDir(), Data: t.TempDir(), Set: set}, Domains: []string{"bank.example"}}
		g, err := policy.Build(context.Background(), layered(cfg), policy.BuildOptions{RunTests: true, Deadline: 10 * time.Second})
		if err != nil {
			t.Errorf("%s: %v", set, err)
			continue
		}
		if other := revisions[g.Revision()]; other != "" {
			t.Errorf("%s is the same as %s", set, other)
		}
		revisions[g.Revision()] = set
	}
	if src := layered(&config.Config{Policy: config.Policy{Dir: "/a", Data: "/b", Set: "none"}}); len(src.Beneath) > 0 {
		t.Error("without a set, something lies beneath the operator's files")
	}
}
