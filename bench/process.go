package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// used is what a contestant's processes have used so far.
type used struct {
	cpu time.Duration
	rss int64
}

type process struct {
	used
	zombie bool // ended, and not yet waited for
}

// clockTicks is how /proc counts processor time on Linux, on all
// architectures that Go knows.
const clockTicks = 100

// usage sums over the contestant's processes and all that descend from them,
// ended ones included.
func (c *contestant) usage() (used, error) {
	var u used
	if len(c.programs) == 0 {
		return u, nil
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return u, err
	}
	children := map[int][]int{}
	of := map[int]process{}
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // gone meanwhile
		}
		// The command in brackets may hold blanks: look behind it.
		f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(f) < 22 {
			continue
		}
		n := func(i int) int64 { v, _ := strconv.ParseInt(f[i], 10, 64); return v }
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		children[int(n(1))] = append(children[int(n(1))], pid)
		ticks := n(11) + n(12) + n(13) + n(14) // own, and of children that ended
		of[pid] = process{used{time.Duration(ticks) * time.Second / clockTicks, n(21) * int64(os.Getpagesize())}, f[0] == "Z"}
	}
	var add func(pid int)
	add = func(pid int) {
		u.cpu += of[pid].cpu
		u.rss += of[pid].rss
		for _, child := range children[pid] {
			add(child)
		}
	}
	for _, cmd := range c.programs {
		pid := cmd.Process.Pid
		if p, ok := of[pid]; !ok || p.zombie {
			return u, fmt.Errorf("%s has ended", filepath.Base(cmd.Path))
		}
		add(pid)
	}
	return u, nil
}

// memoryOf is what a process has resident now: memory that is its own, and all.
func memoryOf(pid int) (anonymous, resident int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		var kb int64
		if n, _ := fmt.Sscanf(line, "RssAnon: %d kB", &kb); n == 1 {
			anonymous = kb << 10
		}
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kb); n == 1 {
			resident = kb << 10
		}
	}
	return anonymous, resident, nil
}
