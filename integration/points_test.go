package integration

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// points lists every named point of the source: what fault.At is called with.
func points(t *testing.T) []string {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`\bfault\.At\(([^)]*)\)`)
	name := regexp.MustCompile(`^"([a-z.-]+)"$`)
	found := map[string]bool{}
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		text, err := os.ReadFile(file)
		for _, m := range call.FindAllSubmatch(text, -1) {
			n := name.FindSubmatch(m[1])
			if n == nil {
				t.Errorf("%s: %s has no plain name, so nobody can tell whether it is ever hit", file, m[0])
				continue
			}
			found[string(n[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(found))
}

// The points are found, and those that every mail passes are among them.
func TestKillPoints(t *testing.T) {
	all := points(t)
	for _, want := range []string{"milter.reply", "gateway.after-persist", "deliver.after-dot", "plugins.handle.answered"} {
		if !slices.Contains(all, want) {
			t.Errorf("the point %s isn't among %v", want, all)
		}
	}
}

// hits is what happened at one point.
type hits struct{ kills, freezes, pluginKills, pluginFreezes int }

// faultLog reads what the daemons note before they kill or stop themselves or
// their plugins (package fault).
type faultLog struct {
	file string

	mu     sync.Mutex
	offset int64
	hits   map[string]hits
}

// read takes in what is new. stopped reports whether somebody has stopped.
func (l *faultLog) read() (stopped bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	data, err := os.ReadFile(l.file)
	if err != nil && !os.IsNotExist(err) {
		return false, err
	}
	for line := range strings.Lines(string(data[min(l.offset, int64(len(data))):])) {
		if !strings.HasSuffix(line, "\n") {
			break // being written
		}
		l.offset += int64(len(line))
		w := strings.Fields(line)
		if len(w) != 3 {
			return stopped, fmt.Errorf("not understood in %s: %q", l.file, line)
		}
		h := l.hits[w[1]]
		switch w[0] {
		case "kill":
			h.kills++
		case "stop":
			h.freezes++
			stopped = true
		case "kill-children":
			h.pluginKills++
		case "stop-children":
			h.pluginFreezes++
		}
		l.hits[w[1]] = h
	}
	return stopped, nil
}

func (l *faultLog) at(point string) hits {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hits[point]
}

// table shows every point with what happened there, and names the points at
// which nothing did.
func (l *faultLog) table(all []string) (text string, never []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	var sum hits
	fmt.Fprintf(&b, "%-26s %14s %14s\n%-26s %6s %7s %6s %7s\n", "", "daemon", "plugins", "point", "kills", "freezes", "kills", "freezes")
	for _, point := range all {
		h := l.hits[point]
		fmt.Fprintf(&b, "%-26s %6d %7d %6d %7d\n", point, h.kills, h.freezes, h.pluginKills, h.pluginFreezes)
		sum.kills, sum.freezes = sum.kills+h.kills, sum.freezes+h.freezes
		sum.pluginKills, sum.pluginFreezes = sum.pluginKills+h.pluginKills, sum.pluginFreezes+h.pluginFreezes
		if h.kills == 0 || h.freezes == 0 {
			never = append(never, point)
		}
	}
	fmt.Fprintf(&b, "%-26s %6d %7d %6d %7d\n", "together", sum.kills, sum.freezes, sum.pluginKills, sum.pluginFreezes)
	return b.String(), never
}

// target is a point to be provoked for sure: what the daemon is started with,
// and when it is enough.
type target struct {
	point, faults string
	enough        func(hits) bool
}

// targets are all points in turn; at each the daemon is to be stopped and
// killed the given number of times. At those around a plugin's work, so are
// the plugins.
func targets(all []string, times int) []target {
	var out []target
	for _, p := range all {
		// The first time it stops, wakes and goes on; from then on it may die.
		out = append(out, target{p, "stop:" + p + ":1:1,kill:" + p + ":0.5",
			func(h hits) bool { return h.kills >= times && h.freezes >= times }})
		if p == "gateway.assess" || strings.HasPrefix(p, "plugins.") {
			// Twice at most: a third death within a minute is the host's to deal
			// with, by leaving the plugin alone for a while.
			few := min(times, 2)
			out = append(out, target{p, "kill-children:" + p + ":0.5:2", func(h hits) bool { return h.pluginKills >= few }},
				target{p, "stop-children:" + p + ":0.5:2", func(h hits) bool { return h.pluginFreezes >= few }})
		}
	}
	return out
}
