package extract

import (
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// pdfMemory is where the PDF reader's instances have their memory: outside the
// Go heap, where it grows in place and is given back at once.
//
// A region stays mapped until close, also when its instance has ended: whoever
// still looks at it sees zeros, and the process lives.
type pdfMemory struct {
	size int64 // of a region, the most that an instance may have

	mu   sync.Mutex
	all  [][]byte
	idle [][]byte
}

// Allocate lends a region to a new instance; wazero calls it. A new region
// takes addresses only; memory comes as the instance grows. Where there are none
// left the instance gets a memory that can't grow, and fails to start.
func (m *pdfMemory) Allocate(_, most uint64) experimental.LinearMemory {
	m.mu.Lock()
	defer m.mu.Unlock()
	if most > uint64(m.size) {
		return &pdfRegion{of: m}
	}
	if last := len(m.idle) - 1; last >= 0 {
		region := m.idle[last]
		m.idle = m.idle[:last]
		return &pdfRegion{of: m, region: region}
	}
	region, err := unix.Mmap(-1, 0, int(m.size), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return &pdfRegion{of: m}
	}
	m.all = append(m.all, region)
	return &pdfRegion{of: m, region: region}
}

// close gives the addresses back. No instance may be using them any more.
func (m *pdfMemory) close() (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, region := range m.all {
		if unmapErr := unix.Munmap(region); unmapErr != nil {
			err = fmt.Errorf("giving memory of the PDF reader back: %w", unmapErr)
		}
	}
	m.all, m.idle = nil, nil
	return err
}

// pdfRegion is the memory of one instance.
type pdfRegion struct {
	of     *pdfMemory
	region []byte
}

// Reallocate makes the first size bytes usable; nil where there is no memory.
func (r *pdfRegion) Reallocate(size uint64) []byte {
	if size > uint64(len(r.region)) || unix.Mprotect(r.region[:size], unix.PROT_READ|unix.PROT_WRITE) != nil {
		return nil
	}
	return r.region[:size]
}

// Free gives the memory back, and keeps the addresses for the next instance.
func (r *pdfRegion) Free() {
	if r.region == nil || unix.Madvise(r.region, unix.MADV_DONTNEED) != nil {
		return // not lent again: nothing of a file may reach the next one
	}
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	r.of.idle = append(r.of.idle, r.region)
	r.region = nil
}
