package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/rego"
)

// tried is the policy that a command tries messages with: a folder, the
// configured one, or where nothing is configured the shipped one.
type tried struct {
	dir, data string
}

func (t *tried) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.dir, "policy", "", "folder with the policy (default: the configured one, or else the shipped one)")
	cmd.Flags().StringVar(&t.data, "data", "", "folder with its lists (default: the configured one; for --policy its data folder)")
	for _, flag := range []string{"policy", "data"} {
		if err := cmd.MarkFlagDirname(flag); err != nil {
			panic(err) // they were defined above
		}
	}
}

// source is the policy, the words it may use, and the configuration if there is
// one.
func (a *app) source(cmd *cobra.Command, t *tried) (policy.Source, policy.Vocabulary, *config.Config, error) {
	cfg, err := a.configIfThere(cmd)
	if err != nil {
		return policy.Source{}, policy.Vocabulary{}, nil, err
	}
	if t.dir == "" && cfg == nil {
		src := policy.Source{Policy: rego.Policies(), Data: rego.Data()}
		if t.data != "" {
			src.Data = os.DirFS(t.data)
		}
		return src, vocabulary(detect.Detectors(), nil), nil, folders(t.data)
	}
	var args []string
	if t.dir != "" {
		args = append(args, t.dir)
	}
	src, words, err := a.policyFrom(cmd, args, t.data)
	return src, words, cfg, err
}

func newPolicyDiffCommand(a *app) *cobra.Command {
	var now, s, against = &tried{}, &supposed{}, ""
	cmd := &cobra.Command{
		Use:   "diff --against DIR PATH…",
		Short: "What another policy would decide otherwise about messages",
		Long: `Reads messages (.eml, and folders of them) or the audit log (audit-….jsonl), decides about each by the policy in force and by that of another
folder, and prints what would change, grouped by the rule that changes it, with examples. Sender and recipients are those of the message's header,
of a NAME.want beside it, of the flags, or of the record.
Nothing is sent. Lists are taken from DIR/data if there is such a folder, or else are the same for both.

Exit code: 0 nothing changes, 1 something does, 3 a message or policy can't be read.`,
		Example: `  sealpost policy diff --against ./rego ./messages
  sealpost policy diff --policy ./rego --against ./new-rego --from anna@bank.example --auth anna letter.eml
  sealpost policy diff --against ./rego /var/lib/sealpost/audit
  sealpost policy diff --against ./rego ./messages --format json | jq '.rules[] | {rule, what, recipients}'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if against == "" {
				return usage(errors.New("--against DIR is needed"))
			}
			s.fromSet = cmd.Flags().Changed("from")
			return a.diff(cmd, now, against, *s, args)
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "folder with the other policy")
	if err := cmd.MarkFlagDirname("against"); err != nil {
		panic(err) // it was defined above
	}
	now.flags(cmd)
	s.flags(cmd)
	return cmd
}

func (a *app) diff(cmd *cobra.Command, now *tried, against string, s supposed, paths []string) error {
	src, words, cfg, err := a.source(cmd, now)
	if err != nil {
		return err
	}
	other := src
	if err := folders(against); err != nil {
		return err
	}
	other.Policy = os.DirFS(against)
	if own := filepath.Join(against, "data"); isDir(own) {
		other.Data = os.DirFS(own)
	}
	options := policy.BuildOptions{Vocabulary: words, Deadline: time.Second}
	from, err := policy.Build(cmd.Context(), src, options)
	if err != nil {
		return couldNotTell(fmt.Errorf("the policy that is now:\n%w", err))
	}
	to, err := policy.Build(cmd.Context(), other, options)
	if err != nil {
		return couldNotTell(fmt.Errorf("the other policy, %s:\n%w", against, err))
	}
	l, err := a.newLab(cfg)
	if err != nil {
		return err
	}
	defer l.close()
	d, err := policy.Diff(cmd.Context(), from, to, l.samples(cmd.Context(), from, paths, s))
	if err != nil {
		return err
	}
	if a.json() {
		err = printJSON(cmd, d)
	} else {
		err = printDifference(cmd.OutOrStdout(), d)
	}
	switch {
	case err != nil:
		return err
	case len(d.Unread) > 0:
		return couldNotTell(fmt.Errorf("%d could not be read", len(d.Unread)))
	case d.Changed > 0:
		return answerIsNo
	}
	return nil
}

// printDifference is what changes, for a person.
func printDifference(out io.Writer, d *policy.Difference) error {
	for _, r := range d.Rules {
		title := r.Rule
		if title == "" {
			title = "no single rule:"
		}
		fmt.Fprintf(out, "%s %s  (%s, %s)\n", title, r.What, counted(r.Messages, "message"), counted(r.Recipients, "recipient"))
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, e := range r.Examples {
			fmt.Fprintf(w, "  %s\t%s\t%s\t-> %s\n", e.Message, e.Recipient, e.From, e.To)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if more := r.Messages - len(r.Examples); more > 0 {
			fmt.Fprintf(out, "  and %s\n", counted(more, "more message"))
		}
		fmt.Fprintln(out)
	}
	for _, u := range d.Unread {
		fmt.Fprintf(out, "not read: %s\n", u)
	}
	change := "nothing changes"
	if d.Changed > 0 {
		change = fmt.Sprintf("%d of them change", d.Changed)
		if d.Changed == 1 {
			change = "1 of them changes"
		}
	}
	_, err := fmt.Fprintf(out, "%s, %s: %s\n", counted(d.Messages, "message"), counted(d.Recipients, "recipient"), change)
	return err
}

// counted is a number with its noun.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
