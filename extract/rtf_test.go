package extract

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRTF(t *testing.T) {
	for _, c := range []struct{ name, rtf, place, want string }{
		{"plain", `{\rtf1\ansi one\par two}`, "", "one\n\ntwo\n\n"},
		{"lines of the file mean nothing", "{\\rtf1 44051\r\n401359}", "", "44051401359\n\n"},
		{"formats cut a word", `{\rtf1 4405{\b 1401}\i 359}`, "", "44051401359\n\n"},
		{"unicode with stand-ins", `{\rtf1\uc1 za\u380?\u243\'f3\uc2\u322ll\u263{\b ??}}`, "", "zażółć??\n\n"},
		{"unicode without stand-ins", `{\rtf1\uc0 \u-3913 \u55357 \u56832 x}`, "", "\uf0b7😀x\n\n"},
		{"code page of the document", `{\rtf1\ansi\ansicpg1250 za\'bf\'f3\'b3\'e6}`, "", "zażółć\n\n"},
		{"code page of a font", `{\rtf1\ansi{\fonttbl{\f0 A;}{\f1\fcharset204 B;}{\f2\fcharset128 C;}}\f1\'cf\'f0\f0\'e9{\f2\'83\'65}}`, "", "Прéテ\n\n"},
		{"symbols", `{\rtf1 a\~b\_c\-d\{e\}\\\emdash\lquote x\rquote}`, "", "a\u00a0b-cd{e}\\—‘x’\n\n"},
		{"table", `{\rtf1\trowd\intbl Name\cell PESEL\cell\row\trowd\intbl Jan\par K\cell 44051401359\cell\row\pard after}`, "", "Name\tPESEL\nJan K\t44051401359\nafter\n\n"},
		{"unknown destination", `{\rtf1 a{\*\nobody knows}b}`, "", "ab\n\n"},
		{"hidden", `{\rtf1 ab{\v cd}\v ef\v0 gh}`, "hidden", "abcdefgh\n\n"},
		{"hidden is not seen", `{\rtf1 ab{\v cd}\v ef\v0 gh}`, "", "abgh\n\n"},
		{"deleted", `{\rtf1 ab{\deleted cd}ef}`, "deleted", "abcdef\n\n"},
		{"footnote in a word", `{\rtf1 12{\footnote note}34}`, "", "1234\n\n"},
		{"footnote", `{\rtf1 12{\footnote note}34}`, "notes", "note\n\n"},
		{"header", `{\rtf1{\header top}x}`, "header", "top\n\n"},
		{"field", `{\rtf1{\field{\*\fldinst HYPERLINK "http://x.example/"}{\fldrslt shown}}}`, "fields", "HYPERLINK \"http://x.example/\"\n"},
		{"field's result", `{\rtf1{\field{\*\fldinst HYPERLINK "http://x.example/"}{\fldrslt shown}}}`, "", "shown\n\n"},
		{"html inside", `{\rtf1\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 text\htmlrtf\par}\htmlrtf0}`, "", "text\n\n"},
		{"bytes that are no groups", "{\\rtf1 a\\bin3 }}}b}", "", "ab\n\n"},
		{"info", `{\rtf1{\info{\title A title}}x}`, "properties", "A title\n"},
		{"text after the end", `{\rtf1 a}b`, "", "ab\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink, result := readOffice(readRTF, []byte(c.rtf), plenty)
			wantFull(t, result)
			if diff := cmp.Diff(c.want, sink.texts[c.place]); diff != "" {
				t.Error(diff, sink.out.String())
			}
		})
	}
}

// TestRTFObjects hands on what is embedded, also where the digits are broken
// up to mislead.
func TestRTFObjects(t *testing.T) {
	native := le(uint16(2), "a.txt\x00C:\\a.txt\x00", 0x30000, 0, 5, "hello")
	packed := hex.EncodeToString(le(0x501, 2, 8, "Package\x00", 0, 0, len(native), string(native)))
	object := hex.EncodeToString(le(0x501, 2, 5, "Word\x00", 0, 0, 12, oleMagic+"data"))
	broken := object[:31] + "\r\n {\\*\\x 99}\\par " + object[31:60] + "{}" + object[60:]
	sink, result := readOffice(readRTF, []byte(`{\rtf1 a{\object\objemb{\*\objdata `+packed+`}{\result b}}{\object{\*\objdata `+broken+`}}{\*\shppict{\pict{\*\picprop}\pngblip\picw1 89504e47}}{\pict\bin4 GIF8}c}`), plenty)
	wantFull(t, result)
	wantText(t, sink, "", "abc")
	var got []string
	for _, c := range sink.children {
		got = append(got, c.Name+"|"+string(c.data))
	}
	if diff := cmp.Diff([]string{"a.txt|hello", "Word|" + oleMagic + "data", "picture|\x89PNG", "picture|GIF8"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRTFBounds(t *testing.T) {
	for _, c := range []struct {
		name, rtf string
		want      Problem
	}{
		{"cut", `{\rtf1 a{\b b`, ProblemBroken},
		{"bin to the end", `{\rtf1 a\bin999999999 b}`, ProblemBroken},
		{"deep", `{\rtf1 ` + strings.Repeat("{", 100_000) + strings.Repeat("}", 100_000) + "}", ProblemBudget},
	} {
		_, result := readOffice(readRTF, []byte(c.rtf), plenty)
		if result.Scanned == Full || !slices.Contains(result.Problems, c.want) {
			t.Errorf("%s: %+v, want %s", c.name, result, c.want)
		}
	}
}
