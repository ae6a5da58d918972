package integration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// policyRC, while it is there, keeps packages from starting services.
const policyRC = "/usr/sbin/policy-rc.d"

// Packages are the Debian packages that the rig and the tests of the other
// packages need.
func Packages() []string {
	return []string{"postfix", "swaks", "openssl", "iproute2", "protobuf-compiler",
		"clamav-daemon", "tesseract-ocr", "tesseract-ocr-eng", "poppler-utils"}
}

// EnsurePackages installs the Debian packages that are missing, and says so on
// out. No service is started and no mail server configured: Postfix comes with
// "no configuration", and a machine that has another mail server is left as it
// is, with an error.
func EnsurePackages(out io.Writer, names ...string) error {
	have, otherMTA, err := installed()
	if err != nil {
		return err
	}
	var missing []string
	for _, name := range names {
		if !have[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	for _, name := range missing {
		if name == "postfix" && otherMTA != "" {
			return fmt.Errorf("the package postfix is needed, but this machine has the mail server %s, which postfix would replace; use a machine without it, or remove it yourself", otherMTA)
		}
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("packages are missing; as root: apt-get install --no-install-recommends %s", strings.Join(missing, " "))
	}
	fmt.Fprintf(out, "installing %s …\n", strings.Join(missing, ", "))
	return install(missing)
}

// installed returns the packages that are there, and among them a mail server
// other than Postfix, or "".
func installed() (have map[string]bool, otherMTA string, err error) {
	list, err := exec.Command("dpkg-query", "-W", "-f", "${db:Status-Status}\t${Package}\t${Provides}\n").Output()
	if err != nil {
		return nil, "", fmt.Errorf("listing packages (only Debian and its kin are known here): %w", err)
	}
	have = map[string]bool{}
	for line := range strings.Lines(string(list)) {
		f := strings.SplitN(strings.TrimRight(line, "\n"), "\t", 3)
		if len(f) != 3 || f[0] != "installed" {
			continue
		}
		have[f[1]] = true
		if strings.Contains(f[2], "mail-transport-agent") && f[1] != "postfix" {
			otherMTA = f[1]
		}
	}
	return have, otherMTA, nil
}

func install(names []string) (err error) {
	if _, statErr := os.Stat(policyRC); errors.Is(statErr, os.ErrNotExist) {
		if err := os.WriteFile(policyRC, []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
			return fmt.Errorf("keeping services from being started: %w", err)
		}
		defer func() { err = errors.Join(err, os.Remove(policyRC)) }()
	}
	preseed := exec.Command("debconf-set-selections")
	preseed.Stdin = strings.NewReader("postfix postfix/main_mailer_type select No configuration\n")
	if out, err := preseed.CombinedOutput(); err != nil {
		return fmt.Errorf("asking for postfix without configuration: %w: %s", err, bytes.TrimSpace(out))
	}
	args := append([]string{"install", "-y", "--no-install-recommends"}, names...)
	if aptGet(args...) == nil {
		return nil
	}
	// Perhaps only the package lists are missing or old.
	if err := aptGet("update"); err != nil {
		return err
	}
	return aptGet(args...)
}

func aptGet(args ...string) error {
	cmd := exec.Command("apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("apt-get %s: %w:\n%s", strings.Join(args, " "), err, strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
	return nil
}
