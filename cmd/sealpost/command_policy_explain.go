package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/policy"
)

func newPolicyExplainCommand(a *app) *cobra.Command {
	now, s, rules := &tried{}, &supposed{}, []string(nil)
	cmd := &cobra.Command{
		Use:   "explain MESSAGE.eml…",
		Short: "Why a message is treated as it is: rule by rule, with what each rule saw",
		Long: `Reads messages as the gateway would and says for each recipient which rules demand something, what their conditions read, and which findings satisfied
them; and of the other rules the condition that doesn't hold. Findings' values, subject and header fields are never shown. Sender and recipients are those
of the message's header, of a NAME.want beside it, or of the flags. Plugins aren't asked: "sealpost check" does that.

Exit code: 0 explained; 1 the policy has no answer; 3 a message or the policy can't be read.`,
		Example: `  sealpost policy explain letter.eml
  sealpost policy explain --rule health-data --to bob@gmail.com letter.eml
  sealpost policy explain --policy ./rego --format json letter.eml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.fromSet = cmd.Flags().Changed("from")
			return a.explain(cmd, now, *s, rules, args)
		},
	}
	cmd.Flags().StringArrayVar(&rules, "rule", nil, "only this rule, by its id; may be given several times")
	now.flags(cmd)
	s.flags(cmd)
	err := cmd.RegisterFlagCompletionFunc("rule", func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		if x, _, err := a.explainer(cmd, now); err == nil {
			return x.Rules(), cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err) // the flag was defined above
	}
	return cmd
}

func (a *app) explainer(cmd *cobra.Command, now *tried) (*policy.Explainer, *lab, error) {
	src, words, cfg, err := a.source(cmd, now)
	if err != nil {
		return nil, nil, err
	}
	x, err := policy.NewExplainer(cmd.Context(), src, policy.BuildOptions{Vocabulary: words, Deadline: time.Second})
	if err != nil {
		return nil, nil, err
	}
	l, err := a.newLab(cfg)
	return x, l, err
}

func (a *app) explain(cmd *cobra.Command, now *tried, s supposed, rules, paths []string) error {
	x, l, err := a.explainer(cmd, now)
	if err != nil {
		return err
	}
	defer l.close()
	for _, rule := range rules {
		if !slices.Contains(x.Rules(), rule) {
			return usage(fmt.Errorf("there is no rule %q; there are %s", rule, strings.Join(x.Rules(), ", ")))
		}
	}
	for sample, err := range l.samples(cmd.Context(), x.Generation, paths, s) {
		if err != nil {
			return err
		}
		e, err := x.Explain(cmd.Context(), sample)
		if err != nil {
			return no(fmt.Errorf("%s: %w", sample.Name, err))
		}
		e.Only(rules)
		if a.json() {
			err = printJSON(cmd, e)
		} else {
			err = printRules(cmd.OutOrStdout(), e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printRules is an explanation for a person.
func printRules(out io.Writer, e *policy.Explanation) error {
	fmt.Fprintf(out, "%s: %s, by revision %s\n", e.Name, e.Class, e.Revision)
	for _, r := range e.Recipients {
		fmt.Fprintf(out, "\n%s (%s): %s\n", r.Address, r.Kind, reached(r.RecipientDecision))
		var silent []policy.RuleExplanation
		for _, rule := range r.Rules {
			if !rule.Fired {
				silent = append(silent, rule)
				continue
			}
			printRule(out, rule)
		}
		if err := printSilent(out, silent); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out)
	return err
}

func reached(d policy.RecipientDecision) string {
	var names []string
	for _, t := range d.Treatments {
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		return string(d.Level)
	}
	return string(d.Level) + " by " + strings.Join(names, ", or ")
}

// verbs say what a rule of each set does.
func verb(r policy.RuleExplanation) string {
	switch {
	case r.Lifted:
		return "would demand " + r.Demands + ", but is lifted"
	case r.Set == "require":
		return "demands " + r.Demands
	case r.Set == "class":
		return "says " + r.Demands
	case r.Set == "override":
		return "lifts another rule"
	case r.Set == "notify":
		return "tells the sender"
	default:
		return "chooses treatments"
	}
}

func printRule(out io.Writer, r policy.RuleExplanation) {
	fmt.Fprintf(out, "\n  %s %s\n", r.Rule, verb(r))
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(out, "    %-9s %s\n", name, text)
		}
	}
	line("title", r.Title)
	line("reason", r.Text)
	line("where", fmt.Sprintf("%s:%d", r.File, r.Line))
	for i, f := range r.Saw {
		line([]string{"saw", ""}[min(i, 1)], f.Name+" = "+f.Value)
	}
	for i, f := range r.Findings {
		line([]string{"findings", ""}[min(i, 1)], fmt.Sprintf("%s, %s, %d, part %s", f.Detector, f.Confidence, f.Count, f.Part))
	}
	for i, p := range r.Parts {
		line([]string{"parts", ""}[min(i, 1)], strings.TrimSuffix(fmt.Sprintf("%s %s, read: %s, %s", p.Path, p.Type, p.Scanned, strings.Join(p.Problems, ", ")), ", "))
	}
}

// printSilent lists the rules that demand nothing, with the condition that
// doesn't hold.
func printSilent(out io.Writer, rules []policy.RuleExplanation) error {
	if len(rules) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\n  Not because of\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range rules {
		why := ""
		if r.Ended != nil {
			why = fmt.Sprintf("%s:%d\t%s", r.Ended.File, r.Ended.Line, r.Ended.Text)
		}
		fmt.Fprintf(w, "    %s\t%s\n", r.Rule, why)
	}
	return w.Flush()
}
