package extract

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// oleKind says what a compound file ([MS-CFB]) holds, by the names of its
// streams, and whether it is an Office file that is encrypted as a whole
// ([MS-OFFCRYPTO] section 2.3.4.4).
func oleKind(f File) (kind Kind, sealed bool) {
	kind = KindOLE
	walkOLE(f, func(name string) {
		switch {
		case strings.EqualFold(name, "EncryptedPackage"):
			sealed = true
		case kind != KindOLE:
		case name == "WordDocument":
			kind = KindDoc
		case name == "Workbook" || name == "Book":
			kind = KindXls
		case name == "PowerPoint Document":
			kind = KindPpt
		case strings.HasPrefix(name, "__properties_version1.0") || strings.HasPrefix(name, "__substg1.0_") || strings.HasPrefix(name, "__recip_version1.0"):
			kind = KindMsg
		}
	})
	return kind, sealed
}

// maxDirectory is how many sectors of the directory are looked at.
const maxDirectory = 256

// walkOLE calls visit for the names in the file's directory. It gives up where
// the file makes no sense.
func walkOLE(f File, visit func(name string)) {
	var head [512]byte
	if n, _ := f.Data.ReadAt(head[:], 0); n < len(head) {
		return
	}
	le := binary.LittleEndian
	shift := le.Uint16(head[30:])
	if shift != 9 && shift != 12 {
		return
	}
	size := int64(1) << shift
	at := func(sector uint32) int64 { return (int64(sector) + 1) << shift }
	next := func(sector uint32) uint32 {
		const inHead, end = 109, 0xFFFFFFFE
		perSector := uint32(size / 4)
		if sector/perSector >= inHead {
			return end
		}
		table := le.Uint32(head[76+4*(sector/perSector):])
		var entry [4]byte
		if n, _ := f.Data.ReadAt(entry[:], at(table)+4*int64(sector%perSector)); n < 4 {
			return end
		}
		return le.Uint32(entry[:])
	}
	sector := le.Uint32(head[48:])
	buf := make([]byte, size)
	for range maxDirectory {
		if n, _ := f.Data.ReadAt(buf, at(sector)); n < len(buf) {
			return
		}
		for entry := buf; len(entry) >= 128; entry = entry[128:] {
			if n := int(le.Uint16(entry[64:])); n >= 2 && n <= 64 && entry[66] != 0 {
				units := make([]uint16, n/2-1)
				for i := range units {
					units[i] = le.Uint16(entry[2*i:])
				}
				visit(string(utf16.Decode(units)))
			}
		}
		sector = next(sector)
	}
}

// readOLE reads a compound file that no other reader knows. Where its directory
// is broken, the name of an encrypted file's stream may still stand in it.
func readOLE(w *work) error {
	w.unread(ProblemUnknown)
	sealed, err := w.contains("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")
	if err != nil {
		return err
	}
	if sealed {
		return readSealed(w)
	}
	return w.strings()
}

// readSealed says of an Office file that it is encrypted as a whole.
func readSealed(w *work) error {
	w.result.Encrypted = true
	w.unread(ProblemEncrypted)
	return nil
}
