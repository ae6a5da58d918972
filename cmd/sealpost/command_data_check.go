package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/detect/exact"
	"github.com/sealpost/sealpost/extract"
	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
)

func newDataCheckCommand(a *app) *cobra.Command {
	var key string
	var try []string
	cmd := &cobra.Command{
		Use:   "check [--key FILE] [--try FILE]… [TABLE]",
		Short: "Whether a table is whole and its key the right one, what it holds, and which rows a file has",
		Long: `Opens a table with its key, checks all of it by its seal, and says what it holds; without a TABLE, all that are configured. TABLE is
the name of a configured one, or a file with --key.

With --try messages and files of any kind are looked through for its rows. Rows are named by their numbers in the CSV, without the
headings, and the columns that were there; values are never shown.

Exit code: 0 every table is whole, and with --try a row was found; 1 a table is damaged or the key is another one, or nothing was found;
3 a file can't be read.`,
		Example: `  sealpost data check
  sealpost data check customers --try letter.eml
  sealpost data check --key customers.key --format json customers.table`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeTables,
		RunE: func(cmd *cobra.Command, args []string) error {
			tables, err := a.tablesToCheck(cmd, args, key)
			if err != nil {
				return err
			}
			return a.dataCheck(cmd, tables, try)
		},
	}
	cmd.Flags().StringVar(&key, "key", "", "file of the key (default: the configured one)")
	cmd.Flags().StringArrayVar(&try, "try", nil, "a message or file in which to look for rows")
	return cmd
}

// tablesToCheck are those that the command line is about.
func (a *app) tablesToCheck(cmd *cobra.Command, args []string, key string) ([]config.Table, error) {
	if len(args) == 1 && key != "" {
		return []config.Table{{File: args[0], Key: key}}, nil
	}
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	tables := cfg.Inspect.Tables
	if len(args) == 1 {
		tables = slices.DeleteFunc(slices.Clone(tables), func(t config.Table) bool { return t.Name != args[0] && t.File != args[0] })
		if len(tables) == 0 {
			return nil, usage(fmt.Errorf("no table %q is configured; for a file name its --key", args[0]))
		}
	}
	if len(tables) == 0 {
		return nil, usage(errors.New("no table is configured; name a TABLE and its --key"))
	}
	return tables, nil
}

// dataCheck checks all tables, also where one is broken.
func (a *app) dataCheck(cmd *cobra.Command, tables []config.Table, try []string) error {
	var wrong error
	matches := 0
	for _, t := range tables {
		about, err := a.checkTable(cmd.Context(), t, try)
		if err != nil {
			wrong = errors.Join(wrong, err)
			continue
		}
		matches += len(about.Matches)
		if a.json() {
			err = printJSON(cmd, about)
		} else {
			err = a.printTable(cmd, about, len(try) > 0)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case errors.Is(wrong, exact.ErrDamaged), errors.Is(wrong, exact.ErrKey), errors.Is(wrong, exact.ErrFormat), errors.Is(wrong, errOtherTable):
		return no(wrong)
	case wrong != nil:
		return couldNotTell(wrong)
	case len(try) > 0 && matches == 0:
		return answerIsNo
	}
	return nil
}

func (a *app) checkTable(ctx context.Context, t config.Table, try []string) (aboutTable, error) {
	table, err := openTable(t)
	if err != nil {
		return aboutTable{}, err
	}
	defer table.Close()
	about := aboutTable{File: t.File, Facts: table.Facts()}
	if len(try) > 0 {
		about.Matches, err = a.try(ctx, table, try)
	}
	return about, err
}

func (a *app) printTable(cmd *cobra.Command, t aboutTable, tried bool) error {
	out := cmd.OutOrStdout()
	if _, err := fmt.Fprint(out, t.about()); err != nil || !tried {
		return err
	}
	if len(t.Matches) == 0 {
		_, err := fmt.Fprintln(out, "  no row of it was found")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, m := range t.Matches {
		fmt.Fprintf(w, "  %s\trow %s\t%s\n", m.File, exact.Thousands(m.Row), strings.Join(m.Columns, ", "))
	}
	return w.Flush()
}

// matched is a row that was found in a file.
type matched struct {
	File string `json:"file"`
	exact.Match
}

// try looks for rows in files, with everything that the gateway reads.
func (a *app) try(ctx context.Context, table *exact.Table, files []string) (all []matched, err error) {
	file, seen := "", map[string]int{}
	watched := table.Watched(func(m exact.Match) {
		id := fmt.Sprint(file, "\x00", m.Row)
		if i, twice := seen[id]; !twice {
			seen[id] = len(all)
			all = append(all, matched{file, m})
		} else if len(m.Columns) > len(all[i].Columns) {
			all[i].Match = m
		}
	})
	s := &scanner{spool: message.NewSpool(2<<30, 4<<30)}
	s.inspector, err = inspect.New(inspect.Options{Budget: 10 * time.Minute, Passwords: true, Spool: s.spool, Tables: []detect.Table{watched},
		Extract: extract.Options{Time: 5 * time.Minute, Worker: a.worker, Cache: userCache()}})
	if err != nil {
		return nil, err
	}
	for _, file = range files {
		report, readErr := s.report(ctx, file)
		if readErr == nil && report.Scanned != inspect.Full {
			readErr = fmt.Errorf("%s: not all of it could be read: %s", file, strings.Join(report.Problems, ", "))
		}
		err = errors.Join(err, readErr)
	}
	slices.SortStableFunc(all, func(x, y matched) int {
		return cmp.Or(cmp.Compare(slices.Index(files, x.File), slices.Index(files, y.File)), cmp.Compare(x.Row, y.Row))
	})
	return all, errors.Join(err, s.inspector.Close())
}

// report is what inspection sees in a file.
func (s *scanner) report(ctx context.Context, name string) (inspect.Report, error) {
	f, err := os.Open(name)
	if err != nil {
		return inspect.Report{}, err
	}
	defer f.Close()
	m, err := s.message(f, name)
	if err != nil {
		return inspect.Report{}, fmt.Errorf("reading %s: %w", name, err)
	}
	defer m.Close()
	if err := m.ReadContext(ctx); err != nil {
		return inspect.Report{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return s.inspector.Inspect(ctx, m, nil), nil
}

var errOtherTable = errors.New("the configuration calls it otherwise")

// openTable opens a configured table. One without a name in the configuration
// may be called anything.
func openTable(t config.Table) (*exact.Table, error) {
	table, err := exact.Open(t.File, t.Key)
	if err != nil {
		return nil, err
	}
	if name := table.Name(); t.Name != "" && name != t.Name {
		table.Close()
		return nil, fmt.Errorf("%s is the table %s: %w, %s", t.File, name, errOtherTable, t.Name)
	}
	return table, nil
}

// mendTable is what to do about a table that can't be used.
func mendTable(t config.Table, err error) string {
	rebuild := "sealpost data build --name " + t.Name
	if _, missing := os.Stat(t.Key); errors.Is(missing, fs.ErrNotExist) {
		rebuild += " --new-key"
	}
	switch {
	case errors.Is(err, exact.ErrKey):
		return "name the key that it was built with, or build it anew: " + rebuild + " --column … CSV"
	case errors.Is(err, exact.ErrDamaged), errors.Is(err, exact.ErrFormat):
		return "build it anew: " + rebuild + " --column … CSV"
	case errors.Is(err, errOtherTable):
		return "correct inspect.tables"
	case errors.Is(err, fs.ErrNotExist):
		return "build it: " + rebuild + " --column … CSV; or correct inspect.tables"
	case errors.Is(err, fs.ErrPermission):
		return "let the gateway's user read it"
	}
	return ""
}
