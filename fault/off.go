//go:build !faults

package fault

// At is a named point of the flow at which a test may kill or freeze the
// process, or the plugins that are its children. Names are "package.point".
func At(string) {}

// Off reports whether a test has switched the named guard off, to show that
// its test would notice.
func Off(string) bool { return false }
