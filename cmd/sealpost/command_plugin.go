package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/api"
)

func newPluginCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "plugin",
		Short:   "Plugins: how they fare, restart one, write one, try one",
		Example: "  sealpost plugin list\n  sealpost plugin restart tls\n  sealpost plugin new stamp\n  sealpost plugin verify ./stamp/stamp",
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:   "list",
			Short: "How the plugins of the running daemon fare",
			Long: `Asks the running daemon for its plugins.

Exit code: 0 all are up, 1 one isn't, 3 the daemon doesn't answer.`,
			Example: "  sealpost plugin list\n  sealpost plugin list --format json",
			Args:    cobra.NoArgs,
			RunE:    func(cmd *cobra.Command, _ []string) error { return a.pluginList(cmd) },
		},
		&cobra.Command{
			Use:   "restart NAME",
			Short: "Start a plugin anew; calls under way are finished first",
			Long: `Asks the running daemon to replace a plugin's process by a new one.

Exit code: 0 done, 1 there is no such plugin or it didn't come up, 3 the daemon doesn't answer.`,
			Example: "  sealpost plugin restart tls",
			Args:    cobra.ExactArgs(1),
			RunE:    func(cmd *cobra.Command, args []string) error { return a.pluginRestart(cmd, args[0]) },
		},
		newPluginNewCommand(),
		newPluginVerifyCommand(),
	)
	return cmd
}

func (a *app) pluginList(cmd *cobra.Command) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	list, err := a.client(cfg).Plugins(cmd.Context())
	if err != nil {
		return err
	}
	verdict := error(nil)
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	if !a.json() {
		fmt.Fprintln(w, "NAME\tVERSION\tSTATE\tPID\tRESTARTS\tDOES\tPROBLEM")
	}
	for _, p := range list {
		if p.State != "up" {
			verdict = answerIsNo
		}
		if a.json() {
			if err := printJSON(cmd, p); err != nil {
				return err
			}
			continue
		}
		does := strings.Join(p.Treatments, " ")
		if p.Inspects {
			does = strings.TrimSpace(does + " inspects")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\n", p.Name, p.Version, p.State, p.PID, p.Restarts, does, p.Problem)
	}
	return errors.Join(w.Flush(), verdict)
}

func (a *app) pluginRestart(cmd *cobra.Command, name string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	err = a.client(cfg).Restart(cmd.Context(), name)
	switch {
	case errors.Is(err, api.ErrNoDaemon):
		return err
	case err != nil:
		return no(err)
	}
	if a.json() {
		return printJSON(cmd, map[string]string{"restarted": name})
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s was restarted\n", name)
	return err
}
