package mta

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tables answers like postmap for tables that are written down here.
func tables(params map[string]string, content map[string]map[string]string) *Aliases {
	return &Aliases{settings: settings{params: params}, run: func(_ context.Context, stdin, _ string, args ...string) (string, error) {
		table, ok := content[args[len(args)-1]]
		if !ok {
			return "", errors.New("no such table")
		}
		var out strings.Builder
		for key := range strings.Lines(stdin) {
			key = strings.TrimSpace(key)
			if v, ok := table[key]; ok {
				out.WriteString(key + "\t" + v + "\n")
			}
		}
		return out.String(), nil
	}}
}

func TestExpandFollowsAliasesToTheirEnd(t *testing.T) {
	a := tables(map[string]string{
		"virtual_alias_maps": "hash:v", "alias_maps": "hash:a", "mydestination": "host.bank.example, localhost",
		"myorigin": "bank.example", "recipient_delimiter": "+", "always_bcc": "archive",
		"recipient_bcc_maps": "hash:b",
	}, map[string]map[string]string{
		"hash:v": {
			"sales@bank.example":   "anna@bank.example, out@partner.example",
			"all@bank.example":     "sales@bank.example, all@bank.example",
			"@old.example":         "@bank.example",
			"support@bank.example": "helper",
			"bob@bank.example":     "bob@host.bank.example",
		},
		"hash:a": {"bob": `bob, "|/usr/bin/list --to x@y", robert@gmail.example, ann`, "ann": "ann@partner.example"},
		"hash:b": {"anna@bank.example": "watch@bank.example"},
	})
	recipients := []string{"Sales@bank.example", "all@bank.example", "x@old.example", "support+1@bank.example", "bob@bank.example", "y@else.example"}
	got, added, err := a.Expand(context.Background(), "s@bank.example", recipients)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"anna@bank.example", "out@partner.example"},
		{"anna@bank.example", "out@partner.example", "all@bank.example"},
		{"x@bank.example"},
		{"helper+1@bank.example"},
		{"bob@host.bank.example"},
		{"y@else.example"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("recipients (-want +got):\n%s", d)
	}
	wantAdded := []string{"robert@gmail.example", "ann@partner.example", "archive@bank.example", "watch@bank.example", "watch@bank.example"}
	if d := cmp.Diff(wantAdded, added); d != "" {
		t.Errorf("added (-want +got):\n%s", d)
	}
}

func TestExpandFailsWhereATableDoesNotAnswer(t *testing.T) {
	a := tables(map[string]string{"virtual_alias_maps": "hash:gone"}, nil)
	if _, _, err := a.Expand(context.Background(), "", []string{"a@b.example"}); err == nil {
		t.Error("no error, though the alias table can't be read")
	}
}

func TestExpandEndsInALoop(t *testing.T) {
	a := tables(map[string]string{"virtual_alias_maps": "hash:v"}, map[string]map[string]string{
		"hash:v": {"a@x.example": "b@x.example", "b@x.example": "a@x.example"},
	})
	got, _, err := a.Expand(context.Background(), "", []string{"a@x.example"})
	if err != nil || len(got[0]) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}
