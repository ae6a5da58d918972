package detect

import (
	"bytes"
	"encoding/base64"
	"strings"
)

func password() detector {
	others, _ := terms("password-word")
	knows := passwordCheck{wordSet(others)}
	return detector{
		ID:       "password",
		Category: Secret,
		Doc:      "password behind its label, in an address or connection string, or the hash of one",
		Source:   "RFC 3986 section 3.2.1 (user information); RFC 7617 (basic authentication); crypt(5) (forms of hashes); the languages' labels",
		Literals: []string{"://", "$", "{S"},
		Anchors:  append(passwordLabels(), "authorization basic"),
		Check:    knows.check,
		Context: words("en: username, user name, user, login, log in, sign in, credentials, account, access, wifi, wlan, ssid",
			"de: Benutzername, Benutzer, Nutzername, Anmeldung, Zugangsdaten, Zugang, Konto, WLAN, Anmeldename", "fr: identifiant, identifiants, utilisateur, connexion, compte", "nl: gebruikersnaam, gebruiker, inloggen, inloggegevens, toegang",
			"pl: użytkownik, nazwa użytkownika, logowanie, dane logowania, konto, dostęp", "es: usuario, nombre de usuario, acceso, cuenta, credenciales", "it: utente, nome utente, accesso, credenziali", "nordic: användarnamn, användare, inloggning, brukernavn, bruker, brugernavn, bruger, käyttäjätunnus, tunnus"),
		Mask: dots,
	}
}

func passwordLabels() []string {
	return words(
		"en: password, passwords, passwort, passwd, pwd, passphrase, pass phrase, passcode, passkey, db_password, db_pass, dbpassword, user_password, admin_password, root_password, mysql_root_password, postgres_password, smtp_password, PGPASSWORD, password is, passphrase is, new password, wifi password, pw, login password, initial password, temporary password, one-time password, pre-shared key",
		"de: Passwort, Kennwort, Passwörter, Passwort lautet, Kennwort lautet, Passwort ist, Kennwort ist, Zugangscode, Passphrase, Einmalpasswort, WLAN-Schlüssel, Passwort für, Initialpasswort, Startpasswort",
		"fr: mot de passe, mots de passe, mot de passe est, mdp, code d'accès, phrase secrète, mot de passe provisoire",
		"nl: wachtwoord, wachtwoord is, wachtwoorden, toegangscode, wachtzin", "pl: hasło, hasła, hasło to, hasło brzmi, haslo, kod dostępu, hasło tymczasowe, hasłem jest",
		"es: contraseña, contraseña es, contrasena, clave, clave de acceso, contraseña temporal", "it: password è, parola d'ordine, parola chiave, password temporanea, codice di accesso",
		"nordic: lösenord, lösenordet är, lösenordet, passord, passordet er, passordet, adgangskode, adgangskoden er, adgangskoden, kodeord, salasana, salasana on, salasanasi on, tunnusluku",
	)
}

// passwordCheck knows the words that stand where a password would.
type passwordCheck struct{ others map[string]bool }

func (p passwordCheck) check(c *candidate) grade {
	switch c.Text[0] {
	case ':':
		return p.inAddressOf(c)
	case '$', '{':
		return hashed(c)
	}
	if inToken(c.Before) {
		return reject
	}
	if bytes.HasSuffix(bytes.ToLower(c.Text[:c.Label]), []byte("basic")) {
		return p.basic(c)
	}
	return p.labelledPassword(c)
}

// inAddressOf reads "://user:password@host".
func (p passwordCheck) inAddressOf(c *candidate) grade {
	text := c.Text[len("://"):min(len(c.Text), 300)]
	if i := bytes.IndexAny(text, " \t\r\n/?#<>\"'"); i >= 0 {
		text = text[:i]
	}
	at := bytes.LastIndexByte(text, '@')
	if at < 0 || !inToken(c.Before) || at+1 == len(text) || within(text[at+1:], "") == 0 {
		return reject
	}
	user, secret, ok := bytes.Cut(text[:at], []byte(":"))
	if name := string(user); name == "anonymous" || name == "ftp" || name == "guest" {
		return reject
	}
	if !ok || len(secret) < 3 || len(user) == 0 && bytes.IndexByte(secret, ':') >= 0 || len(user) > 100 || p.none(secret) {
		return reject
	}
	c.Value, c.end = secret, len("://")+len(text)
	return proven
}

// hashed reads what crypt(3), htpasswd and LDAP store: "$6$salt$hash",
// "{SSHA}base64".
func hashed(c *candidate) grade {
	if inToken(c.Before) || bytes.HasSuffix(c.Before, []byte("$")) || len(c.Text) < 24 {
		return reject
	}
	text := c.Text[:min(len(c.Text), 200)]
	n := within(text[1:], "$./+=,_-}") + 1
	if text[0] == '{' {
		scheme, hash, ok := bytes.Cut(text[:n], []byte("}"))
		if !ok || len(hash) < 24 || !bytes.HasPrefix(scheme, []byte("{SSHA")) && !bytes.HasPrefix(scheme, []byte("{SHA")) && !bytes.HasPrefix(scheme, []byte("{SMD5")) || !random(hash) {
			return reject
		}
		c.end = n
		return proven
	}
	id, rest, _ := bytes.Cut(text[1:n], []byte("$"))
	if !hashScheme(string(id)) {
		return reject
	}
	hash := rest[bytes.LastIndexByte(rest, '$')+1:]
	if len(hash) < 20 || len(hash) == len(rest) {
		return reject
	}
	c.end = n
	return proven
}

// hashScheme reports whether crypt(3) or a library like it has such a scheme.
func hashScheme(id string) bool {
	switch id {
	case "1", "5", "6", "7", "y", "gy", "2", "2a", "2b", "2x", "2y", "apr1", "sha1", "md5", "argon2i", "argon2d", "argon2id", "scrypt", "pbkdf2-sha256", "pbkdf2-sha512":
		return true
	}
	return false
}

// basic reads the credentials of basic authentication.
func (p passwordCheck) basic(c *candidate) grade {
	value := blanks(c.Text[c.Label:])
	value = value[:within(value, "+/=")]
	decoded := make([]byte, base64.StdEncoding.DecodedLen(len(value)))
	n, err := base64.StdEncoding.Decode(decoded, value)
	_, secret, ok := bytes.Cut(decoded[:n], []byte(":"))
	if err != nil || !ok || len(secret) < 3 || p.none(secret) {
		return reject
	}
	c.Value, c.end = value, len(c.Text)-len(c.Text[c.Label:])+1+len(value)
	return proven
}

// labelledPassword reads the value behind a label. Behind "is" and its like
// only what no sentence would go on with counts.
func (p passwordCheck) labelledPassword(c *candidate) grade {
	label := bytes.ToLower(c.Text[:c.Label])
	text, marked := labelled(bytes.TrimLeft(c.Text[c.Label:], "\"'*_"), ":=")
	purposed := false
	if !marked {
		text, purposed = purpose(text)
	}
	text = blanks(bytes.TrimLeft(text, "\"'*`>="))
	value, whole := firstWord(line(text, 100))
	if len(value) < 4 || len(value) > 64 || p.none(value) {
		return reject
	}
	c.Value, c.end = value, c.Label+1
	strength := strengthOf(value)
	switch {
	case purposed && strength == 2:
		return formed
	case !marked && !purposed && !saying(label) && symbolic(value):
		return named
	case !marked && (!saying(label) || !bytes.ContainsAny(value, "0123456789")):
		return reject
	case strength == 2:
		return proven
	case marked && whole && strength == 1:
		return named
	}
	return reject
}

// purpose cuts off the words that say what a password is for: "for the file:".
func purpose(text []byte) (value []byte, ok bool) {
	words := line(text, 40)
	mark := bytes.IndexByte(words, ':')
	if mark < 0 || bytes.Count(words[:mark], []byte(" ")) > 4 || bytes.ContainsAny(words[:mark], ".,;()?!\"0123456789") {
		return text, false
	}
	return text[mark+1:], true
}

// symbolic reports whether a value has letters, digits and a sign between, as no
// word has.
func symbolic(value []byte) bool {
	return len(value) >= 6 && bytes.ContainsAny(value, "0123456789") && bytes.ContainsAny(value[1:], "!$%&?#@+*^~") && strengthOf(value) == 2
}

// firstWord is a line up to a blank or the mark that ends a value. whole says
// that no sentence goes on behind it.
func firstWord(line []byte) (word []byte, whole bool) {
	end := bytes.IndexAny(line, " \";,<'`")
	if end < 0 {
		end = len(line)
	}
	whole = end == len(line) || strings.IndexByte(";<\"'`", line[end]) >= 0
	return bytes.TrimRight(line[:end], ".,:)*"), whole
}

// none reports whether a value is no password but a placeholder, code, or a
// word that stands where one would.
func (p passwordCheck) none(value []byte) bool {
	return code(value) || placeholder(value) || p.others[unaccented(strings.Trim(string(value), "!?.,"))]
}

// saying reports whether a label ends with the verb before the value.
func saying(label []byte) bool {
	for _, verb := range []string{" is", " ist", " lautet", " est", " to", " brzmi", " jest", " es", " è", " är", " er", " on"} {
		if bytes.HasSuffix(label, []byte(verb)) {
			return true
		}
	}
	return false
}

// strengthOf says what a value looks like: 2 mixed as only passwords are, 1 a
// word that may be one, 0 a number, date or path.
func strengthOf(value []byte) int {
	var letter, digit, symbol, upper, lower int
	for i, b := range value {
		switch {
		case classes[b] == isDigit:
			digit++
		case b >= 'A' && b <= 'Z' && i > 0:
			upper++
			letter++
		case classes[b] != 0 && b != '_':
			lower++
			letter++
		case bytes.IndexByte([]byte(`_-./\`), b) < 0:
			symbol++
		}
	}
	switch {
	case letter == 0:
		if digit > 0 && symbol > 0 && len(value) >= 8 && bytes.IndexByte(value, ':') < 0 {
			return 1
		}
		return 0
	case digit > 0 && letter > 1, symbol > 0 && len(value) >= 6, upper >= 2 && lower >= 2 && len(value) >= 8 && letter == len(value):
		return 2
	case letter+digit == len(value) || bytes.IndexByte(value, '.') < 0:
		return 1
	}
	return 0
}

// calls reports whether a value is a call or an index in code, "getenv(x".
func calls(value []byte) bool {
	i := bytes.IndexAny(value, "([")
	return i > 2 && letters(bytes.ReplaceAll(value[:i], []byte("_"), nil))
}

// code reports whether a value is code, an address or another name for a
// password.
func code(value []byte) bool {
	signs := bytes.ContainsAny(value, "(){}[]")
	return bytes.IndexByte([]byte("$%"), value[0]) >= 0 ||
		bytes.IndexByte([]byte("([{<@&/\\#|"), value[0]) >= 0 && !bytes.ContainsAny(value[1:], "0123456789") ||
		signs && bytes.ContainsAny(value, "._") || bytes.Contains(value, []byte("()")) || calls(value) ||
		bytes.Contains(value, []byte("://")) || mentions(value, "password", "passwd", "passphrase")
}
