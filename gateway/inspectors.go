package gateway

import (
	"context"
	"io"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/plugins/sdk"
)

// consult shows each file of a message to the inspector plugins that want to
// see its type. An inspector that can't be asked leaves its file read in part
// only: what that means is for policy to say.
func (g *Gateway) consult(m *message.Message) inspect.Ask {
	return func(ctx context.Context, f inspect.Asked, open func() io.Reader) (seen []inspect.Extra) {
		for _, name := range g.Handlers.Inspectors(f.Type) {
			part := sdk.Part{Job: m.ID, Path: f.Path, Name: f.Name, Type: f.Type, Size: f.Size}
			answer, err := g.Handlers.Inspect(ctx, name, part, open())
			if err != nil {
				g.Log.Error("inspector gave no answer", zap.String("id", m.ID), zap.String("plugin", name), zap.String("error", err.Error()))
				answer = sdk.Inspection{Scanned: inspect.Partial, Problems: []string{"inspector-unavailable"}}
			}
			seen = append(seen, inspection(answer))
		}
		return seen
	}
}

// inspection is a plugin's answer in inspect's words.
func inspection(s sdk.Inspection) inspect.Extra {
	x := inspect.Extra{Text: s.Text, Scanned: s.Scanned, Problems: s.Problems}
	for _, f := range s.Findings {
		x.Findings = append(x.Findings, inspect.Finding{Detector: f.Detector, Category: f.Category, Confidence: f.Confidence, Count: f.Count, Masked: f.Masked})
	}
	return x
}
