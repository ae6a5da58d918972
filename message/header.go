package message

import (
	"bytes"
	"slices"
	"strings"
)

// Header is the fields of one header, in their order.
type Header []Field

// Field is one header field.
type Field struct {
	// Name is what stands before the colon, without blanks, in the case in
	// which it was written.
	Name string
	// Raw is the whole field as it stands: name, colon, value and folds,
	// without the final line end. It must not be changed.
	Raw []byte
}

// Value returns what stands after the colon, unfolded: line ends are taken
// out, blanks around it trimmed, nothing decoded. It may hold any byte but CR
// and LF.
func (f Field) Value() string {
	_, v, _ := bytes.Cut(f.Raw, []byte{':'})
	if bytes.ContainsAny(v, "\r\n") {
		v = slices.DeleteFunc(bytes.Clone(v), func(b byte) bool { return b == '\r' || b == '\n' })
	}
	return string(bytes.Trim(v, " \t"))
}

// Text returns the value as a reader sees it: unfolded, encoded words decoded
// (RFC 2047), always valid UTF-8. What can't be decoded stands there as it is
// or as U+FFFD. The text may hold any character, also line ends that stood
// there encoded: whoever writes it into a header must encode it again.
func (f Field) Text() string { return decodeWords(f.Value()) }

// Get returns the value of the first field with that name, "" where there is
// none. Case does not matter.
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value()
		}
	}
	return ""
}

// Text returns the decoded value of the first field with that name, "" where
// there is none.
func (h Header) Text(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Text()
		}
	}
	return ""
}

// Values returns the values of all fields with that name.
func (h Header) Values(name string) []string {
	var all []string
	for _, f := range h.Fields(name) {
		all = append(all, f.Value())
	}
	return all
}

// Fields returns all fields with that name.
func (h Header) Fields(name string) []Field {
	var all []Field
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			all = append(all, f)
		}
	}
	return all
}
