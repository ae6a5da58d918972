package policy

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Layer is rules and lists that lie beneath an operator's own: a ready-made
// set, or what is shipped. A folder that is nil is empty.
//
// What lies on top wins: a Rego file over one of the same name (and over that
// one's tests), a top-level key of the lists over the same key. A key is taken
// whole, never mixed. A file of lists that equals the one of that name in a
// layer beneath counts as that layer's: an installed copy that nobody changed
// hides no set.
type Layer struct {
	Name   string // for mistakes: "sets/bank"
	Policy fs.FS
	Data   fs.FS
}

// layers are all of a source, the operator's own first.
func (src Source) layers() []Layer {
	return append([]Layer{{Name: "data", Policy: src.Policy, Data: src.Data}}, src.Beneath...)
}

// loadRules reads the Rego of all layers.
func (src Source) loadRules(mistakes *Mistakes) (*source, error) {
	all, err := loadSource(src.Policy, mistakes)
	if err != nil {
		return nil, err
	}
	for _, layer := range src.Beneath {
		s, err := loadSource(layer.Policy, mistakes)
		if err != nil {
			return nil, err
		}
		all.add(s)
	}
	return all, nil
}

// add takes the files of a layer beneath that aren't hidden by what is there.
func (s *source) add(beneath *source) {
	own := map[string]bool{}
	for name := range s.text {
		own[name] = true
	}
	for name, m := range beneath.rules {
		if !own[name] {
			s.rules[name], s.text[name] = m, beneath.text[name]
		}
	}
	for name, m := range beneath.tests {
		if !own[name] && !own[strings.TrimSuffix(name, "_test.rego")+".rego"] {
			s.tests[name], s.text[name] = m, beneath.text[name]
		}
	}
}

// readLayer takes the lists of one layer.
func (b *dataBuilder) readLayer(layers []Layer, at int) error {
	files := layers[at].Data
	names, err := dataFiles(files)
	if err != nil {
		return fmt.Errorf("reading data: %w", err)
	}
	b.layer = at
	for _, name := range names {
		content, err := readFile(files, name)
		if err != nil {
			return fmt.Errorf("reading data %s: %w", name, err)
		}
		if copyOf(content, name, layers[at+1:]) {
			continue
		}
		b.file = path.Join(layers[at].Name, name)
		partner := b.addPartner
		if from, taken := b.from["partners"]; taken && from < at {
			partner = func(field) {} // hidden by a layer on top
		}
		b.expectIn(name, content)
		root := readData(b.file, content, partner, b.mistakes)
		if root == nil {
			continue
		}
		if root.kind != objectNode {
			b.mistakes.add(b.file, root.at, "", "a data file holds named values at its top, this one is a %s", root.kind)
			continue
		}
		for _, f := range root.fields {
			b.top(f)
		}
	}
	return nil
}

// copyOf reports whether a layer has a file of that name and content.
func copyOf(content []byte, name string, layers []Layer) bool {
	for _, layer := range layers {
		if layer.Data == nil {
			continue
		}
		// A file that can't be read is no copy; its own layer says why.
		if other, err := fs.ReadFile(layer.Data, name); err == nil && bytes.Equal(content, other) {
			return true
		}
	}
	return false
}
