package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/detect/exact"
)

func newDataCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data",
		Short: "Tables of the organisation's own data: build one from a CSV, and check it",
		Example: `  sealpost data build --name customers --column 'Customer no=identifier' --column Name=name --column Born=date \
      --to customers.table --key customers.key --new-key customers.csv
  sealpost data check`,
	}
	cmd.AddCommand(newDataBuildCommand(a), newDataCheckCommand(a))
	return cmd
}

// aboutTable is what is printed of a table.
type aboutTable struct {
	File string `json:"file"`
	exact.Facts
	// Matches are rows that were found in what was tried.
	Matches []matched `json:"matches,omitempty"`
}

// about is the first lines about a table, for a person.
func (t aboutTable) about() string {
	var columns []string
	for _, c := range t.Columns {
		columns = append(columns, fmt.Sprintf("%s (%s)", c.Name, c.Kind))
	}
	return fmt.Sprintf("%s  %s\n  rows     %s, with %s different values\n  columns  %s\n  found    where %s within %s bytes\n  size     %s bytes\n  built    %s\n",
		t.Name, t.File, exact.Thousands(t.Rows), exact.Thousands(t.Values), strings.Join(columns, ", "),
		stand(t.AtLeast), exact.Thousands(t.Within), exact.Thousands(int(t.Size)), t.Built.Format("2006-01-02 15:04 MST"))
}

// stand says how many columns must be near each other.
func stand(columns int) string {
	if columns == 1 {
		return "1 column of it stands"
	}
	return fmt.Sprintf("%d columns of it stand", columns)
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// completeTables completes the names of configured tables.
func (a *app) completeTables(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	cfg, err := a.configIfThere(cmd)
	if err != nil || cfg == nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return tableNames(cfg), cobra.ShellCompDirectiveDefault
}

func kindNames() []string {
	var all []string
	for _, k := range detect.Kinds() {
		all = append(all, string(k))
	}
	return all
}
