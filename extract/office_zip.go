package extract

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// maxPackageDirectory is how much of a package may be its directory: some 80,000
// entries.
const maxPackageDirectory = 4 << 20

var errPackageDirectory = errors.New("zip directory is longer than is read")

// zipGuard is a file of which the first reads are limited: archive/zip takes
// as many entries into memory as the directory has.
type zipGuard struct {
	r    io.ReaderAt
	left int64 // -1: no limit any more
}

func (g *zipGuard) ReadAt(p []byte, off int64) (int, error) {
	if g.left >= 0 {
		if g.left -= int64(len(p)); g.left < 0 {
			g.left = 0
			return 0, errPackageDirectory
		}
	}
	return g.r.ReadAt(p, off)
}

// openPackage opens the zip file that w reads.
func openPackage(w *work) (*zip.Reader, error) {
	guard := &zipGuard{r: w.file.Data, left: maxPackageDirectory}
	z, err := zip.NewReader(guard, w.file.Size)
	if errors.Is(err, errPackageDirectory) {
		w.result.Scanned = None
		w.note(ProblemBudget)
		return nil, errStop
	}
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("zip: %w", err)
	}
	guard.left = -1
	return z, w.spend(int64(len(z.File)) * 32)
}

// odfMediaKind tells an OpenDocument file by its media type.
func odfMediaKind(mimetype string) Kind {
	name, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(mimetype)), "application/vnd.oasis.opendocument.")
	switch {
	case !ok:
		return ""
	case strings.HasPrefix(name, "spreadsheet"), strings.HasPrefix(name, "database"):
		return KindODS
	case strings.HasPrefix(name, "presentation"), strings.HasPrefix(name, "graphics"), strings.HasPrefix(name, "image"), strings.HasPrefix(name, "chart"):
		return KindODP
	}
	return KindODT
}

// entry opens one entry of a package, counted. Where it can't be opened the
// reason is noted and the reader is nil.
func (w *work) entry(f *zip.File) io.ReadCloser {
	if f.Flags&1 != 0 {
		w.encryptedPart()
		return nil
	}
	r, err := f.Open()
	switch {
	case errors.Is(err, zip.ErrAlgorithm):
		w.lost(ProblemFeature)
		return nil
	case err != nil:
		w.lost(ProblemBroken)
		return nil
	}
	return struct {
		io.Reader
		io.Closer
	}{w.counted(r), r}
}

// entryChild hands an entry on as a contained file.
func (w *work) entryChild(f *zip.File, mediaType string) error {
	if f.Flags&1 != 0 {
		w.encryptedPart()
		return nil
	}
	r, err := f.Open()
	if err != nil {
		w.lost(ProblemFeature)
		return nil
	}
	defer r.Close()
	return w.child(Child{Name: path.Base(f.Name), Type: mediaType, Size: int64(min(f.UncompressedSize64, 1<<62))}, r)
}
