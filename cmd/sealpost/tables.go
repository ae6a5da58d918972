package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/detect/exact"
)

// tables are the organisation's own data that is in use.
type tables struct {
	configured []config.Table
	open       []*exact.Table
}

// openTables opens all that are configured, or none: without one of them,
// what stands in it would leave unseen.
func openTables(configured []config.Table) (*tables, error) {
	all := &tables{configured: configured}
	for _, t := range configured {
		table, err := openTable(t)
		if err != nil {
			all.close()
			return nil, fmt.Errorf("inspect.tables, %s: %w (%s)", t.Name, err, mendTable(t, err))
		}
		all.open = append(all.open, table)
	}
	return all, nil
}

// detect are the tables as detection wants them.
func (t *tables) detect() (all []detect.Table) {
	for _, table := range t.open {
		all = append(all, table)
	}
	return all
}

func (t *tables) close() {
	for _, table := range t.open {
		table.Close()
	}
}

// tableNames are the names that a policy may ask for.
func tableNames(cfg *config.Config) (names []string) {
	for _, t := range cfg.Inspect.Tables {
		names = append(names, t.Name)
	}
	return names
}

// tableInterval is how often the daemon looks whether a table was built anew.
const tableInterval = 2 * time.Second

// watchTables takes over tables that were built anew, until ctx ends.
func (d *daemon) watchTables(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, t := range d.tables.open {
				if changed, err := t.Refresh(); changed {
					d.tableReloaded(t, err)
				}
			}
		}
	}
}

// reloadTables takes over all tables as they lie there now.
func (d *daemon) reloadTables() (err error) {
	if cfg, wrong := config.Load(d.configFile); wrong == nil && !slices.Equal(cfg.Inspect.Tables, d.tables.configured) {
		d.log.Warn("inspect.tables has changed in the configuration: restart, it holds from the next start")
	}
	for _, t := range d.tables.open {
		one := t.Reload()
		d.tableReloaded(t, one)
		err = errors.Join(err, one)
	}
	return err
}

func (d *daemon) tableReloaded(t *exact.Table, err error) {
	d.metrics.Reload("tables", err == nil)
	facts := t.Facts()
	if err != nil {
		d.log.Error("table refused, the old one stays in force", zap.String("table", facts.Name), zap.String("hash", facts.Hash), zap.String("error", err.Error()))
		return
	}
	d.log.Info("table in force", zap.String("table", facts.Name), zap.String("hash", facts.Hash), zap.Int("count", facts.Rows))
}

// tables checks the configured tables.
func (d *doctor) tables() {
	for _, t := range d.cfg.Inspect.Tables {
		table, err := openTable(t)
		if err != nil {
			d.wrong("table "+t.Name, err.Error(), mendTable(t, err))
			continue
		}
		facts := table.Facts()
		table.Close()
		d.ok("table "+t.Name, fmt.Sprintf("%s rows, %d MB, built %s", exact.Thousands(facts.Rows), facts.Size>>20, facts.Built.Format("2006-01-02 15:04")))
	}
}

// wrongTables are the configured tables that can't be used, as mistakes of the
// configuration.
func wrongTables(file string, cfg *config.Config) (all config.Mistakes) {
	for i, t := range cfg.Inspect.Tables {
		table, err := openTable(t)
		if err != nil {
			all = append(all, config.Mistake{File: file, Path: fmt.Sprintf("inspect.tables[%d]", i), Text: err.Error(), Hint: mendTable(t, err)})
			continue
		}
		table.Close()
	}
	return all
}
