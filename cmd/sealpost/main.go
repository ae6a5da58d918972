// Command sealpost is the whole of Sealpost on the command line: the daemon
// (serve) and everything that operators ask or set.
//
// Every command exits with 0 where all is fine, 1 where the answer is no, 2
// where it was used wrongly, and 3 where it could not tell. With --format json
// it prints one document, or one a line for lists; errors go to standard
// error in either format.
//
// This package wires the others and holds no logic of the mail's way.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/sealpost/sealpost/api"
	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/extract"
)

// Exit codes.
const (
	exitFine         = 0
	exitNo           = 1 // the answer is no
	exitUsage        = 2 // used wrongly
	exitCouldNotTell = 3
)

// workerCommand is not for people: the process reads one file for another
// process of ours, with limits, and ends.
const workerCommand = "read-file"

func main() {
	if len(os.Args) == 2 && os.Args[1] == workerCommand {
		if err := extract.RunWorker(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "sealpost: %v\n", err)
			os.Exit(exitCouldNotTell)
		}
		return
	}
	a := &app{errs: os.Stderr}
	if self, err := os.Executable(); err == nil {
		a.worker = []string{self, workerCommand}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := a.run(ctx, os.Args[1:], os.Stdin, os.Stdout)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	return (&app{errs: errs}).run(ctx, args, in, out)
}

func (a *app) run(ctx context.Context, args []string, in io.Reader, out io.Writer) int {
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(a.errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitFine
	}
	code := exitUsage // what cobra itself finds wrong
	if coded := (*exitError)(nil); errors.As(err, &coded) {
		code, err = coded.code, coded.err
	}
	if err != nil {
		fmt.Fprintf(a.errs, "sealpost: %v\n", err)
	}
	return code
}

// exitError is an error with the exit code that it means. err may be nil where
// everything was said on standard output.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// answerIsNo ends a command whose answer, already printed, is no.
var answerIsNo error = &exitError{code: exitNo}

// no ends a command with an answer that is no, and why.
func no(err error) error { return &exitError{exitNo, err} }

// usage says that a command was used wrongly.
func usage(err error) error { return &exitError{exitUsage, err} }

// couldNotTell says that a command could not find out.
func couldNotTell(err error) error { return &exitError{exitCouldNotTell, err} }

// app is what all commands share: the flags before the command.
type app struct {
	configFile string
	format     string
	errs       io.Writer
	// worker is the command line of a process that reads files; nil: they are
	// read in this one.
	worker []string
}

// config reads the configuration that --config names.
func (a *app) config() (*config.Config, error) {
	cfg, err := config.Load(a.configFile)
	if err != nil {
		return nil, couldNotTell(err)
	}
	return cfg, nil
}

// json reports whether facts are printed as JSON.
func (a *app) json() bool { return a.format == "json" }

// quiet is the log of commands: errors only, on standard error.
func (a *app) quiet() *zap.Logger {
	return newLogger(a.errs, config.Log{Level: "error", Addresses: "full"})
}

// client speaks to the running daemon of that configuration.
func (a *app) client(cfg *config.Config) *api.Client { return api.NewClient(cfg.Admin.Listen) }

// printJSON writes one JSON document on a line.
func printJSON(cmd *cobra.Command, v any) error { return json.NewEncoder(cmd.OutOrStdout()).Encode(v) }

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "sealpost",
		Short: "Decides for each recipient how well a message must be protected, and makes sure of it",
		Long: `Sealpost is a filter for the mail server that you already have. It reads every message, decides for each recipient
how well the message must be protected, and makes sure that it leaves only that way.

Exit codes: 0 fine, 1 the answer is no, 2 used wrongly, 3 could not tell.`,
		Example: `  sealpost config check
  sealpost setup postfix --apply
  sealpost doctor`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.format != "text" && a.format != "json" {
				return usage(fmt.Errorf("--format %q: want text or json", a.format))
			}
			return nil
		},
	}
	root.PersistentFlags().StringVar(&a.configFile, "config", "/etc/sealpost/sealpost.yaml", "configuration file")
	root.PersistentFlags().StringVar(&a.format, "format", "text", "text, or json for programs")
	if err := root.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag was defined two lines above
	}
	root.AddCommand(
		newServeCommand(a), newTraceCommand(a), newAuditCommand(a),
		newScanCommand(a),
		newCheckCommand(a),
		newPolicyCommand(a),
		newDetectorsCommand(a),
		newDataCommand(a),
		newPluginCommand(a),
		newSetupCommand(a),
		newDoctorCommand(a),
		newConfigCommand(a),
		newVersionCommand(a),
		newManCommand(),
	)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	codes(root)
	return root
}

// codes gives every error of a command's own that has no exit code the code
// "could not tell", and makes a group of commands without a choice a wrong
// use.
func codes(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		codes(c)
	}
	if cmd.RunE == nil && cmd.Run == nil && cmd.HasSubCommands() {
		cmd.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("%q isn't a command of %q; %q lists them", args[0], c.CommandPath(), c.CommandPath()+" --help"))
			}
			return errors.Join(c.Help(), usage(nil))
		}
		cmd.Args = cobra.ArbitraryArgs
		return
	}
	inner := cmd.RunE
	if inner == nil {
		return
	}
	cmd.RunE = func(c *cobra.Command, args []string) error {
		err := inner(c, args)
		if coded := (*exitError)(nil); err == nil || errors.As(err, &coded) {
			return err
		}
		return couldNotTell(err)
	}
}
