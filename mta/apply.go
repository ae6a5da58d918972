package mta

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// state is what Apply remembers for Undo, in the folder of the tables.
type state struct {
	Dir string `json:"dir"`
	// Applying is true from before the first change until after the last: a
	// state that is found so belongs to an Apply that died.
	Applying bool `json:"applying"`
	// Exact says that the saved main.cf and master.cf, and nothing else, is
	// what was there before Sealpost.
	Exact bool `json:"exact"`
	// After holds the checksums of main.cf and master.cf as Apply left them.
	After    map[string]string `json:"after"`
	Main     []mainChange      `json:"main"`
	Services []string          `json:"services"`
	Files    []string          `json:"files"`
}

// mainChange is one line of main.cf that Apply set.
type mainChange struct {
	Name string `json:"name"`
	Had  bool   `json:"had"`
	Was  string `json:"was"`
	Set  string `json:"set"`
}

const stateFile = "setup.json"

// Applied is what Apply did.
type Applied struct {
	// Changed names the settings, services and files that were set; empty
	// where everything was as it must be.
	Changed []string `json:"changed"`
	// Checks are the things that were found to work afterwards.
	Checks []string `json:"checks"`
}

// Apply sets the settings on the instance: it saves main.cf and master.cf,
// sets what differs, has Postfix check its configuration, reloads it if it
// runs, and calls verify. If any of these fails, everything is put back and
// the error says why. A second call changes nothing.
//
// What Undo needs is written to p.Files before the first change.
func (pf *Postfix) Apply(ctx context.Context, p Params, verify func(context.Context) ([]string, error)) (Applied, error) {
	settings := PostfixSettings(p)
	var done Applied
	for _, d := range pf.Differences(settings, os.ReadFile) {
		done.Changed = append(done.Changed, d.Name)
	}
	old, err := readState(p.Files)
	if err != nil {
		return Applied{}, err
	}
	if old != nil && old.Applying {
		return Applied{}, fmt.Errorf("an earlier setup was broken off half-way: run `sealpost setup postfix --undo` first")
	}
	if len(done.Changed) > 0 {
		back, err := pf.change(ctx, p, settings, old)
		if err == nil {
			err = pf.reload(ctx)
		}
		if err == nil && verify != nil {
			done.Checks, err = verify(ctx)
		}
		if err != nil {
			return Applied{}, pf.rollBack(ctx, back, err)
		}
		return done, nil
	}
	if verify != nil {
		done.Checks, err = verify(ctx)
	}
	return done, err
}

// rollBack puts files back after a failure and returns that failure, with
// what went wrong on the way back if anything did.
func (pf *Postfix) rollBack(ctx context.Context, back []saved, cause error) error {
	// What failed may have been ctx running out; the way back needs time of its own.
	ctx = context.WithoutCancel(ctx)
	for _, f := range back {
		if err := f.restore(); err != nil {
			return fmt.Errorf("%w; and putting %s back: %w (the saved copy lies beside the tables)", cause, f.path, err)
		}
	}
	if err := pf.reload(ctx); err != nil {
		return fmt.Errorf("%w; everything was put back, but then: %w", cause, err)
	}
	return fmt.Errorf("%w; everything was put back as it was", cause)
}

// change writes files, main.cf and master.cf. It returns what a failure later
// on must put back.
func (pf *Postfix) change(ctx context.Context, p Params, s Settings, old *state) ([]saved, error) {
	if err := os.MkdirAll(p.Files, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder for tables: %w", err)
	}
	back, err := pf.save(p, s)
	if err != nil {
		return nil, err
	}
	st, err := pf.begin(p, s, old)
	if err != nil {
		return back, err
	}
	for _, f := range s.Files {
		if err := writeFile(f.Path, []byte(f.Content), 0o644); err != nil {
			return back, err
		}
	}
	args := []string{"-e"}
	for _, m := range s.Main {
		args = append(args, m.Name+" = "+m.Value)
	}
	if _, err := pf.run(ctx, "postconf", args...); err != nil {
		return back, err
	}
	args = []string{"-Me"}
	for _, v := range s.Services {
		args = append(args, v.Key()+"="+v.Line())
	}
	if _, err := pf.run(ctx, "postconf", args...); err != nil {
		return back, err
	}
	if err := pf.Refresh(ctx); err != nil {
		return back, err
	}
	if left := pf.Differences(s, os.ReadFile); len(left) > 0 {
		return back, fmt.Errorf("setting %s: Postfix has %q, want %q", left[0].Name, left[0].Have, left[0].Want)
	}
	st.Applying = false
	if st.After, err = pf.sums(); err != nil {
		return back, err
	}
	return back, writeState(p.Files, st)
}

// begin writes down what is about to be changed.
func (pf *Postfix) begin(p Params, s Settings, old *state) (*state, error) {
	st := &state{Dir: pf.Dir, Applying: true, Exact: true}
	if old != nil {
		now, err := pf.sums()
		if err != nil {
			return nil, err
		}
		// The saved files stay those from before the first Apply. If somebody
		// edited since, they no longer hold everything.
		st.Exact = old.Exact && old.After["main.cf"] == now["main.cf"] && old.After["master.cf"] == now["master.cf"]
	} else {
		for _, name := range []string{"main.cf", "master.cf"} {
			content, err := os.ReadFile(filepath.Join(pf.Dir, name))
			if err != nil {
				return nil, fmt.Errorf("saving %s: %w", name, err)
			}
			if err := writeFile(filepath.Join(p.Files, name+".before"), content, 0o600); err != nil {
				return nil, err
			}
		}
	}
	for _, m := range s.Main {
		c := mainChange{Name: m.Name, Set: m.Value}
		c.Was, c.Had = pf.Main[m.Name]
		if was := old.mainChange(m.Name); was != nil && sameValue(pf.Main[m.Name], was.Set) {
			c.Had, c.Was = was.Had, was.Was
		}
		st.Main = append(st.Main, c)
	}
	for _, v := range s.Services {
		st.Services = append(st.Services, v.Key())
	}
	for _, f := range s.Files {
		st.Files = append(st.Files, f.Path)
	}
	return st, writeState(p.Files, st)
}

func (st *state) mainChange(name string) *mainChange {
	if st == nil {
		return nil
	}
	i := slices.IndexFunc(st.Main, func(c mainChange) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &st.Main[i]
}

func (pf *Postfix) reload(ctx context.Context) error {
	if _, err := pf.run(ctx, "postfix", "check"); err != nil {
		return err
	}
	if !pf.Running(ctx) {
		return nil
	}
	_, err := pf.run(ctx, "postfix", "reload")
	return err
}

// ErrNothingToUndo says that no state of an earlier Apply was found.
var ErrNothingToUndo = errors.New("setup was not applied here: nothing to undo")

// Undo takes the settings back. main.cf and master.cf become byte for byte
// what they were, unless they were edited since: then only what Apply set is
// taken out. exact says which it was.
func (pf *Postfix) Undo(ctx context.Context, p Params) (exact bool, err error) {
	st, err := readState(p.Files)
	if err != nil {
		return false, err
	}
	if st == nil {
		return false, ErrNothingToUndo
	}
	if st.Dir != pf.Dir {
		return false, fmt.Errorf("setup was applied to %s, not to %s", st.Dir, pf.Dir)
	}
	now, err := pf.sums()
	if err != nil {
		return false, err
	}
	untouched := st.After["main.cf"] == now["main.cf"] && st.After["master.cf"] == now["master.cf"]
	back, err := pf.save(p, Settings{})
	if err != nil {
		return false, err
	}
	exact = st.Exact && (untouched || st.Applying)
	if exact {
		err = pf.restoreSaved(p)
	} else {
		err = pf.takeOut(ctx, p, st)
	}
	if err == nil {
		err = pf.Refresh(ctx)
	}
	if err == nil {
		err = pf.reload(ctx)
	}
	if err != nil {
		return false, pf.rollBack(ctx, back, err)
	}
	return exact, removeFiles(p, st)
}

func (pf *Postfix) restoreSaved(p Params) error {
	for _, name := range []string{"main.cf", "master.cf"} {
		content, err := os.ReadFile(filepath.Join(p.Files, name+".before"))
		if err != nil {
			return fmt.Errorf("reading the saved %s: %w", name, err)
		}
		if err := replaceFile(filepath.Join(pf.Dir, name), content); err != nil {
			return err
		}
	}
	return nil
}

// takeOut removes Sealpost's entries and leaves everything else as it is now.
func (pf *Postfix) takeOut(ctx context.Context, p Params, st *state) error {
	var set, drop []string
	rest := p.Over(pf.Main).Existing
	for _, c := range st.Main {
		have, is := pf.Main[c.Name]
		switch {
		case !is:
		case sameValue(have, c.Set) && c.Had:
			set = append(set, c.Name+" = "+c.Was)
		case sameValue(have, c.Set):
			drop = append(drop, c.Name)
		case isList(c.Name) && rest[c.Name] == "" && !c.Had:
			drop = append(drop, c.Name)
		case isList(c.Name):
			set = append(set, c.Name+" = "+rest[c.Name])
		}
	}
	steps := [][]string{append([]string{"-e"}, set...), append([]string{"-X"}, drop...)}
	var services []string
	for _, key := range st.Services {
		if slices.ContainsFunc(pf.Entries, func(e string) bool { return entryKey(e) == key }) {
			services = append(services, key)
		}
	}
	steps = append(steps, append([]string{"-MX"}, services...))
	for _, args := range steps {
		if len(args) == 1 {
			continue
		}
		if _, err := pf.run(ctx, "postconf", args...); err != nil {
			return err
		}
	}
	return nil
}

func removeFiles(p Params, st *state) error {
	list := append(slices.Clone(st.Files), filepath.Join(p.Files, "main.cf.before"), filepath.Join(p.Files, "master.cf.before"), filepath.Join(p.Files, stateFile))
	for _, path := range list {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing %s: %w", path, err)
		}
	}
	_ = os.Remove(p.Files) // only if it is empty
	return nil
}

func (pf *Postfix) sums() (map[string]string, error) {
	m := map[string]string{}
	for _, name := range []string{"main.cf", "master.cf"} {
		content, err := os.ReadFile(filepath.Join(pf.Dir, name))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		sum := sha256.Sum256(content)
		m[name] = hex.EncodeToString(sum[:])
	}
	return m, nil
}

// saved is a file as it was before a change.
type saved struct {
	path    string
	missing bool
	content []byte
}

func (f saved) restore() error {
	if f.missing {
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return replaceFile(f.path, f.content)
}

func (pf *Postfix) save(p Params, s Settings) ([]saved, error) {
	paths := []string{filepath.Join(pf.Dir, "main.cf"), filepath.Join(pf.Dir, "master.cf")}
	for _, f := range s.Files {
		paths = append(paths, f.Path)
	}
	if len(s.Files) > 0 {
		paths = append(paths, filepath.Join(p.Files, stateFile), filepath.Join(p.Files, "main.cf.before"), filepath.Join(p.Files, "master.cf.before"))
	}
	var list []saved
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading %s before the change: %w", path, err)
		}
		list = append(list, saved{path, err != nil, content})
	}
	return list, nil
}

// replaceFile gives an existing file other content, in one step, with the
// same owner and mode.
func replaceFile(path string, content []byte) error {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return writeFile(path, content, 0o644)
	} else if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	if err := writeFile(real, content, info.Mode().Perm()); err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Chown(real, int(owner.Uid), int(owner.Gid))
	}
	return nil
}

// writeFile writes a file in one step: it is there whole, or as before.
func writeFile(path string, content []byte, mode fs.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".sealpost-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func readState(dir string) (*state, error) {
	path := filepath.Join(dir, stateFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what an earlier setup did: %w", err)
	}
	var st state
	if err := json.Unmarshal(content, &st); err != nil {
		return nil, fmt.Errorf("reading what an earlier setup did: %s: %w", path, err)
	}
	return &st, nil
}

func writeState(dir string, st *state) error {
	content, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, stateFile), append(content, '\n'), 0o600)
}
