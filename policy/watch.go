package policy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Quiet is how long the folders must be still before a change is loaded, so
// that a half-copied policy isn't taken for a whole one. Whoever can, swaps a
// symbolic link: that is one step.
const Quiet = 400 * time.Millisecond

// Watch reloads whenever something in the folders changes, until ctx ends. It
// sees files written in place, renamed over others as editors do, and folders
// or files that are symbolic links to something else now. After each attempt
// it calls reloaded with Reload's result; a failure to watch is reported
// there, too, and the folders are loaded as they are.
//
// It returns an error only if it can't begin, and nil when ctx has ended.
func (e *Engine) Watch(ctx context.Context, reloaded func(error), folders ...string) error {
	return WatchFolders(ctx, func(err error) {
		if err != nil {
			reloaded(err)
			return
		}
		err = e.Reload(ctx)
		if ctx.Err() == nil {
			reloaded(err)
		}
	}, folders...)
}

// WatchFolders calls changed whenever something in the folders has changed and
// they are still again, as Watch says, and with an error for a failure to watch.
func WatchFolders(ctx context.Context, changed func(error), folders ...string) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watching the policy: %w", err)
	}
	defer w.Close()
	if err := watchAll(w, folders); err != nil {
		return err
	}
	quiet := time.NewTimer(Quiet)
	quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, open := <-w.Events:
			if !open {
				return errors.New("watching the policy: the watcher has ended")
			}
			if event.Op != fsnotify.Chmod && concerns(event.Name, folders) {
				quiet.Reset(Quiet)
			}
		case err, open := <-w.Errors:
			if !open {
				return errors.New("watching the policy: the watcher has ended")
			}
			// Events may be lost: look at the files themselves.
			changed(fmt.Errorf("watching the policy: %w", err))
			quiet.Reset(Quiet)
		case <-quiet.C:
			// A folder may be another one by now.
			if err := watchAll(w, folders); err != nil {
				changed(err)
			}
			changed(nil)
		}
	}
}

// watchAll watches the folders, all below them, the folders that hold them,
// and where symbolic links lead. Watching a folder twice does nothing.
func watchAll(w *fsnotify.Watcher, folders []string) error {
	for _, watched := range w.WatchList() {
		// A watch stays with the folder that was there when it was set.
		if err := w.Remove(watched); err != nil && !errors.Is(err, fsnotify.ErrNonExistentWatch) {
			return fmt.Errorf("watching the policy: %w", err)
		}
	}
	for _, folder := range folders {
		if err := w.Add(filepath.Dir(filepath.Clean(folder))); err != nil {
			return fmt.Errorf("watching the policy: %w", err)
		}
		if err := w.Add(folder); err != nil {
			return fmt.Errorf("watching the policy: %w", err)
		}
		// os.DirFS follows a link at the top and none below it.
		err := filepath.WalkDir(folder+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			return w.Add(path)
		})
		if err != nil {
			return fmt.Errorf("watching the policy: %w", err)
		}
	}
	return nil
}

// concerns reports whether a changed path is one of the folders, or in one.
func concerns(path string, folders []string) bool {
	path = filepath.Clean(path)
	for _, folder := range folders {
		folder = filepath.Clean(folder)
		if path == folder || len(path) > len(folder) && path[:len(folder)+1] == folder+string(filepath.Separator) {
			return true
		}
	}
	return false
}
