package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// build compiles the daemon, the shipped plugins, and the tests whose
// benchmarks are shown.
func (b *bench) build(ctx context.Context) error {
	var programs [][]string
	for out, source := range map[string]string{
		"sealpost": "./cmd/sealpost", "plugins/tls": "./plugins/tls", "plugins/reject": "./plugins/reject", "plugins/notify": "./plugins/notify",
	} {
		programs = append(programs, []string{"build", "-C", b.root, "-o", filepath.Join(b.dir, out), source})
	}
	for _, folder := range []string{"policy", "plugins"} {
		programs = append(programs, []string{"test", "-C", b.root, "-c", "-o", testProgram(b.dir, folder), "./" + folder})
	}
	for _, args := range programs {
		if text, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, text)
		}
	}
	return nil
}

// findRoot is the folder of go.mod, here or above.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("looking for the project's folder: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("looking for the project's folder: no go.mod here or above")
		}
		dir = up
	}
}

// startSealpost runs the daemon with the shipped policy, lists and plugins, as
// it would run beside the private Postfix. What differs from the defaults: a
// decision may take two seconds, because a machine that is driven to its limit
// shouldn't turn slowness into refusals, and an inspection five minutes.
func startSealpost(ctx context.Context, c *contestant, b *bench) error {
	base := filepath.Join(b.dir, "sealpost.d")
	if err := os.MkdirAll(filepath.Join(base, "rego"), 0o755); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(base, "data"), os.DirFS(filepath.Join(b.root, "rego", "data"))); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(b.root, "rego", "*.rego"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(base, "rego", filepath.Base(file)), text, 0o644); err != nil {
			return err
		}
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	b.metrics = fmt.Sprintf("http://127.0.0.1:%d/metrics", port)
	config := strings.NewReplacer("BASE", base, "DIR", b.dir, "MILTER", c.socket, "QUEUE", b.postfix.queue(), "ETC", b.postfix.etc, "PORT", strconv.Itoa(port)).Replace(`hostname: gw.example
domains: [sender.example]
mta:
  kind: postfix
  config_dir: ETC
  log: ["BASE/no-mail-log"]
  later_recipients: expand
  reinject: unix:QUEUE/public/sealpost-in
milter:
  listen: ["unix:MILTER"]
  socket_group: postfix
deliver:
  listen: unix:BASE/deliver
  map: unix:BASE/map
policy:
  dir: BASE/rego
  data: BASE/data
  test: false
  deadline: 2s
plugins:
  - {name: tls, path: DIR/plugins/tls}
  - {name: reject, path: DIR/plugins/reject}
  - {name: notify, path: DIR/plugins/notify, settings: {from: postmaster@sender.example}}
limits:
  inspect: 5m
store:
  path: BASE/sealpost.db
audit:
  dir: BASE/audit
metrics:
  listen: 127.0.0.1:PORT
admin:
  listen: unix:BASE/admin
`)
	path := filepath.Join(base, "sealpost.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return err
	}
	return c.launch(filepath.Join(b.dir, "sealpost"), "serve", "--config", path)
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}

// metric asks the daemon for one of its figures.
func (b *bench) metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.metrics, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("the daemon has no metric %s (%v)", name, lines.Err())
}
