package policy

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// beside are the data files in folders beside the rules, as stock opa loads
// them for tests: what stands in sets/bank/set.yaml is data.sets.bank. Rules
// don't see it, tests do, so that they can try what is shipped.
func beside(policy fs.FS) (map[string]any, error) {
	root := map[string]any{}
	if policy == nil {
		return root, nil
	}
	names, err := dataFiles(policy)
	if err != nil {
		return nil, fmt.Errorf("reading data for tests: %w", err)
	}
	for _, name := range names {
		folders := strings.Split(path.Dir(name), "/")
		if folders[0] == "." || slices.Contains(folders, "sealpost") {
			continue
		}
		content, err := readFile(policy, name)
		if err != nil {
			return nil, fmt.Errorf("reading data for tests: %w", err)
		}
		var mistakes Mistakes
		n := readData(name, content, nil, &mistakes)
		if n == nil || n.kind != objectNode {
			continue // no list of ours; where it is one, its own reader says what is wrong
		}
		here := root
		for _, folder := range folders {
			if _, there := here[folder].(map[string]any); !there {
				here[folder] = map[string]any{}
			}
			here = here[folder].(map[string]any)
		}
		for key, value := range n.plain().(map[string]any) {
			here[key] = value
		}
	}
	return root, nil
}
