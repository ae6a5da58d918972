package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/gateway"
	"github.com/sealpost/sealpost/message"
)

// checkFlags are what `sealpost check` supposes of a message.
type checkFlags struct {
	from, user, clientTLS string
	to                    []string
}

func newCheckCommand(a *app) *cobra.Command {
	f := &checkFlags{}
	cmd := &cobra.Command{
		Use:   "check --from A --to B [--to C] MESSAGE.eml",
		Short: "What would become of a message, recipient by recipient, and why; nothing is sent",
		Long: `Reads a message as the gateway would, asks the policy for each recipient, asks the plugins whether they can, and prints the decision.
Nothing is sent and nothing is remembered. "-" reads the message from standard input. "sealpost policy explain" says rule by rule what each saw.

Exit code: 0 the message would go, 1 it would be refused, 3 it could not be judged now.`,
		Example: `  sealpost check --from anna@bank.example --to bob@partner.example letter.eml
  sealpost check --from anna@bank.example --to bob@partner.example --to carol@gmail.com --auth anna --client-tls TLSv1.3 letter.eml
  sealpost check --format json --from a@bank.example --to b@partner.example - < letter.eml`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.check(cmd, f, args[0]) },
	}
	cmd.Flags().StringVar(&f.from, "from", "", `envelope sender; "" is the null sender`)
	cmd.Flags().StringArrayVar(&f.to, "to", nil, "envelope recipient; may be given several times")
	cmd.Flags().StringVar(&f.user, "auth", "", "login name of the client, if it authenticated")
	cmd.Flags().StringVar(&f.clientTLS, "client-tls", "none", "TLS of the client's connection: none, TLSv1.2 or TLSv1.3")
	return cmd
}

func (a *app) check(cmd *cobra.Command, f *checkFlags, file string) error {
	if !cmd.Flags().Changed("from") || len(f.to) == 0 {
		return usage(errors.New("--from and at least one --to are needed"))
	}
	cfg, err := a.config()
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	d, err := core(ctx, cfg, a.quiet(), "", a.worker)
	if err != nil {
		return couldNotTell(err)
	}
	defer d.close(context.WithoutCancel(ctx))
	m, err := f.message(d.spool, file)
	if err != nil {
		return err
	}
	defer m.Close()
	x := d.gateway.Explain(ctx, m)
	if a.json() {
		if err := json.NewEncoder(cmd.OutOrStdout()).Encode(x); err != nil {
			return err
		}
	} else if err := printExplanation(cmd.OutOrStdout(), x); err != nil {
		return err
	}
	switch message.Verdict(x.Verdict) {
	case message.Accept, message.Hold:
		return nil
	case message.Reject:
		return answerIsNo
	default:
		return couldNotTell(nil)
	}
}

// message reads a file as if a client had sent it.
func (f *checkFlags) message(spool *message.Spool, file string) (*message.Message, error) {
	in := io.Reader(os.Stdin)
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, usage(err)
		}
		defer opened.Close()
		in = opened
	}
	content, err := spool.New()
	if err != nil {
		return nil, err
	}
	m := &message.Message{ID: message.NewID(), Received: time.Now(), Content: content}
	if _, err := io.Copy(message.CRLF(content), in); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", file, err), m.Close())
	}
	m.Envelope = message.Envelope{Sender: f.from, QueueID: "check", Client: message.Client{User: f.user, Addr: netip.MustParseAddr("127.0.0.1")}}
	if f.clientTLS != "none" {
		m.Envelope.Client.TLS = &message.TLS{Version: f.clientTLS, Cipher: "TLS_AES_256_GCM_SHA384", Bits: 256}
	}
	for _, to := range f.to {
		m.Envelope.Recipients = append(m.Envelope.Recipients, message.Recipient{Typed: to, Address: to})
	}
	return m, nil
}

// printExplanation is the decision for a person.
func printExplanation(out io.Writer, x gateway.Explanation) error {
	fmt.Fprintf(out, "Class    %s\nVerdict  %s\n", x.Class, x.Verdict)
	if x.Reply != "" {
		fmt.Fprintf(out, "Reply    %s\n", x.Reply)
	}
	fmt.Fprintf(out, "Policy   %s\nScanned  %s", x.Policy.Revision, x.Scanned)
	if len(x.Problems) > 0 {
		fmt.Fprintf(out, " (%s)", strings.Join(x.Problems, ", "))
	}
	fmt.Fprint(out, "\n\n")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(x.Findings) > 0 {
		fmt.Fprintln(w, "FOUND\tCATEGORY\tCONFIDENCE\tCOUNT\tPART\tSAMPLE")
		for _, f := range x.Findings {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", f.Detector, f.Category, f.Confidence, f.Count, strings.TrimSpace(f.Part+" "+f.Path), f.Masked)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "RECIPIENT\tKIND\tLEVEL\tTREATMENT\tWHY")
	for _, r := range x.Recipients {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Address, r.Kind, r.Level, strings.TrimSpace(r.Treatment+" "+r.Method), why(r, 0))
		for i := 1; i < len(r.Reasons); i++ {
			fmt.Fprintf(w, "\t\t\t\t%s\n", why(r, i))
		}
		more := []string{r.Refusal, r.Pending}
		for _, l := range r.Lifted {
			more = append(more, "lifted: "+l.Rule)
		}
		for _, n := range r.Notices {
			more = append(more, "the sender is told, "+n.Rule+": "+n.Text)
		}
		for _, line := range more {
			if line != "" {
				fmt.Fprintf(w, "\t\t\t\t%s\n", line)
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "\nWhat each rule saw: sealpost policy explain")
	return err
}

func why(r gateway.ExplainedRecipient, i int) string {
	if i >= len(r.Reasons) {
		return ""
	}
	return r.Reasons[i].Rule + ": " + r.Reasons[i].Text
}
