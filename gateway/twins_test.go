//go:build faults

package gateway_test

import (
	"os"
	"os/exec"
	"testing"
)

// TestNegativeTwins runs a guard's test with the guard switched off: it must
// fail, or it would prove nothing.
func TestNegativeTwins(t *testing.T) {
	for guard, test := range map[string]string{
		"gateway.refuse-marks": "TestMarksComeFromUsAlone",
		"gateway.level-check":  "TestAnswersForTheWholeMessage",
		"deliver.ledger":       "TestWhatIsDoneIsNotDoneAgain",
	} {
		t.Run(guard, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s fails with its guard: %v\n%s", test, err, out)
			}
			cmd = exec.Command(os.Args[0], "-test.run=^"+test+"$")
			cmd.Env = append(os.Environ(), "SEALPOST_FAULTS=off:"+guard)
			if err := cmd.Run(); err == nil {
				t.Errorf("%s passes without its guard", test)
			}
		})
	}
}
