package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/policy"
)

// policyTests is what `sealpost policy test` was asked.
type policyTests struct {
	data, filter string
	coverage     bool
	atLeast      float64
	watch        bool
}

func newPolicyTestCommand(a *app) *cobra.Command {
	t := &policyTests{}
	cmd := &cobra.Command{
		Use:   "test [DIR]",
		Short: "Run a policy's own tests",
		Long: `Runs the tests of the configured policy, or of a folder: Rego (*_test.rego), and messages (NAME.eml) with the decision that is wanted about them
in a file beside them (NAME.want). The policy is loaded and checked as the daemon does.

A NAME.want, of which only what it says is compared:

  from: anna@bank.example
  auth: anna                     # logged in; left out: not
  class: confidential
  to:
    carl@business.example: tls
    bob@partner.example:
      level: content
      treatments: [smime, pgp]
      rules: [health-data]       # demand something; also: without, lifted

Exit code: 0 all pass; 1 one fails, too few lines are reached, or the policy is wrong; 3 it can't be read.`,
		Example: `  sealpost policy test
  sealpost policy test ./rego --coverage
  sealpost policy test ./rego --min-coverage 95
  sealpost policy test ./rego --run health
  sealpost policy test ./rego --watch`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeFolders,
		RunE: func(cmd *cobra.Command, args []string) error {
			t.coverage = t.coverage || t.atLeast > 0
			if t.watch {
				return a.watchTests(cmd, args, t)
			}
			return a.runTests(cmd, args, t)
		},
	}
	cmd.Flags().StringVar(&t.data, "data", "", "folder with the lists (default: the configured one; for DIR its data folder)")
	cmd.Flags().StringVar(&t.filter, "run", "", "only tests and messages whose name matches this regular expression")
	cmd.Flags().BoolVar(&t.coverage, "coverage", false, "say which lines no test reached")
	cmd.Flags().Float64Var(&t.atLeast, "min-coverage", 0, "fail if tests reach less of the lines, in per cent")
	cmd.Flags().BoolVar(&t.watch, "watch", false, "run again whenever a file changes, until interrupted")
	return cmd
}

func (a *app) runTests(cmd *cobra.Command, args []string, t *policyTests) error {
	only, err := regexp.Compile(t.filter)
	if err != nil {
		return usage(fmt.Errorf("--run: %w", err))
	}
	src, words, err := a.policyFrom(cmd, args, t.data)
	if err != nil {
		return err
	}
	opts := policy.TestOptions{Vocabulary: words, Filter: t.filter, Coverage: t.coverage, AtLeast: t.atLeast, JSON: a.json()}
	if hasCases(src.Policy) {
		opts.Cases = func(ctx context.Context) (int, []policy.TestFailure, error) { return a.cases(cmd, src, words, only) }
	}
	result, err := policy.Test(cmd.Context(), src, opts, cmd.OutOrStdout())
	switch mistakes := (policy.Mistakes{}); {
	case errors.As(err, &mistakes):
		return no(err)
	case err != nil:
		return err
	case result.Failed > 0 || result.TooLittle:
		return answerIsNo
	case result.Passed == 0 && t.filter == "":
		return no(errors.New("there are no tests"))
	case result.Passed == 0:
		return no(fmt.Errorf("no test matches %q", t.filter))
	}
	return nil
}

func hasCases(files fs.FS) (found bool) {
	err := fs.WalkDir(files, ".", func(name string, _ fs.DirEntry, err error) error {
		found = found || filepath.Ext(name) == caseExt
		return err
	})
	return found && err == nil
}

// cases runs the messages of a policy's folder.
func (a *app) cases(cmd *cobra.Command, src policy.Source, words policy.Vocabulary, only *regexp.Regexp) (int, []policy.TestFailure, error) {
	cfg, err := a.configIfThere(cmd)
	if err != nil {
		return 0, nil, err
	}
	l, err := a.newLab(cfg)
	if err != nil {
		return 0, nil, err
	}
	defer l.close()
	gen, err := policy.Build(cmd.Context(), src, policy.BuildOptions{Vocabulary: words, Deadline: time.Second})
	if err != nil {
		return 0, nil, err
	}
	return l.runCases(cmd.Context(), gen, src.Policy, only.MatchString)
}

// watchTests runs the tests again and again. Nothing that they find ends it.
func (a *app) watchTests(cmd *cobra.Command, args []string, t *policyTests) error {
	folders, err := a.testedFolders(args, t.data)
	if err != nil {
		return err
	}
	once := func() {
		fmt.Fprintf(cmd.OutOrStdout(), "%s\n", time.Now().Format(time.TimeOnly))
		if err := a.runTests(cmd, args, t); err != nil && !errors.Is(err, answerIsNo) {
			fmt.Fprintln(cmd.OutOrStdout(), err)
		}
		fmt.Fprintln(cmd.OutOrStdout())
	}
	once()
	return policy.WatchFolders(cmd.Context(), func(err error) {
		if err != nil {
			fmt.Fprintln(a.errs, "sealpost:", err)
			return
		}
		once()
	}, folders...)
}

func (a *app) testedFolders(args []string, data string) (all []string, err error) {
	if len(args) == 0 {
		cfg, err := a.config()
		if err != nil {
			return nil, err
		}
		if all = policyFolders(cfg); len(all) == 0 {
			return nil, usage(errors.New("the configured policy is a bundle; name the folder that it is made from"))
		}
		if data != "" {
			all[1] = data
		}
		return all, nil
	}
	all = args[:1]
	if data != "" {
		all = append(all, data)
	}
	return all, folders(all...)
}
