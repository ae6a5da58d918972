// Command notify is the handler of the treatment "notify": the sender gets a
// short notice about what became of a message, or what policy has to say of
// it. The notice holds nothing of the message.
//
// The recipient to treat is the sender itself; its parameters say what to
// tell: {"language": "de", "refused": false, "about": [{"address": "bob@…",
// "reasons": [{"rule": "…", "text": "…"}]}]}. Without "about", its own reasons
// are told.
package main

import "github.com/sealpost/sealpost/plugins/sdk"

func main() { sdk.Serve(&handler{}) }
