package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/api"
	"github.com/sealpost/sealpost/audit"
	"github.com/sealpost/sealpost/config"
	"github.com/sealpost/sealpost/deliver"
	"github.com/sealpost/sealpost/detect"
	"github.com/sealpost/sealpost/gateway"
	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/milter"
	"github.com/sealpost/sealpost/mta"
	"github.com/sealpost/sealpost/plugins"
	"github.com/sealpost/sealpost/policy"
	"github.com/sealpost/sealpost/store"
)

// daemon is everything that `sealpost serve` runs, in the order in which it is
// made; close takes it down in the other.
type daemon struct {
	cfg     *config.Config
	log     *zap.Logger
	metrics *api.Metrics
	started time.Time
	// configFile is read again at a reload.
	configFile string

	spool     *message.Spool // messages in work
	copies    *message.Spool // what handlers make of them
	store     *store.Store
	audit     *audit.Log
	tables    *tables
	inspector *inspect.Inspector
	passing   string // folder to remove at the end, or ""
	plugins   *plugins.Host
	policy    *policy.Engine
	gateway   *gateway.Gateway

	injector *deliver.Injector
	milter   *milter.Server
	lmtp     *deliver.LMTP
	maps     *deliver.Maps
}

// core makes the parts that judge: plugins, policy, gateway. `check` needs no
// more. sockets is the folder for the plugins' sockets, or "" for a passing one;
// worker is the command line of a process that reads files.
func core(ctx context.Context, cfg *config.Config, log *zap.Logger, sockets string, worker []string) (d *daemon, err error) {
	d = &daemon{cfg: cfg, log: log, metrics: api.NewMetrics(), started: time.Now()}
	defer func() {
		if err != nil {
			d.close(ctx)
		}
	}()
	// A quarter of the memory is for the copies that handlers make, which may
	// be larger than the message that they are made of.
	d.spool = message.NewSpool(int64(cfg.Limits.Message), int64(cfg.Limits.Spool)*3/4)
	d.copies = message.NewSpool(2*int64(cfg.Limits.Message), int64(cfg.Limits.Spool)/4)
	d.metrics.Spool(d.usage)
	if d.plugins, err = d.host(sockets); err != nil {
		return d, err
	}
	if err := d.plugins.Start(ctx); err != nil {
		return d, fmt.Errorf("starting plugins: %w", err)
	}
	options, err := inspectOptions(cfg, worker)
	if err != nil {
		return d, fmt.Errorf("starting inspection: %w", err)
	}
	if d.tables, err = openTables(cfg.Inspect.Tables); err != nil {
		return d, fmt.Errorf("starting inspection: %w", err)
	}
	options.Tables = d.tables.detect()
	if d.inspector, err = inspect.New(options); err != nil {
		return d, fmt.Errorf("starting inspection: %w", err)
	}
	words := vocabulary(d.inspector.Detectors(), d.plugins.Treatments())
	words.Tables = tableNames(cfg)
	d.policy, err = policyEngine(ctx, cfg, policy.BuildOptions{Vocabulary: words, RunTests: cfg.Policy.Test, Deadline: cfg.Policy.Deadline})
	if err != nil {
		return d, fmt.Errorf("loading the policy: %w", err)
	}
	location, err := time.LoadLocation(cfg.Policy.TimeZone)
	if err != nil {
		return d, fmt.Errorf("reading policy.time_zone: %w", err)
	}
	o := gateway.Options{
		Policy: d.policy, Inspector: d.inspector, Handlers: d.plugins, Spool: d.spool, Observer: d.metrics, Log: log,
		Strict: cfg.MTA.LaterRecipients == mta.Strict, Patience: cfg.MTA.TLSPatience, InspectTime: cfg.Limits.Inspect, Location: location,
	}
	if cfg.MTA.LaterRecipients == mta.Expand {
		aliases, err := mta.NewAliases(ctx, cfg.MTA.ConfigDir)
		if err != nil {
			return d, err
		}
		o.Expander = &expander{aliases: aliases, log: log}
	}
	d.gateway = gateway.New(o)
	return d, nil
}

// newDaemon is core with what remembers and what listens.
func newDaemon(ctx context.Context, cfg *config.Config, log *zap.Logger, worker []string) (*daemon, error) {
	// Beside the admin socket, where nobody else may write; what an earlier
	// daemon left there is swept.
	sockets := filepath.Join(filepath.Dir(strings.TrimPrefix(cfg.Admin.Listen, "unix:")), "plugins")
	d, err := core(ctx, cfg, log, sockets, worker)
	if err != nil {
		return nil, err
	}
	if d.store, err = store.Open(ctx, cfg.Store.Path); err != nil {
		d.close(ctx)
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	d.audit, err = audit.Open(cfg.Audit.Dir, audit.Options{MaxFile: int64(cfg.Audit.File), Keep: cfg.Audit.Keep, Problem: func(err error) {
		log.Error("audit log", zap.String("error", err.Error()))
	}})
	if err != nil {
		d.close(ctx)
		return nil, err
	}
	d.gateway.Audit = d.audit
	pf, err := mta.InspectPostfix(ctx, cfg.MTA.ConfigDir)
	if err != nil {
		d.close(ctx)
		return nil, err
	}
	if err := d.attach(ctx, pf); err != nil {
		d.close(ctx)
		return nil, err
	}
	d.gateway.Jobs = d.store
	d.gateway.LMTP = "sealpost:" + mta.Endpoint(cfg.Deliver.Listen, pf.QueueDir)
	d.injector, err = deliver.NewInjector(deliver.InjectorOptions{Address: cfg.MTA.Reinject, Ledger: d.store,
		Asker: asker{deliver.NewLog(deliver.LogOptions{Paths: cfg.MTA.Log}), d.metrics}, Log: log, Hostname: cfg.Hostname})
	if err != nil {
		d.close(ctx)
		return nil, err
	}
	d.gateway.Injector = d.injector
	d.milter = milter.New(milter.Options{Gateway: d.gateway, Spool: d.spool, Log: log, MaxSessions: cfg.Milter.Sessions,
		MaxRecipients: cfg.Limits.Recipients, Observe: d.observe})
	d.lmtp = deliver.NewLMTP(deliver.LMTPOptions{Treater: d.gateway, Spool: d.spool, Log: log, Hostname: cfg.Hostname,
		MaxSessions: cfg.Deliver.Sessions, MaxRecipients: cfg.Limits.Recipients})
	d.maps = deliver.NewMaps(deliver.MapsOptions{Log: log, Maps: map[string]deliver.Lookup{
		mta.TransportMap:           d.gateway.Route,
		mta.PolicyMap:              d.tlsPolicy(""),
		string(policy.TLS):         d.tlsPolicy(policy.TLS),
		string(policy.VerifiedTLS): d.tlsPolicy(policy.VerifiedTLS),
		string(policy.PartnerTLS):  d.tlsPolicy(policy.PartnerTLS),
	}})
	return d, nil
}

// attach refuses a mail server that would change marked recipients, and in
// mode strict learns its routes.
func (d *daemon) attach(ctx context.Context, pf *mta.Postfix) error {
	for _, one := range pf.Rewriting(ctx, d.policy.Current().Domains()) {
		if one.Fatal {
			return fmt.Errorf("the mail server would change marked mail: %s (%s)", one.Text, one.Mend)
		}
		d.log.Warn("mail server", zap.String("problem", one.Text), zap.String("mend", one.Mend))
	}
	if d.cfg.MTA.LaterRecipients != mta.Strict {
		return nil
	}
	p := pf.Params(mta.Strict)
	p.Map = mta.Endpoint(d.cfg.Deliver.Map, pf.QueueDir)
	routes, err := mta.NewRoutes(ctx, d.cfg.MTA.ConfigDir, p)
	if err != nil {
		return err
	}
	d.gateway.NextHop = routes.NextHop
	return nil
}

func (d *daemon) tlsPolicy(level policy.Level) deliver.Lookup {
	return func(ctx context.Context, key string) (string, bool, error) {
		return d.gateway.TLSPolicy(ctx, level, key)
	}
}

// host is the plugins of the config, on sockets in a folder of their own.
func (d *daemon) host(sockets string) (*plugins.Host, error) {
	list, err := pluginConfigs(d.cfg)
	if err != nil {
		return nil, err
	}
	if sockets == "" {
		if sockets, err = os.MkdirTemp("", "sealpost-"); err != nil {
			return nil, fmt.Errorf("making a folder for the plugins' sockets: %w", err)
		}
		d.passing = sockets
	}
	return plugins.New(plugins.Options{Plugins: list, SocketDir: sockets, Log: d.log, CopyLimit: 2 * int64(d.cfg.Limits.Message),
		NewContent: func() (plugins.Content, error) { return d.copies.New() },
		Alarm: func(plugin, text string) {
			d.log.Error("ALARM: plugin degraded", zap.String("plugin", plugin), zap.String("error", text))
		}})
}

// usage is what messages and copies in work occupy.
func (d *daemon) usage() (bytes int64, contents int) {
	bytes, contents = d.spool.Usage()
	b, n := d.copies.Usage()
	return bytes + b, contents + n
}

func pluginConfigs(cfg *config.Config) ([]plugins.Config, error) {
	var list []plugins.Config
	for _, p := range cfg.Plugins {
		settings, err := json.Marshal(p.Settings)
		if err != nil {
			return nil, fmt.Errorf("settings of plugin %s: %w", p.Name, err)
		}
		list = append(list, plugins.Config{Name: p.Name, Path: p.Path, SHA256: p.SHA256, User: p.User, Env: p.Env,
			Memory: int64(p.Memory), Timeout: p.Timeout, Settings: settings})
	}
	return list, nil
}

// vocabulary is what this build and its plugins know.
func vocabulary(detectors []detect.Info, treatments []string) policy.Vocabulary {
	v := policy.Vocabulary{Treatments: treatments}
	for _, i := range detectors {
		v.Detectors = append(v.Detectors, i.ID)
		v.Categories = append(v.Categories, i.Category)
	}
	return v
}

// asker counts the questions to the mail server's log.
type asker struct {
	log     *deliver.Log
	metrics *api.Metrics
}

func (a asker) Committed(ctx context.Context, batch string, dot time.Time) deliver.Answer {
	answer := a.log.Committed(ctx, batch, dot)
	a.metrics.LogQuestion(string(answer.Known))
	return answer
}

// expander gives the MTA's aliases to the gateway.
type expander struct {
	aliases *mta.Aliases
	log     *zap.Logger

	mu   sync.Mutex // guards told
	told map[string]bool
}

func (e *expander) Expand(ctx context.Context, env *message.Envelope) (gateway.Expansion, error) {
	addresses := make([]string, len(env.Recipients))
	for i, r := range env.Recipients {
		addresses[i] = r.Address
	}
	x, err := e.aliases.Expand(ctx, env.Sender, addresses)
	if err != nil {
		return gateway.Expansion{}, err
	}
	for i, why := range x.Unsure {
		address := ""
		if i >= 0 {
			address = addresses[i]
		}
		e.tell(address, why)
	}
	return gateway.Expansion{Recipients: x.Recipients, Added: x.Added, Unsure: x.Unsure, Unstable: x.Unstable, Unmarkable: x.Unmarkable}, nil
}

// tell logs once for each alias that it can't be followed, up to as many as
// fit on a page or two: recipients are named by strangers.
func (e *expander) tell(address, why string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.told[address] || len(e.told) >= 100 {
		return
	}
	if e.told == nil {
		e.told = map[string]bool{}
	}
	e.told[address] = true
	e.log.Warn("it can't be told where mail for a recipient leads: set later_recipients: strict", zap.String("recipient", address), zap.String("error", why))
}

// run serves until ctx ends, then lets what is under way finish.
func (d *daemon) run(ctx context.Context) error {
	serving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	start := func(name string, serve func(context.Context) error) {
		group.Go(func() {
			if err := serve(serving); err != nil && serving.Err() == nil {
				stop(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	listeners, err := d.listen()
	if err != nil {
		return err
	}
	for _, l := range listeners {
		start(l.name, func(ctx context.Context) error { return l.serve(ctx, l.Listener) })
	}
	group.Go(func() { d.watch(serving) })
	group.Go(func() { d.tend(serving) })
	group.Go(func() { d.watchTables(serving, tableInterval) })
	d.log.Info("ready", zap.String("revision", d.policy.Current().Revision()))
	<-serving.Done()
	d.log.Info("stopping")
	err = d.shutdown()
	group.Wait()
	if cause := context.Cause(serving); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

// listener is one socket and who serves it.
type listener struct {
	net.Listener
	name  string
	serve func(context.Context, net.Listener) error
}

// listen opens all sockets, or none.
func (d *daemon) listen() (all []listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range all {
				err = errors.Join(err, l.Close())
			}
		}
	}()
	open := func(name, spec string, serve func(context.Context, net.Listener) error) {
		if err != nil || spec == "" {
			return
		}
		var ln net.Listener
		if ln, err = milter.Listen(spec, d.cfg.Milter.SocketGroup); err == nil {
			all = append(all, listener{ln, name, serve})
		}
	}
	for _, spec := range d.cfg.Milter.Listen {
		open("milter", spec, orderly(d.milter.Serve))
	}
	open("deliver", d.cfg.Deliver.Listen, orderly(d.lmtp.Serve))
	open("map", d.cfg.Deliver.Map, orderly(d.maps.Serve))
	web := func(handler http.Handler) func(context.Context, net.Listener) error {
		return func(ctx context.Context, ln net.Listener) error { return api.Serve(ctx, ln, handler) }
	}
	if d.cfg.Metrics.Listen != "" {
		open("metrics", "tcp:"+d.cfg.Metrics.Listen, web(d.metrics.Handler()))
	}
	if err == nil {
		var ln net.Listener
		if ln, err = api.Listen(strings.TrimPrefix(d.cfg.Admin.Listen, "unix:")); err == nil {
			all = append(all, listener{ln, "admin", web(d.admin().Handler())})
		}
	}
	return all, err
}

// orderly lets a server run on when its context ends: shutdown ends it, after
// what is under way.
func orderly(serve func(context.Context, net.Listener) error) func(context.Context, net.Listener) error {
	return func(ctx context.Context, ln net.Listener) error { return serve(context.WithoutCancel(ctx), ln) }
}

// watch puts changed policies in force, and logs which.
func (d *daemon) watch(ctx context.Context) {
	if d.cfg.Policy.Bundle != "" {
		if p := d.policy.Status().Problem; p != "" {
			d.log.Error("ALARM: the policy's bundle can't be fetched; the one that was kept is in force", zap.String("error", p))
		}
		d.policy.Poll(ctx, d.cfg.Policy.BundleEvery, d.reloaded)
		return
	}
	err := d.policy.Watch(ctx, d.reloaded, d.cfg.Policy.Dir, d.cfg.Policy.Data)
	if err != nil {
		d.log.Error("the policy's folders can't be watched; reload by signal", zap.String("error", err.Error()))
	}
}

func (d *daemon) reloaded(err error) {
	d.metrics.Reload("policy", err == nil)
	if err != nil {
		d.log.Error("policy refused", zap.String("error", err.Error()), zap.String("revision", d.policy.Current().Revision()))
		return
	}
	d.log.Info("policy in force", zap.String("revision", d.policy.Current().Revision()))
}

// tend does what must be done now and then: it forgets decisions that no mail
// can be waiting for any more, and shows the plugins' states to the metrics.
func (d *daemon) tend(ctx context.Context) {
	hourly, often := time.NewTicker(time.Hour), time.NewTicker(5*time.Second)
	defer hourly.Stop()
	defer often.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-hourly.C:
			if _, err := d.store.Purge(ctx, now.Add(-d.cfg.Store.KeepJobs)); err != nil {
				d.log.Error("old decisions could not be removed", zap.String("error", err.Error()))
			}
		case <-often.C:
			for _, p := range d.plugins.Status() {
				d.metrics.PluginState(p.Name, string(p.State))
			}
		}
	}
}

// shutdown lets sessions and deliveries that are under way finish, the side
// that takes mail in first.
func (d *daemon) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	return errors.Join(d.milter.Shutdown(ctx), d.lmtp.Shutdown(ctx), d.maps.Shutdown(ctx))
}

// stopTime is how long a message under way may take to finish at a stop.
const stopTime = 60 * time.Second

// close gives back what core and newDaemon made.
func (d *daemon) close(ctx context.Context) error {
	var errs []error
	if d.plugins != nil {
		errs = append(errs, d.plugins.Close(ctx))
	}
	if d.passing != "" {
		errs = append(errs, os.RemoveAll(d.passing))
	}
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	if d.audit != nil {
		d.log.Info("audit log closed", zap.String("head", d.audit.Head().String()))
		errs = append(errs, d.audit.Close())
	}
	if d.inspector != nil {
		errs = append(errs, d.inspector.Close())
	}
	if d.tables != nil {
		d.tables.close()
	}
	return errors.Join(errs...)
}

// observe counts what the milter side tells.
func (d *daemon) observe(e milter.Event) {
	switch e.Kind {
	case milter.SessionOpened:
		d.metrics.Sessions(1)
	case milter.SessionClosed:
		d.metrics.Sessions(-1)
	case milter.PacketRefused:
		d.metrics.GuardRefused()
	}
}
