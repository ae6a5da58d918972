// Package ordinary makes mails in which nothing is that a detector should
// report: orders, parcels, tickets, timetables, invoices, minutes, newsletters,
// lists of extensions, and what engineers send each other: code, logs, diffs,
// stack traces, hashes, exports of sensors.
//
// They are full of numbers. Some of these pass a checksum by chance, and some
// on purpose (order numbers that satisfy Luhn, delivery notes that satisfy the
// check of a national number), but none stands beside the word that would make
// it that identifier.
//
// The texts are files in data/, one a language; the mails are made from them by
// a seed and are the same on every machine. A checksum over all of them is
// committed (testdata/sum.txt), with some to look at (testdata/samples).
package ordinary

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
)

//go:embed data
var data embed.FS

// Mail is one ordinary mail.
type Mail struct {
	Kind     string // of text: "order", "invoice" …; of a block: "code", "log" …
	Language string
	Form     string // how the mail program wrote it
	Raw      []byte
}

// Languages of the mails.
func Languages() []string { return []string{"en", "de", "fr", "nl", "pl", "es", "it"} }

// section is one text.
type section struct{ kind, subject, text string }

// each section is made this many times.
const rounds = 8

// Mails makes all of them. The error names the file that can't be read.
func Mails() ([]Mail, error) {
	var mails []Mail
	for l, language := range Languages() {
		sections, err := load(language)
		if err != nil {
			return nil, err
		}
		r := rand.New(rand.NewPCG(uint64(l), 20251104))
		n := l
		for range rounds {
			for _, s := range sections {
				times := 1
				if s.kind == "block" {
					times = 4
				}
				for range times {
					m := Mail{Kind: s.kind, Language: language}
					text := s.text
					if s.kind == "block" {
						b := blocks()[n%len(blocks())]
						m.Kind = b.name
						text = strings.Replace(text, "{block}", b.make(r), 1)
					}
					f := forms()[n%len(forms())]
					m.Form = f.name
					m.Raw = []byte(f.make(r, letter{language, fillIn(r, language, s.subject), fillIn(r, language, text)}))
					mails = append(mails, m)
					n++
				}
			}
		}
	}
	return mails, nil
}

// load reads the sections of a language.
func load(language string) ([]section, error) {
	b, err := data.ReadFile("data/" + language + ".txt")
	if err != nil {
		return nil, err
	}
	var list []section
	for line := range strings.Lines(string(b)) {
		if kind, subject, ok := strings.Cut(line, "] "); ok && strings.HasPrefix(kind, "[") && regexp.MustCompile(`^\[[a-z]+$`).MatchString(kind) {
			list = append(list, section{kind: kind[1:], subject: strings.TrimSpace(subject)})
			continue
		}
		if len(list) == 0 {
			return nil, fmt.Errorf("data/%s.txt: text before the first section", language)
		}
		list[len(list)-1].text += line
	}
	return list, nil
}

// letter is what a mail says.
type letter struct{ language, subject, text string }
