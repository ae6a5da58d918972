package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/config"
)

// Results of a check.
const (
	resultOK      = "ok"
	resultNote    = "note"    // works, but the operator should know
	resultWrong   = "wrong"   // doesn't work, or isn't safe
	resultUnknown = "unknown" // could not be found out
)

// finding is what one check of `doctor` found.
type finding struct {
	Check  string `json:"check"`
	Result string `json:"result"`
	Text   string `json:"text"`
	// Mend is what to do; "" where there is nothing to do.
	Mend string `json:"mend,omitempty"`
}

// doctor collects findings.
type doctor struct {
	cfg  *config.Config
	list []finding
}

func (d *doctor) add(check, result, text, mend string) {
	d.list = append(d.list, finding{check, result, text, mend})
}

func (d *doctor) ok(check, text string)            { d.add(check, resultOK, text, "") }
func (d *doctor) note(check, text, mend string)    { d.add(check, resultNote, text, mend) }
func (d *doctor) wrong(check, text, mend string)   { d.add(check, resultWrong, text, mend) }
func (d *doctor) unknown(check, text, mend string) { d.add(check, resultUnknown, text, mend) }

func newDoctorCommand(a *app) *cobra.Command {
	f := &setupFlags{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Every part, checked for real, with the mend for what is wrong",
		Long: `Checks every part as it is now: configuration, the gateway's sockets, Postfix's settings, plugins, policy, tables, memory, disk, clock, logs,
the mail queue's volume, and aliases that lead outside. Nothing is changed and no mail is sent. Run it as root.

Exit code: 0 all is well (there may be notes), 1 something is wrong, 3 something could not be found out.`,
		Example: "  sealpost doctor\n  sealpost doctor --format json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd, f) },
	}
	cmd.Flags().StringVar(&f.dir, "postfix-dir", "", "Postfix's configuration directory (default: mta.config_dir)")
	cmd.Flags().StringVar(&f.files, "files", "", "folder of the tables that setup wrote (default: /etc/sealpost/postfix)")
	return cmd
}

func (a *app) doctor(cmd *cobra.Command, f *setupFlags) error {
	d := &doctor{}
	ctx := cmd.Context()
	cfg, err := config.Load(a.configFile)
	if err != nil {
		d.wrong("config", err.Error(), "sealpost config check")
	} else {
		d.cfg = cfg
		d.ok("config", a.configFile+" ("+cfg.Hash()+")")
		d.daemon(ctx, a)
		d.postfix(ctx, f)
		d.tables()
		d.machine()
	}
	if a.json() {
		for _, one := range d.list {
			if err := printJSON(cmd, one); err != nil {
				return err
			}
		}
	} else {
		d.print(cmd.OutOrStdout())
	}
	return d.exit()
}

func (d *doctor) exit() error {
	worst := error(nil)
	for _, one := range d.list {
		switch one.Result {
		case resultWrong:
			return answerIsNo
		case resultUnknown:
			worst = couldNotTell(nil)
		}
	}
	return worst
}

func (d *doctor) print(out io.Writer) {
	width := 0
	for _, one := range d.list {
		width = max(width, len(one.Check))
	}
	signs := map[string]string{resultOK: "✓ ok     ", resultNote: "! note   ", resultWrong: "✗ wrong  ", resultUnknown: "? unknown"}
	counts := map[string]int{}
	for _, one := range d.list {
		counts[one.Result]++
		indent := strings.Repeat(" ", width+13)
		fmt.Fprintf(out, "%s  %-*s  %s\n", signs[one.Result], width, one.Check, strings.ReplaceAll(one.Text, "\n", "\n"+indent))
		if one.Mend != "" {
			fmt.Fprintf(out, "%smend: %s\n", indent, one.Mend)
		}
	}
	fmt.Fprintf(out, "\n%d ok, %d notes, %d wrong, %d unknown\n", counts[resultOK], counts[resultNote], counts[resultWrong], counts[resultUnknown])
}

// daemon asks the running daemon about itself.
func (d *doctor) daemon(ctx context.Context, a *app) {
	status, err := a.client(d.cfg).Status(ctx)
	if err != nil {
		d.wrong("daemon", err.Error(), "systemctl start sealpost; journalctl -u sealpost says what is wrong")
		d.unknown("plugins", "only the daemon knows", "")
		d.unknown("policy", "only the daemon knows", "")
		return
	}
	d.ok("daemon", fmt.Sprintf("version %s, process %d, since %s", status.Version, status.PID, status.Started.Format("2006-01-02 15:04")))
	switch {
	case status.Config.Refused != "":
		d.wrong("config in force", "a later configuration was refused: "+status.Config.Refused, "mend the file and reload")
	case status.Config.Hash != d.cfg.Hash():
		d.note("config in force", "the daemon runs with "+status.Config.Hash+", the file is "+d.cfg.Hash(), "systemctl reload sealpost, or restart it")
	default:
		d.ok("config in force", status.Config.Hash)
	}
	for _, p := range status.Plugins {
		switch {
		case p.State == "up":
			d.ok("plugin "+p.Name, strings.TrimSpace("up "+p.Version+" "+strings.Join(p.Treatments, " ")))
		default:
			d.wrong("plugin "+p.Name, strings.TrimSpace(p.State+" "+p.Problem), "its lines in the log; then sealpost plugin restart "+p.Name)
		}
	}
	if len(status.Plugins) == 0 {
		d.note("plugins", "none is configured: nothing but plain delivery is possible", "add plugins to "+a.configFile)
	}
	switch {
	case status.Policy.Revision == "":
		d.wrong("policy", "none is loaded", "sealpost policy check")
	case status.Policy.Refused != "":
		d.wrong("policy", "revision "+status.Policy.Revision+" is in force; a later one was refused:\n"+status.Policy.Refused, "sealpost policy check")
	case status.Policy.Problem != "":
		d.wrong("policy", "revision "+status.Policy.Revision+" is in force; "+status.Policy.Problem, "see policy.bundle in the configuration")
	default:
		d.ok("policy", "revision "+status.Policy.Revision+", loaded "+status.Policy.Loaded.Format("2006-01-02 15:04"))
	}
	if status.LaterRecipients != "" && status.LaterRecipients != d.cfg.MTA.LaterRecipients {
		d.wrong("later recipients", "the daemon runs with "+status.LaterRecipients+", the file says "+d.cfg.MTA.LaterRecipients, "systemctl restart sealpost")
	}
}
