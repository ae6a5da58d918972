package detect

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
)

func jwt() detector {
	return detector{
		ID:       "jwt",
		Category: Secret,
		Doc:      "JSON web token, signed or encrypted",
		Source:   "RFC 7515 section 3.1 and 7516 section 3.1 (compact serialisation), RFC 7519",
		Literals: []string{"eyJ"},
		Check:    checkJWT,
		Mask:     dots,
	}
}

// checkJWT: the header decodes to a JSON object that names an algorithm, and
// two pieces follow. A payload that is longer than what is read counts too.
func checkJWT(c *candidate) grade {
	if len(c.Before) > 0 && within(c.Before[len(c.Before)-1:], "_-.") > 0 {
		return reject // the payload of the one before
	}
	text := c.Text[:within(c.Text, "_-.")]
	header, rest, ok := bytes.Cut(text, []byte("."))
	if !ok || !namesAlgorithm(header) {
		return reject
	}
	payload, signature, ended := bytes.Cut(rest, []byte("."))
	if ended && len(signature) == 0 && !bytes.HasPrefix(header, []byte("eyJhbGciOiJub25l")) {
		return reject // the end of a sentence; only "none" signs with nothing
	}
	if len(payload) < 4 || !ended && len(text) < ahead || !objectBegins(payload) && !encrypts(header) {
		return reject
	}
	c.end = len(text)
	return proven
}

func namesAlgorithm(header []byte) bool {
	decoded := make([]byte, base64.RawURLEncoding.DecodedLen(len(header)))
	if _, err := base64.RawURLEncoding.Decode(decoded, header); err != nil {
		return false
	}
	var fields struct {
		Alg string `json:"alg"`
	}
	return json.Unmarshal(decoded, &fields) == nil && fields.Alg != ""
}

// objectBegins reports whether a payload decodes to what begins as an object
// does.
func objectBegins(payload []byte) bool {
	var room [6]byte
	n, err := base64.RawURLEncoding.Decode(room[:], payload[:min(len(payload), 8)&^3])
	plain := bytes.TrimLeft(room[:n], " \t\r\n")
	return err == nil && (len(plain) == 0 || plain[0] == '{')
}

// encrypts reports whether a header is that of an encrypted token, whose other
// pieces are random.
func encrypts(header []byte) bool {
	decoded := make([]byte, base64.RawURLEncoding.DecodedLen(len(header)))
	n, err := base64.RawURLEncoding.Decode(decoded, header)
	return err == nil && bytes.Contains(decoded[:n], []byte(`"enc"`))
}
