package plugins

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// counter is a plugin that counts how often the author's code was reached.
type counter struct{ handled int }

func (c *counter) Describe(context.Context) (sdk.Description, error) {
	return sdk.Description{Name: "counter", Version: "1", Treatments: []string{"pdf"}}, nil
}

func (c *counter) Configure(context.Context, json.RawMessage, bool) ([]sdk.Diagnostic, error) {
	return nil, nil
}

func (c *counter) Assess(context.Context, sdk.AssessRequest) ([]sdk.Assessment, error) {
	return nil, nil
}

func (c *counter) Handle(_ context.Context, t *sdk.Task, content io.Reader) (*sdk.Result, error) {
	c.handled++
	if _, err := io.Copy(io.Discard, content); err != nil {
		return nil, err
	}
	return &sdk.Result{Outcomes: []sdk.Outcome{{Address: t.Recipients[0].Address, Kind: sdk.Taken}}}, nil
}

// pipe serves a plugin in this process and returns a connection to it.
func pipe(t *testing.T, p sdk.Plugin, key sdk.TaskKey) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	sdk.Register(server, p, key)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:pipe", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return listener.Dial() }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// Only the host that started a plugin can make it act.
func TestSignature(t *testing.T) {
	own, other := sdk.NewTaskKey(), sdk.NewTaskKey()
	for _, c := range []struct {
		name string
		key  sdk.TaskKey
		with sdk.TaskKey
		want int
	}{
		{"the host's key", own, own, 1},
		{"somebody else's key", own, other, 0},
		{"a plugin that was given none", nil, own, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &counter{}
			conn := NewConnection("counter", pipe(t, p, c.key), c.with, newMemory, 1<<20)
			r, err := conn.Handle(t.Context(), withSize(task("k", "bob@c.example"), 4), strings.NewReader("text"))
			if p.handled != c.want || (err == nil) != (c.want == 1) {
				t.Errorf("the author's code ran %d times: %v %v", p.handled, r, err)
			}
		})
	}
}

// A content that announces more or less than comes is never a whole one.
func TestContentSize(t *testing.T) {
	key := sdk.NewTaskKey()
	conn := NewConnection("counter", pipe(t, &counter{}, key), key, newMemory, 1<<20)
	for _, n := range []int64{3, 5} {
		if _, err := conn.Handle(t.Context(), withSize(task("k", "bob@c.example"), n), strings.NewReader("text")); err == nil {
			t.Errorf("4 bytes were taken for %d", n)
		}
	}
}
