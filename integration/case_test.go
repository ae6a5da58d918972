package integration

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// testCase is one file of testdata: what is sent, under which policy, and what
// has to become of it. Its comment says what is promised.
//
//	-- envelope --   from <a@b> ARGS · to <c@d> ARGS · many 500 <u%d@d> · tls · local 127.0.0.100 · pipelined · sendmail · pad 50MiB
//	-- mail --       the message; line ends become CRLF. «\xNN» stands for one byte
//	-- *.rego, *.yaml --   more policy and lists, for this case only
//	-- do --         what happens, line by line; "send" sends. Without it: send
//	-- want --       what has to be seen, line by line (want_test.go)
type testCase struct {
	name   string
	mail   Mail
	opts   sendOptions
	policy map[string]string
	do     [][]string
	want   [][]string
}

type sendOptions struct {
	tls, pipelined, sendmail bool
	local                    string
}

// readCases reads every case of a folder, by name.
func readCases(t *testing.T, dir string) []testCase {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in %s: %v", dir, err)
	}
	var cases []testCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := parseCase(strings.TrimSuffix(filepath.Base(file), ".txtar"), text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		cases = append(cases, c)
	}
	return cases
}

func parseCase(name string, text []byte) (testCase, error) {
	c := testCase{name: name, policy: map[string]string{}}
	pad := 0
	for _, f := range txtar.Parse(text).Files {
		var err error
		switch {
		case f.Name == "envelope":
			pad, err = c.envelope(lines(f.Data))
		case f.Name == "mail":
			c.mail.Data, err = mailBytes(f.Data)
		case f.Name == "do":
			c.do = words(f.Data)
		case f.Name == "want":
			c.want = words(f.Data)
		case path.Ext(f.Name) == ".rego" || path.Ext(f.Name) == ".yaml":
			c.policy[f.Name] = string(f.Data)
		default:
			err = fmt.Errorf("unknown section %q", f.Name)
		}
		if err != nil {
			return c, err
		}
	}
	if len(c.mail.Data) == 0 || len(c.mail.To) == 0 || len(c.want) == 0 {
		return c, fmt.Errorf("needs the sections envelope, mail and want")
	}
	if !slices.ContainsFunc(c.do, func(w []string) bool { return w[0] == "send" }) {
		c.do = append(c.do, []string{"send"})
	}
	c.mail.Data = append(c.mail.Data, padding(pad)...)
	return c, nil
}

// path1 is an address in angle brackets, with its arguments.
var path1 = regexp.MustCompile(`^<(.*)>\s*(.*)$`)

func (c *testCase) envelope(all []string) (pad int, err error) {
	for _, line := range all {
		word, rest, _ := strings.Cut(line, " ")
		p := path1.FindStringSubmatch(rest)
		switch {
		case word == "from" && p != nil:
			c.mail.From, c.mail.FromArgs = p[1], p[2]
		case word == "to" && p != nil:
			c.mail.To = append(c.mail.To, Recipient{Address: p[1], Args: p[2]})
		case word == "many":
			count, pattern, _ := strings.Cut(rest, " ")
			n, err := strconv.Atoi(count)
			if err != nil {
				return 0, fmt.Errorf("line %q: %w", line, err)
			}
			for i := range n {
				c.mail.To = append(c.mail.To, Recipient{Address: strings.Trim(fmt.Sprintf(pattern, i), "<>")})
			}
		case word == "tls":
			c.opts.tls = true
		case word == "pipelined":
			c.opts.pipelined = true
		case word == "sendmail":
			c.opts.sendmail = true
		case word == "local":
			c.opts.local = rest
		case word == "pad":
			n, err := strconv.Atoi(strings.TrimSuffix(rest, "MiB"))
			if err != nil {
				return 0, fmt.Errorf("line %q: %w", line, err)
			}
			pad = n << 20
		default:
			return 0, fmt.Errorf("line %q isn't understood", line)
		}
	}
	return pad, nil
}

var escape = regexp.MustCompile(`«\\x([0-9a-f]{2})»`)

func mailBytes(text []byte) ([]byte, error) {
	out := bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	var bad error
	out = escape.ReplaceAllFunc(out, func(m []byte) []byte {
		b, err := strconv.ParseUint(string(escape.FindSubmatch(m)[1]), 16, 8)
		if err != nil {
			bad = err
		}
		return []byte{byte(b)}
	})
	return out, bad
}

// padding is text lines of together n bytes, without anything that a detector
// could see in it.
func padding(n int) []byte {
	line := []byte(strings.Repeat("lorem ipsum ", 6) + "\r\n")
	return bytes.Repeat(line, n/len(line))
}

// lines are those of a section that say something.
func lines(text []byte) []string {
	var out []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

func words(text []byte) [][]string {
	var out [][]string
	for _, line := range lines(text) {
		out = append(out, strings.Fields(line))
	}
	return out
}
