// Command testplugin is a handler and inspector for tests: it treats messages
// in a way that is easy to recognise, and misbehaves on request. It is never
// installed.
//
// What it does with a recipient is said, the first that is there counts, by
// the parameter "do", by the address ("bob+hang@…" hangs), by the setting
// "do", or by the environment variable TESTPLUGIN_DO:
//
//	treat        (default) a copy that can be told from the original: header field X-Treated, the
//	             original as base64; nothing of it can be found as plain text
//	own          the same, but a copy of its own for each recipient
//	taken        writes a durable file named after the task's key and the address; a second time it finds it
//	route        delivery with security "secure"
//	refuse retry unable unknown      answers that
//	early        answers without reading the content
//	big          a copy of "bytes" (setting, 25 MiB) instead
//
// The others are about the whole call: hang, hang-assess, slow (1 s), exit,
// exit-assess, crash (panic that ends the process), panic (in the call), stop
// (SIGSTOP), flood (standard output and error), memory (1 GiB), grandchild
// (leaves a child of its own with the pipes), error; and answers against the rules:
// bad-address bad-missing bad-twice bad-kind bad-copy bad-unused bad-route
// bad-weak bad-header bad-lf bad-nul bad-notice bad-assess bad-assess-level.
//
// TESTPLUGIN_START says what happens before the handshake: noise, long-noise,
// exit, crash or hang; TESTPLUGIN_TREATMENTS is a comma-separated list of the
// treatments (pdf,smime,pgp,portal,quarantine), TESTPLUGIN_VERSION its version.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sealpost/sealpost/plugins/sdk"
)

func main() {
	switch os.Getenv("TESTPLUGIN_START") {
	case "noise":
		fmt.Println("hello, I am a chatty plugin")
	case "long-noise":
		fmt.Print(strings.Repeat("x", 1<<20))
	case "exit":
		os.Exit(3)
	case "crash":
		panic("before the handshake")
	case "hang":
		time.Sleep(time.Hour)
	}
	treatments := "pdf,smime,pgp,portal,quarantine"
	if t, ok := os.LookupEnv("TESTPLUGIN_TREATMENTS"); ok {
		treatments = t
	}
	version := "1"
	if v, ok := os.LookupEnv("TESTPLUGIN_VERSION"); ok {
		version = v
	}
	sdk.Serve(&plugin{version: version, treatments: strings.FieldsFunc(treatments, func(r rune) bool { return r == ',' }),
		do: os.Getenv("TESTPLUGIN_DO")})
}
