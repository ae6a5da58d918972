package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/policy"
)

func newPolicyNewCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "new",
		Short:   "A new topic with its tests",
		Example: "  sealpost policy new topic board-papers",
	}
	cmd.AddCommand(newPolicyNewTopicCommand(a))
	return cmd
}

func newPolicyNewTopicCommand(a *app) *cobra.Command {
	dir := ""
	cmd := &cobra.Command{
		Use:   "topic NAME",
		Short: "Write a topic of one rule, with tests that pass, to begin with",
		Long: `Writes NAME.rego and NAME_test.rego into the folder of the configured policy, or another one. No file is written over.

Exit code: 0 written; 2 the name is none, or there is such a topic; 3 the folder can't be written to.`,
		Example: "  sealpost policy new topic board-papers\n  sealpost policy new topic board-papers --dir ./rego",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				cfg, err := a.config()
				if err != nil {
					return err
				}
				dir = cfg.Policy.Dir
			}
			files, err := policy.NewTopic(dir, args[0])
			if os.IsPermission(err) || os.IsNotExist(err) {
				return couldNotTell(err)
			}
			if err != nil {
				return usage(err)
			}
			for _, file := range files {
				if a.json() {
					err = printJSON(cmd, map[string]string{"file": file})
				} else {
					_, err = fmt.Fprintln(cmd.OutOrStdout(), file)
				}
				if err != nil {
					return err
				}
			}
			if !a.json() {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "\nNext: say in it what you need, and run: sealpost policy test %s --run %s\n", dir, args[0])
			}
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "folder of the policy (default: the configured one)")
	return cmd
}
