package health

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"net/mail"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/accuracy/golden"
)

var update = flag.Bool("update", false, "rewrite the checksum and the samples")

// The letters are those that were committed, there are enough in each language,
// and nothing was left to fill in.
func TestLettersAreTheCommittedOnes(t *testing.T) {
	letters, err := Letters()
	if err != nil {
		t.Fatal(err)
	}
	if len(letters) < 100 {
		t.Errorf("only %d letters", len(letters))
	}
	h := sha256.New()
	languages, seen := map[string]int{}, map[string]bool{}
	for i, l := range letters {
		h.Write(l.Raw)
		languages[l.Language]++
		if _, err := mail.ReadMessage(strings.NewReader(string(l.Raw))); err != nil {
			t.Errorf("letter %d: %v", i, err)
		}
		if strings.ContainsAny(string(l.Raw), "{}") {
			t.Errorf("letter %d (%s, %s) has a placeholder", i, l.Kind, l.Language)
		}
		if !seen[l.Kind] {
			seen[l.Kind] = true
			golden.Compare(t, *update, "testdata/samples/"+strings.ReplaceAll(l.Kind, " ", "-")+".eml", string(l.Raw))
		}
	}
	for _, language := range Languages() {
		if languages[language] < 20 {
			t.Errorf("%s: %d letters", language, languages[language])
		}
	}
	golden.Compare(t, *update, "testdata/sum.txt", fmt.Sprintf("%d letters\nsha256 %s\n", len(letters), hex.EncodeToString(h.Sum(nil))))
}

// Placeholders are filled in the text and not by chance in what is encoded.
func TestTextsHaveOnlyKnownPlaceholders(t *testing.T) {
	for _, language := range Languages() {
		b, err := data.ReadFile("data/" + language + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		replaceEach(string(b), func(name string) string {
			switch name {
			case "name", "born", "id", "diagnosis", "icd", "drug", "lab", "date":
			default:
				t.Errorf("%s: {%s}", language, name)
			}
			return ""
		})
	}
}
