package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
)

// policyRC forbids packages to start services while they are installed.
const policyRC = "/usr/sbin/policy-rc.d"

// install gets Debian packages unless the files that are needed of them are
// there. No service is started: where the machine doesn't forbid that already,
// it is forbidden for the time of the installation.
func install(ctx context.Context, files []string, packages ...string) (err error) {
	missing := func(file string) bool { _, err := os.Stat(file); return err != nil }
	if !slices.ContainsFunc(files, missing) {
		return nil
	}
	fmt.Fprintf(os.Stderr, "installing %q …\n", packages)
	if _, err := os.Lstat(policyRC); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(policyRC, []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.Remove(policyRC)) }()
	} else if out, err := exec.CommandContext(ctx, policyRC).CombinedOutput(); exitCode(err) != 101 {
		return fmt.Errorf("installing %q: %s lets services start (%v %s)", packages, policyRC, err, out)
	}
	args := append([]string{"install", "-y", "--no-install-recommends"}, packages...)
	if _, err := aptGet(ctx, args...); err == nil {
		return nil
	}
	// Perhaps only the package lists are missing or old.
	if out, err := aptGet(ctx, "update"); err != nil {
		return fmt.Errorf("updating package lists: %w\n%s", err, out)
	}
	if out, err := aptGet(ctx, args...); err != nil {
		return fmt.Errorf("installing %q: %w\n%s", packages, err, out)
	}
	return nil
}

func aptGet(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return cmd.CombinedOutput()
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

func ownedFolder(path, name string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return giveTo(path, name)
}

// giveTo makes a user the owner of a path.
func giveTo(path, name string) error {
	u, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	return os.Chown(path, uid, -1)
}
