package detect

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
)

// The implementations here do what the engine does in the most obvious way.

// slowFold is a word in lower case and without accents.
func slowFold(word string) string {
	word = strings.NewReplacer("ß", "ss", "ẞ", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i").Replace(strings.ToLower(word))
	return strings.Map(func(r rune) rune {
		if r >= 0x300 && r < 0x370 {
			return -1
		}
		return r
	}, norm.NFD.String(word))
}

// slowWords are the words of a text and what stands between them.
func slowWords(text string) (words, gaps []string) {
	var word, gap strings.Builder
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r >= 0x80 {
			if word.Len() == 0 {
				gaps = append(gaps, gap.String())
				gap.Reset()
			}
			word.WriteRune(r)
			continue
		}
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
		gap.WriteRune(r)
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words, gaps
}

// slowEntries are the entries in a text, each as often as it stands there.
func slowEntries(terms []string, text string) []int {
	words, gaps := slowWords(text)
	for i, w := range words {
		words[i] = slowFold(w)
	}
	var all []int
	for i, term := range terms {
		want, _ := slowWords(term)
		for k, w := range want {
			want[k] = slowFold(w)
		}
		for at := range words {
			if at+len(want) > len(words) {
				break
			}
			ok := true
			for k := range want {
				ok = ok && words[at+k] == want[k] && (k == 0 || len(gaps[at+k]) <= phraseGap)
			}
			if ok {
				all = append(all, i)
			}
		}
	}
	slices.Sort(all)
	return all
}

// The dictionary finds just the entries that are there.
func TestDictionaryIsAsTheObviousOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	syllables := []string{"a", "bé", "ko", "łó", "ß", "Ü", "xy", "1", "_", "ж", "ÉN", "ong", "e\u0301", "σ", "Qu", "straße", "z", "漢"}
	word := func() string {
		var b strings.Builder
		for range 1 + r.IntN(7) {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		return b.String()
	}
	for range 200 {
		var vocabulary, terms []string
		for range 30 {
			vocabulary = append(vocabulary, word())
		}
		seen := map[string]bool{}
		for range 20 {
			term := vocabulary[r.IntN(len(vocabulary))]
			for range r.IntN(3) {
				term += " " + vocabulary[r.IntN(len(vocabulary))]
			}
			if !seen[slowFold(term)] {
				seen[slowFold(term)] = true
				terms = append(terms, term)
			}
		}
		g := newGlossary(len(terms))
		for i, term := range terms {
			if err := g.add(term, role{i, isHit}); err != nil {
				t.Fatal(err)
			}
		}
		var text strings.Builder
		for range 300 {
			w := vocabulary[r.IntN(len(vocabulary))]
			switch r.IntN(6) {
			case 0:
				w = strings.ToUpper(w)
			case 1:
				w = slowFold(w)
			case 2:
				w += vocabulary[r.IntN(len(vocabulary))]
			}
			text.WriteString(w + []string{" ", " ", " ", "  ", "\n", "-", ", ", " - ", " --- ", "     ", "'"}[r.IntN(11)])
		}
		got := entriesIn(g.dictionary(), text.String())
		slices.Sort(got)
		if diff := cmp.Diff(slowEntries(terms, text.String()), got); diff != "" {
			t.Fatalf("terms %q\ntext %q\n%s", terms, text.String(), diff)
		}
	}
}

// slowText is a text and its tokens.
type slowText struct {
	text   string
	tokens []span
}

func newSlowText(text string) *slowText {
	s := &slowText{text: text}
	for i := 0; i < len(text); i++ {
		if classes[text[i]] != 0 {
			end := tokenEnd([]byte(text), i)
			s.tokens = append(s.tokens, span{i, end})
			i = end
		}
	}
	return s
}

func (s *slowText) token(i int) string { return s.text[s.tokens[i].start:s.tokens[i].end] }

// only reports whether a token has no bytes but of these classes.
func (s *slowText) only(i int, allowed uint8) bool {
	for _, b := range []byte(s.token(i)) {
		if classes[b]&allowed == 0 {
			return false
		}
	}
	return true
}

// joined reports whether a token and the next may belong to one number.
func (s *slowText) joined(i int) bool {
	return i >= 0 && i+1 < len(s.tokens) && slices.Contains([]string{" ", "-", ".", "/", "\n", "\r\n", " \n", " \r\n"}, s.text[s.tokens[i].end:s.tokens[i+1].start])
}

// from are the candidates that begin with a token.
func (s *slowText) from(first int, detectors []detector) (all []string) {
	value, seps, letters := "", "", false
	var groups []uint8
	for i := first; i < len(s.tokens); i++ {
		tk := s.token(i)
		value += strings.ToUpper(tk)
		groups = append(groups, uint8(min(255, len(tk))))
		letters = letters || !s.only(i, isDigit)
		if !s.only(i, isLetter|isDigit) || len(value) > maxShape || len(groups) > runTokens || i > first && s.only(i, isLetter) && len(tk) > leadLetters {
			break
		}
		for _, d := range detectors {
			fits := slices.ContainsFunc(d.Shapes, func(s shape) bool { return slowFits(s, value) }) && (d.Groups == 0 || int(d.Groups) == len(groups))
			if fits && strings.ContainsAny(value, "0123456789") && (letters || !glued([]byte(s.text), s.tokens[first].start, s.tokens[i].end)) {
				all = append(all, fmt.Sprintf("%s %s %v %q", d.ID, value, groups, slowSeps(seps)))
			}
		}
		if !s.joined(i) {
			break
		}
		sep := s.text[s.tokens[i+1].start-1]
		if sep == '\n' && strings.Contains(seps, "\n") {
			break
		}
		seps += string(sep)
	}
	return all
}

// slowSeps are separators in their order, each once.
func slowSeps(seen string) string {
	order := ""
	for _, sep := range sepBytes {
		if strings.ContainsRune(seen, sep) {
			order += string(sep)
		}
	}
	return order
}

// slowRuns are all candidates of all shapes in a text, in the form "detector
// text groups separators".
func slowRuns(detectors []detector, text string) []string {
	s := newSlowText(text)
	var all []string
	for i := range s.tokens {
		if !strings.ContainsAny(s.token(i), "0123456789") || len(s.token(i)) > maxShape {
			continue
		}
		afterSingle := s.joined(i-1) && s.tokens[i].start-s.tokens[i-1].end == 1 && s.only(i-1, isDigit) && len(s.token(i-1)) == 1
		if len(s.token(i)) == 1 && afterSingle {
			continue
		}
		for lead := i - 1; lead >= i-leadTokens; lead-- {
			if !s.joined(lead) || !s.only(lead, isLetter) || len(s.token(lead)) > leadLetters {
				break
			}
			all = append(all, s.from(lead, detectors)...)
		}
		all = append(all, s.from(i, detectors)...)
	}
	slices.Sort(all)
	return all
}

// slowBegins reports whether a character of a value is that of one of the
// shape's beginnings, if it has some of that length.
func slowBegins(s shape, value string, at int) bool {
	said := ""
	for _, begin := range strings.Fields(s.Begins) {
		if at < len(begin) {
			said += begin[at : at+1]
		}
	}
	return said == "" || strings.Contains(said, strings.ToUpper(value[at:at+1]))
}

func slowFits(s shape, value string) bool {
	if len(value) < s.Min || len(value) > s.Max {
		return false
	}
	for i := range len(value) {
		form := s.Rest
		if i < len(s.Lead) {
			form = s.Lead[i]
		}
		digit := value[i] >= '0' && value[i] <= '9'
		if form == 'A' && digit || form == '9' && !digit || !slowBegins(s, value, i) {
			return false
		}
	}
	return true
}

// The scanner tries just the candidates that are there, on text made of
// whatever is hard to tell apart.
func TestCandidatesAreAsTheObviousOnes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	bits := []string{"1", "12", "4539", "148803", "85031203174", "a", "DE", "AB12", "x9", "karta", "verylongword", "ż", "_", "@", "+", "%", "3a4", "1234567890123456789012345678901234567890"}
	seps := []string{" ", " ", "-", ".", "/", "\n", "\r\n", "\t", "", "", ",", "  ", ": ", " \n", " \r\n"}
	for range 300 {
		var got []string
		var detectors []detector
		for i := range 1 + r.IntN(6) {
			d := detector{ID: fmt.Sprint("d", i), Mask: dots}
			for range 1 + r.IntN(2) {
				s := shape{Rest: "9AX9"[r.IntN(4)], Min: 1 + r.IntN(12)}
				for range r.IntN(min(5, s.Min)) {
					s.Lead += string("A9X"[r.IntN(3)])
				}
				s.Max = min(maxShape, s.Min+r.IntN(20))
				s.Begins = []string{"", "", "A DE", "AB X", "D", "K9"}[r.IntN(6)]
				d.Shapes = append(d.Shapes, s)
			}
			d.Groups = uint8(max(0, r.IntN(6)-2))
			d.Check = func(c *candidate) grade {
				got = append(got, fmt.Sprintf("%s %s %v %q", d.ID, c.Text, c.Groups, c.Seps))
				return reject
			}
			detectors = append(detectors, d)
		}
		e, err := newEngine(detectors)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for range 1 + r.IntN(80) {
			b.WriteString(bits[r.IntN(len(bits))] + seps[r.IntN(len(seps))])
		}
		text := b.String()
		s := e.Scanner()
		s.within = true // nothing is decoded
		s.Use(testNow, maphash.MakeSeed())
		_, _ = s.Write([]byte(text))
		s.Close()
		slices.Sort(got)
		if diff := cmp.Diff(slowRuns(detectors, text), got); diff != "" {
			t.Fatalf("%+v\n%q\n%s", detectors, text, diff)
		}
	}
}

// Literals are found wherever they stand, each once.
func TestLiteralsAreAsTheObviousOnes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	words := []string{"AKIA", "ghp_", "://", "-----BEGIN ", "eyJ", "sk-live", "aaa", "MSH|", "x\xc3\xa9x"}
	var l literals
	for i, w := range words {
		if err := l.add(w, i); err != nil {
			t.Fatal(err)
		}
	}
	for range 300 {
		var b strings.Builder
		for range r.IntN(200) {
			w := words[r.IntN(len(words))]
			b.WriteString(w[:1+r.IntN(len(w))] + strings.Repeat("a", r.IntN(3)))
			b.WriteString([]string{"", " ", "x", "E", "_"}[r.IntN(5)])
		}
		text := b.String()
		lo, hi := 0, len(text)
		if hi > 0 {
			lo = r.IntN(hi)
			hi = lo + r.IntN(hi-lo+1)
		}
		var want, got []string
		for i, w := range words {
			for at := lo; at < hi; at++ {
				if strings.HasPrefix(text[at:], w) {
					want = append(want, fmt.Sprint(i, at))
				}
			}
		}
		var m marks
		room := make([]byte, len(text)+padding)
		m.set(room[:copy(room, text)], room)
		l.each(&m, lo, hi, func(owner, at, n int) { got = append(got, fmt.Sprint(owner, at)) })
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q[%d:%d]: %s", text, lo, hi, diff)
		}
	}
}

// Normalising whole text and its pieces character by character is the same.
func TestNormaliseIsAsTheObviousOne(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	bits := []string{"plain text, with more of it. ", "é", "żółw", "\u00a0", "ж", "\x00", "\xff", "\xc3", "漢字", "４", "\u200b", "“", "\u0301", "٤", "ﬁ", "\xe2\x80", "Ω", "×"}
	for range 500 {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString(bits[r.IntN(len(bits))])
		}
		text := b.String()
		var want []byte
		for rest := text; rest != ""; {
			_, n := utf8.DecodeRuneInString(rest)
			before := want[max(0, len(want)-1):] // it may take an accent
			one, _ := normalise(slices.Clone(before), []byte(rest[:n]), true)
			one = one[len(before):]
			want = append(want, one...)
			rest = rest[n:]
		}
		got, used := normalise(nil, []byte(text), true)
		if string(got) != string(want) || used != len(text) {
			t.Fatalf("%q: %q, want %q", text, got, want)
		}
	}
}
