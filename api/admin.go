// Package api is what operators and their programs ask the running gateway:
// the admin socket, on which the command line talks to the daemon, and
// metrics for Prometheus.
//
// The admin socket is plain HTTP with JSON on a Unix socket; whoever may open
// the socket's file may use it, so it belongs to the gateway's own user and
// group. Nothing that it says holds content, a subject, an address of a
// message or a finding's value.
//
// The package imports nothing of ours: cmd hands it functions.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"time"
)

// Status is the daemon as a whole.
type Status struct {
	Version  string    `json:"version"`
	PID      int       `json:"pid"`
	Started  time.Time `json:"started"`
	Config   Config    `json:"config"`
	Policy   Policy    `json:"policy"`
	Plugins  []Plugin  `json:"plugins"`
	Sessions int       `json:"sessions"`
	Spool    Spool     `json:"spool"`
	// LaterRecipients is "expand" or "strict".
	LaterRecipients string `json:"later_recipients"`
}

// Config is the configuration in force.
type Config struct {
	Path   string    `json:"path"`
	Hash   string    `json:"hash"`
	Loaded time.Time `json:"loaded"`
	// Refused says why a later one wasn't taken over; "" where there is none.
	Refused string `json:"refused,omitempty"`
}

// Policy is the policy in force.
type Policy struct {
	Revision string    `json:"revision"`
	Loaded   time.Time `json:"loaded"`
	// Refused says why a later one wasn't taken over; "" where there is none.
	Refused   string    `json:"refused,omitempty"`
	RefusedAt time.Time `json:"refused_at,omitzero"`
	// Source is where a bundle comes from, "" for folders; Bundle is what its
	// maker calls it, Checked when it was last asked for with success.
	Source  string    `json:"source,omitempty"`
	Bundle  string    `json:"bundle,omitempty"`
	Checked time.Time `json:"checked,omitzero"`
	// Problem says why a bundle can't be fetched or kept.
	Problem string `json:"problem,omitempty"`
}

// Plugin is one plugin.
type Plugin struct {
	Name       string   `json:"name"`
	Version    string   `json:"version,omitempty"`
	State      string   `json:"state"` // the host's word: "running", "starting", "degraded" …
	PID        int      `json:"pid,omitempty"`
	Restarts   int      `json:"restarts"`
	Treatments []string `json:"treatments,omitempty"`
	Inspects   bool     `json:"inspects,omitempty"`
	// Problem says why it isn't running; "" where it is.
	Problem string `json:"problem,omitempty"`
}

// Spool is the memory that messages in work take.
type Spool struct {
	Bytes    int64 `json:"bytes"`
	Messages int   `json:"messages"`
	Budget   int64 `json:"budget"`
}

// ErrUnknown says that there is no such plugin.
var ErrUnknown = errors.New("not known")

// Daemon is what the admin socket asks. Every function must be set.
type Daemon struct {
	Status func(ctx context.Context) Status
	// Restart restarts a plugin; ErrUnknown if there is none of that name.
	Restart func(ctx context.Context, plugin string) error
	// Reload takes over a changed configuration and policy, or keeps the old
	// ones and says why.
	Reload func(ctx context.Context) error
}

// Handler serves the admin socket.
func (d Daemon) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) { answer(w, d.Status(r.Context()), nil) })
	mux.HandleFunc("GET /plugins", func(w http.ResponseWriter, r *http.Request) { answer(w, d.Status(r.Context()).Plugins, nil) })
	mux.HandleFunc("GET /policy", func(w http.ResponseWriter, r *http.Request) { answer(w, d.Status(r.Context()).Policy, nil) })
	mux.HandleFunc("POST /plugins/{name}/restart", func(w http.ResponseWriter, r *http.Request) {
		answer(w, struct{}{}, d.Restart(r.Context(), r.PathValue("name")))
	})
	mux.HandleFunc("POST /reload", func(w http.ResponseWriter, r *http.Request) {
		answer(w, struct{}{}, d.Reload(r.Context()))
	})
	return http.MaxBytesHandler(mux, 1<<16)
}

// failure is the body of an answer that isn't 200.
type failure struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, body any, err error) {
	code := http.StatusOK
	switch {
	case errors.Is(err, ErrUnknown):
		code, body = http.StatusNotFound, failure{err.Error()}
	case err != nil:
		code, body = http.StatusConflict, failure{err.Error()}
	}
	content, err := json.Marshal(body)
	if err != nil {
		code, content = http.StatusInternalServerError, []byte(`{"error":"the answer can't be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(content, '\n')) // a client that left doesn't matter
}

// Listen opens the admin socket for its owner and group. A socket that an
// earlier daemon left is replaced; one that answers is not.
func Listen(path string) (net.Listener, error) {
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return nil, errors.New("opening the admin socket " + path + ": another daemon answers there")
	} else if errors.Is(err, os.ErrPermission) {
		return nil, err
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o660); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Serve answers on l until ctx ends. handler is a Daemon's or a Metrics's.
func Serve(ctx context.Context, l net.Listener, handler http.Handler) error {
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
