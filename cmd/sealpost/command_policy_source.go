package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/rego"
)

// policySource is the policy of the config: its folders, or what is in its
// bundle now.
func policySource(ctx context.Context, cfg *config.Config) (policy.Source, error) {
	if cfg.Policy.Bundle == "" {
		return layered(cfg), nil
	}
	b, err := bundles(cfg)
	if err != nil {
		return policy.Source{}, err
	}
	return b.Source(ctx)
}

// layered is the policy of the config's folders, and where a set is chosen that
// set and all that is shipped beneath them.
func layered(cfg *config.Config) policy.Source {
	src := policy.Source{Policy: os.DirFS(cfg.Policy.Dir), Data: os.DirFS(cfg.Policy.Data), LocalDomains: cfg.Domains}
	if set := cfg.Policy.Set; slices.Contains(rego.Sets(), set) {
		src.Beneath = []policy.Layer{
			{Name: "sets/" + set, Data: rego.Set(set)},
			{Name: "shipped", Policy: rego.Policies(), Data: rego.Data()},
		}
	}
	return src
}

// policyFolders are those that the policy of the config lies in.
func policyFolders(cfg *config.Config) []string {
	if cfg.Policy.Bundle != "" {
		return nil
	}
	return []string{cfg.Policy.Dir, cfg.Policy.Data}
}

func bundles(cfg *config.Config) (*policy.Bundles, error) {
	o := policy.BundleOptions{From: cfg.Policy.Bundle, KeyID: cfg.Policy.BundleKeyID, Keep: filepath.Clean(cfg.Policy.BundleKeep), LocalDomains: cfg.Domains}
	var err error
	if o.Key, err = os.ReadFile(cfg.Policy.BundleKey); err != nil {
		return nil, fmt.Errorf("reading policy.bundle_key: %w", err)
	}
	if cfg.Policy.BundleCA != "" {
		if o.CA, err = os.ReadFile(cfg.Policy.BundleCA); err != nil {
			return nil, fmt.Errorf("reading policy.bundle_ca: %w", err)
		}
	}
	return policy.NewBundles(o)
}

// policyEngine loads the policy of the config.
func policyEngine(ctx context.Context, cfg *config.Config, options policy.BuildOptions) (*policy.Engine, error) {
	if cfg.Policy.Bundle == "" {
		src, err := policySource(ctx, cfg)
		if err != nil {
			return nil, err
		}
		return policy.NewEngine(ctx, src, options)
	}
	b, err := bundles(cfg)
	if err != nil {
		return nil, err
	}
	return policy.NewBundleEngine(ctx, b, options)
}
