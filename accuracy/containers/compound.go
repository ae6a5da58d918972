package containers

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// le16 and le32 are numbers as these formats write them.
func le16(v int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(v))) }
func le32(v int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(v))) }

// utf16le is text of two bytes a unit.
func utf16le(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteString(le16(int(u)))
	}
	return b.String()
}

const (
	sector     = 512
	miniSector = 64
	cutoff     = 4096 // streams below lie in the mini stream
	endOfChain = 0xFFFFFFFE
	fatSector  = 0xFFFFFFFD
	noStream   = 0xFFFFFFFF
)

// padded fills up to a multiple of n.
func padded(s, fill string, n int) string {
	return s + strings.Repeat(fill, (n-len(s)%n)%n)
}

// chains numbers the sectors of streams one behind the other.
func chains(table []int, start, n int) []int {
	for i := range n {
		table = append(table, start+i+1)
	}
	if n > 0 {
		table[len(table)-1] = endOfChain
	}
	return table
}

// compound is a compound file (MS-CFB version 3) with streams in its root. The
// sectors are: allocation table, directory, mini table, mini stream, streams.
func compound(streams ...member) string {
	slices.SortFunc(streams, func(a, b member) int { // by length, then by letters
		if len(a.name) != len(b.name) {
			return len(a.name) - len(b.name)
		}
		return strings.Compare(strings.ToUpper(a.name), strings.ToUpper(b.name))
	})
	var mini strings.Builder
	var miniTable []int
	starts := map[string]int{}
	for _, s := range streams {
		if len(s.content) < cutoff {
			starts[s.name] = len(miniTable)
			content := padded(s.content, "\x00", miniSector)
			miniTable = chains(miniTable, len(miniTable), len(content)/miniSector)
			mini.WriteString(content)
		}
	}
	const fats = 2 // enough for 100 KB
	directories := (len(streams) + 1 + 3) / 4
	var table []int
	for range fats {
		table = append(table, fatSector)
	}
	add := func(content string) (start int, out string) {
		if content == "" {
			return endOfChain, ""
		}
		start = len(table)
		out = padded(content, "\x00", sector)
		table = chains(table, start, len(out)/sector)
		return start, out
	}
	_, _ = add(strings.Repeat("\x00", directories*sector))
	miniTableAt, miniTableBytes := add(numbers(miniTable))
	miniAt, miniBytes := add(mini.String())
	var rest strings.Builder
	for _, s := range streams {
		if len(s.content) >= cutoff {
			at, content := add(s.content)
			starts[s.name] = at
			rest.WriteString(content)
		}
	}
	for len(table) < fats*sector/4 {
		table = append(table, noStream)
	}
	head := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 16) + le16(0x3e) + le16(3) + le16(0xfffe) + le16(9) + le16(6) + strings.Repeat("\x00", 6) +
		le32(0) + le32(fats) + le32(fats) + le32(0) + le32(cutoff) + le32(miniTableAt) + le32(len(miniTableBytes)/sector) + le32(endOfChain) + le32(0) + le32(0) + le32(1)
	return padded(head, "\xff", sector) + numbers(table) + directory(streams, starts, miniAt, mini.Len(), directories) + miniTableBytes + miniBytes + rest.String()
}

// numbers is a table of sectors, filled up with free ones.
func numbers(list []int) string {
	var b strings.Builder
	for _, v := range list {
		b.WriteString(le32(v))
	}
	return padded(b.String(), "\xff", sector)
}

// directory has the root and the streams, which are a balanced tree.
func directory(streams []member, starts map[string]int, miniAt, miniLen, sectors int) string {
	left, right := make([]int, len(streams)), make([]int, len(streams))
	var tree func(from, to int) int
	tree = func(from, to int) int {
		if from >= to {
			return noStream
		}
		middle := (from + to) / 2
		left[middle], right[middle] = tree(from, middle), tree(middle+1, to)
		return middle + 1 // the root is entry 0
	}
	child := tree(0, len(streams))
	s := entry("Root Entry", 5, noStream, noStream, child, miniAt, miniLen)
	for i, m := range streams {
		s += entry(m.name, 2, left[i], right[i], noStream, starts[m.name], len(m.content))
	}
	for len(s) < sectors*sector {
		s += entry("", 0, noStream, noStream, noStream, 0, 0)
	}
	return s
}

func entry(name string, kind, left, right, child, start, size int) string {
	n := utf16le(name)
	length := len(n) + 2
	if name == "" {
		length = 0
	}
	return n + strings.Repeat("\x00", 64-len(n)) + le16(length) + string([]byte{byte(kind), 1}) + le32(left) + le32(right) + le32(child) + strings.Repeat("\x00", 36) + le32(start) + le32(size) + le32(0)
}
