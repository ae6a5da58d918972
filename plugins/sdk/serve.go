package sdk

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// What host and plugin agree on beside the protocol itself.
const (
	// MaxChunk is the most content in one message of the wire, bytes.
	MaxChunk = 256 << 10
	// MaxMessage is the largest message of the wire, bytes.
	MaxMessage = 4 << 20
)

// stopGrace is how long calls may go on after the host asked the process to end.
const stopGrace = 10 * time.Second

// Handshake is what the program and the host show each other before they talk.
func Handshake() goplugin.HandshakeConfig {
	return goplugin.HandshakeConfig{
		ProtocolVersion:  1,
		MagicCookieKey:   "SEALPOST_PLUGIN",
		MagicCookieValue: "sealpost.plugin.v1",
	}
}

// Serve makes this process a plugin; main calls it and nothing else. It
// returns when the host has gone, and ends the process on SIGTERM after the
// calls in work have been answered.
//
// The author's code may write to standard output and standard error: lines end
// in the gateway's log, so nothing of a message may stand in them. A panic in
// a call is written to standard error, the call fails, and the process goes on.
func Serve(p Plugin) {
	key, err := taskKey()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	calls := &calls{}
	go calls.stopOnSignal()
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: Handshake(),
		Plugins:         goplugin.PluginSet{"plugin": &served{plugin: p, key: key}},
		Logger:          hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr}),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxRecvMsgSize(MaxMessage),
				grpc.ChainUnaryInterceptor(calls.unary), grpc.ChainStreamInterceptor(calls.stream))...)
		},
	})
}

// served is the plugin as go-plugin wants it.
type served struct {
	goplugin.NetRPCUnsupportedPlugin
	plugin Plugin
	key    TaskKey
}

func (s *served) GRPCServer(_ *goplugin.GRPCBroker, server *grpc.Server) error {
	Register(server, s.plugin, s.key)
	return nil
}

// GRPCClient is the host's side: it needs the bare connection only.
func (s *served) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

// calls counts the calls in work, so that SIGTERM can wait for them.
type calls struct {
	work sync.WaitGroup
	once sync.Mutex
	end  bool
}

// begin reports whether a new call may start.
func (c *calls) begin() bool {
	c.once.Lock()
	defer c.once.Unlock()
	if c.end {
		return false
	}
	c.work.Add(1)
	return true
}

func (c *calls) stopOnSignal() {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	<-term
	c.once.Lock()
	c.end = true
	c.once.Unlock()
	done := make(chan struct{})
	go func() { c.work.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(stopGrace):
		fmt.Fprintln(os.Stderr, "ended with calls still in work")
	}
	os.Exit(0)
}
