package inspect

import (
	"slices"
	"strings"

	"github.com/sealpost/sealpost/extract"
	"github.com/sealpost/sealpost/message"
)

// protection says whether the message's content as a whole is encrypted or
// signed. A part beside others in a multipart/mixed is neither.
func (r *reading) protection(root *message.Part) {
	whole := r.leaves[root.Path]
	switch {
	case whole.Kind == extract.KindCMS && whole.Encrypted && smimeType(root.Type):
		r.rep.Encrypted = "smime"
	case root.Type == "multipart/encrypted" && len(root.Parts) == 2 &&
		root.Parts[0].Type == "application/pgp-encrypted" && r.sealedPGP(root.Parts[1]),
		root.Type == "text/plain" && r.sealedPGP(root):
		r.rep.Encrypted = "pgp"
	case r.onlySealed():
		r.rep.Encrypted = r.sealed()
	}
	switch {
	case whole.Kind == extract.KindCMS && whole.Signed && smimeType(root.Type):
		r.rep.Signed = true
	case root.Type == "multipart/signed" && len(root.Parts) == 2:
		t := root.Parts[1].Type
		r.rep.Signed = t == "application/pgp-signature" || strings.HasSuffix(t, "pkcs7-signature")
	}
}

// sealedPGP reports whether a part is an OpenPGP message and nothing beside it.
func (r *reading) sealedPGP(p *message.Part) bool {
	res := r.leaves[p.Path]
	return res.Kind == extract.KindPGP && res.Encrypted && res.Scanned == extract.None
}

// sealed is the kind of what is encrypted among the attachments.
func (r *reading) sealed() string {
	found := ""
	for _, res := range r.leaves {
		switch {
		case !res.Encrypted || res.Scanned == extract.Full:
		case res.Kind == extract.KindPDF && found == "":
			found = "pdf"
		case res.Kind != extract.KindPDF && res.Kind != extract.KindCMS && res.Kind != extract.KindPGP:
			found = "archive"
		}
	}
	return found
}

// onlySealed reports whether everything that could not be read is encrypted:
// an encrypted attachment excuses nothing that lies beside it.
func (r *reading) onlySealed() bool {
	return !slices.ContainsFunc(r.rep.Parts, func(p PartReport) bool {
		return p.Scanned != Full && !slices.Contains(p.Problems, ProblemEncrypted) && !r.holdsOthers(p.Path)
	})
}

// holdsOthers reports whether parts or files lie in the part at a path.
func (r *reading) holdsOthers(path string) bool {
	return slices.ContainsFunc(r.rep.Parts, func(p PartReport) bool { return inside(p.Path, path) })
}

// inside reports whether the part at one path lies in that at another.
func inside(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && rest != "" && (rest[0] == '.' || rest[0] == '/')
}

func smimeType(t string) bool {
	switch t {
	case "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return true
	}
	return false
}
