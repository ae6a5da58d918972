package extract

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// oleTree is a compound file to be built: streams by path, "/" between
// storages.
type oleTree map[string][]byte

// build makes a compound file with sectors of 512 bytes and no mini stream.
func (t oleTree) build() []byte {
	type node struct {
		name     string
		data     []byte
		children []int
		storage  bool
	}
	nodes := []node{{name: "Root Entry", storage: true}}
	index := map[string]int{"": 0}
	for _, path := range slices.Sorted(maps.Keys(t)) {
		parent := ""
		parts := strings.Split(path, "/")
		for i := range parts {
			at := strings.Join(parts[:i+1], "/")
			if _, ok := index[at]; !ok {
				index[at] = len(nodes)
				nodes = append(nodes, node{name: parts[i], storage: i+1 < len(parts)})
				nodes[index[parent]].children = append(nodes[index[parent]].children, index[at])
			}
			parent = at
		}
		nodes[index[path]].data = t[path]
	}
	var sectors []byte
	var fat []uint32
	add := func(data []byte) uint32 {
		if len(data) == 0 {
			return oleEnd
		}
		start := uint32(len(fat))
		for len(data) > 0 {
			n := min(len(data), 512)
			sectors = append(sectors, data[:n]...)
			sectors = append(sectors, make([]byte, 512-n)...)
			data = data[n:]
			fat = append(fat, uint32(len(fat))+1)
		}
		fat[len(fat)-1] = oleEnd
		return start
	}
	var directory []byte
	next := make([]uint32, len(nodes))
	for i := range next {
		next[i] = oleFree
	}
	for _, n := range nodes {
		for i := 0; i+1 < len(n.children); i++ {
			next[n.children[i]] = uint32(n.children[i+1])
		}
	}
	for i, n := range nodes {
		e := make([]byte, 128)
		name := wide(n.name)
		copy(e[:62], name)
		binary.LittleEndian.PutUint16(e[64:], uint16(len(name)+2))
		e[66] = 2
		if n.storage {
			e[66] = 1
		}
		child := uint32(oleFree)
		if len(n.children) > 0 {
			child = uint32(n.children[0])
		}
		if i == 0 {
			e[66] = 5
		}
		binary.LittleEndian.PutUint32(e[68:], oleFree)
		binary.LittleEndian.PutUint32(e[72:], next[i])
		binary.LittleEndian.PutUint32(e[76:], child)
		binary.LittleEndian.PutUint32(e[116:], add(n.data))
		binary.LittleEndian.PutUint32(e[120:], uint32(len(n.data)))
		directory = append(directory, e...)
	}
	directoryStart := add(directory)
	fatStart := len(fat)
	fatSectors, listSectors := 1, 0
	for (fatStart+fatSectors+listSectors)*4 > fatSectors*512 {
		fatSectors++
		listSectors = max(0, fatSectors-109+126) / 127
	}
	for range fatSectors {
		fat = append(fat, 0xFFFFFFFD)
	}
	for range listSectors {
		fat = append(fat, 0xFFFFFFFC)
	}
	for len(fat) < 128*fatSectors {
		fat = append(fat, oleFree)
	}
	for _, v := range fat {
		sectors = binary.LittleEndian.AppendUint32(sectors, v)
	}
	// The numbers of the table's sectors that the header has no room for.
	listStart := fatStart + fatSectors
	for i := range listSectors {
		for j := range 127 {
			sector := uint32(oleFree)
			if n := 109 + 127*i + j; n < fatSectors {
				sector = uint32(fatStart + n)
			}
			sectors = binary.LittleEndian.AppendUint32(sectors, sector)
		}
		next := uint32(oleEnd)
		if i+1 < listSectors {
			next = uint32(listStart + i + 1)
		}
		sectors = binary.LittleEndian.AppendUint32(sectors, next)
	}
	head := make([]byte, 512)
	copy(head, oleMagic)
	binary.LittleEndian.PutUint16(head[24:], 0x3E)
	binary.LittleEndian.PutUint16(head[26:], 3)
	binary.LittleEndian.PutUint16(head[28:], 0xFFFE)
	binary.LittleEndian.PutUint16(head[30:], 9)
	binary.LittleEndian.PutUint16(head[32:], 6)
	binary.LittleEndian.PutUint32(head[44:], uint32(fatSectors))
	binary.LittleEndian.PutUint32(head[48:], directoryStart)
	binary.LittleEndian.PutUint32(head[60:], oleEnd)
	binary.LittleEndian.PutUint32(head[68:], oleEnd)
	if listSectors > 0 {
		binary.LittleEndian.PutUint32(head[68:], uint32(listStart))
	}
	for i := range 109 {
		sector := uint32(oleFree)
		if i < fatSectors {
			sector = uint32(fatStart + i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], sector)
	}
	return append(head, sectors...)
}

// wide is s in UTF-16.
func wide(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// le is the values one after the other, the low byte first.
func le(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		switch v := v.(type) {
		case string:
			b.WriteString(v)
		case int:
			_ = binary.Write(&b, binary.LittleEndian, uint32(v))
		default:
			_ = binary.Write(&b, binary.LittleEndian, v)
		}
	}
	return b.Bytes()
}

// record is a record of a workbook.
func record(kind uint16, values ...any) []byte {
	data := le(values...)
	return append(le(kind, uint16(len(data))), data...)
}

// packVBA is a compressed container that compresses nothing.
func packVBA(text string) []byte {
	out := []byte{1}
	for len(text) > 0 {
		n := min(len(text), 3600)
		var chunk []byte
		for i := 0; i < n; i += 8 {
			chunk = append(append(chunk, 0), text[i:min(n, i+8)]...)
		}
		out = append(out, le(uint16(0xB000|(len(chunk)-1)))...)
		out = append(out, chunk...)
		text = text[n:]
	}
	return out
}

// packRTF is compressed RTF that compresses nothing.
func packRTF(text string) []byte {
	var body []byte
	for i := 0; i < len(text); i += 8 {
		body = append(append(body, 0), text[i:min(len(text), i+8)]...)
	}
	return append(le(len(body)+12, len(text), 0x75465A4C, 0), body...)
}
