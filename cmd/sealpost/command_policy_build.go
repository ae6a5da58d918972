package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/policy"
)

func newPolicyBuildCommand(a *app) *cobra.Command {
	var data, key, output string
	var s policy.Signing
	cmd := &cobra.Command{
		Use:   "build [DIR] --key FILE --key-id ID --output FILE",
		Short: "Make a signed bundle of a policy, for gateways to fetch",
		Long: `Checks a policy as the daemon does, runs its tests, and writes it with its lists as a signed bundle (.tar.gz), which gateways fetch from an
https server or find as a file (policy.bundle). Local domains of sealpost.yaml are not part of it. Stock opa reads such bundles, too.

The key is a private one in PEM: RSA of at least 2048 bits, EC (P-256, P-384) or Ed25519. Gateways get its public half.

Exit code: 0 written, 1 something is wrong with the policy, 2 used wrongly, 3 it can't be read or written.`,
		Example: `  openssl genpkey -algorithm ed25519 -out policy.key && openssl pkey -in policy.key -pubout -out policy.pub
  sealpost policy build ./rego --key policy.key --key-id policy-2026 --output policy.tar.gz`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			if key == "" || s.KeyID == "" || output == "" {
				return usage(errors.New("--key, --key-id and --output are needed"))
			}
			src, words, err := a.policyFrom(cmd, args, data)
			if err != nil {
				return err
			}
			if s.Key, err = os.ReadFile(key); err != nil {
				return usage(err)
			}
			var content bytes.Buffer
			revision, err := policy.WriteBundle(cmd.Context(), src, policy.BuildOptions{Vocabulary: words, RunTests: true, Deadline: time.Second}, s, &content)
			if mistakes := (policy.Mistakes{}); errors.As(err, &mistakes) {
				return no(err)
			} else if err != nil {
				return usage(err)
			}
			if err := writeWhole(output, content.Bytes()); err != nil {
				return err
			}
			if a.json() {
				return printJSON(cmd, map[string]any{"file": output, "revision": revision, "size": content.Len()})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: revision %s, signed by %s\n", output, revision, s.KeyID)
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "folder with the lists (default: the configured one; for DIR its data folder)")
	cmd.Flags().StringVar(&key, "key", "", "file with the private key")
	cmd.Flags().StringVar(&s.KeyID, "key-id", "", "what gateways call the key (policy.bundle_key_id)")
	cmd.Flags().StringVar(&output, "output", "", "the bundle to write")
	cmd.Flags().StringVar(&s.Revision, "revision", "", "what you call this state, a tag or commit (default: a hash of what is in it)")
	return cmd
}

// writeWhole writes a file so that nobody ever reads half of it.
func writeWhole(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}
