package inspect

import (
	"io"
	"slices"
	"strings"

	"github.com/sealpost/sealpost/message"
)

// readAs is how a leaf's content is read.
type readAs int

const (
	asNothing readAs = iota
	asText
	asHTML
)

// leaf reads a part's content. What is read: text of every kind, HTML,
// reports and other types that are text in disguise, and content of an
// undescribed type that is text by its bytes. A detached signature has
// nothing to read. Everything else, images too, is not read and says so:
// whether that matters is for policy to say.
func (r *reading) leaf(p *message.Part, rep *PartReport) {
	head := make([]byte, sniffSize)
	n, err := io.ReadFull(&source{ctx: r.ctx, r: p.Open()}, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		r.note(rep, err, 0)
		return
	}
	head = head[:n]
	if n == 0 {
		return // nothing is read in full
	}
	is := sniff(head)
	r.kinds[p] = is
	as := how(p, is)
	if mismatch(p, is) {
		rep.Problems = append(rep.Problems, ProblemMismatch)
	}
	switch {
	case as == asNothing:
		r.unread(p, rep, is, head)
	default:
		// A multipart or message that could not be taken apart is read as
		// it stands, and what is encoded in it is not.
		// Nor is what is no text, though its type says so.
		if p.Multipart() || strings.HasPrefix(p.Type, "message/") && !reportType(p.Type) || is == kindUnknown && mismatch(p, is) {
			rep.Scanned = worse(rep.Scanned, Partial)
		}
		rep.Size = r.text(p.Text(), rep, "", as == asHTML)
	}
	if is == kindPGP {
		r.openPGP(p, rep)
	}
}

// openPGP says of a part that begins like an OpenPGP message whether it is
// one, and nothing beside it.
func (r *reading) openPGP(p *message.Part, rep *PartReport) {
	clean, err := armoured(&source{ctx: r.ctx, r: p.Open()})
	if err != nil {
		r.note(rep, err, rep.Size)
	}
	if !clean {
		r.kinds[p] = kindText
		// Some of it may still be encrypted.
		rep.Scanned = worse(rep.Scanned, Partial)
	} else {
		rep.Scanned = None
	}
	rep.Problems = append(rep.Problems, ProblemEncrypted)
}

// how decides how to read a leaf, by its type and by what it is.
func how(p *message.Part, is kind) readAs {
	switch is {
	case kindZip, kindPDF, kindOLE, kindBinary, kindCMS:
		return asNothing
	case kindPGP:
		return asText // for what may stand beside the message
	}
	switch {
	case p.Type == "text/html", p.Type == "application/xhtml+xml":
		return asHTML
	case strings.HasPrefix(p.Type, "text/"), strings.HasPrefix(p.Type, "message/"), p.Multipart(), textInDisguise(p.Type):
		if is == kindHTML && !strings.HasPrefix(p.Type, "text/plain") {
			return asHTML
		}
		return asText
	case strings.HasPrefix(p.Type, "image/"), strings.HasPrefix(p.Type, "audio/"), strings.HasPrefix(p.Type, "video/"), strings.HasPrefix(p.Type, "font/"):
		if p.Type != "image/svg+xml" {
			return asNothing
		}
		return asHTML
	case is == kindHTML:
		return asHTML
	case is == kindText:
		return asText
	}
	return asNothing
}

// textInDisguise are types that are text by their definition.
func textInDisguise(t string) bool {
	switch t {
	case "application/json", "application/xml", "application/csv", "application/ics", "application/pgp-signature",
		"application/pgp-encrypted", "application/pgp-keys", "application/x-pem-file", "application/javascript",
		"application/sql", "application/yaml", "application/x-yaml":
		return true
	}
	return strings.HasSuffix(t, "+json") || strings.HasSuffix(t, "+xml") && !strings.HasPrefix(t, "image/")
}

// reportType are the message types that are fields and text, not messages.
func reportType(t string) bool {
	switch t {
	case "message/delivery-status", "message/disposition-notification", "message/feedback-report",
		"message/global-delivery-status", "message/global-disposition-notification", "message/global-headers",
		"message/tracking-status", "message/http", "message/s-http", "message/sip", "message/sipfrag":
		return true
	}
	return false
}

// mismatch reports whether content can't be what its type says.
func mismatch(p *message.Part, is kind) bool {
	textual := strings.HasPrefix(p.Type, "text/") || textInDisguise(p.Type)
	switch is {
	case kindZip, kindPDF, kindOLE, kindBinary, kindCMS:
		switch {
		case textual:
			return p.Type != "text/rtf" && p.Type != "text/richtext"
		case p.Type == "application/pdf":
			return is != kindPDF
		case strings.HasPrefix(p.Type, "image/"):
			return is != kindBinary
		case smimeType(p.Type):
			return is != kindCMS
		}
	case kindUnknown:
		if textual {
			// Wide characters look like anything but text.
			return !strings.HasPrefix(p.Charset, "utf-16") && !strings.HasPrefix(p.Charset, "utf-32")
		}
		fallthrough
	case kindText, kindHTML:
		return p.Type == "application/pdf" || p.Type == "application/zip" || smimeType(p.Type)
	}
	return false
}

func smimeType(t string) bool {
	switch t {
	case "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return true
	}
	return false
}

// maxSignature is the largest detached signature that is taken for one.
const maxSignature = 64 << 10

// unread goes through content that nothing here reads: for its size, and for
// whether it is encrypted.
func (r *reading) unread(p *message.Part, rep *PartReport, is kind, head []byte) {
	signs := &encryptionSigns{kind: is}
	src := &source{ctx: r.ctx, r: p.Open()}
	_, err := io.Copy(signs, src)
	rep.Size = src.n
	if err != nil {
		r.note(rep, err, src.n)
	}
	if strings.HasSuffix(p.Type, "pkcs7-signature") && detached(head) && src.n <= maxSignature {
		return
	}
	rep.Scanned = None
	if signs.found || is == kindCMS && cmsType(head) == "enveloped" {
		rep.Problems = append(rep.Problems, ProblemEncrypted)
		if r.sealed == "" && (is == kindPDF || is == kindZip) && signs.found {
			r.sealed = is
		}
	} else {
		rep.Problems = append(rep.Problems, ProblemType)
	}
	r.kinds[p] = is
	if is == kindCMS {
		r.kinds[p] = kindCMS + kind(":"+cmsType(head))
	}
}

const (
	kindEnveloped = kindCMS + ":enveloped"
	kindSigned    = kindCMS + ":signed"
)

// onlySealed reports whether everything that could not be read is encrypted:
// an encrypted attachment excuses nothing that lies beside it.
func (r *reading) onlySealed() bool {
	leaf := map[string]bool{}
	r.m.Root.Walk(func(p *message.Part) { leaf[p.Path] = p.Leaf() })
	return !slices.ContainsFunc(r.rep.Parts, func(p PartReport) bool {
		return leaf[p.Path] && p.Scanned != Full && !slices.Contains(p.Problems, ProblemEncrypted)
	})
}

// protection says whether the message's content as a whole is encrypted or
// signed. A part beside others in a multipart/mixed is neither.
func (r *reading) protection(root *message.Part) {
	switch {
	case r.kinds[root] == kindEnveloped && smimeType(root.Type):
		r.rep.Encrypted = "smime"
	case root.Type == "multipart/encrypted" && len(root.Parts) == 2 &&
		root.Parts[0].Type == "application/pgp-encrypted" && r.kinds[root.Parts[1]] == kindPGP,
		root.Type == "text/plain" && r.kinds[root] == kindPGP:
		r.rep.Encrypted = "pgp"
	case r.sealed == kindPDF && r.onlySealed():
		r.rep.Encrypted = "pdf"
	case r.sealed == kindZip && r.onlySealed():
		r.rep.Encrypted = "archive"
	}
	switch {
	case r.kinds[root] == kindSigned && smimeType(root.Type):
		r.rep.Signed = true
	case root.Type == "multipart/signed" && len(root.Parts) == 2:
		t := root.Parts[1].Type
		r.rep.Signed = t == "application/pgp-signature" || strings.HasSuffix(t, "pkcs7-signature")
	}
}
