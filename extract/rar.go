package extract

import (
	"errors"
	"io"

	"github.com/nwaples/rardecode/v2"
)

// readRAR reads the files in a RAR archive, versions 2 to 5.
func readRAR(w *work) error {
	password := ""
	if encryptedRAR(w, "") {
		w.result.Encrypted = true
		for _, p := range w.budget.Passwords {
			if w.ctx.Err() == nil && !encryptedRAR(w, p) {
				password = p
				break
			}
		}
	}
	r, err := openRAR(w, password)
	n := names{w: w}
	for err == nil {
		var h *rardecode.FileHeader
		if h, err = r.Next(); err != nil {
			break
		}
		if err := n.add(h.Name); err != nil {
			return err
		}
		switch {
		case h.IsDir:
		case h.Encrypted && password == "":
			w.encryptedPart()
		default:
			if err := w.child(Child{Name: h.Name, Size: h.UnPackedSize}, r); err != nil {
				return err
			}
		}
	}
	if nameErr := n.flush(); nameErr != nil {
		return nameErr
	}
	return w.endOfRAR(err)
}

// endOfRAR says what it means that an archive ended so.
func (w *work) endOfRAR(err error) error {
	switch {
	case err == io.EOF:
		return nil
	case isPasswordError(err):
		w.result.Encrypted = true
		w.fail(ProblemEncrypted)
		return errStop
	case errors.Is(err, rardecode.ErrMultiVolume), errors.Is(err, rardecode.ErrFileNameRequired), errors.Is(err, rardecode.ErrUnknownDecoder),
		errors.Is(err, rardecode.ErrUnsupportedDecoder), errors.Is(err, rardecode.ErrUnknownVersion):
		w.fail(ProblemFeature)
		return errStop
	case errors.Is(err, rardecode.ErrDictionaryTooLarge):
		w.fail(ProblemBudget)
		return errStop
	}
	return err
}

func openRAR(w *work, password string) (*rardecode.Reader, error) {
	return rardecode.NewReader(w.open(), rardecode.Password(password), rardecode.MaxDictionarySize(maxWindow))
}

func isPasswordError(err error) bool {
	return errors.Is(err, rardecode.ErrArchiveEncrypted) || errors.Is(err, rardecode.ErrArchivedFileEncrypted) || errors.Is(err, rardecode.ErrBadPassword)
}

// encryptedRAR reports whether the password does not open the first encrypted
// file. Older archives only show that by a checksum at the file's end.
func encryptedRAR(w *work, password string) bool {
	r, err := openRAR(w, password)
	for err == nil {
		var h *rardecode.FileHeader
		if h, err = r.Next(); err != nil {
			break
		}
		if h.Encrypted {
			_, err = io.Copy(io.Discard, io.LimitReader(r, max(1, w.budget.Bytes)))
			return err != nil
		}
	}
	return isPasswordError(err)
}
