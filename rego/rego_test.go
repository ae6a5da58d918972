package rego

import (
	"io/fs"
	"testing"
)

// What is built into the binary is what lies in this folder.
func TestEmbedded(t *testing.T) {
	for _, c := range []struct {
		files   fs.FS
		pattern string
		file    string
	}{
		{Policies(), "*.rego", "main.rego"},
		{Policies(), "*_test.rego", "main_test.rego"},
		{Data(), "*.yaml", "public_providers.yaml"},
	} {
		names, err := fs.Glob(c.files, c.pattern)
		if err != nil || len(names) < 3 {
			t.Errorf("%s: %v, %v", c.pattern, names, err)
		}
		if _, err := fs.Stat(c.files, c.file); err != nil {
			t.Error(err)
		}
	}
}
