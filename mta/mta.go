// Package mta is what Sealpost knows of a mail server's configuration: which
// settings make Postfix ask the gateway, route marked mail and hold to the
// demanded TLS level; how these are set, checked and taken back.
//
// PostfixSettings is the one description. `setup postfix` prints and applies
// it, `doctor` compares a running server with it, and the integration tests
// configure their servers with it.
//
// What was configured before stays in force. Sealpost adds to lists: its milter
// comes last, so that it sees what the others made of a message; its tables
// come first, and answer for marked mail and partners alone. Where something
// that is there would change marked mail, or bring in recipients after the
// decision, it refuses (Problems). The package knows the other side of the
// sockets only by its protocols.
package mta

import (
	"fmt"
	"strconv"
	"strings"
)

// Setting is one line of main.cf.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Why is one sentence for the operator.
	Why string `json:"why"`
}

// Option is one "-o name=value" of a service.
type Option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Service is one entry of master.cf.
type Service struct {
	Name    string `json:"name"`    // "sealpost-tls", "127.0.0.1:10026"
	Type    string `json:"type"`    // unix | inet
	Private string `json:"private"` // "-", "n" or "y"
	// Chroot is "n" throughout: the sockets are named relative to the queue
	// directory, so nothing depends on it, and certificates stay readable.
	Chroot  string   `json:"chroot"`
	Command string   `json:"command"` // smtp | lmtp | smtpd
	Options []Option `json:"options"`
	Why     string   `json:"why"`
}

// Key is the service's name for postconf: "sealpost-tls/unix".
func (s Service) Key() string { return s.Name + "/" + s.Type }

// Line is the whole entry on one line, as `postconf -Me` takes it.
func (s Service) Line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s - %s - - %s", s.Name, s.Type, s.Private, s.Chroot, s.Command)
	for _, o := range s.Options {
		if strings.ContainsAny(o.Value, " \t") {
			fmt.Fprintf(&b, " -o { %s = %s }", o.Name, o.Value)
		} else {
			fmt.Fprintf(&b, " -o %s=%s", o.Name, o.Value)
		}
	}
	return b.String()
}

// File is a file beside main.cf that the settings refer to.
type File struct {
	Path    string `json:"path"`
	Content string `json:"content"`
}

// Settings is everything that makes one mail server work with Sealpost.
type Settings struct {
	Main     []Setting `json:"main"`
	Services []Service `json:"services"`
	Files    []File    `json:"files"`
	// Notes are for the operator: what the settings mean for what was there.
	Notes []string `json:"notes,omitempty"`
}

// Render returns the settings as shell commands that an operator could type.
// dir is the mail server's configuration directory; "" is the system's own.
func (s Settings) Render(dir string) string {
	var b strings.Builder
	c := ""
	if dir != "" {
		c = " -c " + shellWord(dir)
	}
	for _, n := range s.Notes {
		fmt.Fprintf(&b, "# Note: %s\n", n)
	}
	for _, f := range s.Files {
		fmt.Fprintf(&b, "\ninstall -d -m 755 %s\ncat > %s <<'END'\n%sEND\n", shellWord(parent(f.Path)), shellWord(f.Path), f.Content)
	}
	b.WriteString("\n# main.cf\n")
	for _, m := range s.Main {
		fmt.Fprintf(&b, "postconf%s -e %s\n", c, shellWord(m.Name+" = "+m.Value))
	}
	b.WriteString("\n# master.cf\n")
	for _, v := range s.Services {
		fmt.Fprintf(&b, "# %s\npostconf%s -Me %s\n", v.Why, c, shellWord(v.Key()+"="+v.Line()))
	}
	fmt.Fprintf(&b, "\npostfix%s check && postfix%s reload\n", c, c)
	return b.String()
}

func parent(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

func shellWord(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=@%+,", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Version is a mail server's version as far as settings depend on it.
type Version struct{ Major, Minor int }

// ParseVersion reads "3.7.11" or "3.11-20250101".
func ParseVersion(s string) (Version, error) {
	major, rest, ok := strings.Cut(strings.TrimSpace(s), ".")
	end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(rest)
	}
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(rest[:end])
	if !ok || errA != nil || errB != nil {
		return Version{}, fmt.Errorf("reading version %q: want something like 3.7.11", s)
	}
	return Version{a, b}, nil
}

// AtLeast reports whether v is major.minor or later.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }
