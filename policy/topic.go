package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

var topicName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,40}$`)

// NewTopic writes NAME.rego and NAME_test.rego into a folder: a topic of one
// rule with its tests, which pass. It never writes over a file. The names of
// the files are returned.
func NewTopic(folder, name string) (files []string, err error) {
	if !topicName.MatchString(name) {
		return nil, fmt.Errorf("%q isn't a name; want small letters, digits and hyphens, at most 41, a letter first", name)
	}
	pkg := strings.ReplaceAll(name, "-", "_")
	if ast.IsKeyword(pkg) || pkg == "data" || pkg == "input" {
		return nil, fmt.Errorf("%q is a word of Rego; choose another name", name)
	}
	id := strings.ReplaceAll(name, "_", "-")
	fill := strings.NewReplacer("PKG", pkg, "ID", id)
	for _, f := range []struct{ name, text string }{{pkg + ".rego", topicText}, {pkg + "_test.rego", topicTest}} {
		path, text := filepath.Join(folder, f.name), f.text
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return files, err
		}
		_, err = f.WriteString(fill.Replace(text))
		if err := errors.Join(err, f.Close()); err != nil {
			return files, fmt.Errorf("writing %s: %w", path, err)
		}
		files = append(files, path)
	}
	return files, nil
}

const topicText = `# METADATA
# title: ID
# description: What this topic is about, and who asked for it.
# scope: package
package sealpost.topic.PKG

# METADATA
# title: ID needs encrypted connections
# description: When it holds and why. This one goes by a label, for everybody outside.
# custom:
#   id: ID
require contains {
	"level": "tls",
	"rule": "ID",
	"reason": "Messages with the label \"ID\" leave over encrypted connections only.",
} if {
	"ID" in input.message.labels
	input.recipient.kind != "local"
}
`

const topicTest = `package sealpost.topic.PKG_test

import data.sealpost.topic.PKG

levels(labels, kind) := found if {
	found := {r.level | some r in PKG.require} with input as {
		"message": {"labels": labels},
		"recipient": {"kind": kind},
	}
}

test_with_the_label if {
	every kind in ["partner", "public-provider", "business"] {
		levels(["ID"], kind) == {"tls"}
	}
}

test_without_it if {
	levels([], "business") == set()
	levels(["other"], "business") == set()
}

test_inside if {
	levels(["ID"], "local") == set()
}
`
