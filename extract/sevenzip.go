package extract

import (
	"errors"
	"hash/crc32"
	"io"

	"github.com/bodgit/sevenzip"
)

// read7z reads the files in a 7z archive. It runs in a worker: what stands in
// an archive's header can make the library ask for any amount of memory.
func read7z(w *work) error {
	r, opened, err := open7z(w)
	if err != nil {
		return err
	}
	n := names{w: w}
	for _, f := range r.File {
		if err := n.add(f.Name); err != nil {
			return err
		}
	}
	if err := n.flush(); err != nil {
		return err
	}
	for _, f := range r.File {
		if f.FileInfo().IsDir() || f.UncompressedSize == 0 {
			continue
		}
		// Where no password fitted, other files may still be readable.
		if !opened && verify7z(w, f) != nil {
			w.encryptedPart()
			continue
		}
		if err := read7zFile(w, f); err != nil {
			return err
		}
	}
	return nil
}

func read7zFile(w *work, f *sevenzip.File) error {
	r, err := f.Open()
	if err != nil {
		w.lost(ProblemFeature)
		return w.ctx.Err()
	}
	defer func() { _ = r.Close() }() // all that was wanted was read
	return w.child(Child{Name: f.Name, Size: int64(f.UncompressedSize)}, checked7z(f, r))
}

// checked7z compares the file's checksum and size, which the library doesn't.
func checked7z(f *sevenzip.File, r io.Reader) io.Reader {
	r = &sizedReader{r: r, left: int64(f.UncompressedSize)}
	if f.CRC32 == 0 {
		return r
	}
	return &checkedReader{r: r, want: f.CRC32, hash: crc32.NewIEEE()}
}

// sizedReader compares the size at the end.
type sizedReader struct {
	r    io.Reader
	left int64
}

func (s *sizedReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.left -= int64(n)
	if err == io.EOF && s.left != 0 {
		err = errChecksum
	}
	return n, err
}

// open7z opens the archive, with the first password that reads its first file;
// opened is false where none does and the names are all there is to see.
//
// The library tells of encryption only in its errors, and a wrong password may
// as well read nothing without one. So two more passwords are tried at the end.
func open7z(w *work) (r *sevenzip.Reader, opened bool, err error) {
	passwords := append([]string{""}, w.budget.Passwords...)
	var plain *sevenzip.Reader
	var first error
	for i, password := range append(passwords, "\x01", "\x02") {
		r, err := sevenzip.NewReaderWithPassword(w.file.Data, w.file.Size, password)
		if err == nil {
			if i == 0 {
				plain = r
			}
			err = readable7z(w, r)
		}
		switch {
		case w.ctx.Err() != nil:
			return nil, false, w.ctx.Err()
		case err == nil:
			w.result.Encrypted = i > 0
			// A reader that has read an encrypted file once reads it wrongly after.
			r, err = sevenzip.NewReaderWithPassword(w.file.Data, w.file.Size, password)
			return r, true, err
		case isSealed7z(err):
			w.result.Encrypted = true
		case i == 0:
			first = err
		}
		if w.result.Encrypted && i+1 >= len(passwords) || first != nil && !errors.Is(first, errChecksum) {
			break
		}
	}
	switch {
	case plain != nil:
		return plain, !w.result.Encrypted, nil // not encrypted: broken, which shows again
	case w.result.Encrypted:
		w.unread(ProblemEncrypted)
		return nil, false, errStop
	}
	return nil, false, first
}

func isSealed7z(err error) bool {
	var read *sevenzip.ReadError
	return errors.As(err, &read) && read.Encrypted
}

// readable7z tries the first file: its checksum tells whether the password is
// the one.
func readable7z(w *work, a *sevenzip.Reader) error {
	for _, f := range a.File {
		if f.UncompressedSize > 0 {
			return verify7z(w, f)
		}
	}
	return nil
}

func verify7z(w *work, f *sevenzip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read
	_, err = io.Copy(io.Discard, io.LimitReader(checked7z(f, r), max(1, w.budget.Bytes)))
	return err
}
