package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/mta"
	"github.com/sealpost/sealpost/policy"
)

// setupFlags are what `sealpost setup postfix` may be told.
type setupFlags struct {
	apply, undo, print bool
	dir, files, caFile string
	dnssec             bool
}

func newSetupCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "setup",
		Short:   "Attach a mail server",
		Example: "  sealpost setup postfix\n  sealpost setup postfix --apply",
	}
	cmd.AddCommand(newSetupPostfixCommand(a))
	return cmd
}

func newSetupPostfixCommand(a *app) *cobra.Command {
	f := &setupFlags{}
	cmd := &cobra.Command{
		Use:   "postfix",
		Short: "The exact lines for this Postfix; with --apply, sets them and checks that mail flows",
		Long: `Without a flag it prints the lines that make this Postfix ask the gateway and route marked mail, and changes nothing.
What main.cf has already stays in force; Sealpost's tables come first and answer for marked mail and partners alone. What can't work
together is refused, with the reason.

--apply saves main.cf and master.cf, sets the lines, reloads Postfix and checks that the gateway answers and that Postfix takes mail;
if anything of it fails, everything is put back. A second --apply changes nothing. --undo gives back the saved files byte for byte; if
they were edited since, it takes out Sealpost's own lines only. The gateway must run before --apply.

Exit code: 0 done, 1 refused or put back, 3 Postfix's configuration can't be read.`,
		Example: `  sealpost setup postfix
  sealpost setup postfix --apply
  sealpost setup postfix --undo
  sealpost setup postfix --postfix-dir /etc/postfix-out --print`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.setupPostfix(cmd, f) },
	}
	cmd.Flags().BoolVar(&f.apply, "apply", false, "set the lines and check that mail flows")
	cmd.Flags().BoolVar(&f.undo, "undo", false, "take an earlier --apply back")
	cmd.Flags().BoolVar(&f.print, "print", false, "print the lines (this is also what happens without a flag)")
	cmd.MarkFlagsMutuallyExclusive("apply", "undo", "print")
	cmd.Flags().StringVar(&f.dir, "postfix-dir", "", "Postfix's configuration directory (default: mta.config_dir)")
	cmd.Flags().StringVar(&f.files, "files", "", "folder for tables and saved files (default: /etc/sealpost/postfix)")
	cmd.Flags().StringVar(&f.caFile, "ca-file", "", "trust anchors for verified TLS (default: what main.cf has, else the system's)")
	cmd.Flags().BoolVar(&f.dnssec, "dnssec", false, "this machine's resolver validates DNSSEC: use DANE")
	return cmd
}

// postfixFor reads the Postfix of a configuration, and what its settings
// depend on.
func postfixFor(ctx context.Context, cfg *config.Config, f *setupFlags) (*mta.Postfix, mta.Params, error) {
	dir := cfg.MTA.ConfigDir
	if f.dir != "" {
		dir = f.dir
	}
	pf, err := mta.InspectPostfix(ctx, dir)
	if err != nil {
		return nil, mta.Params{}, couldNotTell(err)
	}
	p := pf.Params(cfg.MTA.LaterRecipients)
	p.Milter = mta.Endpoint(cfg.Milter.Listen[0], pf.QueueDir)
	p.Deliver = mta.Endpoint(cfg.Deliver.Listen, pf.QueueDir)
	p.Map = mta.Endpoint(cfg.Deliver.Map, pf.QueueDir)
	if p.Reinject, err = mta.ReinjectName(cfg.MTA.Reinject, pf.QueueDir); err != nil {
		return nil, mta.Params{}, no(err)
	}
	if f.files != "" {
		p.Files = f.files
	}
	if f.caFile != "" {
		p.CAFile = f.caFile
	}
	// Lists with mistakes are policy's to complain about; the settings' own domains are tried all the same.
	p.Domains = cfg.Domains
	if src, err := policySource(ctx, cfg); err == nil {
		if domains, err := policy.Domains(src); err == nil {
			p.Domains = domains
		}
	}
	p.DNSSEC = f.dnssec || pf.Main["smtp_dns_support_level"] == "dnssec"
	return pf, p.Over(pf.Main), nil
}

func (a *app) setupPostfix(cmd *cobra.Command, f *setupFlags) error {
	ctx := cmd.Context()
	cfg, err := a.config()
	if err != nil {
		return err
	}
	pf, p, err := postfixFor(ctx, cfg, f)
	if err != nil {
		return err
	}
	if f.undo {
		return a.undo(cmd, pf, p)
	}
	problems := pf.Problems(ctx, p)
	var fatal []string
	for _, one := range problems {
		if one.Fatal {
			fatal = append(fatal, one.Text+" ("+one.Mend+")")
		}
	}
	if !f.apply {
		if err := a.printSettings(cmd, pf, p, problems); err != nil {
			return err
		}
	}
	if len(fatal) > 0 {
		return no(errors.New("this Postfix can't be set up as it is:\n  " + strings.Join(fatal, "\n  ")))
	}
	if !f.apply {
		return nil
	}
	for _, one := range problems {
		fmt.Fprintf(a.errs, "note: %s (%s)\n", one.Text, one.Mend)
	}
	done, err := pf.Apply(ctx, p, func(ctx context.Context) ([]string, error) { return pf.Verify(ctx, p) })
	if err != nil {
		return no(err)
	}
	return a.printApplied(cmd, p, done)
}

func (a *app) undo(cmd *cobra.Command, pf *mta.Postfix, p mta.Params) error {
	exact, err := pf.Undo(cmd.Context(), p)
	if err != nil {
		return no(err)
	}
	if a.json() {
		return printJSON(cmd, map[string]bool{"exact": exact})
	}
	how := "main.cf and master.cf are byte for byte what they were"
	if !exact {
		how = "main.cf or master.cf was edited since, so only Sealpost's own lines were taken out"
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), how)
	return err
}

func (a *app) printSettings(cmd *cobra.Command, pf *mta.Postfix, p mta.Params, problems []mta.Problem) error {
	settings := mta.PostfixSettings(p)
	if a.json() {
		return printJSON(cmd, struct {
			mta.Settings
			Problems []mta.Problem `json:"problems,omitempty"`
		}{settings, problems})
	}
	for _, one := range problems {
		fmt.Fprintf(cmd.OutOrStdout(), "# Problem: %s (%s)\n", one.Text, one.Mend)
	}
	dir := pf.Dir
	if dir == "/etc/postfix" {
		dir = ""
	}
	_, err := fmt.Fprint(cmd.OutOrStdout(), settings.Render(dir))
	return err
}

func (a *app) printApplied(cmd *cobra.Command, p mta.Params, done mta.Applied) error {
	if a.json() {
		return printJSON(cmd, done)
	}
	out := cmd.OutOrStdout()
	for _, n := range mta.PostfixSettings(p).Notes {
		fmt.Fprintf(out, "note: %s\n", n)
	}
	for _, c := range done.Changed {
		fmt.Fprintf(out, "set   %s\n", c)
	}
	if len(done.Changed) == 0 {
		fmt.Fprintln(out, "everything was set already")
	}
	for _, c := range done.Checks {
		fmt.Fprintf(out, "works %s\n", c)
	}
	return nil
}
