package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/extract"
	"github.com/sealpost/sealpost/gateway"
	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/rego"
)

// scanner is what `sealpost scan` needs beside the files.
type scanner struct {
	spool     *message.Spool
	inspector *inspect.Inspector
	tables    *tables
	gateway   *gateway.Gateway
}

// scanned is one line of the JSON.
type scanned struct {
	File     string            `json:"file"`
	Class    policy.Class      `json:"class"`
	Scanned  string            `json:"scanned"`
	Findings []inspect.Finding `json:"findings"`
	Problems []string          `json:"problems"`
	Labels   []inspect.Label   `json:"labels,omitempty"`
	Reasons  []inspect.Reason  `json:"reasons,omitempty"`

	parts []inspect.PartReport
}

func newScanCommand(a *app) *cobra.Command {
	var explain bool
	cmd := &cobra.Command{
		Use:   "scan [--explain] FILE…",
		Short: "What is in messages and files: findings, class, and what could not be read",
		Long: `Reads messages (.eml) and files of any kind, and folders with all that lies in them, and says what the gateway would see in them.
Values are never shown. The class is what the configured policy says, or the shipped one where nothing is configured.

With --format json each file is one line.

Exit code: 0 everything was looked at, whatever was found; 3 a file could not be opened.`,
		Example: `  sealpost scan letter.eml
  sealpost scan --explain contract.docx
  sealpost scan --format json ./archive | jq 'select(.class == "strictly-confidential") | .file'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.scan(cmd, args, explain) },
	}
	cmd.Flags().BoolVar(&explain, "explain", false, "say why each finding has its confidence")
	return cmd
}

func (a *app) scan(cmd *cobra.Command, args []string, explain bool) error {
	cfg, err := a.configIfThere(cmd)
	if err != nil {
		return err
	}
	s, err := a.newScanner(cmd.Context(), cfg, explain)
	if err != nil {
		return couldNotTell(err)
	}
	defer s.tables.close()
	defer s.inspector.Close()
	files, failed := expandFolders(args)
	progress := newProgress(a.errs, len(files))
	for _, file := range files {
		progress.step(file)
		found, err := s.file(cmd.Context(), file)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		progress.clear()
		if a.json() {
			err = printJSON(cmd, found)
		} else {
			err = found.print(cmd.OutOrStdout())
		}
		if err != nil {
			return err
		}
	}
	progress.clear()
	if failed != nil {
		return couldNotTell(failed)
	}
	return nil
}

// configIfThere reads the configuration. It is nil where there is none and
// none was asked for: then the defaults do.
func (a *app) configIfThere(cmd *cobra.Command) (*config.Config, error) {
	if _, err := os.Stat(a.configFile); errors.Is(err, fs.ErrNotExist) && !cmd.Flags().Changed("config") {
		return nil, nil
	}
	return a.config()
}

func (a *app) newScanner(ctx context.Context, cfg *config.Config, explain bool) (*scanner, error) {
	s := &scanner{spool: message.NewSpool(2<<30, 4<<30), tables: &tables{}}
	var names []string
	source := policy.Source{Policy: rego.Policies(), Data: rego.Data()}
	options := inspect.Options{Explain: explain, Passwords: true, Extract: extract.Options{Worker: a.worker, Cache: userCache()}}
	if cfg != nil {
		var err error
		if source, err = policySource(ctx, cfg); err != nil {
			return nil, err
		}
		if options, err = inspectOptions(cfg, a.worker); err != nil {
			return nil, err
		}
		options.Explain = explain
		if s.tables, err = openTables(cfg.Inspect.Tables); err != nil {
			return nil, err
		}
		options.Tables, names = s.tables.detect(), tableNames(cfg)
	}
	options.Spool = s.spool
	options.Budget = time.Minute
	var err error
	if s.inspector, err = inspect.New(options); err != nil {
		return nil, fmt.Errorf("starting inspection: %w", err)
	}
	words := vocabulary(s.inspector.Detectors(), nil)
	words.Tables = names
	engine, err := policy.NewEngine(ctx, source, policy.BuildOptions{Vocabulary: words, Deadline: time.Second})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("loading the policy: %w", err), s.inspector.Close())
	}
	s.gateway = gateway.New(gateway.Options{Policy: engine, Inspector: s.inspector, Spool: s.spool, Log: zap.NewNop(), Location: time.UTC})
	return s, nil
}

// userCache is where the compiled PDF reader is kept for a user who has no
// configuration; "" where there is no such place.
func userCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "sealpost")
}

// expandFolders replaces folders by the files in them. The error names what
// could not be looked into.
func expandFolders(args []string) (files []string, failed error) {
	for _, arg := range args {
		err := filepath.WalkDir(arg, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				failed = errors.Join(failed, err)
				return nil
			case d.Type().IsRegular() || path == arg && !d.IsDir():
				files = append(files, path)
			}
			return nil
		})
		failed = errors.Join(failed, err)
	}
	return files, failed
}

// file looks through one file.
func (s *scanner) file(ctx context.Context, name string) (*scanned, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := s.message(f, name)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	defer m.Close()
	if err := m.ReadContext(ctx); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	report := s.inspector.Inspect(ctx, m, nil)
	class, err := s.gateway.Class(ctx, m, &report)
	if err != nil {
		return nil, fmt.Errorf("%s: asking the policy: %w", name, err)
	}
	return &scanned{File: name, Class: class, Scanned: report.Scanned, Findings: report.Findings, Problems: report.Problems,
		Labels: report.Labels, Reasons: report.Reasons, parts: report.Parts}, nil
}

// message makes a message of a file: the one that it is, or one with nothing
// in it but the file.
func (s *scanner) message(f *os.File, name string) (*message.Message, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	content, err := s.spool.New()
	if err != nil {
		return nil, err
	}
	m := &message.Message{ID: message.NewID(), Received: time.Now(), Content: content}
	to := io.Writer(content)
	if s.inspector.IsMessage(extract.File{Data: f, Size: info.Size(), Name: name}) {
		to = message.CRLF(content)
	} else {
		disposition := mime.FormatMediaType("attachment", map[string]string{"filename": filepath.Base(name)})
		_, err = fmt.Fprintf(content, "MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-Disposition: %s\r\n\r\n", disposition)
	}
	if err == nil {
		_, err = io.Copy(to, f)
	}
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// print is what was found, for a person.
func (s *scanned) print(out io.Writer) error {
	how := map[string]string{inspect.Full: "read in full", inspect.Partial: "read in part", inspect.None: "not all of it read"}[s.Scanned]
	fmt.Fprintf(out, "%s\n  %s, %s\n", s.File, s.Class, how)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range s.Findings {
		fmt.Fprintf(w, "  %s\t%s\t%d\t%s\t%s\n", f.Detector, f.Confidence, f.Count, strings.TrimSpace("part "+f.Part+" "+f.Path), f.Masked)
		for _, why := range s.reasons(f) {
			fmt.Fprintf(w, "  \t\t\t%s\t\n", why)
		}
	}
	for _, l := range s.Labels {
		fmt.Fprintf(w, "  label\t\t\tpart %s\t%s\n", l.Part, l.Name)
	}
	for _, p := range s.parts {
		if len(p.Problems) > 0 {
			fmt.Fprintf(w, "  %s\t\t\t%s\t%s\n", unread(p.Scanned), strings.TrimSpace("part "+p.Path+" "+p.Name), strings.Join(p.Problems, ", "))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}

// reasons are those of a finding's hits, each once.
func (s *scanned) reasons(f inspect.Finding) (all []string) {
	for _, r := range s.Reasons {
		if r.Part == f.Part && r.Path == f.Path && r.Detector == f.Detector && r.Confidence == f.Confidence {
			if why := because(r.Reason); !slices.Contains(all, why) {
				all = append(all, why)
			}
		}
	}
	return all
}

// unread names what is said of a part with problems.
func unread(scanned string) string {
	switch scanned {
	case inspect.Full:
		return "noted"
	case inspect.Partial:
		return "read in part"
	}
	return "not read"
}

// because says why a finding has its confidence.
func because(r detect.Reason) string {
	parts := []string{r.Grade}
	where := "near it"
	if r.Heading {
		where = "heading it"
	}
	if r.Support != "" {
		parts = append(parts, fmt.Sprintf("%q %s", r.Support, where))
	}
	if r.Against != "" {
		parts = append(parts, fmt.Sprintf("but %q %s", r.Against, where))
	}
	if r.Series {
		parts = append(parts, "cut out of a longer number")
	}
	if r.Tried > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d numbers like it pass", r.Passed, r.Tried))
	}
	return strings.Join(parts, "; ")
}

// progress is one line on a terminal while many files are looked through.
type progress struct {
	out   io.Writer
	all   int
	done  int
	next  time.Time
	shown bool
}

// newProgress shows nothing where nobody looks.
func newProgress(out io.Writer, files int) *progress {
	p := &progress{out: out, all: files}
	if f, ok := out.(*os.File); !ok || files < 2 || !isTerminal(f) {
		p.out = nil
	}
	return p
}

func (p *progress) step(file string) {
	p.done++
	if p.out == nil || time.Now().Before(p.next) {
		return
	}
	p.clear()
	fmt.Fprintf(p.out, "%d of %d  %s", p.done, p.all, shorten(file, 60))
	p.next, p.shown = time.Now().Add(200*time.Millisecond), true
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.shown = false
	}
}

func shorten(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return "…" + string(runes[len(runes)-most+1:])
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// inspectOptions are the settings for looking through messages. One file may
// take half of a message's time: on a busy machine a large text takes seconds.
func inspectOptions(cfg *config.Config, worker []string) (inspect.Options, error) {
	o := inspect.Options{Budget: cfg.Limits.Inspect, Keywords: slices.Clone(cfg.Inspect.Keywords), Passwords: cfg.Inspect.Passwords,
		Extract: extract.Options{Time: cfg.Limits.Inspect / 2, Cache: cfg.Inspect.Cache, Worker: worker}}
	own := detect.Options{}
	if err := readDefinitions(&own, cfg.Inspect.Detectors); err != nil {
		return o, err
	}
	o.Definitions = own.Definitions
	return o, nil
}
