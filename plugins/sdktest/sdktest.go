// Package sdktest helps authors to test their plugins: it runs a plugin in the
// test's own process, over a real gRPC connection, behind the same checks as
// in the gateway. What passes here passes there, as far as the answers go;
// `sealpost plugin verify` checks the program as a process.
package sdktest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/sealpost/sealpost/plugins"
	"github.com/sealpost/sealpost/plugins/sdk"
)

// copyLimit is the largest copy that a plugin under test may make, bytes.
const copyLimit = 200 << 20

// Start serves p, hands it the settings (JSON, or "" for none) and returns a
// connection to it, which ends with the test. Diagnostics end the test.
func Start(t testing.TB, p sdk.Plugin, settings string) *plugins.Connection {
	t.Helper()
	c := connect(t, p)
	if _, err := c.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	wrong, err := c.Configure(t.Context(), json.RawMessage(settings), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range wrong {
		t.Errorf("settings: %s (line %d): %s", d.Path, d.Line, d.Text)
	}
	if len(wrong) > 0 {
		t.FailNow()
	}
	return c
}

// Diagnostics returns what p says about settings, which it doesn't take over.
func Diagnostics(t testing.TB, p sdk.Plugin, settings string) []sdk.Diagnostic {
	t.Helper()
	wrong, err := connect(t, p).Configure(t.Context(), json.RawMessage(settings), true)
	if err != nil {
		t.Fatal(err)
	}
	return wrong
}

func connect(t testing.TB, p sdk.Plugin) *plugins.Connection {
	t.Helper()
	key := sdk.NewTaskKey()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(sdk.MaxMessage))
	sdk.Register(server, p, key)
	go func() {
		if err := server.Serve(listener); err != nil {
			panic(err) // only a broken listener
		}
	}()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return listener.Dial() }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return plugins.NewConnection("plugin", conn, key, func() (plugins.Content, error) { return &content{}, nil }, copyLimit)
}

// content keeps a copy in memory.
type content struct{ bytes.Buffer }

func (c *content) Reader() io.ReadSeeker { return bytes.NewReader(c.Bytes()) }
func (c *content) Size() int64           { return int64(c.Len()) }
func (c *content) Close() error          { return nil }
