package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/config"
)

func newConfigCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "The configuration file: what is wrong in it, and an example",
		Example: "  sealpost config check\n  sealpost config example > /etc/sealpost/sealpost.yaml",
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "check",
			Short: "Everything that is wrong in the configuration, at once",
			Long: `Reads the configuration file and says everything that is wrong in it, each with file, line, what was read, what is allowed and
what was probably meant. Tables of the organisation's own are opened and checked whole. Nothing is started or changed.

Exit code: 0 nothing is wrong, 1 something is, 3 the file can't be read.`,
			Example: "  sealpost config check\n  sealpost --config ./new.yaml config check --format json",
			Args:    cobra.NoArgs,
			RunE:    func(cmd *cobra.Command, _ []string) error { return a.configCheck(cmd) },
		},
		&cobra.Command{
			Use:     "example",
			Short:   "A configuration file with every setting and what it means",
			Example: "  sealpost config example > /etc/sealpost/sealpost.yaml",
			Args:    cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := cmd.OutOrStdout().Write(config.Example())
				return err
			},
		},
	)
	return cmd
}

func (a *app) configCheck(cmd *cobra.Command) error {
	cfg, err := config.Load(a.configFile)
	mistakes := config.Mistakes{}
	if err != nil && !errors.As(err, &mistakes) {
		return couldNotTell(err)
	}
	if err == nil {
		mistakes = wrongTables(a.configFile, cfg)
	}
	if a.json() {
		for _, m := range mistakes {
			if err := printJSON(cmd, m); err != nil {
				return err
			}
		}
	} else {
		for _, m := range mistakes {
			fmt.Fprintln(cmd.OutOrStdout(), m)
		}
	}
	if len(mistakes) > 0 {
		return answerIsNo
	}
	if !a.json() {
		fmt.Fprintf(cmd.OutOrStdout(), "%s is fine (%s)\n", a.configFile, cfg.Hash())
	}
	return nil
}
