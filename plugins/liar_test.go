package plugins

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/sealpost/sealpost/plugins/pluginv1"
	"github.com/sealpost/sealpost/plugins/sdk"
)

// A plugin that wasn't written with the sdk can lie where the sdk can't. The
// test binary itself is that program: its task's key says which lie.

type liarPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
	pluginv1.UnimplementedPluginServer
	pluginv1.UnimplementedHandlerServer
}

func liar() {
	goplugin.Serve(&goplugin.ServeConfig{HandshakeConfig: sdk.Handshake(), GRPCServer: goplugin.DefaultGRPCServer,
		Plugins: goplugin.PluginSet{"plugin": &liarPlugin{}}})
}

func (l *liarPlugin) GRPCServer(_ *goplugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterPluginServer(s, l)
	pluginv1.RegisterHandlerServer(s, l)
	return nil
}

func (l *liarPlugin) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (l *liarPlugin) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	return &pluginv1.DescribeResponse{Name: "liar", Version: "1", Treatments: []string{"pdf"}}, nil
}

func (l *liarPlugin) Configure(context.Context, *pluginv1.ConfigureRequest) (*pluginv1.ConfigureResponse, error) {
	return &pluginv1.ConfigureResponse{}, nil
}

func (l *liarPlugin) Handle(stream grpc.BidiStreamingServer[pluginv1.HandleRequest, pluginv1.HandleResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	lie := string(first.GetHead().GetTask()) // the key is found in it as it is
	message := []byte("From: a@b.example\r\n\r\nx\r\n")
	outcomes := &pluginv1.HandleResponse{Part: &pluginv1.HandleResponse_Outcomes{Outcomes: &pluginv1.HandleOutcomes{Copies: 1,
		Outcomes: []*pluginv1.Outcome{{Address: "bob@c.example", Kind: "replace"}}}}}
	head := &pluginv1.HandleResponse{Part: &pluginv1.HandleResponse_Copy{Copy: &pluginv1.CopyHead{}}}
	chunk := func(b []byte) *pluginv1.HandleResponse {
		return &pluginv1.HandleResponse{Part: &pluginv1.HandleResponse_Chunk{Chunk: b}}
	}
	end := func(size int64, sum []byte) *pluginv1.HandleResponse {
		return &pluginv1.HandleResponse{Part: &pluginv1.HandleResponse_End{End: &pluginv1.CopyEnd{Size: size, Sha256: sum}}}
	}
	var say []*pluginv1.HandleResponse
	switch {
	case strings.Contains(lie, "lie-nothing"):
	case strings.Contains(lie, "lie-order"):
		say = []*pluginv1.HandleResponse{head, chunk(message)}
	case strings.Contains(lie, "lie-size"):
		say = []*pluginv1.HandleResponse{outcomes, head, chunk(message), end(5, nil)}
	case strings.Contains(lie, "lie-sum"):
		say = []*pluginv1.HandleResponse{outcomes, head, chunk(message), end(int64(len(message)), make([]byte, 32))}
	case strings.Contains(lie, "lie-cut"):
		say = []*pluginv1.HandleResponse{outcomes, head, chunk(message)}
	case strings.Contains(lie, "lie-chunk"):
		say = []*pluginv1.HandleResponse{outcomes, head, chunk(append(message, make([]byte, sdk.MaxChunk)...))}
	case strings.Contains(lie, "lie-endless"):
		line := []byte(strings.Repeat("endless\r\n", 20000))
		say = []*pluginv1.HandleResponse{outcomes, head, chunk(message)}
		for range 200 {
			say = append(say, chunk(line))
		}
	}
	for _, m := range say {
		if err := stream.Send(m); err != nil {
			return err
		}
	}
	return nil
}

func TestLiesOnTheWire(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	h, _ := start(t, quick(), Config{Name: "liar", Path: self, Env: map[string]string{"PLUGINS_TEST_LIAR": "1"}})
	h.opts.CopyLimit = 10 << 20
	if err := h.Restart(t.Context(), "liar"); err != nil {
		t.Fatal(err)
	}
	for _, lie := range []string{"lie-nothing", "lie-order", "lie-size", "lie-sum", "lie-cut", "lie-chunk", "lie-endless"} {
		var made []*memory
		h.named("liar").cur.newContent = func() (Content, error) {
			m := &memory{}
			made = append(made, m)
			return m, nil
		}
		r, err := handle(h, task(lie, "bob@c.example"), mail(1000))
		if kind(err) != BadAnswer || r != nil {
			t.Errorf("%s: %v %v", lie, r, err)
		}
		for i, m := range made {
			if !m.closed {
				t.Errorf("%s: %s", lie, fmt.Sprintf("copy %d wasn't given back", i))
			}
		}
	}
}
