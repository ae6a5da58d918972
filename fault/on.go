//go:build faults

package fault

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// SEALPOST_FAULTS is a comma-separated list: "kill:POINT:PROBABILITY",
// "stop:POINT:PROBABILITY" (SIGSTOP; the test wakes it), "off:GUARD".
var read = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for f := range strings.SplitSeq(os.Getenv("SEALPOST_FAULTS"), ",") {
		if p := strings.Split(f, ":"); len(p) > 1 {
			m[p[1]] = append(m[p[1]], f)
		}
	}
	return m
})

// At kills or stops this process, if the test says so for this point.
func At(point string) {
	for _, key := range []string{point, "*"} {
		for _, f := range read()[key] {
			p := strings.Split(f, ":")
			if len(p) != 3 {
				continue
			}
			if chance, _ := strconv.ParseFloat(p[2], 64); rand.Float64() >= chance {
				continue
			}
			sig := syscall.SIGKILL
			if p[0] == "stop" {
				sig = syscall.SIGSTOP
			}
			_ = syscall.Kill(os.Getpid(), sig)
			if sig == syscall.SIGKILL {
				select {} // never a step beyond the point
			}
		}
	}
}

// Off reports whether the test switched the named guard off.
func Off(guard string) bool {
	for _, f := range read()[guard] {
		if strings.HasPrefix(f, "off:") {
			return true
		}
	}
	return false
}
