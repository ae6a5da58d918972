// Package rego holds the policies that Sealpost ships: Rego files with their
// tests, the lists that go with them (data/) and the schemas of what a policy
// reads and answers (schema/). They are files first: an operator's copy lies
// in /etc/sealpost/rego and /etc/sealpost/data, and stock opa runs them.
package rego

import (
	"embed"
	"io/fs"
)

//go:embed *.rego
var policies embed.FS

//go:embed data
var data embed.FS

// Policies holds the shipped Rego files, tests included.
func Policies() fs.FS { return policies }

// Data holds the shipped lists.
func Data() fs.FS {
	sub, err := fs.Sub(data, "data")
	if err != nil {
		panic(err) // the folder is named in the embed line above
	}
	return sub
}
