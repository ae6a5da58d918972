package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what the gateway does. The words of labels are those of
// logs, policies and the command line. All methods may be called from many
// goroutines at once.
type Metrics struct {
	registry *prometheus.Registry

	messages     *prometheus.CounterVec
	recipients   *prometheus.CounterVec
	stages       *prometheus.HistogramVec
	plugins      *prometheus.GaugeVec
	reloads      *prometheus.CounterVec
	lastReload   *prometheus.GaugeVec
	sessions     prometheus.Gauge
	guardRefused prometheus.Counter
	injected     *prometheus.CounterVec
	questions    *prometheus.CounterVec
}

// Stages of a message's way, for Metrics.Stage.
const (
	StageInspect = "inspect"
	StageDecide  = "decide"
	StageAssess  = "assess"
	StagePersist = "persist"
	StageHandle  = "handle" // everything before the queue
	StageTreat   = "treat"  // everything after the queue
)

// NewMetrics returns metrics with a registry of their own.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "sealpost", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "sealpost", Name: name, Help: help}, labels)
		m.registry.MustRegister(g)
		return g
	}
	m.messages = counter("messages_total", "Messages answered before the queue.", "verdict")
	m.recipients = counter("recipients_total", "Recipients decided, by the level demanded and the treatment chosen.", "level", "treatment")
	m.stages = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "sealpost", Name: "stage_seconds", Help: "How long each stage of a message took.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	}, []string{"stage"})
	m.plugins = gauge("plugin_state", "1 for the state that a plugin is in.", "plugin", "state")
	m.reloads = counter("reloads_total", "Reloads of config and policy, by result.", "kind", "result")
	m.lastReload = gauge("last_reload_timestamp_seconds", "When a reload last succeeded.", "kind")
	m.sessions = gauge("sessions", "Milter sessions that are open.").WithLabelValues()
	m.guardRefused = counter("guard_refused_total", "Milter connections ended because the peer broke the protocol's framing.").WithLabelValues()
	m.injected = counter("injected_total", "Copies handed back to the mail server, by result.", "result")
	m.questions = counter("log_questions_total", "Questions to the mail server's log before a second try, by answer.", "result")
	m.registry.MustRegister(m.stages, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Message counts a message that was answered before the queue.
func (m *Metrics) Message(verdict string) { m.messages.WithLabelValues(word(verdict)).Inc() }

// Recipient counts a decision for one recipient. treatment is "none" where
// nothing is needed.
func (m *Metrics) Recipient(level, treatment string) {
	if treatment == "" {
		treatment = "none"
	}
	m.recipients.WithLabelValues(word(level), word(treatment)).Inc()
}

// Stage measures one stage of one message.
func (m *Metrics) Stage(name string, took time.Duration) {
	m.stages.WithLabelValues(word(name)).Observe(took.Seconds())
}

// PluginState says in which state a plugin is now; it leaves every other.
func (m *Metrics) PluginState(name, state string) {
	m.plugins.DeletePartialMatch(prometheus.Labels{"plugin": word(name)})
	m.plugins.WithLabelValues(word(name), word(state)).Set(1)
}

// ForgetPlugin removes a plugin that is no longer configured.
func (m *Metrics) ForgetPlugin(name string) {
	m.plugins.DeletePartialMatch(prometheus.Labels{"plugin": word(name)})
}

// Reload counts a reload of kind "config", "policy", "plugins" or "tables".
func (m *Metrics) Reload(kind string, ok bool) {
	if !ok {
		m.reloads.WithLabelValues(word(kind), "refused").Inc()
		return
	}
	m.reloads.WithLabelValues(word(kind), "ok").Inc()
	m.lastReload.WithLabelValues(word(kind)).SetToCurrentTime()
}

// Sessions adds delta to the open milter sessions.
func (m *Metrics) Sessions(delta int) { m.sessions.Add(float64(delta)) }

// Spool registers where the spool's use is asked: bytes and messages now in
// memory. Call it once.
func (m *Metrics) Spool(usage func() (bytes int64, contents int)) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "sealpost", Name: "spool_bytes", Help: "Memory that messages in work take outside the heap."},
			func() float64 { b, _ := usage(); return float64(b) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "sealpost", Name: "spool_messages", Help: "Messages in work."},
			func() float64 { _, n := usage(); return float64(n) }))
}

// GuardRefused counts a milter connection that was ended for broken framing.
func (m *Metrics) GuardRefused() { m.guardRefused.Inc() }

// Injected counts a copy handed back: "done", "refused", "retry" or "already".
func (m *Metrics) Injected(result string) { m.injected.WithLabelValues(word(result)).Inc() }

// LogQuestion counts an answer of the mail server's log: "committed",
// "not-committed" or "unknown".
func (m *Metrics) LogQuestion(result string) { m.questions.WithLabelValues(word(result)).Inc() }

// Handler serves /metrics.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// word keeps labels to words of ours: whatever a caller passes, no address,
// subject or other text from outside becomes a label, nor do labels grow
// without bound.
func word(s string) string {
	if s == "" || len(s) > 32 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return "other"
	}
	return s
}
