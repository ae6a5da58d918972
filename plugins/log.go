package plugins

import (
	"bytes"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Limits of what a plugin may have in the gateway's log.
const (
	logLine  = 500 // bytes of one line
	logBurst = 50  // lines in logEvery
	logEvery = 10 * time.Second
)

// noise takes a plugin's standard error to the log, line by line, and not more
// than logBurst lines in logEvery. It may be written to by two goroutines:
// go-plugin brings what a Go plugin prints on another way than what its
// runtime writes.
type noise struct {
	log *zap.Logger

	mu      sync.Mutex
	line    []byte
	since   time.Time
	lines   int
	dropped int
	tail    string // the line that says most about an end
}

func newNoise(log *zap.Logger, plugin string) *noise {
	return &noise{log: log.With(zap.String("plugin", plugin))}
}

// Write never fails: a plugin can't be stopped by its own chatter.
func (n *noise) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte{'\n'})
		if room := logLine - len(n.line); room > 0 {
			n.line = append(n.line, line[:min(room, len(line))]...)
		}
		if whole {
			n.say(oneLine(string(n.line), logLine))
			n.line = n.line[:0]
		}
		rest = after
	}
	return len(p), nil
}

func (n *noise) say(line string) {
	if line == "" {
		return
	}
	if !isPanic(n.tail) {
		n.tail = line
	}
	now := time.Now()
	if now.Sub(n.since) > logEvery {
		if n.dropped > 0 {
			n.log.Warn("lines of the plugin dropped", zap.Int("count", n.dropped))
		}
		n.since, n.lines, n.dropped = now, 0, 0
	}
	if n.lines++; n.lines > logBurst {
		n.dropped++
		return
	}
	n.log.Info("plugin says", zap.String("stderr", line))
}

func isPanic(line string) bool {
	return strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:")
}

// last is the last line, or the one with which a Go program said that it ends.
func (n *noise) last() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.tail
}
