package exact

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// A key is 32 to 256 random bytes; its file holds them as hexadecimal digits.
const (
	minKey = 32
	maxKey = 256
)

// ReadKey reads a key. Its file must not be readable by everybody.
func ReadKey(path string) ([]byte, error) {
	key, err := readKey(path)
	if err != nil {
		return nil, fmt.Errorf("reading the key %s: %w", path, err)
	}
	return key, nil
}

func readKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() && info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("everybody on this machine may read or write it (mode %04o): chmod o-rwx %s", info.Mode().Perm(), path)
	}
	text, err := io.ReadAll(io.LimitReader(f, 2*maxKey+64))
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) < minKey || len(key) > maxKey {
		// What hex says would show a part of it.
		return nil, fmt.Errorf("this is no key; want %d to %d hexadecimal digits", 2*minKey, 2*maxKey)
	}
	return key, nil
}

// NewKey makes a key and its file, which must not be there yet. Its mode is
// 0600, or 0640 where the folder belongs to root and a group that isn't root's;
// made by root, it belongs to whom its folder belongs to.
func NewKey(path string) error {
	key := make([]byte, minKey)
	if _, err := rand.Read(key); err != nil {
		return fmt.Errorf("making the key %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the key %s: there is one; tables that were made with it can't be read with another", path)
	}
	if err != nil {
		return fmt.Errorf("making the key %s: %w", path, err)
	}
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	err = errors.Join(err, belong(f, nil), f.Sync(), f.Close())
	if err == nil {
		err = syncFolder(path)
	}
	if err != nil {
		return fmt.Errorf("making the key %s: %w", path, errors.Join(err, os.Remove(path)))
	}
	return nil
}
