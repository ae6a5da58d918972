package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	// The business calendar's time zone must be known on machines without
	// tzdata too.
	_ "time/tzdata"
)

var (
	sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)
	nameForm   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// checkForm says what is wrong with a text that must have a form, or "". An
// empty text has every form: it means "none".
func checkForm(form, text string) (wrong, hint string) {
	if form == "" || text == "" {
		return "", ""
	}
	switch form {
	case "path":
		return checkPath(text)
	case "unix":
		file, ok := strings.CutPrefix(text, "unix:")
		if !ok {
			return fmt.Sprintf("%q isn't a Unix socket; want unix:/path", text), ""
		}
		return checkSocket(text, file)
	case "address":
		if file, ok := strings.CutPrefix(text, "unix:"); ok {
			return checkSocket(text, file)
		}
		rest, ok := strings.CutPrefix(text, "tcp:")
		if !ok || !hostPort(rest) {
			return fmt.Sprintf("%q isn't an address to listen on; want unix:/path or tcp:host:port", text), addressHint(text)
		}
	case "loopback":
		host, _, _ := cutLast(text, ':')
		ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if !hostPort(text) || host != "localhost" && (err != nil || !ip.IsLoopback()) {
			return fmt.Sprintf("%q isn't a port of this machine alone; want 127.0.0.1:port, [::1]:port or \"\" for none", text),
				"these pages need no login"
		}
	case "sha256":
		if !sha256Form.MatchString(text) {
			return fmt.Sprintf("%q isn't a SHA-256 checksum; want 64 hexadecimal digits in lower case", text), "sha256sum FILE prints it"
		}
	case "name":
		if !nameForm.MatchString(text) {
			return fmt.Sprintf("%q isn't a name; want lower-case letters, digits and hyphens, at most 32, a letter first", text), ""
		}
	case "domain":
		if len(text) > 253 || !domainForm.MatchString(text) {
			return fmt.Sprintf("%q isn't a domain; want it in lower case and ASCII, such as bank.example", text), domainHint(text)
		}
	case "bundle":
		address, err := url.Parse(text)
		if path.IsAbs(text) || err == nil && address.Scheme == "https" && address.Host != "" && address.User == nil {
			return "", ""
		}
		return fmt.Sprintf("%q is neither an https address without a password nor an absolute path", text), ""
	case "timezone":
		if _, err := time.LoadLocation(text); err != nil || text == "Local" {
			return fmt.Sprintf("%q isn't a time zone; want a name such as Europe/Warsaw or UTC", text), ""
		}
	}
	return "", ""
}

func checkPath(text string) (wrong, hint string) {
	if !path.IsAbs(text) {
		return fmt.Sprintf("%q isn't an absolute path; want one that begins with /", text), ""
	}
	if strings.ContainsRune(text, 0) {
		return "the path has a zero byte", ""
	}
	return "", ""
}

// maxSocket is what the kernel takes for a Unix socket's name (sun_path, less
// the final zero byte).
const maxSocket = 107

func checkSocket(text, file string) (wrong, hint string) {
	if !path.IsAbs(file) {
		return fmt.Sprintf("%q isn't an absolute path; want unix:/path", text), ""
	}
	if len(file) > maxSocket {
		return fmt.Sprintf("the socket's path has %d bytes; want at most %d", len(file), maxSocket), ""
	}
	return checkPath(file)
}

func addressHint(text string) string {
	switch {
	case strings.HasPrefix(text, "/"):
		return fmt.Sprintf("did you mean %q?", "unix:"+text)
	case strings.HasPrefix(text, "inet:") && hostPort(text[5:]):
		return fmt.Sprintf("did you mean %q?", "tcp:"+text[5:])
	case hostPort(text):
		return fmt.Sprintf("did you mean %q?", "tcp:"+text)
	}
	return ""
}

func domainHint(text string) string {
	if lower := strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(text, "@")), "."); lower != text && domainForm.MatchString(lower) {
		return fmt.Sprintf("did you mean %q?", lower)
	}
	return ""
}

func hostPort(s string) bool {
	host, port, ok := cutLast(s, ':')
	n, err := strconv.ParseUint(port, 10, 16)
	if !ok || err != nil || n == 0 {
		return false
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		ip, err := netip.ParseAddr(host[1 : len(host)-1])
		return err == nil && ip.Is6()
	}
	return domainForm.MatchString(strings.ToLower(host))
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

var errForm = errors.New("not of this form")

// parseDuration reads Go's durations, and whole days as "30d".
func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, errForm
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || s == "0" {
		return 0, errForm
	}
	return d, nil
}

// units of a Size, largest first.
func units() []struct {
	name  string
	bytes int64
} {
	return []struct {
		name  string
		bytes int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}
}

func parseSize(s string) (Size, error) {
	unit := int64(1)
	for _, u := range units() {
		if number, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = strings.TrimRight(number, " "), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit {
		return 0, errForm
	}
	return Size(n * unit), nil
}

// sizeHint knows the units that people write elsewhere.
func sizeHint(s string) string {
	for _, u := range units() {
		for _, other := range []string{u.name[:1] + "B", u.name[:1], u.name[:1] + "b"} {
			if number, ok := strings.CutSuffix(strings.ToUpper(s), strings.ToUpper(other)); ok {
				if _, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64); err == nil {
					return fmt.Sprintf("did you mean %q?", strings.TrimSpace(number)+u.name)
				}
			}
		}
	}
	return ""
}

func (s Size) String() string {
	for _, u := range units() {
		if s != 0 && int64(s)%u.bytes == 0 {
			return fmt.Sprintf("%d%s", int64(s)/u.bytes, u.name)
		}
	}
	return strconv.FormatInt(int64(s), 10)
}
