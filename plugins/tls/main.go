// Command tls is the handler of the treatment "tls": a copy travels unchanged,
// over a connection that the mail server must encrypt and, by level, verify.
//
// The plugin enforces nothing itself: it answers with a route, and the mail
// server's own client enforces that. So "able" means "there is a route that
// can only be travelled protected", not "the other side will play along":
// where it doesn't, the mail server defers, and the decision's next treatment
// comes in when its patience has run out.
package main

import "github.com/sealpost/sealpost/plugins/sdk"

func main() { sdk.Serve(&handler{}) }
