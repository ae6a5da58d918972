package inspect

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
)

// passwords collects what the text of a message offers as a password for its
// attachments: the words behind "password", in the languages in which people
// write it. Nothing of it is kept after the message.
type passwords struct {
	text  []byte
	found []string
	fresh bool // text has grown since found was made
}

// How much text is looked at, and how many candidates are tried.
const (
	passwordText  = 32 << 10
	passwordTries = 24
	passwordAfter = 4 // words behind the one that announces a password
)

func (p *passwords) add(text []byte) {
	if room := passwordText - len(p.text); room > 0 {
		p.text = append(p.text, text[:min(room, len(text))]...)
		p.fresh = true
	}
}

// candidates returns what is to be tried, each once.
func (p *passwords) candidates() []string {
	if !p.fresh {
		return p.found
	}
	p.fresh = false
	words := bytes.FieldsFunc(p.text, unicode.IsSpace)
	left := 0
	for _, w := range words {
		if left > 0 {
			left--
			p.offer(w)
		}
		if announces(w) {
			left = passwordAfter
			if _, value, ok := bytes.Cut(w, []byte(":")); ok {
				p.offer(value)
			}
		}
	}
	return p.found
}

// offer adds a word as it stands, and without the punctuation around it.
func (p *passwords) offer(word []byte) {
	for _, w := range []string{string(word), strings.Trim(string(word), `.,;:!?"'()<>[]„“”«»`)} {
		if len(w) < 3 || len(w) > 128 || len(p.found) == passwordTries || slices.Contains(p.found, w) {
			continue
		}
		p.found = append(p.found, w)
	}
}

// announces reports whether a word says that a password follows.
func announces(word []byte) bool {
	w, _, _ := strings.Cut(strings.ToLower(string(word)), ":")
	w = strings.Trim(w, `.,;!?"'()<>[]„“”«»*-`)
	switch w {
	case "password", "passwort", "kennwort", "passwd", "pwd", "pw", "pass", "passcode", "passphrase", "pin", "code",
		"hasło", "hasłem", "haslo", "passe", "wachtwoord", "contraseña", "clave", "parola", "lösenord", "passord",
		"adgangskode", "kodeord", "salasana", "heslo", "jelszó":
		return true
	}
	return strings.HasSuffix(w, "passwort") || strings.HasSuffix(w, "kennwort") || strings.HasSuffix(w, "wachtwoord")
}
