package extract

import (
	"bytes"
	"encoding/pem"
	"errors"
	"io"
)

// cmsKind is the content type of a CMS object (RFC 5652 section 3), or "" for
// what is none.
type cmsKind string

const (
	cmsEnveloped cmsKind = "enveloped"
	cmsSigned    cmsKind = "signed"
	cmsOther     cmsKind = "other"
)

// cmsType tells a CMS object by its first bytes. The headers of BER and DER
// are both understood.
func cmsType(head []byte) cmsKind {
	if len(head) < 13 || head[0] != 0x30 {
		return ""
	}
	at := 2
	if head[1] > 0x80 {
		at += int(head[1] & 0x7F)
	}
	if at >= len(head) {
		return ""
	}
	for _, o := range [...]struct {
		oid  string
		kind cmsKind
	}{
		{"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03", cmsEnveloped},
		{"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17", cmsEnveloped}, // AuthEnvelopedData, RFC 5083
		{"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x06", cmsEnveloped},         // EncryptedData
		{"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", cmsSigned},
		{"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01", cmsOther},
		{"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07", cmsOther},
	} {
		if bytes.HasPrefix(head[at:], []byte(o.oid)) {
			return o.kind
		}
	}
	return ""
}

// maxPEM is the longest text with a CMS object in it that is read.
const maxPEM = 24 << 20

// maxSignature is the largest signature without content that is taken for one.
const maxSignature = 64 << 10

// readCMS says what a CMS object is, and hands on what a signed one has in it
// (RFC 5652).
func readCMS(w *work) error {
	switch w.sniffed.cms {
	case cmsEnveloped:
		w.encryptedWhole()
		return nil
	case cmsSigned:
		w.result.Signed = true
		return readSigned(w)
	case "":
		return readPEM(w)
	}
	w.unread(ProblemUnknown)
	return w.strings()
}

// readPEM hands on the CMS object that stands in text (RFC 7468).
func readPEM(w *work) error {
	text, err := w.slurp(w.content(), maxPEM)
	if errors.Is(err, errTooLong) {
		w.lost(ProblemBudget)
	} else if err != nil {
		return err
	}
	block, rest := pem.Decode(text)
	if block == nil {
		w.unread(ProblemBroken)
		return nil
	}
	if err := w.text("", rest); err != nil {
		return err
	}
	return w.childBytes("", "application/pkcs7-mime", block.Bytes)
}

// readSigned hands on the content of signed data; a signature of its own has
// none.
func readSigned(w *work) error {
	d := &derReader{data: w.file.Data, size: w.file.Size}
	content, found := d.signedContent()
	if end := d.after(d.at(0), 0); d.err != nil || end > w.file.Size {
		w.lost(ProblemBroken)
		d.err = nil
	}
	switch {
	case found:
		return w.child(Child{Type: "message/rfc822", Size: -1}, &octets{d: d, at: content})
	case w.file.Size > maxSignature:
		w.lost(ProblemUnknown)
		return w.strings()
	}
	return nil
}

// derReader walks through BER and DER (ITU-T X.690).
type derReader struct {
	data io.ReaderAt
	size int64
	err  error
}

// derValue is one value: where its content begins and ends. to is -1 for an
// indefinite length, which ends with two zero bytes.
type derValue struct {
	tag      byte
	from, to int64
}

var errDER = errors.New("cms: broken encoding")

// at reads the header that stands at offset i.
func (d *derReader) at(i int64) derValue {
	var b [12]byte
	n, _ := d.data.ReadAt(b[:], i)
	if d.err != nil || n < 2 || b[0]&0x1F == 0x1F {
		d.fail()
		return derValue{}
	}
	v := derValue{tag: b[0], from: i + 2, to: -1}
	switch size := int(b[1]); {
	case size < 0x80:
		v.to = v.from + int64(size)
	case size == 0x80:
	case size-0x80 > 8 || size-0x80+2 > n:
		d.fail()
	default:
		size -= 0x80
		length := int64(0)
		for _, c := range b[2 : 2+size] {
			length = length<<8 | int64(c)
		}
		v.from += int64(size)
		v.to = v.from + length
		if length < 0 || v.to < v.from {
			d.fail()
		}
	}
	return v
}

func (d *derReader) fail() {
	if d.err == nil {
		d.err = errDER
	}
}

// after is where the value behind v begins. Values of indefinite length are
// walked through, with a bound on their number and depth.
func (d *derReader) after(v derValue, depth int) int64 {
	if v.to >= 0 || d.err != nil {
		return v.to
	}
	at := v.from
	for range 1 << 20 {
		inner := d.at(at)
		if d.err != nil || depth > 32 {
			break
		}
		if inner.tag == 0 && inner.from == inner.to {
			return inner.to
		}
		at = d.after(inner, depth+1)
	}
	d.fail()
	return d.size
}

// signedContent finds the content of SignedData (RFC 5652 sections 3, 5.1 and
// 5.2): ContentInfo{oid, [0]{SignedData{version, algorithms, {oid, [0]{octets}}}}}.
func (d *derReader) signedContent() (derValue, bool) {
	info := d.at(0)
	oid := d.at(info.from)
	explicit := d.at(d.after(oid, 0))
	signed := d.at(explicit.from)
	version := d.at(signed.from)
	algorithms := d.at(d.after(version, 0))
	encapsulated := d.at(d.after(algorithms, 0))
	kind := d.at(encapsulated.from)
	at := d.after(kind, 0)
	if d.err != nil || encapsulated.to >= 0 && at >= encapsulated.to {
		return derValue{}, false
	}
	content := d.at(at)
	if content.tag != 0xA0 {
		return derValue{}, false
	}
	return d.at(content.from), d.err == nil
}

// octets reads an OCTET STRING, in one piece or in many.
type octets struct {
	d     *derReader
	at    derValue
	piece derValue
	begun bool
	next  int64
	deep  []derValue
}

func (o *octets) Read(p []byte) (int, error) {
	for !o.begun || o.piece.from >= o.piece.to {
		if !o.advance() {
			if o.d.err != nil {
				return 0, o.d.err
			}
			return 0, io.EOF
		}
	}
	n, err := o.d.data.ReadAt(p[:min(int64(len(p)), o.piece.to-o.piece.from)], o.piece.from)
	o.piece.from += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// advance goes to the next piece that isn't made of pieces.
func (o *octets) advance() bool {
	const constructed = 0x20
	if !o.begun {
		o.begun = true
		if o.at.tag&constructed == 0 {
			o.piece = o.at
			return true
		}
		o.deep, o.next = []derValue{o.at}, o.at.from
	}
	for len(o.deep) > 0 && o.d.err == nil {
		top := o.deep[len(o.deep)-1]
		if top.to >= 0 && o.next >= top.to {
			o.deep = o.deep[:len(o.deep)-1]
			continue
		}
		v := o.d.at(o.next)
		switch {
		case o.d.err != nil:
		case v.tag == 0 && v.from == v.to:
			o.next = v.to
			o.deep = o.deep[:len(o.deep)-1]
		case v.tag&constructed != 0 && len(o.deep) < 32:
			o.deep, o.next = append(o.deep, v), v.from
		case v.tag&constructed != 0:
			o.d.fail()
		default:
			o.piece, o.next = v, v.to
			return true
		}
	}
	return false
}
