package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/store"
)

// errRefusedAll says that no recipient of a batch was taken.
var errRefusedAll = errors.New("no recipient was taken")

// check settles what can't be said in SMTP, before anything is recorded. An
// error concerns the whole copy.
func (i *Injector) check(in *Injection, all []*pending) error {
	if !sayable(in.Sender) || !validArgs(in.Args) {
		return &permanent{message.Reply{Code: 553, Enhanced: "5.1.7", Text: "the sender's address or its arguments can't be said in SMTP"}}
	}
	for _, p := range all {
		if p.rcpt.Address == "" || p.rcpt.To == "" || !sayable(p.rcpt.To) || !validArgs(p.rcpt.Args) {
			p.settle(Result{Reply: message.Reply{Code: 553, Enhanced: "5.1.3", Text: "the recipient's address or its arguments can't be said in SMTP"}})
		}
	}
	return nil
}

// sayable reports whether an address comes out of a command as it went in.
func sayable(address string) bool {
	path, args, err := parsePath("TO:<"+address+">", "TO:")
	return err == nil && path == address && len(args) == 0 && validLine(address)
}

func validArgs(args []string) bool {
	for _, a := range args {
		if !validArg(a) {
			return false
		}
	}
	return true
}

// transaction goes as far as the content, without the final dot. It returns
// the recipients that the MTA took; the others are settled. An error concerns
// everybody who isn't settled.
func (i *Injector) transaction(d *dialogue, in *Injection, to []*pending, batch string) ([]*pending, error) {
	mail, err := mailCommand(d, in, to)
	if err != nil {
		return nil, err
	}
	if d.offersWord("XFORWARD") {
		if _, err := d.must("XFORWARD", "XFORWARD IDENT="+batch); err != nil {
			return nil, err
		}
	} else if !fault.Off("deliver.ask-log") {
		// Without it the log could never be asked about this batch.
		return nil, errors.New("the MTA doesn't offer XFORWARD to us (smtpd_authorized_xforward_hosts)")
	}
	if _, err := d.must("MAIL", mail); err != nil {
		return nil, err
	}
	taken, err := i.recipients(d, to)
	if err != nil {
		return nil, err
	}
	if len(taken) == 0 {
		d.quit()
		return nil, errRefusedAll
	}
	if _, err := d.must("DATA", "DATA"); err != nil {
		return nil, err
	}
	if _, err := in.Content.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading the content: %w", err)
	}
	if err := sendData(d.w, in.Content); err != nil {
		return nil, fmt.Errorf("sending the content: %w", err)
	}
	return taken, nil
}

// recipients says RCPT for each and settles those that are refused.
func (i *Injector) recipients(d *dialogue, to []*pending) (taken []*pending, err error) {
	for _, p := range to {
		reply, err := d.say(withArgs("RCPT TO:<"+p.rcpt.To+">", dsnOnly(d, p.rcpt.Args)))
		if err != nil {
			return nil, fmt.Errorf("RCPT: %w", err)
		}
		if !reply.ok() {
			p.settle(Result{Reply: reply.reply(), Err: fmt.Errorf("RCPT was answered %d", reply.Code)})
			continue
		}
		taken = append(taken, p)
		fault.At("deliver.rcpt")
	}
	return taken, nil
}

// mailCommand is MAIL with the arguments that the copy needs and the peer
// offers.
func mailCommand(d *dialogue, in *Injection, to []*pending) (string, error) {
	eight, err := eightBit(in.Content)
	if err != nil {
		return "", fmt.Errorf("reading the content: %w", err)
	}
	utf8 := !ascii(in.Sender)
	for _, p := range to {
		utf8 = utf8 || !ascii(p.rcpt.To)
	}
	var args []string
	for _, a := range dsnOnly(d, in.Args) {
		switch up := strings.ToUpper(a); {
		case up == "SMTPUTF8":
			utf8 = true
		case strings.HasPrefix(up, "BODY="):
			eight = eight || up == "BODY=8BITMIME"
		case strings.HasPrefix(up, "SIZE="):
			// The copy's size isn't the original's.
		default:
			args = append(args, a)
		}
	}
	if utf8 && !d.offersWord("SMTPUTF8") {
		return "", &permanent{message.Reply{Code: 553, Enhanced: "5.6.7", Text: "the message needs SMTPUTF8, which the mail server doesn't offer"}}
	}
	if eight && !d.offersWord("8BITMIME") {
		// Only our own MTA's settings can be the reason: nothing to bounce for.
		return "", errors.New("the MTA doesn't offer 8BITMIME")
	}
	if eight || utf8 {
		args = append(args, "BODY=8BITMIME")
	}
	if utf8 {
		args = append(args, "SMTPUTF8")
	}
	return withArgs("MAIL FROM:<"+in.Sender+">", args), nil
}

// dsnOnly leaves out the arguments of RFC 3461 where the peer doesn't offer it.
func dsnOnly(d *dialogue, args []string) []string {
	if d.offersWord("DSN") {
		return args
	}
	var rest []string
	for _, a := range args {
		switch key, _, _ := strings.Cut(strings.ToUpper(a), "="); key {
		case "RET", "ENVID", "ORCPT", "NOTIFY":
		default:
			rest = append(rest, a)
		}
	}
	return rest
}

func withArgs(command string, args []string) string {
	return strings.Join(append([]string{command}, args...), " ")
}

func ascii(s string) bool {
	for _, c := range []byte(s) {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// eightBit reports whether a content has bytes beyond ASCII.
func eightBit(r io.ReadSeeker) (bool, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		for _, c := range buf[:n] {
			if c >= 0x80 {
				return true, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// dot sends the final dot and reads the answer to it. After an error nobody
// knows whether the MTA has the copy.
func (i *Injector) dot(d *dialogue) (smtpReply, error) {
	d.timeout = i.opts.DotTimeout
	if _, err := d.w.WriteString(".\r\n"); err != nil {
		return smtpReply{}, fmt.Errorf("sending the dot: %w", err)
	}
	if err := d.w.Flush(); err != nil {
		return smtpReply{}, fmt.Errorf("sending the dot: %w", err)
	}
	fault.At("deliver.after-dot")
	reply, err := readReply(d.r)
	if err == nil && reply.Code/100 == 3 {
		err = errReply
	}
	if err != nil {
		return smtpReply{}, fmt.Errorf("reading the answer to the dot: %w", err)
	}
	fault.At("deliver.after-reply")
	return reply, nil
}

// finish writes down and settles what the answer to the dot says.
func (i *Injector) finish(ctx context.Context, in *Injection, to []*pending, batch string, reply smtpReply) {
	if !reply.ok() {
		// Refused for certain: there is nothing to ask the log about.
		if err := i.recordAfter(ctx, entries(in, to, batch, store.Intent, "")); err != nil {
			i.opts.Log.Error("recording a refused copy", zap.String("id", in.Job), zap.String("batch", batch), zap.Error(err))
		}
		i.fail(in, to, &refusal{"dot", reply})
		return
	}
	id := reply.queueID()
	if err := i.recordAfter(ctx, entries(in, to, batch, store.Done, id)); err != nil {
		// The MTA has it, so 250 is the truth. Should the MTA ask once more all
		// the same, the log tells.
		i.opts.Log.Error("recording a copy as done", zap.String("id", in.Job), zap.String("batch", batch), zap.Error(err))
	}
	fault.At("deliver.after-done")
	for _, p := range to {
		p.settle(Result{Reply: accepted, QueueID: id})
	}
	i.counts.sent.Add(int64(len(to)))
}
