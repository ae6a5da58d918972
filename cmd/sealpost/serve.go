package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/sealpost/sealpost/api"
	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/plugins"
)

func newServeCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "The daemon: judges every message that the mail server shows it",
		Long: `Starts the plugins, loads the policy, and answers the mail server on the sockets of the configuration until it gets SIGTERM or SIGINT;
what is under way is finished first. SIGHUP takes over a changed policy, changed plugins and tables; what is wrong is refused whole, and
the old one stays. Policies and tables are also taken over when their files change. The log goes to standard error, JSON lines.`,
		Example: `  sealpost serve
  sealpost serve --config /etc/sealpost/sealpost.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd.Context()) },
	}
}

func (a *app) serve(ctx context.Context) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	tuneMemory()
	log := newLogger(a.errs, cfg.Log)
	log.Info("starting", zap.String("version", version), zap.String("hash", cfg.Hash()))
	d, err := newDaemon(ctx, cfg, log, a.worker)
	if err != nil {
		return no(err)
	}
	d.configFile = a.configFile
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case <-hup:
				_ = d.reload(ctx) // it logs what it did
			case <-ended:
				return
			}
		}
	}()
	err = errors.Join(d.run(ctx), d.close(context.WithoutCancel(ctx)))
	if err != nil {
		return no(err)
	}
	log.Info("stopped")
	return nil
}

// tuneMemory lets the heap, most of which is word lists, grow further between collections:
// policy evaluation makes much garbage. Content isn't in the heap. The
// operator's own GOGC and GOMEMLIMIT count more.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(1 << 30)
	}
}

// reload takes over a changed policy, changed plugins and tables. Each is taken whole
// or kept whole; other settings hold from the next start.
func (d *daemon) reload(ctx context.Context) error {
	err := d.reloadPlugins(ctx)
	d.metrics.Reload("plugins", err == nil)
	if err != nil {
		d.log.Error("configuration refused, the old one stays in force", zap.String("error", err.Error()))
	}
	policyErr := d.policy.Reload(ctx)
	d.reloaded(policyErr)
	return errors.Join(err, policyErr, d.reloadTables())
}

func (d *daemon) reloadPlugins(ctx context.Context) error {
	cfg, err := config.Load(d.configFile)
	if err != nil {
		return err
	}
	list, err := pluginConfigs(cfg)
	if err != nil {
		return err
	}
	if err := d.plugins.Reload(ctx, list); err != nil {
		return fmt.Errorf("taking over plugins: %w", err)
	}
	d.log.Info("plugins in force", zap.String("hash", cfg.Hash()))
	return nil
}

// admin is what the command line asks the running daemon.
func (d *daemon) admin() api.Daemon {
	return api.Daemon{
		Status: func(context.Context) api.Status { return d.status() },
		Restart: func(ctx context.Context, name string) error {
			err := d.plugins.Restart(ctx, name)
			if f := (*plugins.Failure)(nil); errors.As(err, &f) && f.Kind == plugins.NotThere {
				return errors.Join(api.ErrUnknown, err)
			}
			return err
		},
		Reload: d.reload,
	}
}

func (d *daemon) status() api.Status {
	bytes, messages := d.usage()
	p := d.policy.Status()
	s := api.Status{Version: version, PID: os.Getpid(), Started: d.started, Sessions: d.milter.Sessions(), LaterRecipients: d.cfg.MTA.LaterRecipients,
		Config: api.Config{Path: d.configFile, Hash: d.cfg.Hash(), Loaded: d.started},
		Policy: api.Policy{Revision: p.Revision, Loaded: p.Loaded, Refused: p.Refused, RefusedAt: p.RefusedAt,
			Source: p.Source, Bundle: p.Bundle, Checked: p.Checked, Problem: p.Problem},
		Spool: api.Spool{Bytes: bytes, Messages: messages, Budget: int64(d.cfg.Limits.Spool)}}
	for _, p := range d.plugins.Status() {
		s.Plugins = append(s.Plugins, api.Plugin{Name: p.Name, Version: p.Version, State: string(p.State), PID: p.Pid, Restarts: p.Restarts,
			Treatments: p.Treatments, Problem: p.LastError})
	}
	return s
}
