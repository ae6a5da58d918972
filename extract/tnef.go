package extract

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// tnefMagic begins every TNEF file, "winmail.dat".
const tnefMagic = "\x78\x9f\x3e\x22"

var errTNEF = errors.New("tnef: broken")

// Attributes ([MS-OXTNEF] 2.1.3.1), without their types.
const (
	tnefSubject       = 0x8004
	tnefBody          = 0x800C
	tnefAttachData    = 0x800F
	tnefAttachTitle   = 0x8010
	tnefAttachPath    = 0x9001
	tnefAttachBegin   = 0x9002
	tnefProperties    = 0x9003
	tnefRecipients    = 0x9004
	tnefAttachProps   = 0x9005
	tnefCodePage      = 0x9007
	maxTNEFProperties = 100_000
)

// tnefReader reads Transport Neutral Encapsulation Format ([MS-OXTNEF]).
type tnefReader struct {
	w      *work
	page   int
	labels labelSet

	name     string
	kind     string
	at, size int64 // where its data lies
}

// readTNEF reads a TNEF file: the message's texts, and its attachments as
// contained files.
func readTNEF(w *work) error {
	t := &tnefReader{w: w, page: 1252, labels: labelSet{}}
	err := t.attributes()
	if errors.Is(err, errStop) {
		return err
	}
	if aerr := t.endAttachment(); aerr != nil {
		return aerr
	}
	t.labels.hand(w)
	return err
}

func (t *tnefReader) attributes() error {
	head := make([]byte, 9)
	if _, err := t.w.file.Data.ReadAt(head[:6], 0); err != nil || string(head[:4]) != tnefMagic {
		return errTNEF
	}
	for at := int64(6); at < t.w.file.Size; {
		if err := t.w.spend(int64(len(head))); err != nil {
			return err
		}
		if n, _ := t.w.file.Data.ReadAt(head, at); n < len(head) || head[0] != 1 && head[0] != 2 {
			return errTNEF
		}
		id, size := u16(head, 1), int64(u32(head, 5))
		at += int64(len(head))
		if size > t.w.file.Size-at {
			t.w.lost(ProblemBroken)
			size = t.w.file.Size - at
		}
		if err := t.w.passed(t.attribute(id, at, size)); err != nil {
			return err
		}
		at += size + 2 // and a checksum, which nobody heeds
	}
	return nil
}

// attribute reads one attribute, which lies at a place in the file.
func (t *tnefReader) attribute(id int, at, size int64) error {
	switch id {
	case tnefAttachBegin:
		if err := t.endAttachment(); err != nil {
			return err
		}
		return nil
	case tnefAttachData:
		if err := t.endData(); err != nil {
			return err
		}
		t.at, t.size = at, size
		return nil
	case tnefBody:
		return t.w.mapiText(mapiBody, io.NewSectionReader(t.w.file.Data, at, size), t.page, t.labels)
	case tnefCodePage, tnefSubject, tnefAttachTitle, tnefAttachPath, tnefProperties, tnefAttachProps, tnefRecipients:
	default:
		return nil // dates, ids, the class
	}
	b, err := t.w.slurp(io.NewSectionReader(t.w.file.Data, at, size), maxOLEStream)
	if err != nil && !errors.Is(err, errTooLong) {
		return err
	}
	if verr := t.value(id, b); verr != nil {
		return verr
	}
	return err
}

// value takes the value of an attribute.
func (t *tnefReader) value(id int, b []byte) error {
	switch id {
	case tnefCodePage:
		if page := u32(b, 0); page != 0 {
			t.page = page
		}
	case tnefSubject:
		return t.w.line("header", decodePage(b, t.page))
	case tnefAttachTitle, tnefAttachPath:
		if t.name == "" || id == tnefAttachTitle {
			t.name = baseName(cleanText(decodePage(b, t.page)))
		}
	case tnefProperties:
		_, err := t.properties(b, t.messageProperty)
		return err
	case tnefAttachProps:
		_, err := t.properties(b, t.attachProperty)
		return err
	case tnefRecipients:
		rest := part(b, 4, len(b))
		for range min(u32(b, 0), maxTNEFProperties) {
			var err error
			if rest, err = t.properties(rest, t.recipientProperty); err != nil {
				return err
			}
		}
	}
	return nil
}

// endData hands on the data of the open attachment.
func (t *tnefReader) endData() error {
	if t.size == 0 {
		return nil
	}
	c := Child{Name: t.name, Type: t.kind, Size: t.size}
	at := t.at
	t.at, t.size = 0, 0
	return t.w.passed(t.w.child(c, io.NewSectionReader(t.w.file.Data, at, c.Size)))
}

func (t *tnefReader) endAttachment() error {
	err := t.endData()
	t.name, t.kind = "", ""
	return err
}

// messageProperty takes a property of the message.
func (t *tnefReader) messageProperty(id, kind int, b []byte) error {
	switch {
	case id == mapiRTF && kind == mapiBinary:
		return t.w.passed(t.w.compressedRTF(bytes.NewReader(b)))
	case id == mapiHTML && kind == mapiBinary:
		return t.w.childBytes("body.html", "text/html", b)
	case kind == mapiString8 || kind == mapiUnicode:
		return t.text(id, kind, b)
	}
	return nil
}

// attachProperty takes a property of the open attachment: its long name, or a
// message that is the attachment.
func (t *tnefReader) attachProperty(id, kind int, b []byte) error {
	switch {
	case id == mapiAttachLong && kind != mapiBinary:
		t.name = cleanText(decodePage(b, t.pageOf(kind)))
	case id == mapiAttachType && kind != mapiBinary:
		t.kind = strings.ToLower(cleanText(decodePage(b, t.pageOf(kind))))
	case id == mapiAttachData && kind == mapiObject && len(b) > 16:
		return t.w.childBytes(t.name, "", b[16:]) // behind the id of its interface
	case id == mapiAttachData && kind == mapiBinary:
		return t.w.childBytes(t.name, "", b)
	}
	return nil
}

func (t *tnefReader) recipientProperty(id, kind int, b []byte) error {
	if kind != mapiString8 && kind != mapiUnicode {
		return nil
	}
	return t.w.line("header", decodePage(b, t.pageOf(kind)))
}

// text hands on a text of the message.
func (t *tnefReader) text(id, kind int, b []byte) error {
	return t.w.mapiText(id, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), t.pageOf(kind), t.labels)
}

// pageOf is the code page of texts of a kind.
func (t *tnefReader) pageOf(kind int) int {
	if kind == mapiUnicode {
		return 1200
	}
	return t.page
}

// properties calls visit for each property in b, and returns what follows
// them.
func (t *tnefReader) properties(b []byte, visit func(id, kind int, value []byte) error) ([]byte, error) {
	p := &tnefCursor{b: b}
	for range min(p.number(), maxTNEFProperties) {
		if len(p.b) == 0 {
			return nil, errTNEF
		}
		kind, id := u16(p.b, 0), u16(p.b, 2)
		p.take(4)
		if id >= 0x8000 {
			p.named()
		}
		size := map[int]int{2: 4, 3: 4, 4: 4, 0x0A: 4, 0x0B: 4, 5: 8, 6: 8, 7: 8, 0x14: 8, 0x40: 8, 0x48: 16}[kind&^0x1000]
		count := 1
		if kind&0x1000 != 0 || size == 0 {
			count = p.number()
		}
		for range min(count, maxTNEFProperties) {
			value := p.value(size)
			if p.short {
				return nil, errTNEF
			}
			if err := visit(id, kind&^0x1000, value); err != nil {
				return nil, err
			}
		}
	}
	return p.b, nil
}

// tnefCursor takes values off the beginning of b.
type tnefCursor struct {
	b     []byte
	short bool // there was less than was to be taken
}

func (p *tnefCursor) take(n int) []byte {
	if n > len(p.b) {
		n, p.short = len(p.b), true
	}
	taken := p.b[:n]
	p.b = p.b[n:]
	return taken
}

func (p *tnefCursor) number() int {
	b := p.take(4)
	if len(b) < 4 {
		return 0
	}
	return int(binary.LittleEndian.Uint32(b))
}

// named passes over the name of a property that has one.
func (p *tnefCursor) named() {
	p.take(16)
	if p.number() == 0 {
		p.take(4)
		return
	}
	p.padded(p.number())
}

// value takes a value of a fixed size, or one that tells its own.
func (p *tnefCursor) value(size int) []byte {
	if size > 0 {
		return p.take(size)
	}
	return p.padded(p.number())
}

// padded takes n bytes and what fills them up to four.
func (p *tnefCursor) padded(n int) []byte {
	b := p.take(n)
	p.take(min((4-n&3)&3, len(p.b)))
	return b
}
