package plugins

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sealpost/sealpost/fault"
	"github.com/sealpost/sealpost/plugins/pluginv1"
	"github.com/sealpost/sealpost/plugins/sdk"
)

// Limits of one call.
const (
	assessBatch = 100      // recipients in one message of the wire
	maxTask     = 3 << 20  // bytes of a serialised task
	maxCopies   = 2000     // in one result
	maxText     = 16 << 20 // bytes of an inspector's text
)

// Connection speaks the protocol with one running plugin and checks what it
// answers. Deadlines are the caller's: they are in the context.
type Connection struct {
	name       string
	plugin     pluginv1.PluginClient
	handler    pluginv1.HandlerClient
	inspector  pluginv1.InspectorClient
	key        sdk.TaskKey
	newContent func() (Content, error)
	copyLimit  int64
}

// NewConnection is for test kits; the host makes its own. key signs tasks, the
// rest is as in Options.
func NewConnection(name string, conn grpc.ClientConnInterface, key sdk.TaskKey, newContent func() (Content, error), copyLimit int64) *Connection {
	return &Connection{name: name, key: key, newContent: newContent, copyLimit: copyLimit,
		plugin: pluginv1.NewPluginClient(conn), handler: pluginv1.NewHandlerClient(conn), inspector: pluginv1.NewInspectorClient(conn)}
}

// Result is what a plugin did with a task.
type Result struct {
	// Outcomes are one for each recipient, in the order of the task.
	Outcomes []sdk.Outcome
	// Copies are what Outcome.Copy points into, and notices to the sender.
	Copies []Copy
}

// Copy is a message that a plugin made: its header is well-formed, its lines
// end in CRLF and it holds no NUL.
type Copy struct {
	// Notice: it goes to the task's sender, from the null sender.
	Notice  bool
	Content Content
}

// Close gives back what the copies occupy.
func (r *Result) Close() error {
	var errs []error
	for _, c := range r.Copies {
		errs = append(errs, c.Content.Close())
	}
	r.Copies = nil
	return errors.Join(errs...)
}

// Describe asks the plugin what it is.
func (c *Connection) Describe(ctx context.Context) (sdk.Description, error) {
	d, err := c.plugin.Describe(ctx, &pluginv1.DescribeRequest{})
	if err != nil {
		return sdk.Description{}, c.failed(err)
	}
	out := sdk.Description{Name: d.GetName(), Version: d.GetVersion(), Treatments: d.GetTreatments(),
		Inspects: d.GetInspects(), Reads: d.GetReads(), Types: d.GetTypes()}
	return out, c.lied(checkDescription(out))
}

// Configure hands over the settings, or only has them looked at.
func (c *Connection) Configure(ctx context.Context, settings json.RawMessage, checkOnly bool) ([]sdk.Diagnostic, error) {
	answer, err := c.plugin.Configure(ctx, &pluginv1.ConfigureRequest{Settings: settings, CheckOnly: checkOnly})
	if err != nil {
		return nil, c.failed(err)
	}
	var out []sdk.Diagnostic
	for _, d := range answer.GetDiagnostics() {
		out = append(out, sdk.Diagnostic{Path: oneLine(d.GetPath(), 200), Line: int(d.GetLine()), Text: oneLine(d.GetText(), 400)})
	}
	return out, nil
}

// Assess asks what could be done, in batches, so that a message of the wire
// stays small however many recipients there are.
func (c *Connection) Assess(ctx context.Context, req sdk.AssessRequest) ([]sdk.Assessment, error) {
	out := make([]sdk.Assessment, 0, len(req.Recipients))
	for rest := req.Recipients; len(rest) > 0; {
		batch := rest[:min(assessBatch, len(rest))]
		rest = rest[len(batch):]
		answer, err := c.handler.Assess(ctx, &pluginv1.AssessRequest{Treatment: req.Treatment, Sender: req.Sender,
			Size: req.Size, Recipients: wireRecipients(batch)})
		if err != nil {
			return nil, c.failed(err)
		}
		var got []sdk.Assessment
		for _, a := range answer.GetAssessments() {
			got = append(got, sdk.Assessment{Address: a.GetAddress(), Ability: sdk.Ability(a.GetAbility()), Level: a.GetLevel(),
				Method: oneLine(a.GetMethod(), 64), Reason: oneLine(a.GetReason(), 400), Route: plainRoute(a.GetRoute())})
		}
		if err := checkAssessments(batch, got); err != nil {
			return nil, c.lied(err)
		}
		out = append(out, got...)
	}
	return out, nil
}

// Handle has a task done. The result is the caller's.
func (c *Connection) Handle(ctx context.Context, task *sdk.Task, content io.Reader) (*Result, error) {
	head, err := c.sign(task)
	if err != nil {
		return nil, &Failure{Plugin: c.name, Kind: Ours, Text: "the task can't be sent", Err: err}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.handler.Handle(ctx)
	if err != nil {
		return nil, c.failed(err)
	}
	if err := stream.Send(&pluginv1.HandleRequest{Part: &pluginv1.HandleRequest_Head{Head: head}}); err != nil && err != io.EOF {
		return nil, c.failed(err)
	}
	sent := pump(content, task.Size, cancel, func(chunk []byte) error {
		return stream.Send(&pluginv1.HandleRequest{Part: &pluginv1.HandleRequest_Chunk{Chunk: chunk}})
	}, stream.CloseSend)
	fault.At("plugins.handle.sent")
	result, err := c.receive(stream, task)
	fault.At("plugins.handle.answered")
	// The sender still reads content, which is the caller's again when this
	// returns.
	cancel()
	if serr := <-sent; serr != nil {
		err = &Failure{Plugin: c.name, Kind: Ours, Text: "reading the content", Err: serr}
	}
	if err != nil {
		return nil, errors.Join(c.failed(err), result.Close())
	}
	return result, nil
}

// pump sends content in a goroutine of its own, because the plugin may answer
// before it has read everything. The error that it returns in the channel is
// one of reading; then it has cancelled the call. That the other side stopped
// reading isn't an error.
func pump(content io.Reader, size int64, cancel func(), send func([]byte) error, closeSend func() error) <-chan error {
	sent := make(chan error, 1)
	go func() {
		stopped := errors.New("stopped reading")
		var n int64
		err := sdk.EachChunk(content, func(chunk []byte) error {
			n += int64(len(chunk))
			if send(chunk) != nil {
				return stopped
			}
			return nil
		})
		switch {
		case err == stopped:
			err = nil
		case err == nil && size >= 0 && n != size:
			err = fmt.Errorf("it has %d bytes instead of %d", n, size)
		}
		if err != nil {
			cancel() // never closeSend: half a message must not look whole
		} else {
			_ = closeSend() // its error is the receiver's to see
		}
		sent <- err
	}()
	return sent
}

func (c *Connection) sign(task *sdk.Task) (*pluginv1.HandleHead, error) {
	if err := checkTask(task); err != nil {
		return nil, err
	}
	t, err := proto.Marshal(&pluginv1.Task{Job: task.Job, Key: task.Key, Treatment: task.Treatment, Sender: task.Sender,
		Class: task.Class, Revision: task.Revision, Recipients: wireRecipients(task.Recipients), Size: task.Size})
	if err != nil {
		return nil, err
	}
	if len(t) > maxTask {
		return nil, fmt.Errorf("it has %d bytes, more than %d: too many recipients at once", len(t), maxTask)
	}
	return &pluginv1.HandleHead{Task: t, Signature: c.key.Sign(t)}, nil
}

// receive reads outcomes and copies. It always returns a result, with the
// copies so far, which the caller closes.
func (c *Connection) receive(stream grpc.BidiStreamingClient[pluginv1.HandleRequest, pluginv1.HandleResponse], task *sdk.Task) (*Result, error) {
	result := &Result{}
	first, err := stream.Recv()
	if err != nil {
		return result, ended(err)
	}
	answer := first.GetOutcomes()
	if answer == nil {
		return result, lie("it sent something else before the outcomes")
	}
	var got []sdk.Outcome
	for _, o := range answer.GetOutcomes() {
		got = append(got, sdk.Outcome{Address: o.GetAddress(), Kind: o.GetKind(), Copy: int(o.GetCopy()),
			Route: plainRoute(o.GetRoute()), Text: oneLine(o.GetText(), 400)})
	}
	if n := answer.GetCopies(); n < 0 || n > maxCopies {
		return result, lie("it announced %d copies", n)
	}
	if result.Outcomes, err = checkOutcomes(task, got, int(answer.GetCopies())); err != nil {
		return result, err
	}
	for range answer.GetCopies() {
		if err := c.receiveCopy(stream, result); err != nil {
			return result, err
		}
	}
	if _, err := stream.Recv(); err == nil {
		return result, lie("it sent more copies than announced")
	} else if err != io.EOF {
		return result, err
	}
	return result, checkCopies(task, result)
}

func (c *Connection) receiveCopy(stream grpc.BidiStreamingClient[pluginv1.HandleRequest, pluginv1.HandleResponse], result *Result) error {
	head, err := stream.Recv()
	if err != nil {
		return ended(err)
	}
	if head.GetCopy() == nil {
		return lie("a copy has no head")
	}
	content, err := c.newContent()
	if err != nil {
		return &Failure{Plugin: c.name, Kind: Ours, Text: "making room for a copy", Err: err}
	}
	result.Copies = append(result.Copies, Copy{Notice: head.GetCopy().GetNotice(), Content: content})
	in := &incoming{to: content, limit: c.copyLimit, sum: sha256.New()}
	for {
		part, err := stream.Recv()
		if err != nil {
			return ended(err)
		}
		switch p := part.GetPart().(type) {
		case *pluginv1.HandleResponse_Chunk:
			if err := in.write(p.Chunk); err != nil {
				return err
			}
		case *pluginv1.HandleResponse_End:
			return in.end(p.End)
		default:
			return lie("a copy has no end")
		}
	}
}

// incoming is one copy on its way in.
type incoming struct {
	to    Content
	size  int64
	limit int64
	sum   hash.Hash
	form  form
}

func (in *incoming) write(chunk []byte) error {
	if len(chunk) > sdk.MaxChunk {
		return lie("a chunk has %d bytes, more than %d", len(chunk), sdk.MaxChunk)
	}
	in.size += int64(len(chunk))
	if in.size > in.limit {
		return lie("a copy is larger than %d bytes", in.limit)
	}
	if err := in.form.feed(chunk); err != nil {
		return err
	}
	in.sum.Write(chunk)
	if _, err := in.to.Write(chunk); err != nil {
		return &Failure{Kind: Ours, Text: "keeping a copy", Err: err}
	}
	return nil
}

func (in *incoming) end(end *pluginv1.CopyEnd) error {
	if end.GetSize() != in.size || in.to.Size() != in.size {
		return lie("a copy has %d bytes instead of %d", in.size, end.GetSize())
	}
	if !bytes.Equal(end.GetSha256(), in.sum.Sum(nil)) && !fault.Off("plugins.copy-sum") {
		return lie("a copy has another checksum than announced")
	}
	return in.form.end()
}

// Inspect has one part seen.
func (c *Connection) Inspect(ctx context.Context, part sdk.Part, content io.Reader) (sdk.Inspection, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.inspector.Inspect(ctx)
	if err != nil {
		return sdk.Inspection{}, c.failed(err)
	}
	head := &pluginv1.PartHead{Job: part.Job, Path: part.Path, Name: strings.ToValidUTF8(part.Name, "�"), Type: part.Type, Size: part.Size}
	if err := stream.Send(&pluginv1.InspectRequest{Part: &pluginv1.InspectRequest_Head{Head: head}}); err != nil && err != io.EOF {
		return sdk.Inspection{}, c.failed(err)
	}
	sent := pump(content, part.Size, cancel, func(chunk []byte) error {
		return stream.Send(&pluginv1.InspectRequest{Part: &pluginv1.InspectRequest_Chunk{Chunk: chunk}})
	}, stream.CloseSend)
	out, err := receiveInspection(stream)
	cancel()
	if serr := <-sent; serr != nil {
		err = &Failure{Plugin: c.name, Kind: Ours, Text: "reading the part", Err: serr}
	}
	if err != nil {
		return sdk.Inspection{}, c.failed(err)
	}
	return out, nil
}

func receiveInspection(stream grpc.BidiStreamingClient[pluginv1.InspectRequest, pluginv1.InspectResponse]) (sdk.Inspection, error) {
	first, err := stream.Recv()
	if err != nil {
		return sdk.Inspection{}, ended(err)
	}
	i := first.GetInspection()
	if i == nil {
		return sdk.Inspection{}, lie("it sent something else before the inspection")
	}
	out := sdk.Inspection{Scanned: i.GetScanned()}
	for _, p := range i.GetProblems() {
		out.Problems = append(out.Problems, oneLine(p, 200))
	}
	for _, f := range i.GetFindings() {
		out.Findings = append(out.Findings, sdk.Finding{Detector: f.GetDetector(), Category: f.GetCategory(),
			Confidence: f.GetConfidence(), Count: int(f.GetCount()), Masked: oneLine(f.GetMasked(), 64)})
	}
	var text strings.Builder
	for {
		part, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return out, err
		}
		text.Write(part.GetText())
		if text.Len() > maxText {
			return out, lie("its text is larger than %d bytes", maxText)
		}
	}
	if int64(text.Len()) != i.GetTextSize() {
		return out, lie("its text has %d bytes instead of %d", text.Len(), i.GetTextSize())
	}
	out.Text = text.String()
	return out, checkInspection(out)
}

// ended makes an error of a stream that ended where more was announced.
func ended(err error) error {
	if err == io.EOF {
		return lie("its answer ended too early")
	}
	return err
}

// failed makes a Failure of what came up on the wire. The supervisor knows
// better than gRPC whether the process died or was late and says so.
func (c *Connection) failed(err error) error {
	var f *Failure
	if errors.As(err, &f) {
		f.Plugin = c.name
		return f
	}
	if s, ok := status.FromError(err); ok {
		return &Failure{Plugin: c.name, Kind: Failed, Text: fmt.Sprintf("%s: %s", s.Code(), oneLine(s.Message(), 200)), code: s.Code()}
	}
	return &Failure{Plugin: c.name, Kind: Failed, Text: oneLine(err.Error(), 200)}
}

func (c *Connection) lied(err error) error {
	if err == nil {
		return nil
	}
	return c.failed(err)
}

func lie(format string, args ...any) error {
	return &Failure{Kind: BadAnswer, Text: fmt.Sprintf(format, args...)}
}

func wireRecipients(in []sdk.Recipient) []*pluginv1.Recipient {
	out := make([]*pluginv1.Recipient, 0, len(in))
	for _, r := range in {
		w := &pluginv1.Recipient{Address: r.Address, Level: r.Level, Kind: r.Kind, Params: r.Params, Partner: r.Partner}
		for _, reason := range r.Reasons {
			w.Reasons = append(w.Reasons, &pluginv1.Reason{Rule: reason.Rule, Text: reason.Text})
		}
		out = append(out, w)
	}
	return out
}

func plainRoute(r *pluginv1.Route) *sdk.Route {
	if r == nil {
		return nil
	}
	return &sdk.Route{NextHop: r.GetNextHop(), Security: r.GetSecurity(), Match: r.GetMatch(), CAFile: r.GetCaFile(),
		Ciphers: r.GetCiphers(), Protocols: r.GetProtocols(), Exclude: r.GetExclude()}
}
