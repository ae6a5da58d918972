package policy

import "testing"

func TestSpokenKeepsOnlyWordsOfTheLists(t *testing.T) {
	s := newSpoken(map[string]any{
		"secure_subject":   map[string]any{"words": []any{"(SECURE)", "[SECURE]", "vertraulich"}, "reply_prefixes": []any{"re", "fw"}},
		"public_providers": []any{"salary"},
		"thresholds":       map[string]any{"tls": 1},
	})
	for text, want := range map[string]string{
		"":                                    "",
		"(Secure) Salary 2026, Ann":           "(Secure) x 0, x",
		"Re: FW[2]: [secure]Offer":            "Re: FW[0]: [secure]x",
		"STRENG VERTRAULICH":                  "x VERTRAULICH",
		"unvertraulich, vertraulichkeit, a_b": "x, x, x_x",
		"Przelew 12.30 zł für Jörg":           "x 0.0 x x x",
		"(SECURE)(SECURE)x9":                  "(SECURE)(SECURE)x",
		"\xff\xfe":                            "\xff\xfe",
	} {
		if got := s.keep(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
