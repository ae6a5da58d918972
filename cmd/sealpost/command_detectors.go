package main

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/detect"
)

func newDetectorsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "detectors",
		Short:   "Detectors: which there are, what they look for, and what they see in a text",
		Example: "  sealpost detectors list\n  sealpost detectors show pl-pesel\n  echo 'PESEL 44051401359' | sealpost detectors test",
	}
	cmd.AddCommand(newDetectorsListCommand(a), newDetectorsShowCommand(a), newDetectorsTestCommand(a))
	return cmd
}

// detectors are those that are built in, and the organisation's own.
func (a *app) detectors(cmd *cobra.Command, file string) (*detect.Engine, error) {
	options := detect.Options{}
	if file == "" {
		cfg, err := a.configIfThere(cmd)
		if err != nil {
			return nil, err
		}
		if cfg != nil {
			options.Keywords, file = cfg.Inspect.Keywords, cfg.Inspect.Detectors
		}
	}
	if err := readDefinitions(&options, file); err != nil {
		return nil, err
	}
	engine, err := detect.New(options)
	if err != nil {
		return nil, no(err)
	}
	return engine, nil
}

// readDefinitions adds the organisation's own detectors, if a file has some.
func readDefinitions(o *detect.Options, file string) (err error) {
	if file == "" {
		return nil
	}
	o.Definitions, err = detect.ReadDefinitions(file)
	if mistakes := (detect.Mistakes{}); errors.As(err, &mistakes) {
		return no(err)
	}
	return err
}

// knownDetectors are those that a policy may name under a configuration.
func knownDetectors(cfg *config.Config) ([]detect.Info, error) {
	options := detect.Options{}
	if err := readDefinitions(&options, cfg.Inspect.Detectors); err != nil {
		return nil, err
	}
	engine, err := detect.New(options)
	if err != nil {
		return nil, err
	}
	return engine.Detectors(), nil
}

const definitionsHelp = "file with detectors of one's own (default: the configured one)"

func newDetectorsListCommand(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "All detectors",
		Example: "  sealpost detectors list\n  sealpost detectors list --format json | jq -r .id",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			engine, err := a.detectors(cmd, file)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, d := range engine.Detectors() {
				if a.json() {
					if err := printJSON(cmd, detectorFacts(d)); err != nil {
						return err
					}
					continue
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", d.ID, d.Category, d.Doc)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&file, "detectors", "", definitionsHelp)
	return cmd
}

func detectorFacts(d detect.Info) map[string]any {
	return map[string]any{"id": d.ID, "category": d.Category, "doc": d.Doc, "source": d.Source, "pattern": d.Pattern, "terms": d.Terms}
}

func newDetectorsShowCommand(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "What one detector looks for, and by whose rule",
		Example: "  sealpost detectors show de-steuer-id",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			engine, err := a.detectors(cmd, file)
			if err != nil {
				return err
			}
			all := engine.Detectors()
			i := slices.IndexFunc(all, func(d detect.Info) bool { return d.ID == args[0] })
			if i < 0 {
				return usage(fmt.Errorf("there is no detector %q; %q lists them", args[0], "sealpost detectors list"))
			}
			d := all[i]
			if a.json() {
				return printJSON(cmd, detectorFacts(d))
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintf(w, "%s\t%s\ncategory\t%s\nrule\t%s\n", d.ID, d.Doc, d.Category, d.Source)
			if d.Pattern != "" {
				fmt.Fprintf(w, "looks like\t%s\n", d.Pattern)
			}
			if d.Terms > 0 {
				fmt.Fprintf(w, "terms\t%d\n", d.Terms)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&file, "detectors", "", definitionsHelp)
	return cmd
}

func newDetectorsTestCommand(a *app) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "test [TEXT…]",
		Short: "What the detectors see in a text, and why",
		Long: `Looks for everything in the words of the command line, or in standard input, and says why each hit has its confidence.
A file with detectors of one's own is checked first: all mistakes are named, with line and column.

Exit code: 0 something was found, 1 nothing was, or the file is wrong.`,
		Example: "  sealpost detectors test 'my card number is 4539 1488 0343 6467'\n  sealpost detectors test --detectors ./own.yaml < letter.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			engine, err := a.detectors(cmd, file)
			if err != nil {
				return err
			}
			in := cmd.InOrStdin()
			if len(args) > 0 {
				in = strings.NewReader(strings.Join(args, " "))
			}
			return a.detectIn(cmd, engine, in)
		},
	}
	cmd.Flags().StringVar(&file, "detectors", "", definitionsHelp)
	return cmd
}

func (a *app) detectIn(cmd *cobra.Command, engine *detect.Engine, in io.Reader) error {
	s := engine.Scanner()
	s.Explain(true)
	s.Use(time.Now(), maphash.MakeSeed())
	if _, err := s.ReadFrom(in); err != nil {
		return fmt.Errorf("reading the text: %w", err)
	}
	s.Close()
	reported := 0
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, r := range s.Reasons() {
		if r.Confidence != "" {
			reported++
		}
		if a.json() {
			if err := printJSON(cmd, r); err != nil {
				return err
			}
			continue
		}
		confidence := r.Confidence
		if confidence == "" {
			confidence = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Detector, confidence, r.Masked, because(r))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if reported == 0 {
		return answerIsNo
	}
	return nil
}
