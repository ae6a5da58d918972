package integration

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Programs is a folder with Sealpost's programs: the daemon, and its plugins
// in plugins/.
type Programs struct{ Dir string }

// Sealpost is the daemon's path.
func (p Programs) Sealpost() string { return filepath.Join(p.Dir, "sealpost") }

// Plugin is a plugin's path.
func (p Programs) Plugin(name string) string { return filepath.Join(p.Dir, "plugins", name) }

// Build compiles the daemon and every plugin into dir. tags are build tags:
// "faults" makes the points live at which tests kill and break things.
func Build(dir string, tags ...string) (Programs, error) {
	root, err := Root()
	if err != nil {
		return Programs{}, err
	}
	mains := []string{"./cmd/sealpost"}
	folders, err := filepath.Glob(filepath.Join(root, "plugins", "*", "main.go"))
	if err != nil {
		return Programs{}, err
	}
	for _, f := range folders {
		mains = append(mains, "./plugins/"+filepath.Base(filepath.Dir(f)))
	}
	p := Programs{dir}
	for _, main := range mains {
		out := p.Sealpost()
		if main != mains[0] {
			out = p.Plugin(filepath.Base(main))
		}
		cmd := Outside("go", "build", "-C", root, "-tags", strings.Join(tags, ","), "-o", out, main)
		if text, err := cmd.CombinedOutput(); err != nil {
			return p, fmt.Errorf("building %s: %w\n%s", main, err, text)
		}
	}
	return p, nil
}

// Root is the folder of go.mod, above the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the project: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("finding the project: no go.mod above the working directory")
		}
		dir = up
	}
}
