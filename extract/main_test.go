package extract

import (
	"fmt"
	"os"
	"testing"
)

// workerArgument makes the test binary a worker.
const workerArgument = "be-a-worker"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerArgument {
		if len(os.Args) > 2 {
			badWorkers[os.Args[2]]()
			return
		}
		if err := RunWorker(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
