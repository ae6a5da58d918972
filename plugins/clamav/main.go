// Command clamav is an inspector that has ClamAV's daemon look at each part
// (clamd(8), command INSTREAM).
//
// clamd says "OK" of what it did not look into because it was over one of its
// limits, unless it is told otherwise; what it said nothing of must not count
// as clean. So the plugin knows the stream's limit and reports a part beyond it
// as not seen, and takes the warnings about limits (clamd.conf:
// AlertExceedsMax yes, which belongs there) for what they are.
package main

import "github.com/sealpost/sealpost/plugins/sdk"

func main() { sdk.Serve(&inspector{}) }
