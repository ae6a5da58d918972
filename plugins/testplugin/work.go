package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// work is one task.
type work struct {
	plugin   *plugin
	settings *settings
	task     *sdk.Task
	content  io.Reader
	held     []byte // the content, when several copies need it
	shared   int    // the copy that all "treat" recipients share, -1: not made
	result   sdk.Result
}

// recipient does what is to be done for one recipient.
func (w *work) recipient(r sdk.Recipient, do string) (sdk.Outcome, error) {
	o := sdk.Outcome{Address: r.Address, Kind: sdk.Replace}
	switch do {
	case "refuse":
		o.Kind, o.Text = sdk.Refuse, "the test refuses (id "+w.task.Job+")"
	case "retry":
		o.Kind, o.Text = sdk.Retry, "the test says later"
	case "route":
		o.Kind, o.Route = sdk.Deliver, &sdk.Route{Security: "secure"}
	case "bad-weak":
		o.Kind, o.Route = sdk.Deliver, &sdk.Route{Security: "encrypt"}
	case "bad-route":
		o.Kind, o.Route = sdk.Deliver, &sdk.Route{Security: "secure", NextHop: "a b"}
	case "taken":
		o.Kind = sdk.Taken
		return o, w.store(r.Address)
	case "early":
		o.Copy = w.add(strings.NewReader(head(w.task) + "not read\r\n"))
	case "big":
		o.Copy = w.add(io.MultiReader(strings.NewReader(head(w.task)), &filler{left: w.settings.Bytes}))
	case "own":
		if err := w.hold(); err != nil {
			return o, err
		}
		o.Copy = w.add(treated(w.task, bytes.NewReader(w.held)))
	default:
		if w.shared < 0 {
			w.shared = w.add(treated(w.task, w.source()))
		}
		o.Copy = w.shared
	}
	return o, nil
}

func (w *work) add(content io.Reader) int {
	w.result.Copies = append(w.result.Copies, sdk.Copy{Content: content})
	return len(w.result.Copies) - 1
}

// hold reads the content into memory, because it can be read only once.
func (w *work) hold() (err error) {
	if w.held == nil {
		w.held, err = io.ReadAll(w.content)
	}
	return err
}

func (w *work) source() io.Reader {
	for _, r := range w.task.Recipients {
		if do := w.plugin.what(r); (do == "own" || do == "taken") && w.hold() == nil {
			return bytes.NewReader(w.held)
		}
	}
	return w.content
}

// store writes a file for one recipient of the task, once: named after the key
// and the address, with size and checksum of the content, on disk when it
// returns.
func (w *work) store(address string) error {
	name := filepath.Join(w.settings.Dir, "taken-"+keyName(w.task.Key+"\x00"+address))
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	if err := w.hold(); err != nil {
		return err
	}
	f, err := os.CreateTemp(w.settings.Dir, "new-")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(f, "%d %x\n", len(w.held), sha256.Sum256(w.held)); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	dir, err := os.Open(w.settings.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// note writes a line for each call, so that tests can count them.
func note(dir string, t *sdk.Task) error {
	f, err := os.OpenFile(filepath.Join(dir, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "%s %s %d\n", keyName(t.Key), t.Treatment, len(t.Recipients))
	return err
}

func keyName(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

// spoil breaks a good result in one way.
func (w *work) spoil(do string) {
	r := &w.result
	bad := func(message string) {
		r.Copies = []sdk.Copy{{Content: strings.NewReader(message)}}
		for i := range r.Outcomes {
			r.Outcomes[i] = sdk.Outcome{Address: r.Outcomes[i].Address, Kind: sdk.Replace}
		}
	}
	switch do {
	case "bad-address":
		r.Outcomes[0].Address = "somebody@else.example"
	case "bad-missing":
		r.Outcomes = r.Outcomes[1:]
	case "bad-twice":
		r.Outcomes = append(r.Outcomes, r.Outcomes[0])
	case "bad-kind":
		r.Outcomes[0].Kind = "accept"
	case "bad-copy":
		r.Outcomes[0].Copy = len(r.Copies)
	case "bad-unused":
		w.add(strings.NewReader(head(w.task) + "x\r\n"))
	case "bad-notice":
		for i := range r.Copies {
			r.Copies[i].Notice = true
		}
	case "bad-header":
		bad("From: a@b.example\r\nSubject: x\r\nnot a field\r\n\r\nx\r\n")
	case "bad-lf":
		bad(head(w.task) + "a line\nanother\r\n")
	case "bad-nul":
		bad(head(w.task) + "a\x00b\r\n")
	}
}

func head(t *sdk.Task) string {
	from := t.Sender
	if from == "" {
		from = "postmaster@treated.invalid"
	}
	return fmt.Sprintf("From: <%s>\r\nTo: undisclosed-recipients:;\r\nSubject: A protected message\r\nMessage-ID: <%s@treated.invalid>\r\n"+
		"X-Treated: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n", from, keyName(t.Key), t.Treatment)
}

// treated is the copy that stands for an encrypted one: a covering text and
// the original, in base64, made while it is sent.
func treated(t *sdk.Task, original io.Reader) io.Reader {
	boundary := "treated-" + keyName(t.Key)
	top := strings.Replace(head(t), "Content-Type: text/plain\r\n", "Content-Type: multipart/mixed; boundary=\""+boundary+"\"\r\n", 1) +
		"--" + boundary + "\r\nContent-Type: text/plain\r\n\r\nThis message stands for one that was protected with " + t.Treatment + ".\r\n" +
		"--" + boundary + "\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"original.bin\"\r\n\r\n"
	return io.MultiReader(strings.NewReader(top), encoded(original), strings.NewReader("\r\n--"+boundary+"--\r\n"))
}

// encoded is base64 in lines of 76.
func encoded(r io.Reader) io.Reader {
	pr, pw := io.Pipe()
	go func() {
		lines := bufio.NewWriterSize(pw, 64<<10)
		e := base64.NewEncoder(base64.StdEncoding, &wrapper{w: lines})
		_, err := io.Copy(e, r)
		if err == nil {
			err = e.Close()
		}
		if err == nil {
			err = lines.Flush()
		}
		pw.CloseWithError(err)
	}()
	return pr
}

// wrapper ends a line after each 76 bytes.
type wrapper struct {
	w   *bufio.Writer
	col int
}

func (l *wrapper) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if l.col == 76 {
			if _, err := l.w.WriteString("\r\n"); err != nil {
				return 0, err
			}
			l.col = 0
		}
		n := min(76-l.col, len(rest))
		if _, err := l.w.Write(rest[:n]); err != nil {
			return 0, err
		}
		l.col += n
		rest = rest[n:]
	}
	return len(p), nil
}

// filler is many lines of the same text.
type filler struct {
	left int64
	at   int
}

const fillerLine = "The quick brown fox jumps over the lazy dog, and over the lazy dog again.\r\n"

func (f *filler) Read(p []byte) (int, error) {
	if f.left <= 0 && f.at == 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && (f.left > 0 || f.at != 0) {
		m := copy(p[n:], fillerLine[f.at:])
		f.at = (f.at + m) % len(fillerLine)
		f.left -= int64(m)
		n += m
	}
	return n, nil
}
