//go:build faults

package fault

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// SEALPOST_FAULTS is a comma-separated list of ACTION:POINT:PROBABILITY[:MOST]
// and off:GUARD. POINT may be "*" for all. MOST is how often at most in the
// life of one process. The actions:
//
//	kill           SIGKILL for this process
//	stop           SIGSTOP for this process; the test wakes it
//	kill-children  SIGKILL for every child of this process: the daemon's plugins
//	stop-children  SIGSTOP for them
//
// SEALPOST_FAULTS_LOG names a file to which a line "ACTION POINT PID" is added
// before the action.
type fault struct {
	action string
	chance float64
	left   int // -1: without end
}

var (
	mu   sync.Mutex // one action at a time, so that each line of the log is true
	read = sync.OnceValue(func() map[string][]*fault {
		m := map[string][]*fault{}
		for text := range strings.SplitSeq(os.Getenv("SEALPOST_FAULTS"), ",") {
			p := strings.Split(text, ":")
			if len(p) < 2 {
				continue
			}
			f := &fault{action: p[0], left: -1}
			if len(p) > 2 {
				f.chance, _ = strconv.ParseFloat(p[2], 64)
			}
			if len(p) > 3 {
				f.left, _ = strconv.Atoi(p[3])
			}
			m[p[1]] = append(m[p[1]], f)
		}
		return m
	})
)

// At does what the test says for this point.
func At(point string) {
	for _, key := range []string{point, "*"} {
		for _, f := range read()[key] {
			if f.action != "off" && rand.Float64() < f.chance {
				f.act(point)
			}
		}
	}
}

func (f *fault) act(point string) {
	mu.Lock()
	defer mu.Unlock()
	if f.left == 0 {
		return
	}
	f.left--
	note(f.action + " " + point)
	switch f.action {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // never a step beyond the point
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case "kill-children":
		signalChildren(syscall.SIGKILL)
	case "stop-children":
		signalChildren(syscall.SIGSTOP)
	}
}

// note adds a line to the log in one write, which is there even if the process
// ends right afterwards.
func note(what string) {
	name := os.Getenv("SEALPOST_FAULTS_LOG")
	if name == "" {
		return
	}
	log, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err == nil {
		_, err = fmt.Fprintf(log, "%s %d\n", what, os.Getpid())
		log.Close()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "fault: noting %s: %v\n", what, err)
	}
}

func signalChildren(sig syscall.Signal) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// PID (NAME) STATE PARENT …; the name may hold anything.
		end := strings.LastIndexByte(string(text), ')')
		var state string
		var parent int
		if _, err := fmt.Sscan(string(text[end+1:]), &state, &parent); err != nil || parent != os.Getpid() {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
			_ = syscall.Kill(pid, sig)
		}
	}
}

// Off reports whether the test switched the named guard off.
func Off(guard string) bool {
	for _, f := range read()[guard] {
		if f.action == "off" {
			return true
		}
	}
	return false
}
