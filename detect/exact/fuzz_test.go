package exact

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/sealpost/sealpost/detect"
)

// FuzzOpen: no file makes Open or a search fail otherwise than by an error.
// The seal is made anew, so that what lies behind it is tried too, though
// only who has the key can make one.
func FuzzOpen(f *testing.F) {
	good, err := os.ReadFile(build(f, testCSV, testSpec, testKey))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, false)
	f.Add(good, true)
	f.Add(good[:headerSize+sealSize], true)
	for _, at := range []int{len(magic) + 40, headerSize + 4, headerSize + countAt, headerSize + spilledAt, len(good) - sealSize - 8} {
		bad := bytes.Clone(good)
		bad[at] ^= 0xff
		f.Add(bad, true)
	}
	f.Fuzz(func(t *testing.T, data []byte, reseal bool) {
		if len(data) < headerSize+sealSize {
			return
		}
		if reseal {
			data = resealed(data)
		}
		m, err := readMapping(bytes.NewReader(data), int64(len(data)), testKey)
		if err != nil {
			if !errors.Is(err, ErrKey) && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(data, resealed(data)) {
			t.Fatal("a file was taken that isn't as it was sealed")
		}
		defer m.release()
		s := &search{m: m}
		for at, value := range []string{"k 4711", "anna muller", "19800403", "49891234567", "anna@example.com", "zoe", "19911231"} {
			for _, kind := range detect.Kinds() {
				s.Wants(kind)
				if row, found := s.See(kind, []byte(value), at*10); found && row >= m.header.Rows {
					t.Errorf("row %d of %d", row, m.header.Rows)
				}
			}
			s.Word([]byte(value))
		}
		(&watchedSearch{s, func(Match) {}}).See(detect.KindDate, []byte("19800403"), 80)
	})
}

// resealed is a file as if it had been made so with the key.
func resealed(data []byte) []byte {
	data = bytes.Clone(data)
	var h header
	var spec Spec
	_ = h.unmarshal(data, &spec) // what can't be read is refused later
	k := deriveKeys(testKey, h.Salt)
	copy(data[len(magic)+len(h.Salt):], k.check[:])
	seal := hmac.New(sha256.New, k.seal)
	seal.Write(data[:len(data)-sealSize])
	return seal.Sum(data[:len(data)-sealSize])
}

// FuzzBuild: whatever stands in a CSV, Build comes back with a table that can
// be opened, or with mistakes.
func FuzzBuild(f *testing.F) {
	f.Add(testCSV, false)
	f.Add(testCSV, true)
	f.Add("id;name;born;phone;mail\n\"K\n1\";;;;\n", true)
	f.Add("\xff\xfe", false)
	f.Fuzz(func(t *testing.T, csv string, mayBeBad bool) {
		var out bytes.Buffer
		built, err := Build(context.Background(), strings.NewReader(csv), Source{MayBeBad: mayBeBad}, testSpec, testKey, &out, nil)
		if err != nil {
			if mistakes := (Mistakes{}); !errors.As(err, &mistakes) || len(mistakes) == 0 {
				t.Fatal(err)
			}
			return
		}
		m, err := readMapping(bytes.NewReader(out.Bytes()), built.Size, testKey)
		if err != nil {
			t.Fatal(err)
		}
		m.release()
		built.Warnings(testSpec)
	})
}
