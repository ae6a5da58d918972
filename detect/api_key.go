package detect

import (
	"bytes"
	"hash/crc32"
	"slices"
	"strings"
)

func apiKey() detector {
	forms := keyForms()
	var literals []string
	for _, f := range forms {
		if f.anchor == "" {
			literals = append(literals, f.prefix)
		}
	}
	labels := keyLabels()
	anchors := slices.Clone(labels)
	for _, f := range forms {
		if f.anchor != "" {
			anchors = append(anchors, f.anchor)
		}
	}
	return detector{
		ID:       "api-key",
		Category: Secret,
		Doc:      "access key or token of a service by its form and check, or a random value that is called a key or token",
		Source:   "the services' published forms: AWS IAM, GitHub and npm (CRC-32), GitLab, Slack, Stripe, Google Cloud, OpenAI, Anthropic, Azure Storage, SendGrid, Twilio, PyPI, DigitalOcean, HashiCorp Vault, Telegram, Shopify, Docker, Hugging Face",
		Shapes:   []shape{{Begins: "AKIA ASIA", Lead: "AAAA", Rest: 'X', Min: 20, Max: 20}, {Begins: "SK", Lead: "AA", Rest: 'X', Min: 34, Max: 34}},
		Literals: literals,
		Anchors:  anchors,
		Check:    checkAPIKey(forms),
		Context: words("en: secret, secret key, SecretAccessKey, secret_access_key, aws_secret_access_key, aws_access_key_id, access key, token, api key, api_key, apikey, credentials, auth token, twilio, github, bot token, export, curl",
			"de: Schlüssel, Zugangsdaten, Geheimnis, Zugriffsschlüssel", "fr: clé, jeton, identifiants", "nl: sleutel, toegangssleutel", "pl: klucz, klucza, token, dane dostępowe", "es: clave, credenciales", "it: chiave, credenziali", "nordic: nyckel, nøkkel, nøgle, avain"),
		Mask: dots,
	}
}

// keyForm is how one service writes its keys.
type keyForm struct {
	prefix   string
	anchor   string // the prefix's first word, where it is one by itself
	min, max int    // length of what follows the prefix
	others   string // what it may hold beside letters and digits
	check    bool   // six characters of CRC-32 at the end
}

func keyForms() []keyForm {
	return []keyForm{
		{prefix: "ghp_", min: 36, max: 36, check: true},
		{prefix: "gho_", min: 36, max: 36, check: true},
		{prefix: "ghu_", min: 36, max: 36, check: true},
		{prefix: "ghs_", min: 36, max: 36, check: true},
		{prefix: "ghr_", min: 36, max: 76, check: true},
		{prefix: "npm_", min: 36, max: 36, check: true},
		{prefix: "github_pat_", min: 82, max: 82, others: "_"},
		{prefix: "sk_live_", min: 20, max: 110},
		{prefix: "rk_live_", min: 20, max: 110},
		{prefix: "AIza", min: 35, max: 35, others: "_-"},
		{prefix: "dop_v1_", min: 64, max: 64},
		{prefix: "shpat_", min: 32, max: 32},
		{prefix: "dckr_pat_", min: 27, max: 32, others: "_-"},
		{prefix: "hf_", min: 34, max: 37},
		{prefix: ":AA", min: 33, max: 33, others: "_-"}, // Telegram: the bot's number stands before it
		{prefix: "glpat-", anchor: "glpat", min: 20, max: 60, others: "_-."},
		{prefix: "gldt-", anchor: "gldt", min: 20, max: 60, others: "_-"},
		{prefix: "glrt-", anchor: "glrt", min: 20, max: 60, others: "_-."},
		{prefix: "xoxb-", anchor: "xoxb", min: 20, max: 120, others: "-"},
		{prefix: "xoxp-", anchor: "xoxp", min: 20, max: 120, others: "-"},
		{prefix: "xoxa-", anchor: "xoxa", min: 20, max: 120, others: "-"},
		{prefix: "xoxr-", anchor: "xoxr", min: 20, max: 120, others: "-"},
		{prefix: "xoxs-", anchor: "xoxs", min: 20, max: 120, others: "-"},
		{prefix: "xapp-", anchor: "xapp", min: 20, max: 120, others: "-"},
		{prefix: "sk-", anchor: "sk", min: 32, max: 220, others: "_-"},
		{prefix: "SG.", anchor: "SG", min: 66, max: 66, others: "_-."},
		{prefix: "pypi-", anchor: "pypi", min: 50, max: 400, others: "_-"},
		{prefix: "hvs.", anchor: "hvs", min: 24, max: 140, others: "_-"},
	}
}

// keyLabels call what follows them a key.
func keyLabels() []string {
	return words(
		"en: api key, api_key, apikey, api-token, api_token, x-api-key, api secret, api_secret, secret key, secret_key, secretkey, client secret, client_secret, clientsecret, access token, access_token, accesstoken, auth token, auth_token, authtoken, authorization bearer, bearer token, private token, private_token, private-token, personal access token, consumer_secret, app secret, app_secret, signing key, signing_key, signing secret, encryption key, encryption_key, webhook secret, refresh token, refresh_token, bot token, bot_token, aws_secret_access_key, SecretAccessKey, secret access key, AccountKey, account key, storage key, SharedAccessKey, sig, license secret, service token, deploy token, secret token, secret_token, secret_key_base, token",
		"de: API-Schlüssel, Zugriffsschlüssel, Zugriffstoken, geheimer Schlüssel, Client-Geheimnis", "fr: clé API, clé d'API, clé secrète, jeton d'accès", "nl: API-sleutel, geheime sleutel, toegangstoken",
		"pl: klucz API, klucz api, tajny klucz, token dostępu", "es: clave API, clave de API, clave secreta, token de acceso", "it: chiave API, chiave segreta, token di accesso", "nordic: API-nyckel, API-nøkkel, API-nøgle, hemlig nyckel, API-avain")
}

func checkAPIKey(forms []keyForm) func(*candidate) grade {
	return func(c *candidate) grade {
		if c.Groups != nil {
			return checkBareKey(c)
		}
		for i := range forms {
			if f := &forms[i]; bytes.HasPrefix(c.Text, []byte(f.prefix)) {
				if g := f.grade(c); g != reject {
					return g
				}
			}
		}
		return labelledKey(c, forms)
	}
}

// grade checks a key of a service's form.
func (f *keyForm) grade(c *candidate) grade {
	if joined(c.Before) && f.anchor != "" {
		return reject
	}
	body := c.Text[len(f.prefix):]
	body = body[:min(len(body), f.max+2)]
	body = bytes.TrimRight(body[:within(body, f.others)], ".-")
	if len(body) < f.min || len(body) > f.max || classes[f.prefix[0]] != 0 && inToken(c.Before) || placeholder(body) {
		return reject
	}
	if f.prefix == ":AA" {
		if n := len(c.Before) - len(bytes.TrimRight(c.Before, "0123456789")); n < 8 || n > 10 {
			return reject
		}
	}
	c.end = len(f.prefix) + len(body)
	switch {
	case !random(body) && (f.anchor != "" || entropy(body) < 3.3):
		return reject
	case f.check && !crcFits(body):
		return named
	}
	return proven
}

// madeUp reports whether a value begins as a service's keys do and is too short,
// or doesn't pass their check: an example, or one that was changed.
func madeUp(value []byte, forms []keyForm) bool {
	for i := range forms {
		f := &forms[i]
		if body, ok := bytes.CutPrefix(value, []byte(f.prefix)); ok && len(f.prefix) > 3 {
			return len(body) < f.min || f.check && len(body) == f.min && !crcFits(body)
		}
	}
	return false
}

// joined reports whether a mark that may stand within a key stands right before
// it.
func joined(before []byte) bool {
	return len(before) > 0 && strings.IndexByte("-_.", before[len(before)-1]) >= 0
}

// crcFits reports whether a token ends with the CRC-32 of what precedes, in
// base 62 with six digits.
func crcFits(body []byte) bool {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	sum := crc32.ChecksumIEEE(body[:len(body)-6])
	for i := range 6 {
		if body[len(body)-1-i] != digits[sum%62] {
			return false
		}
		sum /= 62
	}
	return true
}

// checkBareKey: AWS names its access keys by four letters and sixteen
// characters of base 32; they are worth little without the secret. Twilio's
// are "SK" and 32 hexadecimal digits.
func checkBareKey(c *candidate) grade {
	text := string(c.Text)
	switch {
	case !c.plain():
		return reject
	case strings.HasPrefix(text, "AKIA") || strings.HasPrefix(text, "ASIA"):
		if strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" || strings.HasSuffix(text, "EXAMPLE") || entropy(c.Text) < 2.8 {
			return reject
		}
		return formed
	case strings.HasPrefix(text, "SK") && len(text) == 34 && strings.Trim(text[2:], "0123456789ABCDEF") == "" && random(c.Text[2:]):
		return hinted
	}
	return reject
}

// longestKey is the most bytes that the value behind a label may have.
const longestKey = 400

// labelledKey is a random value behind a label. A signature wants the other
// parameters of a signed address around it.
func labelledKey(c *candidate, forms []keyForm) grade {
	after := bytes.TrimLeft(c.Text[c.Label:], `"'*`)
	value, marked := labelled(after, ":=")
	value = bytes.TrimLeft(value, "\"'*`> \t=")
	value = bytes.TrimPrefix(value, []byte("Bearer "))
	bearer := bytes.HasSuffix(bytes.ToLower(c.Text[:c.Label]), []byte("bearer"))
	if !marked && !bearer || inToken(c.Before) {
		return reject
	}
	n := within(value[:min(len(value), longestKey+1)], "_-./+=~%")
	next := value[n:]
	value = bytes.TrimRight(value[:n], ".-")
	signature := string(c.Text[:c.Label]) == "sig"
	if signature && (len(value) < 40 || !mentions(c.Before, "se=", "sv=", "sp=")) {
		return reject
	}
	if len(value) < 16 || len(value) > longestKey || !random(value) || placeholder(value) || bytes.Contains(value, []byte("/../")) || len(next) > 0 && strings.IndexByte("([{$<@:", next[0]) >= 0 {
		return reject
	}
	c.Value, c.end = value, len(c.Text)-len(next)
	if value[0] == '/' || bytes.HasPrefix(value, []byte("http")) || bytes.HasPrefix(value, []byte("eyJ")) {
		return reject // a path, an address, a JWT
	}
	switch {
	case madeUp(value, forms):
		return named
	case len(value) >= 20 && entropy(value) >= 3.3:
		return proven
	}
	return formed
}
