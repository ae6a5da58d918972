package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/audit"
	"github.com/sealpost/sealpost/gateway"
	"github.com/sealpost/sealpost/store"
)

func newAuditCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "The record of every decision: prove it whole, hand it out",
		Long: `The gateway writes each decision into a chain of records, each of which holds the hash of the one before. No content, no subject and no
finding's value is in it. "audit verify" follows the chain offline; whoever notes its head down from time to time can also tell later that the
end wasn't cut off.`,
		Example: "  sealpost audit verify\n  sealpost audit verify --head 5120:9f2c… /srv/copies/audit\n  sealpost audit export --from 2026-11-01 --to 2026-11-30 > november.jsonl",
	}
	cmd.AddCommand(newAuditVerifyCommand(a), newAuditExportCommand(a))
	return cmd
}

// auditPath is the log that an argument names, or the configured one.
func (a *app) auditPath(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	cfg, err := a.config()
	if err != nil {
		return "", err
	}
	return cfg.Audit.Dir, nil
}

func newAuditVerifyCommand(a *app) *cobra.Command {
	var heads []string
	cmd := &cobra.Command{
		Use:     "verify [PATH]",
		Short:   "Follow the chain: was anything changed, removed or slipped in?",
		Example: "  sealpost audit verify\n  sealpost audit verify --head 5120:9f2c…",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var known []audit.Head
			for _, text := range heads {
				h, err := audit.ParseHead(text)
				if err != nil {
					return usage(err)
				}
				known = append(known, h)
			}
			path, err := a.auditPath(args)
			if err != nil {
				return err
			}
			if _, err := os.Stat(path); err != nil {
				return couldNotTell(fmt.Errorf("reading the audit log: %w", err))
			}
			r := audit.Verify(path, known...)
			if err := a.printVerified(cmd, path, r); err != nil {
				return err
			}
			if !r.Whole() {
				return answerIsNo
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&heads, "head", nil, "a head that was noted down earlier, NUMBER:HASH; the chain must hold it (may be given several times)")
	return cmd
}

func (a *app) printVerified(cmd *cobra.Command, path string, r audit.Report) error {
	if a.json() {
		return printJSON(cmd, r)
	}
	out := cmd.OutOrStdout()
	for _, p := range r.Problems {
		fmt.Fprintln(out, p)
	}
	switch {
	case !r.Whole():
		fmt.Fprintf(out, "%s: BROKEN: %s\n", path, counted(len(r.Problems), "problem"))
	case r.Entries == 0:
		fmt.Fprintf(out, "%s: empty\n", path)
	default:
		fmt.Fprintf(out, "%s: whole: %s in %s, %d to %d, %s to %s\nhead %s\n", path, counted(r.Entries, "record"),
			counted(r.Files, "file"), r.First, r.Head.Seq, r.From.Format(time.DateTime), r.To.Format(time.DateTime), r.Head)
	}
	return nil
}

func newAuditExportCommand(a *app) *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use:   "export [PATH]",
		Short: "Print records as they stand, one JSON document a line",
		Long: `Prints the records of some days, oldest first. The chain of what was exported can be followed by "audit verify" like the whole, since the
lines are those of the log.`,
		Example: "  sealpost audit export --from 2026-11-01 --to 2026-11-30 > november.jsonl\n  sealpost audit verify november.jsonl",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			first, last, err := days(from, to)
			if err != nil {
				return usage(err)
			}
			path, err := a.auditPath(args)
			if err != nil {
				return err
			}
			if _, err := os.Stat(path); err != nil {
				return couldNotTell(fmt.Errorf("reading the audit log: %w", err))
			}
			return export(cmd.OutOrStdout(), path, first, last)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "first day, 2026-11-01 (UTC)")
	cmd.Flags().StringVar(&to, "to", "", "last day, 2026-11-30 (UTC)")
	return cmd
}

// days reads a first and a last day as the times from which and before which.
func days(from, to string) (first, last time.Time, err error) {
	last = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if from != "" {
		if first, err = time.Parse(time.DateOnly, from); err != nil {
			return first, last, fmt.Errorf("--from %s is no day like 2026-11-01", from)
		}
	}
	if to != "" {
		if last, err = time.Parse(time.DateOnly, to); err != nil {
			return first, last, fmt.Errorf("--to %s is no day like 2026-11-30", to)
		}
		last = last.AddDate(0, 0, 1)
	}
	return first, last, nil
}

func export(out io.Writer, path string, first, last time.Time) error {
	w := bufio.NewWriter(out)
	for e, err := range audit.Entries(path, "") {
		if err != nil {
			return errors.Join(couldNotTell(err), w.Flush())
		}
		if e.Time.Before(first) || !e.Time.Before(last) {
			continue
		}
		if _, err := w.Write(append(e.Line, '\n')); err != nil {
			return err
		}
	}
	return w.Flush()
}

func newTraceCommand(a *app) *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "trace ID",
		Short: "One message: what was decided, why, and what became of each copy",
		Long: `Looks a message up in the audit log, by the gateway's id (it stands in every answer that the gateway gives) or by the mail server's
queue id, and in the ledger of what was handed over. It works without the daemon.`,
		Example: "  sealpost trace 4jXLLb5x8Tz1XWy7\n  sealpost trace 01JD3Z6Y8N0Q --format json | jq .record.recipients",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			if path == "" {
				path = cfg.Audit.Dir
			}
			traces, err := findTraces(path, args[0])
			if err != nil {
				return couldNotTell(err)
			}
			if len(traces) == 0 {
				return no(fmt.Errorf("nothing is known of %s; records are kept for %d days", args[0], int(cfg.Audit.Keep.Hours()/24)))
			}
			if err := addLedger(cmd, cfg.Store.Path, traces); err != nil {
				return couldNotTell(err)
			}
			for _, t := range traces {
				if a.json() {
					err = printJSON(cmd, t)
				} else {
					err = t.print(cmd.OutOrStdout())
				}
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&path, "log", "", "file or folder of audit records (default: the configured one)")
	return cmd
}

// trace is what is known of one message.
type trace struct {
	ID     string    `json:"id"`
	Seq    uint64    `json:"seq"` // in the audit log
	Time   time.Time `json:"time"`
	Kind   string    `json:"kind"`
	Record any       `json:"record"`
	Copies []traced  `json:"copies"`
}

// traced is what the ledger says of one copy.
type traced struct {
	Recipient string    `json:"recipient"`
	Kind      string    `json:"kind"`
	State     string    `json:"state"`
	QueueID   string    `json:"queue_id,omitempty"`
	Updated   time.Time `json:"updated"`
}

// findTraces reads the records on a message, by its id or queue id.
func findTraces(path, id string) ([]trace, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("reading the audit log: %w", err)
	}
	quoted, err := json.Marshal(id)
	if err != nil {
		return nil, err
	}
	var found []trace
	for e, err := range audit.Entries(path, string(quoted)) {
		if err != nil {
			return nil, err
		}
		t := trace{ID: e.ID, Seq: e.Seq, Time: e.Time, Kind: e.Kind, Copies: []traced{}}
		queueID := ""
		switch e.Kind {
		case gateway.DecidedKind:
			var d gateway.Decided
			err = json.Unmarshal(e.Record, &d)
			t.Record, queueID = d, d.QueueID
		case gateway.FailedKind:
			var f gateway.Failed
			err = json.Unmarshal(e.Record, &f)
			t.Record, queueID = f, f.QueueID
		default:
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading record %d: %w", e.Seq, err)
		}
		if e.ID == id || queueID == id {
			found = append(found, t)
		}
	}
	return found, nil
}

// addLedger adds what was handed over, where the database is there.
func addLedger(cmd *cobra.Command, path string, traces []trace) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	s, err := store.Open(cmd.Context(), path)
	if err != nil {
		return fmt.Errorf("opening the store: %w", err)
	}
	defer s.Close()
	for i := range traces {
		entries, err := s.Ledger(cmd.Context(), traces[i].ID)
		if err != nil {
			return err
		}
		for _, e := range entries {
			traces[i].Copies = append(traces[i].Copies, traced{e.Recipient, e.Kind, string(e.State), e.QueueID, e.Updated})
		}
	}
	return nil
}

// print says what is known in words.
func (t *trace) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	switch r := t.Record.(type) {
	case gateway.Failed:
		fmt.Fprintf(w, "message\t%s\nqueue id\t%s\ntime\t%s\nsender\t%s\nnot judged\tat stage %s\nanswer\t%s\n",
			t.ID, r.QueueID, t.Time.Format(time.RFC3339), orNone(r.Sender), r.Stage, r.Reply)
	case gateway.Decided:
		fmt.Fprintf(w, "message\t%s\nqueue id\t%s\ntime\t%s\nsender\t%s\nverdict\t%s\n", t.ID, r.QueueID, t.Time.Format(time.RFC3339), orNone(r.Input.Sender.Address), r.Verdict)
		if r.Reply != "" {
			fmt.Fprintf(w, "answer\t%s\n", r.Reply)
		}
		fmt.Fprintf(w, "class\t%s\nscanned\t%s\npolicy\t%s\nrecord\t%d\n", r.Class, r.Input.Content.Scanned, r.Revision, t.Seq)
		for _, f := range r.Input.Content.Findings {
			fmt.Fprintf(w, "found\t%s\t%s\tpart %s\t%d\n", f.Detector, f.Confidence, f.Part, f.Count)
		}
		t.printRecipients(w, r)
	}
	fmt.Fprintln(w)
	return w.Flush()
}

func (t *trace) printRecipients(w io.Writer, d gateway.Decided) {
	for _, r := range d.Recipients {
		fmt.Fprintf(w, "\n%s\t%s\t%s\t%s\n", r.Address, r.Level, strings.TrimSpace(r.Treatment+" "+r.Method), r.Kind)
		for _, reason := range r.Reasons {
			fmt.Fprintf(w, "  because\t%s\t%s\n", reason.Rule, reason.Text)
		}
		for _, reason := range r.Overridden {
			fmt.Fprintf(w, "  lifted\t%s\t%s\n", reason.Rule, reason.Text)
		}
		if why := r.Refusal + r.Pending; why != "" {
			fmt.Fprintf(w, "  not sent\t%s\n", why)
		}
		for _, c := range t.Copies {
			if c.Recipient == r.Address {
				fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", c.Kind, c.State, c.QueueID, c.Updated.Format(time.RFC3339))
			}
		}
	}
}

func orNone(address string) string {
	if address == "" {
		return "<>"
	}
	return address
}
