package extract

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// unpackedName is the name of the file in a packed one.
func unpackedName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".gz", ".bz2", ".xz", ".zst", ".z":
		return name[:len(name)-len(ext)]
	case ".tgz", ".tbz", ".tbz2", ".txz":
		return name[:len(name)-len(ext)] + ".tar"
	}
	return ""
}

// readGzip reads the file in a gzip file (RFC 1952), all members as one.
func readGzip(w *work) error {
	r, err := gzip.NewReader(bufio.NewReader(w.open()))
	if err != nil {
		return err
	}
	name := r.Name
	if text := strings.TrimSpace(r.Name + "\n" + r.Comment); text != "" {
		n := names{w: w}
		if err := n.add(text); err != nil {
			return err
		}
		if err := n.flush(); err != nil {
			return err
		}
	}
	if name == "" {
		name = unpackedName(w.file.Name)
	}
	return w.child(Child{Name: name, Size: -1}, r)
}

func readBzip2(w *work) error {
	return w.child(Child{Name: unpackedName(w.file.Name), Size: -1}, bzip2.NewReader(w.open()))
}

// maxWindow is how much of what was unpacked a reader may have to keep.
const maxWindow = 64 << 20

// readXZ reads the file in an .xz file (format 1.2.1).
func readXZ(w *work) error {
	if xzWindow(w.file) > maxWindow {
		w.unread(ProblemBudget)
		return errStop
	}
	r, err := xz.ReaderConfig{DictCap: 1 << 16}.NewReader(bufio.NewReader(w.open()))
	if err != nil {
		return err
	}
	return w.child(Child{Name: unpackedName(w.file.Name), Size: -1}, r)
}

// xzWindow is the size of the dictionary that the first block asks for (format
// 1.2.1, sections 3.1 and 5.3.1), 0 if it can't be told.
func xzWindow(f File) int64 {
	const streamHeader, lzma2 = 12, 0x21
	var block [32]byte
	n, _ := f.Data.ReadAt(block[:], streamHeader)
	for i := 1; i+2 < n; i++ {
		if block[i] == lzma2 && block[i+1] == 1 && block[i+2] <= 40 {
			bits := block[i+2]
			return int64(2|bits&1) << (bits/2 + 11)
		}
	}
	return 0
}

// readZstd reads the file in a Zstandard file (RFC 8878).
func readZstd(w *work) error {
	r, err := zstd.NewReader(w.open(), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return err
	}
	defer r.Close()
	return w.child(Child{Name: unpackedName(w.file.Name), Size: -1}, r)
}

// readTar reads the files in a tar file (POSIX pax, GNU and older), also those
// of a second archive behind the first one's end, which some programs read.
func readTar(w *work) error {
	r := w.open()
	n := names{w: w}
	for {
		err := readMembers(w, tar.NewReader(r), &n)
		if nameErr := n.flush(); nameErr != nil {
			return nameErr
		}
		if err != nil {
			return err
		}
		more, err := skipZeros(r)
		if err != nil || !more {
			return err
		}
		w.note(ProblemMismatch)
	}
}

func readMembers(w *work, r *tar.Reader, n *names) error {
	for {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := n.add(h.Name); err != nil {
			return err
		}
		if h.Linkname != "" {
			if err := n.add(h.Linkname); err != nil {
				return err
			}
		}
		if h.Typeflag == tar.TypeDir || h.Typeflag == tar.TypeLink || h.Typeflag == tar.TypeSymlink {
			continue
		}
		if err := w.child(Child{Name: h.Name, Size: h.Size}, r); err != nil {
			return err
		}
	}
}

// skipZeros goes to the next block of 512 bytes that isn't zero, and reports
// whether there is one.
func skipZeros(r *io.SectionReader) (bool, error) {
	var block, zero [512]byte
	for {
		if _, err := io.ReadFull(r, block[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
			return false, nil
		} else if err != nil {
			return false, err
		}
		if !bytes.Equal(block[:], zero[:]) {
			_, err := r.Seek(-int64(len(block)), io.SeekCurrent)
			return true, err
		}
	}
}
