package plugins

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrName says what a plugin's name must look like.
var ErrName = errors.New("a plugin's name is 1 to 32 lower-case letters, digits and \"-\"")

// Scaffold writes a new plugin into dir/name: a handler for a treatment of
// that name, with its test. It builds inside the module of Sealpost, or in any
// module that requires it. Nothing that exists is overwritten.
func Scaffold(dir, name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%w, not %q", ErrName, name)
	}
	target := filepath.Join(dir, name)
	if err := os.Mkdir(target, 0o755); err != nil {
		return err
	}
	files := scaffold()
	for _, file := range slices.Sorted(maps.Keys(files)) {
		text := strings.ReplaceAll(files[file], "NAME", name)
		if err := os.WriteFile(filepath.Join(target, file), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// scaffold holds the files of a new plugin. NAME is replaced by its name.
func scaffold() map[string]string {
	return map[string]string{
		"main.go": `// Command NAME is a plugin of Sealpost: the handler of the treatment "NAME".
package main

import "github.com/sealpost/sealpost/plugins/sdk"

func main() { sdk.Serve(&handler{}) }
`,
		"handler.go": `package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/sealpost/sealpost/plugins/sdk"
)

// settings are what the operator writes below "settings" of this plugin.
type settings struct {
	Text string ` + "`json:\"text\"`" + ` // of the covering message
}

// handler carries out the treatment "NAME". Its methods are called by several
// goroutines at once.
type handler struct{ settings atomic.Pointer[settings] }

func (h *handler) Describe(context.Context) (sdk.Description, error) {
	return sdk.Description{Name: "NAME", Version: "1", Treatments: []string{"NAME"}}, nil
}

func (h *handler) Configure(_ context.Context, raw json.RawMessage, checkOnly bool) ([]sdk.Diagnostic, error) {
	s := &settings{Text: "A message was protected with NAME."}
	wrong := sdk.DecodeSettings(raw, s)
	if strings.ContainsAny(s.Text, "\r\n") {
		wrong = append(wrong, sdk.Diagnostic{Path: "text", Text: "must be one line"})
	}
	if len(wrong) == 0 && !checkOnly {
		h.settings.Store(s)
	}
	return wrong, nil
}

// Assess says which recipients Handle could serve. It must be quick.
func (h *handler) Assess(_ context.Context, req sdk.AssessRequest) ([]sdk.Assessment, error) {
	var out []sdk.Assessment
	for _, r := range req.Recipients {
		if r.Level == "forbidden" {
			out = append(out, sdk.Assessment{Address: r.Address, Ability: sdk.Unable, Reason: "NAME can't hold a message back"})
			continue
		}
		out = append(out, sdk.Assessment{Address: r.Address, Ability: sdk.Able, Level: "content", Method: "NAME"})
	}
	return out, nil
}

// Handle does the work. The same task.Key must lead to the same outcome. This
// example sends a covering message and drops the original: replace it by
// something that protects and keeps it.
func (h *handler) Handle(_ context.Context, task *sdk.Task, content io.Reader) (*sdk.Result, error) {
	s := h.settings.Load()
	if s == nil {
		return nil, fmt.Errorf("the plugin has no settings yet")
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return nil, err
	}
	text := "From: <" + task.Sender + ">\r\nTo: undisclosed-recipients:;\r\nSubject: A protected message\r\n\r\n" + s.Text + "\r\n"
	result := &sdk.Result{Copies: []sdk.Copy{{Content: strings.NewReader(text)}}}
	for _, r := range task.Recipients {
		result.Outcomes = append(result.Outcomes, sdk.Outcome{Address: r.Address, Kind: sdk.Replace, Copy: 0})
	}
	return result, nil
}
`,
		"handler_test.go": `package main

import (
	"io"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/plugins/sdk"
	"github.com/sealpost/sealpost/plugins/sdktest"
)

func TestHandle(t *testing.T) {
	c := sdktest.Start(t, &handler{}, ` + "`{\"text\": \"Hello.\"}`" + `)
	content := "From: a@b.example\r\nSubject: x\r\n\r\nsecret\r\n"
	r, err := c.Handle(t.Context(), &sdk.Task{Job: "job", Key: "key", Treatment: "NAME", Sender: "a@b.example", Size: int64(len(content)),
		Recipients: []sdk.Recipient{{Address: "bob@c.example", Level: "content"}}}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r.Copies[r.Outcomes[0].Copy].Content.Reader())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(got), "secret") || !strings.Contains(string(got), "Hello.") {
		t.Errorf("the copy is %q", got)
	}
}

func TestSettings(t *testing.T) {
	if wrong := sdktest.Diagnostics(t, &handler{}, ` + "`{\"txt\": 1}`" + `); len(wrong) != 1 || wrong[0].Path != "txt" {
		t.Errorf("diagnostics: %v", wrong)
	}
}
`,
	}
}
