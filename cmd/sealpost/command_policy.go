package main

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/policy"
)

func newPolicyCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy",
		Short:   "Policies: write, check, test, compare, explain, sign, and which one is in force",
		Example: "  sealpost policy new topic board-papers\n  sealpost policy test ./rego --watch\n  sealpost policy diff --against ./rego ./messages",
	}
	cmd.AddCommand(newPolicyNewCommand(a), newPolicyCheckCommand(a), newPolicyTestCommand(a), newPolicyFmtCommand(a), newPolicyDiffCommand(a),
		newPolicyExplainCommand(a), newPolicyBuildCommand(a), newPolicyStatusCommand(a))
	return cmd
}

// completeFolders completes the first argument with folders.
func completeFolders(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// policyFrom finds the policy that a command is about: a folder that was
// named, or the configured one.
func (a *app) policyFrom(cmd *cobra.Command, args []string, data string) (policy.Source, policy.Vocabulary, error) {
	if len(args) == 0 {
		cfg, err := a.config()
		if err != nil {
			return policy.Source{}, policy.Vocabulary{}, err
		}
		src, err := policySource(cmd.Context(), cfg)
		if err != nil {
			return policy.Source{}, policy.Vocabulary{}, couldNotTell(err)
		}
		if data != "" {
			src.Data = os.DirFS(data)
		}
		detectors, err := knownDetectors(cfg)
		if err != nil {
			return policy.Source{}, policy.Vocabulary{}, err
		}
		words := vocabulary(detectors, a.treatments(cmd, cfg))
		words.Tables = tableNames(cfg)
		return src, words, folders(append(policyFolders(cfg), data)...)
	}
	if data == "" {
		if own := filepath.Join(args[0], "data"); isDir(own) {
			data = own
		}
	}
	src := policy.Source{Policy: os.DirFS(args[0]), Data: embed.FS{}} // no lists, unless there is a folder with some
	if data != "" {
		src.Data = os.DirFS(data)
	}
	words := vocabulary(detect.Detectors(), nil)
	cfg, err := a.configIfThere(cmd)
	if err != nil {
		return src, words, err
	}
	if cfg != nil { // whose policy it is to be
		detectors, err := knownDetectors(cfg)
		if err != nil {
			return src, words, err
		}
		src.LocalDomains, words = cfg.Domains, vocabulary(detectors, a.treatments(cmd, cfg))
	}
	return src, words, folders(args[0], data)
}

// treatments are those of the running plugins. Without a daemon only the
// standard ones are known.
func (a *app) treatments(cmd *cobra.Command, cfg *config.Config) (all []string) {
	running, err := a.client(cfg).Plugins(cmd.Context())
	if err != nil {
		return nil
	}
	for _, p := range running {
		all = append(all, p.Treatments...)
	}
	return all
}

func folders(paths ...string) error {
	for _, p := range paths {
		if p != "" && !isDir(p) {
			return couldNotTell(fmt.Errorf("reading policy: %w", &fs.PathError{Op: "open folder", Path: p, Err: fs.ErrNotExist}))
		}
	}
	return nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func newPolicyFmtCommand(a *app) *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt [DIR]",
		Short: "Bring Rego files into opa's form",
		Long: `Rewrites the *.rego files of the configured policy, or of a folder, in opa's form and prints the names of those that changed.
With --check nothing is written.

Exit code: 0 done, or with --check nothing to do; 1 with --check there is; 3 a file can't be read.`,
		Example:           "  sealpost policy fmt\n  sealpost policy fmt --check ./rego",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) == 1 {
				dir = args[0]
			} else {
				cfg, err := a.config()
				if err != nil {
					return err
				}
				dir = cfg.Policy.Dir
			}
			out := cmd.OutOrStdout()
			if a.json() {
				out = io.Discard
			}
			changed, err := policy.Format(dir, !check, out)
			if err != nil {
				return err
			}
			if a.json() {
				for _, file := range changed {
					if err := printJSON(cmd, map[string]string{"file": file}); err != nil {
						return err
					}
				}
			}
			if check && len(changed) > 0 {
				return answerIsNo
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; say which files aren't in that form")
	return cmd
}

func newPolicyCheckCommand(a *app) *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "check [DIR]",
		Short: "Everything that is wrong with a policy, at once",
		Long: `Loads the configured policy, or that of a folder, as the daemon would, runs its tests, and says everything that is wrong with it, each
with file, line and what was probably meant. Nothing is put in force.

Exit code: 0 nothing is wrong, 1 something is, 3 it can't be read.`,
		Example:           "  sealpost policy check\n  sealpost policy check ./rego --data ./data --format json",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			src, words, err := a.policyFrom(cmd, args, data)
			if err != nil {
				return err
			}
			mistakes, err := policy.Check(cmd.Context(), src, words, a.json(), cmd.OutOrStdout())
			if err != nil {
				return err
			}
			if len(mistakes) > 0 {
				return answerIsNo
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "folder with the lists (default: the configured one; for DIR its data folder)")
	return cmd
}
