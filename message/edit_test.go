package message

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithHeader(t *testing.T) {
	const mail = "A: 1\r\nB: 2\r\n folded\r\na: 3\r\nC: 4\r\n\r\nA: body\r\n"
	tests := []struct {
		name, mail string
		remove     []HeaderRef
		insert     []HeaderField
		want       string
	}{
		{"nothing", mail, nil, nil, mail},
		{"insert in order, with and without a blank", mail, nil, []HeaderField{{"X", "1"}, {"Y", " 2\r\n\t3"}}, "X: 1\r\nY: 2\r\n\t3\r\n" + mail},
		{"one occurrence", mail, []HeaderRef{{"a", 2}}, nil, "A: 1\r\nB: 2\r\n folded\r\nC: 4\r\n\r\nA: body\r\n"},
		{"with folds", mail, []HeaderRef{{"b", 1}}, nil, "A: 1\r\na: 3\r\nC: 4\r\n\r\nA: body\r\n"},
		{"all", mail, []HeaderRef{{"A", 1}, {"A", 2}, {"B", 1}, {"C", 1}}, nil, "\r\nA: body\r\n"},
		{"first and last, with insertion", mail, []HeaderRef{{"A", 1}, {"C", 1}}, []HeaderField{{"X", "1"}}, "X: 1\r\nB: 2\r\n folded\r\na: 3\r\n\r\nA: body\r\n"},
		{"what isn't there", mail, []HeaderRef{{"A", 3}, {"A", 0}, {"Z", 1}}, nil, mail},
		{"no body", "A: 1\r\n", []HeaderRef{{"A", 1}}, []HeaderField{{"X", "1"}}, "X: 1\r\n"},
		{"no header", "\r\nbody", nil, []HeaderField{{"X", "1"}}, "X: 1\r\n\r\nbody"},
		{"neither header nor empty line", "body", nil, []HeaderField{{"X", "1"}}, "X: 1\r\n\r\nbody"},
		{"a fold first must not become part of ours", " evil\r\nA: 1\r\n\r\n", nil, []HeaderField{{"X", "1"}}, " evil\r\nX: 1\r\nA: 1\r\n\r\n"},
		{"nor a mailbox line end the header", "From x\r\nA: 1\r\n\r\n", nil, []HeaderField{{"X", "1"}}, "From x\r\nX: 1\r\nA: 1\r\n\r\n"},
		{"an unfinished line before ours", " evil", nil, []HeaderField{{"X", "1"}}, " evil\r\nX: 1\r\n\r\n"},
		{"long field", "A: " + strings.Repeat("x", 3*smallContent) + "\r\nB: 1\r\n\r\n", []HeaderRef{{"A", 1}}, nil, "B: 1\r\n\r\n"},
		{"beyond the limits of Read", strings.Repeat("F: 1\r\n", 2*maxFields) + "A: 1\r\n\r\n", []HeaderRef{{"A", 1}}, nil, strings.Repeat("F: 1\r\n", 2*maxFields) + "\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := readMessage(t, []byte(tt.mail))
			r, err := m.WithHeader(tt.remove, tt.insert)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, string(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

// No value that somebody else chose can begin a field or the body.
func TestWithHeaderRefuses(t *testing.T) {
	m := readMessage(t, []byte("A: 1\r\n\r\n"))
	for _, f := range []HeaderField{
		{"", "x"}, {"X Y", "x"}, {"X:", "x"}, {"X\r\nY", "x"}, {"Ü", "x"}, {"X ", "x"},
		{"X", "a\r\nBcc: b"}, {"X", "a\nb"}, {"X", "a\rb"}, {"X", "a\x00"}, {"X", "a\r\n"}, {"X", "a\r\n \r\n b"}, {"X", "a\r\n\r\nbody"},
	} {
		if _, err := m.WithHeader(nil, []HeaderField{f}); err == nil {
			t.Errorf("%q is taken", f)
		} else if strings.Contains(err.Error(), "Bcc") {
			t.Errorf("the error quotes the value: %v", err)
		}
	}
}
