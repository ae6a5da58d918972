// Command command is an inspector that has any program look at a part: the
// part's content comes on the program's standard input, its exit code says
// whether it saw something, and its standard output may be text for the
// gateway's own detectors.
//
// The program is started without a shell, with an environment of its own, and
// is killed with everything that it started when its time is up. What it can't
// say is never "nothing found": any exit code that isn't configured leaves the
// part read in part only.
package main

import "github.com/sealpost/sealpost/plugins/sdk"

func main() { sdk.Serve(&inspector{}) }
