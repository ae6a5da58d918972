package exact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// BuildFile builds a table (Build) and puts its file in place in one step: it
// is written aside, to the disk, read back and checked, and renamed. Whoever
// opens the path finds the old file or the new one. After an error the old one
// stays, and nothing is left.
//
// A file that is replaced keeps its owner and mode. A new one has mode 0600, or
// 0640 where the folder belongs to root and a group that isn't root's; made by
// root, it belongs to whom its folder belongs to.
func BuildFile(ctx context.Context, from io.Reader, source Source, spec Spec, key []byte, path string, progress func(Progress)) (Built, error) {
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		old = nil
	case err != nil:
		return Built{}, fmt.Errorf("replacing %s: %w", path, err)
	case !old.Mode().IsRegular():
		return Built{}, fmt.Errorf("replacing %s: it isn't a file", path)
	}
	aside, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return Built{}, fmt.Errorf("writing %s: %w", path, err)
	}
	built, err := Build(ctx, from, source, spec, key, aside, progress)
	if err == nil {
		tell(progress, Progress{Stage: StageCheck})
		err = inPlace(ctx, aside, old, key, path)
	}
	if err != nil {
		return Built{}, errors.Join(err, ignore(aside.Close(), os.ErrClosed), ignore(os.Remove(aside.Name()), fs.ErrNotExist))
	}
	return built, nil
}

// inPlace finishes a file and puts it at its path.
func inPlace(ctx context.Context, aside *os.File, old fs.FileInfo, key []byte, path string) error {
	if err := errors.Join(belong(aside, old), aside.Sync(), aside.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	m, err := openMapping(aside.Name(), key)
	if err != nil {
		return fmt.Errorf("reading back what was written for %s: %w", path, err)
	}
	m.release()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(aside.Name(), path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return syncFolder(path)
}

// belong gives a new file the owner and mode of the one that it replaces, or
// those of its folder.
func belong(f *os.File, old fs.FileInfo) error {
	if old != nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
		owner, ok := old.Sys().(*syscall.Stat_t)
		if !ok || int(owner.Uid) == os.Geteuid() && int(owner.Gid) == os.Getegid() {
			return nil
		}
		return f.Chown(int(owner.Uid), int(owner.Gid))
	}
	folder, err := os.Stat(filepath.Dir(f.Name()))
	if err != nil {
		return err
	}
	owner, ok := folder.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	if err := f.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
		return err
	}
	if owner.Uid == 0 && owner.Gid != 0 {
		return f.Chmod(0o640)
	}
	return nil
}

// syncFolder makes a file's name last.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}
