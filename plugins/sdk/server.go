package sdk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/plugins/pluginv1"
)

// Register serves p on s. Tasks must be signed by key; with a nil key all of
// them are refused. Serve calls it; it is exported for test kits.
func Register(s grpc.ServiceRegistrar, p Plugin, key TaskKey) {
	pluginv1.RegisterPluginServer(s, &pluginServer{plugin: p})
	if h, ok := p.(Handler); ok {
		pluginv1.RegisterHandlerServer(s, &handlerServer{handler: h, key: key})
	}
	if i, ok := p.(Inspector); ok {
		pluginv1.RegisterInspectorServer(s, &inspectorServer{inspector: i})
	}
}

// The interceptors count a call and keep a panic from ending the process: one
// message that breaks an author's parser must not fail the others in work.

// ours tells our own services from go-plugin's: its standard-output stream
// lasts as long as the connection and isn't work.
func ours(method string) bool { return strings.HasPrefix(method, "/sealpost.") }

func (c *calls) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (answer any, err error) {
	if !ours(info.FullMethod) {
		return next(ctx, req)
	}
	if !c.begin() {
		return nil, status.Error(codes.Unavailable, "the plugin is ending")
	}
	defer c.work.Done()
	defer caught(&err)
	return next(ctx, req)
}

func (c *calls) stream(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	if !ours(info.FullMethod) {
		return next(srv, s)
	}
	if !c.begin() {
		return status.Error(codes.Unavailable, "the plugin is ending")
	}
	defer c.work.Done()
	defer caught(&err)
	return next(srv, s)
}

func caught(err *error) {
	if r := recover(); r != nil {
		// The value may hold content; the stack can't.
		fmt.Fprintf(os.Stderr, "panic in a call (%T)\n%s", r, debug.Stack())
		*err = status.Error(codes.Internal, "the plugin panicked")
	}
}

type pluginServer struct {
	pluginv1.UnimplementedPluginServer
	plugin Plugin
}

func (s *pluginServer) Describe(ctx context.Context, _ *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	d, err := s.plugin.Describe(ctx)
	if err != nil {
		return nil, err
	}
	return &pluginv1.DescribeResponse{Name: d.Name, Version: d.Version, Treatments: d.Treatments,
		Inspects: d.Inspects, Reads: d.Reads, Types: d.Types}, nil
}

func (s *pluginServer) Configure(ctx context.Context, req *pluginv1.ConfigureRequest) (*pluginv1.ConfigureResponse, error) {
	found, err := s.plugin.Configure(ctx, req.GetSettings(), req.GetCheckOnly())
	if err != nil {
		return nil, err
	}
	answer := &pluginv1.ConfigureResponse{}
	for _, d := range found {
		answer.Diagnostics = append(answer.Diagnostics, &pluginv1.Diagnostic{Path: d.Path, Line: int32(d.Line), Text: d.Text})
	}
	return answer, nil
}

type handlerServer struct {
	pluginv1.UnimplementedHandlerServer
	handler Handler
	key     TaskKey
}

func (s *handlerServer) Assess(ctx context.Context, req *pluginv1.AssessRequest) (*pluginv1.AssessResponse, error) {
	found, err := s.handler.Assess(ctx, AssessRequest{Treatment: req.GetTreatment(), Sender: req.GetSender(),
		Size: req.GetSize(), Recipients: recipients(req.GetRecipients())})
	if err != nil {
		return nil, err
	}
	answer := &pluginv1.AssessResponse{}
	for _, a := range found {
		answer.Assessments = append(answer.Assessments, &pluginv1.Assessment{Address: a.Address, Ability: string(a.Ability),
			Level: a.Level, Method: a.Method, Reason: a.Reason, Route: wireRoute(a.Route)})
	}
	return answer, nil
}

func (s *handlerServer) Handle(stream grpc.BidiStreamingServer[pluginv1.HandleRequest, pluginv1.HandleResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	task, err := s.verify(first.GetHead())
	if err != nil {
		return err
	}
	content := &chunks{left: task.Size, next: func() ([]byte, error) {
		req, err := stream.Recv()
		if err != nil {
			return nil, err
		}
		if req.GetHead() != nil {
			return nil, errors.New("a second head in the stream")
		}
		return req.GetChunk(), nil
	}}
	result, err := s.handler.Handle(stream.Context(), task, content)
	if err != nil {
		return err
	}
	if result == nil {
		return status.Error(codes.Internal, "the plugin answered nothing")
	}
	return sendResult(stream, result)
}

// verify reads the task and refuses it unless the host signed it.
func (s *handlerServer) verify(head *pluginv1.HandleHead) (*Task, error) {
	if !s.key.Verify(head.GetTask(), head.GetSignature()) && !fault.Off("plugins.signature") {
		return nil, status.Error(codes.Unauthenticated, "the task isn't signed by the host that started this plugin")
	}
	t := &pluginv1.Task{}
	if err := proto.Unmarshal(head.GetTask(), t); err != nil {
		return nil, status.Error(codes.InvalidArgument, "the task can't be read")
	}
	return &Task{Job: t.GetJob(), Key: t.GetKey(), Treatment: t.GetTreatment(), Sender: t.GetSender(), Class: t.GetClass(),
		Revision: t.GetRevision(), Recipients: recipients(t.GetRecipients()), Size: t.GetSize()}, nil
}

func sendResult(stream grpc.BidiStreamingServer[pluginv1.HandleRequest, pluginv1.HandleResponse], r *Result) error {
	out := &pluginv1.HandleOutcomes{Copies: int32(len(r.Copies))}
	for _, o := range r.Outcomes {
		out.Outcomes = append(out.Outcomes, &pluginv1.Outcome{Address: o.Address, Kind: o.Kind, Copy: int32(o.Copy),
			Route: wireRoute(o.Route), Text: o.Text})
	}
	defer closeCopies(r.Copies)
	if err := stream.Send(&pluginv1.HandleResponse{Part: &pluginv1.HandleResponse_Outcomes{Outcomes: out}}); err != nil {
		return err
	}
	for _, c := range r.Copies {
		if err := sendCopy(stream, c); err != nil {
			return err
		}
	}
	return nil
}

// closeCopies closes what can be closed, however the sending went.
func closeCopies(copies []Copy) {
	for _, c := range copies {
		if closer, ok := c.Content.(io.Closer); ok {
			_ = closer.Close() // everything was read, or nobody wants it
		}
	}
}

func sendCopy(stream grpc.BidiStreamingServer[pluginv1.HandleRequest, pluginv1.HandleResponse], c Copy) error {
	head := &pluginv1.HandleResponse{Part: &pluginv1.HandleResponse_Copy{Copy: &pluginv1.CopyHead{Notice: c.Notice}}}
	if err := stream.Send(head); err != nil {
		return err
	}
	sum := sha256.New()
	var size int64
	err := EachChunk(c.Content, func(chunk []byte) error {
		sum.Write(chunk)
		size += int64(len(chunk))
		return stream.Send(&pluginv1.HandleResponse{Part: &pluginv1.HandleResponse_Chunk{Chunk: chunk}})
	})
	if err != nil {
		return err
	}
	return stream.Send(&pluginv1.HandleResponse{Part: &pluginv1.HandleResponse_End{
		End: &pluginv1.CopyEnd{Size: size, Sha256: sum.Sum(nil)}}})
}

// EachChunk reads r to its end in chunks of MaxChunk. A chunk is valid until
// send returns.
func EachChunk(r io.Reader, send func(chunk []byte) error) error {
	if r == nil {
		return errors.New("content is missing")
	}
	buf := make([]byte, 16<<10) // most messages are small
	n := 0
	for {
		m, err := r.Read(buf[n:])
		n += m
		if n > 0 && (n == len(buf) || err != nil) {
			if serr := send(buf[:n]); serr != nil {
				return serr
			}
			n = 0
			if len(buf) < MaxChunk && err == nil {
				buf = make([]byte, MaxChunk)
			}
		}
		// Not io.ReadFull: it makes a broken stream look like the end.
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

type inspectorServer struct {
	pluginv1.UnimplementedInspectorServer
	inspector Inspector
}

func (s *inspectorServer) Inspect(stream grpc.BidiStreamingServer[pluginv1.InspectRequest, pluginv1.InspectResponse]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	h := first.GetHead()
	part := Part{Job: h.GetJob(), Path: h.GetPath(), Name: h.GetName(), Type: h.GetType(), Size: h.GetSize()}
	content := &chunks{left: part.Size, next: func() ([]byte, error) {
		req, err := stream.Recv()
		return req.GetChunk(), err
	}}
	found, err := s.inspector.Inspect(stream.Context(), part, content)
	if err != nil {
		return err
	}
	answer := &pluginv1.Inspection{Scanned: found.Scanned, Problems: found.Problems, TextSize: int64(len(found.Text))}
	for _, f := range found.Findings {
		answer.Findings = append(answer.Findings, &pluginv1.Finding{Detector: f.Detector, Category: f.Category,
			Confidence: f.Confidence, Count: int32(f.Count), Masked: f.Masked})
	}
	if err := stream.Send(&pluginv1.InspectResponse{Part: &pluginv1.InspectResponse_Inspection{Inspection: answer}}); err != nil {
		return err
	}
	return EachChunk(strings.NewReader(found.Text), func(chunk []byte) error {
		return stream.Send(&pluginv1.InspectResponse{Part: &pluginv1.InspectResponse_Text{Text: chunk}})
	})
}

// chunks is a content that comes in messages. A stream that ends early is an
// error, never a shorter content.
type chunks struct {
	next func() ([]byte, error)
	left int64 // -1: not known
	rest []byte
	err  error
}

func (c *chunks) Read(p []byte) (int, error) {
	for len(c.rest) == 0 && c.err == nil {
		c.rest, c.err = c.next()
		if c.left < 0 {
			continue
		}
		c.left -= int64(len(c.rest))
		switch {
		case c.left < 0:
			c.rest, c.err = nil, errors.New("the content is longer than announced")
		case c.err == io.EOF && c.left > 0:
			c.err = io.ErrUnexpectedEOF
		}
	}
	if len(c.rest) > 0 {
		n := copy(p, c.rest)
		c.rest = c.rest[n:]
		return n, nil
	}
	return 0, c.err
}

func recipients(in []*pluginv1.Recipient) []Recipient {
	out := make([]Recipient, 0, len(in))
	for _, r := range in {
		s := Recipient{Address: r.GetAddress(), Level: r.GetLevel(), Kind: r.GetKind(), Params: r.GetParams(), Partner: r.GetPartner()}
		for _, reason := range r.GetReasons() {
			s.Reasons = append(s.Reasons, Reason{Rule: reason.GetRule(), Text: reason.GetText()})
		}
		out = append(out, s)
	}
	return out
}

func wireRoute(r *Route) *pluginv1.Route {
	if r == nil {
		return nil
	}
	return &pluginv1.Route{NextHop: r.NextHop, Security: r.Security, Match: r.Match, CaFile: r.CAFile,
		Ciphers: r.Ciphers, Protocols: r.Protocols, Exclude: r.Exclude}
}
