package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/detect/exact"
)

// dataBuild is the command's flags.
type dataBuild struct {
	name, to, key     string
	newKey            bool
	columns           []string
	atLeast, within   int
	delimiter         string
	noHeader, skipBad bool
	monthFirst        bool
}

func newDataBuildCommand(a *app) *cobra.Command {
	f := &dataBuild{}
	cmd := &cobra.Command{
		Use:   "build --column HEADING=KIND… --to TABLE --key FILE [--new-key] CSV",
		Short: "Make a table of keyed hashes from a CSV of the organisation's own data",
		Long: `Reads a CSV (UTF-8; "-" is standard input) and writes a table in which nothing of it stands in clear. The gateway reports a row of it
(detector exact-data) where at least --at-least of its columns stand near each other in a message. Kinds of columns:

  identifier  letters and digits, however they are divided: AB-1234, ab 1234
  digits      only the digits count: numbers of customers, telephones
  name        up to three words, in any order, without regard to case and accents
  date        a day, in figures
  email       an address
  text        up to four words, without regard to case and accents

The key is a file of its own. Whoever has the table and not the key learns nothing but how much is in it and which rows have the same
value; whoever has both can try values out. Make the key once, with --new-key; keep it on another backup than the table.

A table that is configured, or that was built before, is built anew with its name alone: files, key, columns and settings are then those
that it has. The new file takes the old one's place in one step, and a running daemon takes it over. Where anything is wrong in the CSV,
all of it is named with line and column, and the old table stays.

Exit code: 0 built, perhaps with warnings; 1 something is wrong in the CSV; 2 used wrongly; 3 a file can't be read or written.`,
		Example: `  sealpost data build --name customers --column 'Customer no=identifier' --column Name=name --column Born=date --at-least 2 \
      --to /var/lib/sealpost/customers.table --key /etc/sealpost/keys/customers.key --new-key customers.csv
  sealpost data build --name customers customers.csv
  psql -c '\copy patients to stdout csv header' | sealpost data build --name patients -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.dataBuild(cmd, f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "the table's name in findings and policies (default: that of --to, without its ending)")
	flags.StringVar(&f.to, "to", "", "the table to write (default: the configured one of that name)")
	flags.StringVar(&f.key, "key", "", "file of the key (default: the configured one)")
	flags.BoolVar(&f.newKey, "new-key", false, "make the key; there must be none")
	flags.StringArrayVar(&f.columns, "column", nil, "a column's heading, or its number with --no-header, and its kind ("+strings.Join(kindNames(), ", ")+"); once for each column")
	flags.IntVar(&f.atLeast, "at-least", 2, "how many columns of a row must stand near each other")
	flags.IntVar(&f.within, "within", 300, "how near, in bytes")
	flags.StringVar(&f.delimiter, "delimiter", "", "what divides cells, or tab (default: guessed from , ; tab and |)")
	flags.BoolVar(&f.noHeader, "no-header", false, "the first row is data; columns are named by their numbers, from 1")
	flags.BoolVar(&f.monthFirst, "month-first", false, "dates such as 3/4/1980 are the fourth of March")
	flags.BoolVar(&f.skipBad, "skip-bad", false, "leave out cells that can't be values of their column's kind, and say how many")
	for flag, complete := range map[string]cobra.CompletionFunc{
		"name":      a.completeTables,
		"delimiter": cobra.FixedCompletions([]string{",", ";", "tab", "|"}, cobra.ShellCompDirectiveNoFileComp),
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // the flags were defined above
		}
	}
	return cmd
}

// builtTable is what `data build` prints.
type builtTable struct {
	Name     string        `json:"name"`
	File     string        `json:"file"`
	Rows     int           `json:"rows"`
	Columns  []builtColumn `json:"columns"`
	AtLeast  int           `json:"at_least"`
	Within   int           `json:"within"`
	Size     int64         `json:"size"`
	Warnings []string      `json:"warnings"`
}

type builtColumn struct {
	Name   string      `json:"name"`
	Kind   detect.Kind `json:"kind"`
	Values int         `json:"values"`
	Empty  int         `json:"empty"`
	Bad    int         `json:"left_out"`
	Common int         `json:"common"`
}

func (a *app) dataBuild(cmd *cobra.Command, f *dataBuild, from string) error {
	cfg, err := a.configIfThere(cmd)
	if err != nil {
		return err
	}
	if err := f.places(cfg); err != nil {
		return err
	}
	source, err := f.source()
	if err != nil {
		return err
	}
	key, err := f.readKey()
	if err != nil {
		return err
	}
	spec, err := f.spec(cmd)
	if err == nil {
		err = spec.Check()
	}
	if err != nil {
		return f.without(usage(err))
	}
	built, err := a.buildFrom(cmd, from, f, source, spec, key)
	if err != nil {
		return f.without(err)
	}
	return a.printBuilt(cmd, f.to, spec, built)
}

// places are where table and key lie, by the flags or the configuration.
func (f *dataBuild) places(cfg *config.Config) error {
	if f.name == "" && f.to != "" {
		f.name = strings.TrimSuffix(filepath.Base(f.to), filepath.Ext(f.to))
	}
	if cfg != nil {
		i := slices.IndexFunc(cfg.Inspect.Tables, func(t config.Table) bool { return t.Name == f.name })
		if i >= 0 && f.to == "" {
			f.to = cfg.Inspect.Tables[i].File
		}
		if i >= 0 && f.key == "" {
			f.key = cfg.Inspect.Tables[i].Key
		}
	}
	switch {
	case f.to == "":
		return usage(errors.New("where to? --to TABLE, or --name of a table of the configuration"))
	case f.key == "":
		return usage(errors.New("which key? --key FILE; with --new-key it is made"))
	}
	return nil
}

func (f *dataBuild) source() (exact.Source, error) {
	s := exact.Source{NoHeadings: f.noHeader, MayBeBad: f.skipBad}
	switch comma, size := utf8.DecodeRuneInString(f.delimiter); {
	case f.delimiter == "":
	case f.delimiter == "tab" || f.delimiter == `\t`:
		s.Comma = '\t'
	case size != len(f.delimiter) || comma == '"' || comma == '\n' || comma == '\r' || comma == utf8.RuneError:
		return s, usage(fmt.Errorf("--delimiter %q: want one character, or tab", f.delimiter))
	default:
		s.Comma = comma
	}
	return s, nil
}

// readKey reads the key, or makes it.
func (f *dataBuild) readKey() ([]byte, error) {
	if f.newKey {
		if err := exact.NewKey(f.key); err != nil {
			return nil, err
		}
	}
	key, err := exact.ReadKey(f.key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; --new-key makes one", err)
	}
	return key, err
}

// without takes back the new key of a table that wasn't made.
func (f *dataBuild) without(err error) error {
	if !f.newKey {
		return err
	}
	if gone := os.Remove(f.key); gone != nil {
		return errors.Join(err, gone)
	}
	return err
}

// spec is what the flags say, on top of what the present table was built with.
func (f *dataBuild) spec(cmd *cobra.Command) (exact.Spec, error) {
	spec := exact.Spec{Name: f.name, AtLeast: f.atLeast, Within: f.within}
	if len(f.columns) == 0 {
		old, err := exact.Open(f.to, f.key)
		if errors.Is(err, fs.ErrNotExist) {
			return spec, errors.New("which columns? --column HEADING=KIND, once for each")
		}
		if err != nil {
			return spec, fmt.Errorf("which columns? --column HEADING=KIND, once for each; those of the present table can't be read: %w", err)
		}
		spec = old.Facts().Spec
		old.Close()
		if f.name != spec.Name {
			return spec, fmt.Errorf("%s is the table %s, not %s; for another one say --column HEADING=KIND", f.to, spec.Name, f.name)
		}
		if cmd.Flags().Changed("at-least") {
			spec.AtLeast = f.atLeast
		}
		if cmd.Flags().Changed("within") {
			spec.Within = f.within
		}
		return spec, nil
	}
	for _, column := range f.columns {
		i := strings.LastIndexByte(column, '=')
		if i < 0 {
			return spec, fmt.Errorf("--column %q: want HEADING=KIND, with a kind of %s", column, strings.Join(kindNames(), ", "))
		}
		spec.Columns = append(spec.Columns, exact.Column{Name: column[:i], Kind: detect.Kind(column[i+1:]), MonthFirst: f.monthFirst && column[i+1:] == string(detect.KindDate)})
	}
	if len(spec.Columns) == 1 && !cmd.Flags().Changed("at-least") {
		spec.AtLeast = 1
	}
	return spec, nil
}

// buildFrom reads the CSV, with progress where somebody looks.
func (a *app) buildFrom(cmd *cobra.Command, from string, f *dataBuild, source exact.Source, spec exact.Spec, key []byte) (exact.Built, error) {
	in, size := cmd.InOrStdin(), int64(0)
	if from != "-" {
		file, err := os.Open(from)
		if err != nil {
			return exact.Built{}, err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
		in = file
	}
	p := newBuildProgress(a.errs, in, size)
	built, err := exact.BuildFile(cmd.Context(), p, source, spec, key, f.to, p.tell)
	p.clear()
	mistakes := exact.Mistakes{}
	switch {
	case errors.As(err, &mistakes):
		return built, no(inFile(from, mistakes))
	case errors.Is(err, context.Canceled):
		return built, errors.New("ended; nothing was written")
	}
	return built, err
}

// inFile are the mistakes of a file, each with its place.
func inFile(file string, mistakes exact.Mistakes) error {
	var lines []string
	for _, m := range mistakes {
		sep := ":"
		if m.Line == 0 {
			sep = ": "
		}
		lines = append(lines, file+sep+m.String())
	}
	return errors.New(strings.Join(append(lines, "nothing was written"), "\n"))
}

func (a *app) printBuilt(cmd *cobra.Command, file string, spec exact.Spec, b exact.Built) error {
	t := builtTable{Name: spec.Name, File: file, Rows: b.Rows, AtLeast: spec.AtLeast, Within: spec.Within, Size: b.Size, Warnings: nonNil(b.Warnings(spec))}
	for i, c := range b.Columns {
		t.Columns = append(t.Columns, builtColumn{c.Name, spec.Columns[i].Kind, c.Values, c.Empty, c.Bad, c.Common})
	}
	if a.json() {
		return printJSON(cmd, t)
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s: %s rows; a row is found where %s within %s bytes\n\n", t.Name, exact.Thousands(t.Rows), stand(t.AtLeast), exact.Thousands(t.Within))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "COLUMN\tKIND\tVALUES\tEMPTY\tLEFT OUT\tTOO COMMON")
	for _, c := range t.Columns {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Name, c.Kind, exact.Thousands(c.Values), exact.Thousands(c.Empty), exact.Thousands(c.Bad), exact.Thousands(c.Common))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, warning := range t.Warnings {
		fmt.Fprintf(out, "warning: %s\n", warning)
	}
	_, err := fmt.Fprintf(out, "%s written, %s bytes\n", file, exact.Thousands(int(t.Size)))
	return err
}

// buildProgress is the CSV, and one line on a terminal that says how far it has
// been read.
type buildProgress struct {
	io.Reader
	out   io.Writer // nil where nobody looks
	size  int64     // 0: not known
	read  atomic.Int64
	stage string
	next  time.Time
	shown bool
}

func newBuildProgress(out io.Writer, from io.Reader, size int64) *buildProgress {
	p := &buildProgress{Reader: from, size: size}
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		p.out = out
	}
	return p
}

func (p *buildProgress) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.read.Add(int64(n))
	return n, err
}

func (p *buildProgress) tell(now exact.Progress) {
	if p.out == nil || now.Stage == p.stage && time.Now().Before(p.next) {
		return
	}
	p.clear()
	fmt.Fprintf(p.out, "%s", now.Stage)
	if now.Rows > 0 {
		fmt.Fprintf(p.out, "  %s rows", exact.Thousands(now.Rows))
	}
	if now.Stage == exact.StageRead && p.size > 0 {
		fmt.Fprintf(p.out, "  %d %%", p.read.Load()*100/p.size)
	}
	p.stage, p.next, p.shown = now.Stage, time.Now().Add(200*time.Millisecond), true
}

func (p *buildProgress) clear() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
		p.shown = false
	}
}
