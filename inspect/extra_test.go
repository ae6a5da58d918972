package inspect

import (
	"context"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/sealpost/sealpost/detect"
)

// asked inspects a message whose one picture somebody else sees.
func asked(t *testing.T, file string, say func(f Asked, content string) []Extra) Report {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return testInspector(t, Options{}).Inspect(context.Background(), testMessage(t, raw), func(_ context.Context, f Asked, open func() io.Reader) []Extra {
		content, err := io.ReadAll(open())
		if err != nil || int64(len(content)) != f.Size {
			t.Errorf("%s: %d of %d bytes, %v", f.Path, len(content), f.Size, err)
		}
		return say(f, string(content))
	})
}

// What a plugin read of a part is added to the report, and looked through like
// any text; the containers follow.
func TestOthers(t *testing.T) {
	r := asked(t, "testdata/messages/picture.eml", func(f Asked, content string) []Extra {
		if f.Type != "image/png" {
			return nil
		}
		return []Extra{{Text: "card 4539 1488 0343 6467", Scanned: Full}}
	})
	if r.Scanned != Full || len(r.Problems) != 0 || best(r.Findings, "payment-card") != detect.High || r.Findings[0].Part != "1.2" || r.Findings[0].Path != "text" {
		t.Errorf("got %+v", r)
	}
}

// A plugin can't make more of a part than there is to it: a part that it saw
// in part is partly scanned at best, and one that says nothing of reading
// changes nothing.
func TestOthersMakeNothingBetter(t *testing.T) {
	plain := asked(t, "testdata/messages/picture.eml", func(Asked, string) []Extra { return nil })
	for say, want := range map[string]string{"": plain.Scanned, Partial: Partial, None: plain.Scanned} {
		got := asked(t, "testdata/messages/picture.eml", func(f Asked, _ string) []Extra {
			if f.Path != "1.2" {
				return nil
			}
			return []Extra{{Scanned: say, Problems: []string{"why"}}}
		})
		if got.Scanned != want || !slices.Contains(got.Problems, "why") || !slices.Contains(got.Problems, ProblemImage) {
			t.Errorf("%q: got %s %v, want %s", say, got.Scanned, got.Problems, want)
		}
	}
	// Text that was read in full becomes partly read when an inspector that
	// had to see it could not.
	got := asked(t, "testdata/messages/plain.eml", func(Asked, string) []Extra {
		return []Extra{{Scanned: Partial, Problems: []string{"inspector-unavailable"}}}
	})
	if got.Scanned != Partial {
		t.Errorf("got %s", got.Scanned)
	}
}

// Files in files are shown to others too.
func TestOthersSeeContainedFiles(t *testing.T) {
	var paths []string
	asked(t, "testdata/messages/zip-picture.eml", func(f Asked, _ string) []Extra {
		paths = append(paths, f.Path+" "+f.Type)
		return nil
	})
	if !slices.Contains(paths, "1.2/1 image/png") {
		t.Errorf("asked about %v", paths)
	}
}
