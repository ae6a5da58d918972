package containers

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/accuracy/values"
)

//go:embed data
var data embed.FS

// Languages are those in which letters are written.
func Languages() []string { return []string{"en", "de", "fr", "nl", "pl", "es", "it", "sv"} }

// Letters are the letters and words of all languages.
type Letters struct {
	labels  map[string]map[string][]string // identifier, language
	letters map[string][]letter
}

type letter struct{ subject, text string }

// Load reads the letters. The error names the file that can't be used.
func Load() (*Letters, error) {
	l := &Letters{labels: map[string]map[string][]string{}, letters: map[string][]letter{}}
	b, err := data.ReadFile("data/labels.txt")
	if err != nil {
		return nil, err
	}
	for row := range strings.Lines(string(b)) {
		row = strings.TrimSpace(row)
		if row == "" || row[0] == '#' {
			continue
		}
		id, words, ok := strings.Cut(row, ": ")
		if l.labels[id] = labels(words); !ok || len(l.labels[id]) != len(Languages()) {
			return nil, fmt.Errorf("labels.txt: %s: want words in %d languages, have %v", id, len(Languages()), slices.Sorted(maps.Keys(l.labels[id])))
		}
	}
	bare, err := read("any")
	if err != nil {
		return nil, err
	}
	for _, language := range Languages() {
		list, err := read(language)
		if err != nil {
			return nil, err
		}
		l.letters[language] = append(list, bare...)
	}
	return l, nil
}

// read reads the letters of a file: those of a language, or notes and lists
// that are the same in any.
func read(name string) ([]letter, error) {
	b, err := data.ReadFile("data/" + name + ".txt")
	if err != nil {
		return nil, err
	}
	var list []letter
	for text := range strings.SplitSeq(string(b), "---\n") {
		subject, body, _ := strings.Cut(text, "\n")
		if strings.Count(body, "{value}") != 1 || strings.Count(body, "{label}") != 1 {
			return nil, fmt.Errorf("%s.txt: %q: want {label} and {value} once", name, subject)
		}
		list = append(list, letter{subject, body})
	}
	return list, nil
}

// labels reads "en=words, words; de=words".
func labels(s string) map[string][]string {
	m := map[string][]string{}
	for part := range strings.SplitSeq(s, "; ") {
		language, words, _ := strings.Cut(part, "=")
		m[language] = strings.Split(words, ", ")
	}
	return m
}

// Item puts a value into the n-th letter of a language, with the n-th words
// that people write beside it.
func (l *Letters) Item(id values.Identifier, v values.Value, language string, n int) Item {
	return l.item(id, v, language, n, id.ID)
}

// Neutral is the same with words beside it that say nothing.
func (l *Letters) Neutral(id values.Identifier, v values.Value, language string, n int) Item {
	return l.item(id, v, language, n, "neutral")
}

func (l *Letters) item(id values.Identifier, v values.Value, language string, n int, words string) Item {
	if v.Language != "" {
		language = v.Language
	}
	list := l.labels[words][language]
	t := l.letters[language][n%len(l.letters[language])]
	it := Item{Language: language, Label: list[n%len(list)], Value: v.Text, Kind: id.Kind, File: id.Name, Textual: id.Textual, Subject: t.subject}
	value := v.Text
	if it.Kind == values.File || it.Kind == values.Binary {
		value = "→ " + it.name()
	}
	if it.Kind == values.Block {
		value = "\n" + value + "\n"
	}
	it.Text = strings.NewReplacer("{label}", it.Label, "{value}", value).Replace(t.text)
	return it
}

// name is the file name of an item that is a file, else of a note.
func (it Item) name() string {
	if it.File == "" {
		return "note.txt"
	}
	if strings.HasPrefix(it.Value, "<?xml") {
		return "document.xml"
	}
	return it.File
}

// payload is what a file of the item holds: the value where it is a file of
// its own, else the letter.
func (it Item) payload() string {
	if it.Kind == values.File || it.Kind == values.Binary {
		return it.Value
	}
	return crlf(it.Text)
}
