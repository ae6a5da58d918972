package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/api"
)

func newPolicyStatusCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Which policy is in force, since when, and whether a later one was refused",
		Long: `Asks the running daemon.

Exit code: 0 the newest policy is in force, 1 a later one was refused or can't be fetched, 3 the daemon doesn't answer.`,
		Example: "  sealpost policy status\n  sealpost policy status --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			p, err := a.client(cfg).Policy(cmd.Context())
			if err != nil {
				return err
			}
			if a.json() {
				err = printJSON(cmd, p)
			} else {
				err = printPolicy(cmd.OutOrStdout(), p)
			}
			if err == nil && p.Refused+p.Problem != "" {
				return answerIsNo
			}
			return err
		},
	}
}

const clock = "2006-01-02 15:04:05 MST"

// printPolicy is the policy in force for a person.
func printPolicy(out io.Writer, p api.Policy) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Revision\t%s\nIn force\tsince %s\n", p.Revision, p.Loaded.Format(clock))
	if p.Source != "" {
		fmt.Fprintf(w, "Bundle\t%s from %s\n", p.Bundle, p.Source)
		checked := "not since the daemon's start: this is the one that was kept on disk"
		if !p.Checked.IsZero() {
			checked = p.Checked.Format(clock)
		}
		fmt.Fprintf(w, "Checked\t%s\n", checked)
	}
	if p.Refused != "" {
		when := ""
		if !p.RefusedAt.IsZero() {
			when = ", " + p.RefusedAt.Format(clock)
		}
		fmt.Fprintf(w, "Refused\ta later one%s:\n", when)
		for line := range strings.Lines(p.Refused) {
			fmt.Fprintf(w, "\t%s\n", strings.TrimSpace(line))
		}
	}
	if p.Problem != "" {
		fmt.Fprintf(w, "Problem\t%s\n", p.Problem)
	}
	return w.Flush()
}
