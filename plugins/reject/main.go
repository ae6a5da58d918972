// Command reject is the handler of the treatment "reject": the message doesn't
// leave, and the sender is told which rule says so, with the message's id.
package main

import "github.com/sealpost/sealpost/plugins/sdk"

func main() { sdk.Serve(&handler{}) }
