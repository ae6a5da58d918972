package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealpost/sealpost/mta"
)

// postfix checks the mail server and the sockets between it and the gateway.
func (d *doctor) postfix(ctx context.Context, f *setupFlags) {
	pf, p, err := postfixFor(ctx, d.cfg, f)
	if err != nil {
		d.unknown("postfix", err.Error(), "apt-get install postfix, or set mta.config_dir")
		return
	}
	d.ok("postfix", "version "+pf.Version.String()+", "+pf.Dir)
	if os.Geteuid() != 0 {
		d.unknown("postfix running", "only root can ask", "run doctor as root")
	} else if !pf.Running(ctx) {
		d.wrong("postfix running", "the mail server isn't running", "postfix -c "+pf.Dir+" start")
	}
	d.settings(ctx, pf, p)
	for _, c := range pf.Checks(p) {
		if err := c.Do(ctx); err != nil {
			d.wrong("flow", c.Name+": no: "+err.Error(), c.Mend)
			continue
		}
		d.ok("flow", c.Name)
	}
	d.limits(ctx, pf)
	d.later(ctx, pf)
	d.mailLog(ctx, pf)
	d.queue(pf)
}

// shownDifferences is how many settings are named one by one.
const shownDifferences = 5

func short(s string) string {
	if len(s) > 100 {
		s = s[:100] + "…"
	}
	return strconv.Quote(s)
}

// settings compares the mail server with what `setup postfix` would set.
func (d *doctor) settings(ctx context.Context, pf *mta.Postfix, p mta.Params) {
	differences := pf.Differences(mta.PostfixSettings(p), os.ReadFile)
	for i, one := range differences {
		if i == shownDifferences {
			d.wrong("postfix settings", fmt.Sprintf("and %d more differ", len(differences)-i), "sealpost setup postfix shows all lines")
			break
		}
		d.wrong("postfix settings", fmt.Sprintf("%s is %s, must be %s", one.Name, short(one.Have), short(one.Want)), "sealpost setup postfix --apply")
	}
	problems := pf.Problems(ctx, p)
	for _, one := range problems {
		if one.Fatal {
			d.wrong("postfix settings", one.Text, one.Mend)
		} else {
			d.note("postfix settings", one.Text, one.Mend)
		}
	}
	if len(differences)+len(problems) == 0 {
		d.ok("postfix settings", "as they must be")
	}
}

// limits compares the mail server's limits with the gateway's.
func (d *doctor) limits(ctx context.Context, pf *mta.Postfix) {
	text, err := pf.Value(ctx, "message_size_limit")
	size, convErr := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || convErr != nil:
		d.unknown("message size", "message_size_limit can't be read", "")
	case size == 0 || size > int64(d.cfg.Limits.Message):
		d.note("message size", fmt.Sprintf("the mail server takes messages of %s bytes, the gateway at most %s: those between are put off and never leave", text, d.cfg.Limits.Message),
			fmt.Sprintf("postconf -e message_size_limit=%d, or raise limits.message", d.cfg.Limits.Message))
	default:
		d.ok("message size", "the gateway takes what the mail server takes")
	}
	text, err = pf.Value(ctx, "maximal_queue_lifetime")
	life, ok := postfixTime(text)
	switch {
	case err != nil || !ok:
		d.unknown("queue lifetime", "maximal_queue_lifetime can't be read", "")
	case life >= d.cfg.Store.KeepJobs:
		d.wrong("queue lifetime", fmt.Sprintf("the mail server keeps mail for %s, the gateway its decisions for only %s", text, d.cfg.Store.KeepJobs), "raise store.keep_jobs")
	case life <= d.cfg.MTA.TLSPatience:
		d.note("queue lifetime", fmt.Sprintf("the mail server gives up after %s, before mta.tls_patience (%s) is over: a next treatment is never tried", text, d.cfg.MTA.TLSPatience), "lower mta.tls_patience")
	default:
		d.ok("queue lifetime", text)
	}
}

// postfixTime reads Postfix's times: a number and s, m, h, d or w; days where
// there is no letter, as for maximal_queue_lifetime.
func postfixTime(s string) (time.Duration, bool) {
	units := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "": 24 * time.Hour}
	number := strings.TrimRight(s, "smhdw")
	n, err := strconv.Atoi(number)
	unit, ok := units[s[len(number):]]
	return time.Duration(n) * unit, err == nil && ok
}

// later says how recipients are judged that the mail server adds later, and
// which aliases lead outside.
func (d *doctor) later(ctx context.Context, pf *mta.Postfix) {
	destinations, err := pf.Value(ctx, "mydestination")
	if err != nil {
		d.unknown("aliases", err.Error(), "")
		return
	}
	ours := append(mta.SplitList(destinations), d.cfg.Domains...)
	list, unlisted, err := pf.OutsideAliases(ctx, func(domain string) bool { return slices.Contains(ours, domain) })
	mode := d.cfg.MTA.LaterRecipients
	how := map[string]string{
		mta.Expand: "the gateway resolves aliases itself and judges where they lead",
		mta.Strict: "whoever arrives without a mark is judged late",
	}[mode]
	d.ok("later recipients", mode+": "+how)
	if err != nil {
		d.unknown("aliases", err.Error(), "newaliases, postmap")
		return
	}
	for _, one := range list {
		d.note("aliases", fmt.Sprintf("%s in %s leads outside, to %s; %s", one.Name, one.Table, one.To, how), "")
	}
	if len(unlisted) > 0 {
		d.note("aliases", "can't be listed, only asked: "+strings.Join(unlisted, ", "), "")
	}
	if len(list)+len(unlisted) == 0 {
		d.ok("aliases", "none leads outside")
	}
	if mode == mta.Expand {
		d.note("aliases", ".forward files and mailing-list programs are beyond what can be resolved beforehand", "mta.later_recipients: strict, if users have them")
	}
}

// mailLog checks that the log can be asked about a delivery.
func (d *doctor) mailLog(ctx context.Context, pf *mta.Postfix) {
	for _, path := range d.cfg.MTA.Log {
		f, err := os.Open(path)
		if err != nil {
			d.wrong("mail log", err.Error(), "let the gateway's user read it, or set mta.log to the file that Postfix logs to")
			continue
		}
		f.Close()
		d.ok("mail log", path+" can be read")
	}
	file, err := pf.Value(ctx, "maillog_file")
	if err != nil {
		d.unknown("mail log", err.Error(), "")
	} else if file != "" && file != "/dev/stdout" && !slices.Contains(d.cfg.MTA.Log, file) {
		d.wrong("mail log", "Postfix logs to "+file+", which isn't in mta.log", "add it to mta.log")
	}
}

// queue says whether the mail server's queue lies on an encrypted volume.
func (d *doctor) queue(pf *mta.Postfix) {
	encrypted, device, err := onEncryptedVolume(pf.QueueDir)
	switch {
	case err != nil:
		d.note("mail queue", "whether "+pf.QueueDir+" lies on an encrypted volume can't be seen: "+err.Error(), "")
	case encrypted:
		d.ok("mail queue", pf.QueueDir+" lies on an encrypted volume ("+device+")")
	default:
		d.note("mail queue", pf.QueueDir+" lies on "+device+", and no encryption is seen there: mail that waits is in clear on the disk", "put it on a LUKS volume")
	}
}
