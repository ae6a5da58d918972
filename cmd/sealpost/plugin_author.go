package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/plugins"
)

// Commands for people who write plugins.

func newPluginNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new NAME",
		Short: "Write a working plugin with its test into the folder NAME",
		Long: `Writes a small handler plugin and its test into a new folder NAME. It builds inside any module that requires Sealpost's.
Nothing that exists is overwritten.

Exit code: 0 written, 1 the folder exists, 2 the name can't be used.`,
		Example: "  sealpost plugin new stamp\n  go test ./stamp && go build -o stamp/stamp ./stamp\n  sealpost plugin verify ./stamp/stamp",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := plugins.Scaffold(".", args[0])
			switch {
			case errors.Is(err, fs.ErrExist):
				return no(fmt.Errorf("%s is there already", args[0]))
			case errors.Is(err, plugins.ErrName):
				return usage(err)
			case err != nil:
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: try it with go test ./%s\n", args[0], args[0])
			return err
		},
	}
}

func newPluginVerifyCommand() *cobra.Command {
	var settings string
	cmd := &cobra.Command{
		Use:   "verify PROGRAM",
		Short: "Try a plugin: start, describe, configure, ask, hand over 25 MB, repeat, kill",
		Long: `Starts a plugin as the daemon does, several times, and tries everything that the daemon relies on.
A handler really carries out what it is asked, on made-up messages to example.invalid: use settings for tests.

Exit code: 0 everything passed, 1 something didn't, 2 the settings can't be read.`,
		Example: "  sealpost plugin verify ./stamp/stamp\n  sealpost plugin verify /usr/lib/sealpost/plugins/tls --settings test.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			program, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			cfg := plugins.Config{Path: program}
			if settings != "" {
				if cfg.Settings, err = os.ReadFile(settings); err != nil || !json.Valid(cfg.Settings) {
					return usage(fmt.Errorf("%s holds no JSON: %w", settings, err))
				}
			}
			if err := plugins.Verify(cmd.Context(), cfg, cmd.OutOrStdout()); err != nil {
				return no(err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&settings, "settings", "", "file with the plugin's settings, JSON")
	return cmd
}
