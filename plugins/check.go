package plugins

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/plugins/sdk"
)

// What a plugin may answer stands in this file. Every answer that isn't
// allowed is refused whole: a plugin that is wrong about one recipient may be
// wrong about all of them.

// levels, weakest first.
func levels() []string {
	return []string{"opportunistic", "tls", "verified-tls", "partner-tls", "content", "forbidden"}
}

// reaches reports whether a level protects as well as the one demanded. A word
// that isn't known reaches nothing and is reached by nothing.
func reaches(level, demanded string) bool {
	have, want := slices.Index(levels(), level), slices.Index(levels(), demanded)
	return have >= 0 && want >= 0 && have >= want
}

// routeReaches says which level delivery with such security reaches at most.
// Route words are Postfix's TLS security levels; its opportunistic ones ("may",
// "dane") are not among them.
func routeReaches(security, demanded string) bool {
	switch security {
	case "encrypt":
		return reaches("tls", demanded)
	case "secure", "dane-only", "fingerprint":
		return reaches("partner-tls", demanded)
	}
	return false
}

var (
	wordForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	sumForm    = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)
	hopForm    = regexp.MustCompile(`^(\[[A-Za-z0-9.:_-]{1,255}\]|[A-Za-z0-9._-]{1,255})(:[0-9]{1,5})?$`)
	matchForm  = regexp.MustCompile(`^(nexthop|dot-nexthop|hostname|\.?[A-Za-z0-9._-]{1,255})$`)
	printForm  = regexp.MustCompile(`^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){15,63}$`)
	fileForm   = regexp.MustCompile(`^/[A-Za-z0-9._/+@-]{1,1000}$`)
	cipherForm = regexp.MustCompile(`^[A-Za-z0-9._:,!+@-]{0,500}$`)
	protoForm  = regexp.MustCompile(`^[A-Za-z0-9.,:!<>=]{0,100}$`)
)

// checkRoute makes sure that a route can be written into the mail server's
// policy map and means there what it says here.
func checkRoute(r *sdk.Route, demanded string) error {
	if r == nil {
		return lie("a route is missing")
	}
	if !routeReaches(r.Security, demanded) && !fault.Off("plugins.level") {
		return lie("a route with security %q doesn't reach level %q", r.Security, demanded)
	}
	ok := (r.NextHop == "" || hopForm.MatchString(r.NextHop)) && slices.Contains([]string{"", "medium", "high"}, r.Ciphers) &&
		(r.CAFile == "" || fileForm.MatchString(r.CAFile) && filepath.Clean(r.CAFile) == r.CAFile) &&
		protoForm.MatchString(r.Protocols) && cipherForm.MatchString(r.Exclude) && len(r.Match) <= 100
	form := matchForm
	if r.Security == "fingerprint" {
		form = printForm
		ok = ok && len(r.Match) > 0
	}
	for _, m := range r.Match {
		ok = ok && form.MatchString(m)
	}
	if !ok {
		return lie("a route isn't well-formed")
	}
	if slices.Contains(r.Match, "hostname") && !strings.HasPrefix(r.NextHop, "[") && demanded != "tls" && !fault.Off("plugins.level") {
		// The host's name comes from DNS then, and whoever answers for DNS could name their own.
		return lie("a route whose server is named by DNS and verified by that very name doesn't reach level %q", demanded)
	}
	return nil
}

func checkDescription(d sdk.Description) error {
	if !wordForm.MatchString(d.Name) || len(d.Version) > 64 || oneLine(d.Version, 64) != d.Version {
		return lie("its name or version isn't well-formed")
	}
	for _, t := range d.Treatments {
		if !wordForm.MatchString(t) {
			return lie("it describes a treatment that isn't well-formed")
		}
	}
	if len(d.Treatments) > 64 || len(d.Types) > 256 {
		return lie("it describes too much")
	}
	return nil
}

func checkAssessments(asked []sdk.Recipient, got []sdk.Assessment) error {
	if len(got) != len(asked) {
		return lie("it assessed %d recipients instead of %d", len(got), len(asked))
	}
	for i, a := range got {
		if a.Address != asked[i].Address {
			return lie("assessment %d is about another address", i)
		}
		switch a.Ability {
		case sdk.Able:
			if !reaches(a.Level, asked[i].Level) && !fault.Off("plugins.level") {
				return lie("it calls itself able, but level %q doesn't reach %q", a.Level, asked[i].Level)
			}
			if a.Route != nil {
				if err := checkRoute(a.Route, asked[i].Level); err != nil {
					return err
				}
			}
		case sdk.Unable, sdk.Unknown:
			if a.Reason == "" {
				return lie("assessment %d has no reason", i)
			}
		default:
			return lie("assessment %d has an ability that isn't known", i)
		}
	}
	return nil
}

// checkTask checks our own question, so that a mistake in it shows as ours.
func checkTask(t *sdk.Task) error {
	if t.Key == "" || t.Job == "" || t.Treatment == "" || len(t.Recipients) == 0 {
		return errors.New("a task needs job, key, treatment and recipients")
	}
	if t.Size < 0 {
		return errors.New("a task needs the size of its content")
	}
	seen := map[string]bool{}
	for i, r := range t.Recipients {
		if seen[r.Address] {
			return fmt.Errorf("recipient %d stands there twice", i)
		}
		seen[r.Address] = true
	}
	return nil
}

// checkOutcomes demands exactly one outcome for each recipient and puts them
// in the order of the task.
func checkOutcomes(task *sdk.Task, got []sdk.Outcome, copies int) ([]sdk.Outcome, error) {
	if fault.Off("plugins.outcomes") {
		return got, nil
	}
	at := map[string]int{}
	for i, r := range task.Recipients {
		at[r.Address] = i
	}
	out := make([]sdk.Outcome, len(task.Recipients))
	for _, o := range got {
		i, ok := at[o.Address]
		if !ok {
			return nil, lie("an outcome is about an address that isn't in the task")
		}
		if out[i].Kind != "" {
			return nil, lie("recipient %d has two outcomes", i)
		}
		if err := checkOutcome(o, task.Recipients[i].Level, copies); err != nil {
			return nil, err
		}
		out[i] = o
	}
	for i := range out {
		if out[i].Kind == "" {
			return nil, lie("recipient %d has no outcome", i)
		}
	}
	return out, nil
}

func checkOutcome(o sdk.Outcome, demanded string, copies int) error {
	switch o.Kind {
	case sdk.Replace:
		if o.Copy < 0 || o.Copy >= copies {
			return lie("an outcome names copy %d of %d", o.Copy, copies)
		}
		if demanded == "forbidden" {
			return lie("it would deliver to a recipient for whom that is forbidden")
		}
	case sdk.Deliver:
		return checkRoute(o.Route, demanded)
	case sdk.Refuse:
		if o.Text == "" {
			return lie("a refusal has no text")
		}
	case sdk.Taken, sdk.Retry:
	default:
		return lie("an outcome's kind isn't known")
	}
	return nil
}

// checkCopies makes sure that each copy goes to somebody, and notices to the
// sender alone.
func checkCopies(task *sdk.Task, r *Result) error {
	used := make([]bool, len(r.Copies))
	for _, o := range r.Outcomes {
		if o.Kind != sdk.Replace {
			continue
		}
		used[o.Copy] = true
		if r.Copies[o.Copy].Notice && o.Address != task.Sender {
			return lie("a notice would go to somebody else than the sender")
		}
	}
	for i, c := range r.Copies {
		if c.Notice && task.Sender == "" {
			return lie("a notice would go to the null sender")
		}
		if !c.Notice && !used[i] {
			return lie("copy %d is for nobody", i)
		}
	}
	return nil
}

func checkInspection(i sdk.Inspection) error {
	if !slices.Contains([]string{"full", "partial", "none"}, i.Scanned) {
		return lie("its \"scanned\" isn't known")
	}
	if i.Scanned != "full" && len(i.Problems) == 0 {
		return lie("it doesn't say why it couldn't read everything")
	}
	if len(i.Findings) > 1000 || len(i.Problems) > 100 {
		return lie("it found too much")
	}
	if !utf8.ValidString(i.Text) {
		return lie("its text isn't UTF-8")
	}
	for _, f := range i.Findings {
		if !wordForm.MatchString(f.Detector) || f.Count < 1 ||
			!slices.Contains([]string{"personal", "financial", "health", "secret", "contact", "own"}, f.Category) ||
			!slices.Contains([]string{"low", "medium", "high"}, f.Confidence) {
			return lie("a finding isn't well-formed")
		}
	}
	return nil
}

// oneLine makes text of a plugin fit for a reply or a log: one line of valid
// UTF-8 without control characters, at most limit bytes.
func oneLine(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	for len(s) > limit {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return strings.TrimSpace(s)
}
