package extract

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/bzip2"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// readZip hands on the files of a zip file (APPNOTE.TXT 6.3.10).
//
// Programs disagree on what is in a zip file whose directory and file headers
// tell different things. All of it is read: what the directory lists, and the
// files that stand between those.
func readZip(w *work) error {
	z := &zipFile{w: w, names: names{w: w}}
	d, err := findDirectory(w.file.Data, w.file.Size)
	if err != nil {
		w.lost(ProblemBroken)
		err = z.scan(0, w.file.Size)
	} else {
		err = z.listed(d)
	}
	if nameErr := z.names.flush(); err == nil {
		err = nameErr
	}
	return err
}

// zipFile is a zip file that is being read.
type zipFile struct {
	w      *work
	names  names
	ranges []zipRange // where the files that were read lie
}

type zipRange struct{ from, to int64 }

// listed reads what the directory lists, and then what stands between.
func (z *zipFile) listed(d zipDirectory) error {
	w := z.w
	if len(d.comment) > 0 {
		if err := w.text("comments", append([]byte(zipName(d.comment, false)), '\n')); err != nil {
			return err
		}
	}
	if rest := w.file.Size - d.end; rest > 0 { // of another file, mostly
		w.note(ProblemMismatch)
		if err := w.child(Child{Size: rest}, io.NewSectionReader(w.file.Data, d.end, rest)); err != nil {
			return err
		}
	}
	z.ranges = append(z.ranges, zipRange{d.offset, w.file.Size})
	err := d.walk(w.file, func(e zipEntry) error {
		if len(e.comment) > 0 {
			if err := w.text("comments", append([]byte(zipName(e.comment, false)), '\n')); err != nil {
				return err
			}
		}
		return z.entry(e)
	})
	if errors.Is(err, errZip) {
		w.lost(ProblemBroken)
		err = nil
	}
	if err != nil {
		return err
	}
	slices.SortFunc(z.ranges, func(a, b zipRange) int { return cmp.Compare(a.from, b.from) })
	listed := z.ranges
	at := int64(0)
	for i, r := range listed {
		if r.from > at {
			if err := z.between(at, r.from, i == 0); err != nil {
				return err
			}
		} else if i > 0 && r.from < at {
			w.note(ProblemBroken) // files that share their bytes: nothing honest writes that
		}
		at = max(at, r.to)
	}
	return nil
}

// between reads what stands where the directory lists nothing.
func (z *zipFile) between(from, to int64, first bool) error {
	w := z.w
	found, err := z.find(from, to)
	if err != nil {
		return err
	}
	if first && found > from && w.sniffed.also != KindZip {
		// A program that unpacks itself, or something else that a zip file was
		// appended to.
		if err := w.child(Child{Name: "", Size: found - from}, io.NewSectionReader(w.file.Data, from, found-from)); err != nil {
			return err
		}
	}
	if found < to {
		w.note(ProblemMismatch)
		return z.scan(found, to)
	}
	return nil
}

// find is where the next file header stands, or to.
func (z *zipFile) find(from, to int64) (int64, error) {
	r := newForward(io.NewSectionReader(z.w.file.Data, from, to-from))
	for {
		b := r.peek(30)
		i := bytes.Index(b, []byte("PK\x03\x04"))
		switch {
		case i >= 0 && len(b)-i < 30 && r.err == nil:
			r.next(i)
			from += int64(i)
			continue
		case i >= 0 && plausibleHeader(b[i:]):
			return from + int64(i), nil
		case i >= 0:
			i += 4
		case r.err == io.EOF:
			return to, nil
		case r.err != nil:
			return to, r.err
		default:
			i = max(1, len(b)-3)
		}
		r.next(i)
		from += int64(i)
	}
}

// plausibleHeader reports whether a file header's version and lengths may be
// ones.
func plausibleHeader(b []byte) bool {
	return len(b) >= 30 && b[4] <= 100 && binary.LittleEndian.Uint16(b[26:]) > 0 && binary.LittleEndian.Uint16(b[26:]) < 4096
}

// scan reads the files whose headers stand between two offsets, whatever a
// directory says.
func (z *zipFile) scan(from, to int64) error {
	for {
		at, err := z.find(from, to)
		if err != nil || at == to {
			return err
		}
		e, data, err := z.header(at)
		if err != nil {
			return err
		}
		end := data + e.packed
		if e.flags&zipFlagDescriptor != 0 && e.packed == 0 {
			if end, err = z.find(data, to); err != nil {
				return err
			}
			e.packed = end - data
			e.crc = 0 // stands behind the data
		}
		if end > to {
			e.packed = to - data
		}
		e.offset = at
		if err := z.entry(e); err != nil {
			return err
		}
		from = min(to, max(end, at+4))
	}
}

// header reads the file header at offset at, and says where its data begins.
func (z *zipFile) header(at int64) (e zipEntry, data int64, err error) {
	head := make([]byte, 30)
	if n, err := z.w.file.Data.ReadAt(head, at); n < 30 {
		return e, 0, errors.Join(errZip, err)
	}
	le := binary.LittleEndian
	nameSize, extraSize := int(le.Uint16(head[26:])), int(le.Uint16(head[28:]))
	rest := make([]byte, nameSize+extraSize)
	n, _ := z.w.file.Data.ReadAt(rest, at+30)
	if string(head[:4]) != "PK\x03\x04" || n < len(rest) {
		return e, 0, errZip
	}
	e = zipEntry{
		flags: le.Uint16(head[6:]), method: le.Uint16(head[8:]), time: le.Uint16(head[10:]), crc: le.Uint32(head[14:]),
		packed: int64(le.Uint32(head[18:])), size: int64(le.Uint32(head[22:])),
		raw: rest[:nameSize], extra: rest[nameSize:], offset: at,
	}
	e.readExtra()
	e.offset = at
	return e, at + 30 + int64(len(rest)), nil
}

// entry reads one file. What is wrong with it costs no other.
func (z *zipFile) entry(e zipEntry) error {
	w := z.w
	if err := z.names.add(e.name); err != nil {
		return err
	}
	local, data, err := z.header(e.offset)
	if err != nil {
		w.lost(ProblemBroken)
		return w.ctx.Err()
	}
	if !bytes.Equal(local.raw, e.raw) {
		w.note(ProblemMismatch)
		if err := z.names.add(local.name); err != nil {
			return err
		}
	}
	if local.method != e.method || (local.flags^e.flags)&zipFlagEncrypted != 0 || local.packed != 0 && local.packed != e.packed {
		// Which of the two a program believes nobody knows.
		w.note(ProblemMismatch)
		local.offset = e.offset
		if local.packed == 0 {
			local.packed = e.packed
		}
		if err := z.data(local, data); err != nil {
			return err
		}
	}
	z.ranges = append(z.ranges, zipRange{e.offset, min(data+e.packed, w.file.Size)})
	if strings.HasSuffix(e.name, "/") && e.packed == 0 {
		return nil
	}
	return z.data(e, data)
}

// data unpacks one file, and decrypts it before.
func (z *zipFile) data(e zipEntry, at int64) error {
	w := z.w
	if at+e.packed > w.file.Size {
		w.lost(ProblemBroken)
		e.packed = w.file.Size - at
	}
	packed := io.NewSectionReader(w.file.Data, at, max(0, e.packed))
	open := func() (io.Reader, error) { return packed, nil }
	if e.flags&zipFlagEncrypted != 0 {
		w.result.Encrypted = true
		if open = z.decrypt(&e, packed); open == nil {
			w.encryptedPart()
			return nil
		}
	}
	r, err := open()
	if err != nil {
		w.lost(ProblemBroken)
		return nil
	}
	if r = unpackZip(e, r); r == nil {
		w.lost(ProblemFeature)
		return nil
	}
	return w.child(Child{Name: e.name, Size: e.size}, r)
}

// Compression methods (APPNOTE.TXT section 4.4.5).
const (
	zipStored   = 0
	zipDeflated = 8
	zipBzip2    = 12
	zipZstd     = 93
	zipXZ       = 95
	zipAESCoded = 99
)

// unpackZip returns the file behind r, or nil for a method that is not known.
func unpackZip(e zipEntry, r io.Reader) io.Reader {
	switch e.method {
	case zipStored:
	case zipDeflated:
		r = flate.NewReader(bufio.NewReader(r))
	case zipBzip2:
		r = bzip2.NewReader(r)
	case zipZstd, zipXZ:
		return r // complete files of these kinds, which have readers of their own
	default:
		return nil
	}
	if e.crc == 0 {
		return r // not told, or WinZip's AES, which has its own check
	}
	return &checkedReader{r: r, want: e.crc, hash: crc32.NewIEEE()}
}

// errChecksum says that the bytes aren't those that were packed.
var errChecksum = errors.New("checksum differs")

// checkedReader compares the checksum at the end.
type checkedReader struct {
	r    io.Reader
	hash hash.Hash32
	want uint32
}

func (c *checkedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	_, _ = c.hash.Write(p[:n]) // a hash never fails
	if err == io.EOF && c.hash.Sum32() != c.want {
		err = errChecksum
	}
	return n, err
}

// zipName decodes a name. What is UTF-8 is UTF-8, flag or not; the rest is in
// the character set of the first PCs.
func zipName(b []byte, isUTF8 bool) string {
	if isUTF8 || utf8.Valid(b) {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	out, _ := charmap.CodePage437.NewDecoder().Bytes(b) // knows every byte
	return string(out)
}

// names collects the names in a container, which are text too.
type names struct {
	w   *work
	buf []byte
}

func (n *names) add(name string) error {
	if unsafe(name) {
		n.w.note(ProblemUnsafe)
	}
	n.buf = append(append(n.buf, charset{}.sample([]byte(name))...), '\n')
	if len(n.buf) < chunk {
		return nil
	}
	return n.flush()
}

func (n *names) flush() error {
	err := n.w.text("names", n.buf)
	n.buf = n.buf[:0]
	return err
}

// unsafe reports whether a name leads out of the folder that is unpacked to.
func unsafe(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' && isLetter(name[0]) ||
		slices.Contains(strings.Split(name, "/"), "..") || strings.IndexByte(name, 0) >= 0
}
