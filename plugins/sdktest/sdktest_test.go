package sdktest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/plugins"
	"github.com/sealpost/sealpost/plugins/sdk"
)

// liar answers for somebody who isn't in the task.
type liar struct{}

func (liar) Describe(context.Context) (sdk.Description, error) {
	return sdk.Description{Name: "liar", Version: "1", Treatments: []string{"x"}}, nil
}

func (liar) Configure(_ context.Context, raw json.RawMessage, _ bool) ([]sdk.Diagnostic, error) {
	return sdk.DecodeSettings(raw, &struct{}{}), nil
}

func (liar) Assess(context.Context, sdk.AssessRequest) ([]sdk.Assessment, error) { return nil, nil }

func (liar) Handle(context.Context, *sdk.Task, io.Reader) (*sdk.Result, error) {
	return &sdk.Result{Outcomes: []sdk.Outcome{{Address: "eve@c.example", Kind: sdk.Taken}}}, nil
}

// An author's test sees what the gateway would have refused.
func TestChecksAreOn(t *testing.T) {
	c := Start(t, liar{}, "{}")
	_, err := c.Handle(t.Context(), &sdk.Task{Job: "j", Key: "k", Treatment: "x", Recipients: []sdk.Recipient{{Address: "bob@c.example"}}}, strings.NewReader(""))
	var f *plugins.Failure
	if !errors.As(err, &f) || f.Kind != plugins.BadAnswer {
		t.Errorf("%v", err)
	}
	if wrong := Diagnostics(t, liar{}, `{"x": 1}`); len(wrong) != 1 || wrong[0].Path != "x" {
		t.Errorf("%v", wrong)
	}
}
