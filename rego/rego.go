// Package rego holds the policies that Sealpost ships: Rego files with their
// tests, the lists that go with them (data/), ready-made sets of lists for some
// kinds of organisations (sets/), and the schemas of what a policy reads and
// answers (schema/). They are files first: an operator's copy lies
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

//go:embed sets/*/set.yaml
var sets embed.FS

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

// Set holds the lists of a ready-made set, to be laid over Data. It is empty
// for a name that isn't in Sets.
func Set(name string) fs.FS {
	sub, err := fs.Sub(sets, "sets/"+name)
	if err != nil {
		return embed.FS{}
	}
	return sub
}

// Sets are the names of the ready-made sets.
func Sets() []string { return []string{"bank", "hospital", "insurer", "minimal"} }
