package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PostfixOptions describe one private Postfix.
type PostfixOptions struct {
	// Dir will hold its configuration, queue, data and log.
	Dir      string
	Hostname string
	// Listen are the addresses of its smtpd: "127.0.0.1:25".
	Listen []string
	// Chroot runs the services in the queue directory, as Debian does.
	Chroot bool
	// Main are lines of main.cf that come on top of the rig's own.
	Main map[string]string
	// Services are lines of master.cf that come on top of the rig's own.
	Services []string
	// Files are files that the settings refer to, by absolute path.
	Files map[string]string
}

// Postfix is a private instance of the Postfix that is installed.
type Postfix struct {
	opts PostfixOptions
	// Config, Queue and Log are its configuration folder, its queue
	// directory and its log file.
	Config, Queue, Log string
	started            bool
}

// NewPostfix writes the configuration and makes the folders. Nothing is
// started.
func NewPostfix(opts PostfixOptions) (*Postfix, error) {
	p := &Postfix{
		opts: opts, Config: filepath.Join(opts.Dir, "etc"),
		Queue: filepath.Join(opts.Dir, "queue"), Log: filepath.Join(opts.Dir, "maillog"),
	}
	data := filepath.Join(opts.Dir, "data")
	for _, dir := range []string{opts.Dir, p.Config, p.Queue, data} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("making a folder for Postfix: %w", err)
		}
	}
	if err := giveTo("postfix", data, 0o700); err != nil {
		return nil, err
	}
	// Postfix makes its queue with the help of this list.
	list, err := os.ReadFile("/etc/postfix/postfix-files")
	if err != nil {
		return nil, fmt.Errorf("copying Postfix's file list: %w", err)
	}
	for name, text := range map[string][]byte{"postfix-files": list, "dynamicmaps.cf": nil} {
		if err := os.WriteFile(filepath.Join(p.Config, name), text, 0o644); err != nil {
			return nil, fmt.Errorf("configuring Postfix: %w", err)
		}
	}
	if opts.Chroot {
		if err := p.fillChroot(); err != nil {
			return nil, err
		}
	}
	return p, p.Configure(opts.Main, opts.Services, opts.Files)
}

// Configure writes main.cf and master.cf anew: the rig's own lines and the
// given ones on top. A running Postfix has to be reloaded then.
func (p *Postfix) Configure(main map[string]string, services []string, files map[string]string) error {
	p.opts.Main, p.opts.Services, p.opts.Files = main, services, files
	settings := p.baseMain()
	maps.Copy(settings, main)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s = %s\n", name, settings[name])
	}
	all := map[string]string{
		filepath.Join(p.Config, "main.cf"):   text.String(),
		filepath.Join(p.Config, "master.cf"): p.baseMaster() + strings.Join(services, "\n") + "\n",
	}
	maps.Copy(all, files)
	for name, text := range all {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("configuring Postfix: %w", err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return fmt.Errorf("configuring Postfix: %w", err)
		}
	}
	return nil
}

// Main returns the lines of main.cf that were given, without the rig's own.
func (p *Postfix) Main() map[string]string { return maps.Clone(p.opts.Main) }

// baseMain are the settings that every private instance has: its own places,
// nothing of the machine's, and short times between attempts.
func (p *Postfix) baseMain() map[string]string {
	return map[string]string{
		"compatibility_level":          "3.6",
		"myhostname":                   p.opts.Hostname,
		"mydestination":                "",
		"mynetworks":                   "127.0.0.0/8",
		"inet_interfaces":              "all",
		"inet_protocols":               "ipv4",
		"queue_directory":              p.Queue,
		"data_directory":               filepath.Join(p.opts.Dir, "data"),
		"daemon_directory":             "/usr/lib/postfix/sbin",
		"command_directory":            "/usr/sbin",
		"meta_directory":               p.Config,
		"maillog_file":                 p.Log,
		"maillog_file_prefixes":        "/tmp, /var, /dev/stdout",
		"alias_maps":                   "",
		"alias_database":               "",
		"local_recipient_maps":         "",
		"smtpd_relay_restrictions":     "permit_mynetworks, reject",
		"smtpd_recipient_restrictions": "",
		// Tests come from few addresses, often.
		"smtpd_client_connection_count_limit": "0",
		"smtpd_client_connection_rate_limit":  "0",
		"smtpd_error_sleep_time":              "0",
		"smtpd_recipient_limit":               "2000",
		"message_size_limit":                  strconv.Itoa(120 << 20),
		"mailbox_size_limit":                  "0",
		"enable_long_queue_ids":               "yes",
		"queue_run_delay":                     "1s",
		"minimal_backoff_time":                "1s",
		"maximal_backoff_time":                "2s",
		"transport_retry_time":                "1s",
		"service_throttle_time":               "1s",
		"queue_minfree":                       "0",
		"smtp_connect_timeout":                "5s",
		"smtp_tls_security_level":             "may",
		"smtp_tls_loglevel":                   "1",
		"smtp_address_preference":             "ipv4",
	}
}

// baseMaster are the services of every private instance.
func (p *Postfix) baseMaster() string {
	chroot := "n"
	if p.opts.Chroot {
		chroot = "y"
	}
	var b strings.Builder
	for _, address := range p.opts.Listen {
		fmt.Fprintf(&b, "%s inet n - %s - - smtpd\n", address, chroot)
	}
	for _, line := range []string{
		"pickup unix n - C 1 1 pickup", "cleanup unix n - C - 0 cleanup", "qmgr unix n - n 1 1 qmgr",
		"tlsmgr unix - - C 1000? 1 tlsmgr", "rewrite unix - - C - - trivial-rewrite", "bounce unix - - C - 0 bounce",
		"defer unix - - C - 0 bounce", "trace unix - - C - 0 bounce", "verify unix - - C - 1 verify",
		"flush unix n - C 1000? 0 flush", "proxymap unix - - n - - proxymap", "proxywrite unix - - n - 1 proxymap",
		"smtp unix - - C - - smtp", "relay unix - - C - - smtp", "showq unix n - C - - showq", "error unix - - C - - error",
		"retry unix - - C - - error", "discard unix - - C - - discard", "local unix - n n - - local",
		"virtual unix - n n - - virtual", "lmtp unix - - C - - lmtp", "anvil unix - - C - 1 anvil",
		"scache unix - - C - 1 scache", "postlog unix-dgram n - n - 1 postlogd",
	} {
		b.WriteString(strings.Replace(line, " C ", " "+chroot+" ", 1) + "\n")
	}
	return b.String()
}

// fillChroot copies what programs need to resolve names in a chroot, as
// Debian's start script does.
func (p *Postfix) fillChroot() error {
	libraries, err := filepath.Glob("/lib/*/libnss_*.so.2")
	if err != nil {
		return err
	}
	for _, file := range append(libraries, "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/services", "/etc/localtime") {
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.MkdirAll(filepath.Join(p.Queue, filepath.Dir(file)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(p.Queue, file), data, 0o644)
		}
		if err != nil {
			return fmt.Errorf("filling Postfix's chroot: %w", err)
		}
	}
	return nil
}

// Start starts the instance and waits until it is ready.
func (p *Postfix) Start(ctx context.Context) error {
	if err := p.run("postfix", "start"); err != nil {
		return fmt.Errorf("%w\n%s", err, p.LogTail(20))
	}
	p.started = true
	_, err := p.WaitLog(ctx, 0, regexp.MustCompile(`daemon started`))
	return err
}

// Stop stops the instance, if it was started.
func (p *Postfix) Stop() error {
	if !p.started {
		return nil
	}
	p.started = false
	return p.run("postfix", "stop")
}

// Reload makes the running instance read its configuration again, and waits
// until it has.
func (p *Postfix) Reload(ctx context.Context) error {
	offset := p.LogSize()
	if err := p.run("postfix", "reload"); err != nil {
		return err
	}
	_, err := p.WaitLog(ctx, offset, regexp.MustCompile(`reload -- version`))
	return err
}

// Flush makes the queue manager try everything again now.
func (p *Postfix) Flush() error { return p.run("postqueue", "-f") }

// Requeue runs every queued message through the queue once more
// (postsuper -r).
func (p *Postfix) Requeue() error {
	// postsuper renames queue files under the running mail system's feet,
	// which its manual allows.
	return p.run("postsuper", "-r", "ALL")
}

// Hold puts every queued message on hold, or with false releases it.
func (p *Postfix) Hold(hold bool) error {
	if hold {
		return p.run("postsuper", "-h", "ALL")
	}
	return p.run("postsuper", "-H", "ALL")
}

// Drop deletes every queued message.
func (p *Postfix) Drop() error { return p.run("postsuper", "-d", "ALL") }

// Submit hands a message in with sendmail(1), which only puts it into the
// queue. args are "-t", or "-f" and recipients.
func (p *Postfix) Submit(content []byte, args ...string) error {
	cmd := exec.Command("sendmail", append([]string{"-C", p.Config, "-i"}, args...)...)
	cmd.Stdin = bytes.NewReader(content)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("submitting with sendmail: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// Queued is one message in the queue, as postqueue -j prints it.
type Queued struct {
	Queue      string `json:"queue_name"`
	ID         string `json:"queue_id"`
	Sender     string `json:"sender"`
	Recipients []struct {
		Address string `json:"address"`
		Delay   string `json:"delay_reason"`
	} `json:"recipients"`
}

// List returns what is in the queue.
func (p *Postfix) List() ([]Queued, error) {
	out, err := exec.Command("postqueue", "-c", p.Config, "-j").Output()
	if err != nil {
		return nil, fmt.Errorf("listing Postfix's queue: %w", err)
	}
	var list []Queued
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var q Queued
		err := decoder.Decode(&q)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading Postfix's queue: %w", err)
		}
		list = append(list, q)
	}
}

// WaitEmpty flushes until the queue is empty. A message that moves from one
// queue to another just then isn't listed, so only several looks in a row
// count.
func (p *Postfix) WaitEmpty(ctx context.Context) error {
	for empty := 0; ; {
		list, err := p.List()
		if err != nil {
			return err
		}
		wait := 20 * time.Millisecond
		if empty++; len(list) > 0 {
			empty, wait = 0, 200*time.Millisecond
			if err := p.Flush(); err != nil {
				return err
			}
		}
		if empty == 4 {
			return nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("waiting for Postfix's queue to become empty: %d messages left: %+v: %w", len(list), list[:min(1, len(list))], ctx.Err())
		}
	}
}

// WaitDeferred returns the queue as soon as an address in it that contains the
// text was deferred with a reason.
func (p *Postfix) WaitDeferred(ctx context.Context, text string) (reason string, err error) {
	for {
		list, err := p.List()
		if err != nil {
			return "", err
		}
		for _, q := range list {
			for _, r := range q.Recipients {
				if strings.Contains(r.Address, text) && r.Delay != "" {
					return r.Delay, nil
				}
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for %s to be deferred: %w", text, ctx.Err())
		}
	}
}

// LogSize is the log's present length: where WaitLog may start.
func (p *Postfix) LogSize() int64 { return fileSize(p.Log) }

// WaitLog returns the first log line after the offset that matches.
func (p *Postfix) WaitLog(ctx context.Context, offset int64, line *regexp.Regexp) (string, error) {
	return waitLine(ctx, p.Log, offset, line)
}

// LogTail returns the last n lines of the log.
func (p *Postfix) LogTail(n int) string { return tail(p.Log, n) }

func (p *Postfix) run(name string, args ...string) error {
	return command(name, append([]string{"-c", p.Config}, args...)...)
}

func giveTo(name, file string, mode os.FileMode) error {
	u, err := user.Lookup(name)
	if err != nil {
		return fmt.Errorf("looking for Postfix's user: %w", err)
	}
	uid, errUID := strconv.Atoi(u.Uid)
	gid, errGID := strconv.Atoi(u.Gid)
	if err := errors.Join(errUID, errGID); err != nil {
		return err
	}
	if err := errors.Join(os.Chown(file, uid, gid), os.Chmod(file, mode)); err != nil {
		return fmt.Errorf("giving %s to %s: %w", file, name, err)
	}
	return nil
}
