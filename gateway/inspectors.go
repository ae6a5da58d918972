package gateway

import (
	"context"

	"go.uber.org/zap"

	"github.com/sealpost/sealpost/inspect"
	"github.com/sealpost/sealpost/message"
	"github.com/sealpost/sealpost/plugins/sdk"
)

// consult shows each part to the inspector plugins that want to see its type,
// and adds what they saw. An inspector that can't be asked leaves its part
// read in part only: what that means is for policy to say.
func (g *Gateway) consult(ctx context.Context, m *message.Message, report *inspect.Report) {
	m.Root.WalkAll(func(p *message.Part) {
		if len(p.Parts) > 0 {
			return
		}
		for _, name := range g.Handlers.Inspectors(p.Type) {
			part := sdk.Part{Job: m.ID, Path: p.Path, Name: p.Name, Type: p.Type, Size: -1}
			seen, err := g.Handlers.Inspect(ctx, name, part, p.Open())
			if err != nil {
				g.Log.Error("inspector gave no answer", zap.String("id", m.ID), zap.String("plugin", name), zap.String("error", err.Error()))
				seen = sdk.Inspection{Scanned: inspect.Partial, Problems: []string{"inspector-unavailable"}}
			}
			g.Inspector.Add(ctx, m, report, p.Path, inspection(seen))
		}
	})
}

// inspection is a plugin's answer in inspect's words.
func inspection(s sdk.Inspection) inspect.Extra {
	x := inspect.Extra{Text: s.Text, Scanned: s.Scanned, Problems: s.Problems}
	for _, f := range s.Findings {
		x.Findings = append(x.Findings, inspect.Finding{Detector: f.Detector, Category: f.Category, Confidence: f.Confidence, Count: f.Count, Masked: f.Masked})
	}
	return x
}
