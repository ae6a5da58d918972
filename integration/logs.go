package integration

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// waitLine returns the first whole line after the offset that matches. The
// file may not be there yet.
func waitLine(ctx context.Context, file string, offset int64, line *regexp.Regexp) (string, error) {
	for {
		data, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("reading the log: %w", err)
		}
		for l := range strings.Lines(string(data[min(offset, int64(len(data))):])) {
			if strings.HasSuffix(l, "\n") && line.MatchString(l) {
				return strings.TrimSuffix(l, "\n"), nil
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for %q in %s: %w; last lines:\n%s", line, file, ctx.Err(), tail(file, 15))
		}
	}
}

// fileSize is 0 for a file that isn't there.
func fileSize(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

// tail returns the last n lines of a file, for reports.
func tail(file string, n int) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
