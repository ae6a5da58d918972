package plugins

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each guard has a test that fails when the guard is off.
func TestNegativeTwins(t *testing.T) {
	if os.Getenv("SEALPOST_FAULTS") != "" {
		return // this is the twin
	}
	binary := filepath.Join(t.TempDir(), "twins")
	if out, err := exec.Command("go", "test", "-c", "-tags", "faults", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for guard, test := range map[string]string{
		"plugins.signature": "TestSignature",
		"plugins.outcomes":  "TestBadAnswers/bad-address",
		"plugins.form":      "TestBadAnswers/bad-header",
		"plugins.level":     "TestBadAnswers/bad-weak",
		"plugins.copy-sum":  "TestLiesOnTheWire",
		"plugins.sha256":    "TestRefused/checksum",
	} {
		t.Run(guard, func(t *testing.T) {
			cmd := exec.Command(binary, "-test.run=^"+strings.ReplaceAll(test, "/", "$/^")+"$")
			cmd.Env = append(os.Environ(), "SEALPOST_FAULTS=off:"+guard, "PLUGINS_TEST_PROGRAMS="+programs)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: "+strings.Split(test, "/")[0]) {
				t.Errorf("%s passes without its guard: %v\n%s", test, err, out)
			}
		})
	}
}
