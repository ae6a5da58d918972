package extract

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"sync"
	"time"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// pdfReader holds the compiled PDF reader. It is compiled for the first PDF.
type pdfReader struct {
	cache  string
	memory pdfMemory
	free   chan struct{} // one token for each file that is read

	mu     sync.Mutex
	pool   pdfium.Pool
	disk   wazero.CompilationCache // nil without a folder
	closed bool
}

// close frees the compiled reader.
func (p *pdfReader) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.pool == nil {
		return nil
	}
	err := p.pool.Close()
	p.pool = nil
	if p.disk != nil {
		err = errors.Join(err, p.disk.Close(context.Background()))
	}
	return errors.Join(err, p.memory.close())
}

// compiled returns the reader's pool, compiling it where that wasn't done yet.
//
// The module sees no files, no network and no clock worth the name; what it may
// do is to read its memory, which has a limit.
func (p *pdfReader) compiled() (pdfium.Pool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pool != nil {
		return p.pool, nil
	}
	if p.closed {
		return nil, errors.New("closed")
	}
	config := wazero.NewRuntimeConfig().WithCloseOnContextDone(true).WithMemoryLimitPages(uint32(p.memory.size >> 16))
	if p.cache != "" {
		if err := os.MkdirAll(p.cache, 0o700); err != nil {
			return nil, fmt.Errorf("folder for the compiled PDF reader: %w", err)
		}
		cache, err := wazero.NewCompilationCacheWithDir(p.cache)
		if err != nil {
			return nil, fmt.Errorf("cache of the compiled PDF reader: %w", err)
		}
		p.disk = cache
		config = config.WithCompilationCache(cache)
	}
	pool, err := webassembly.Init(webassembly.Config{
		Context:  experimental.WithMemoryAllocator(context.Background(), &p.memory),
		MaxTotal: cap(p.free), FSConfig: wazero.NewFSConfig(), RuntimeConfig: config, Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the PDF reader: %w", err)
	}
	p.pool = pool
	return pool, nil
}

// module returns an instance of the reader that nobody else uses, and what
// gives it back. Each file gets a new one: nothing that one file does to the
// reader can reach another.
func (p *pdfReader) module(w *work) (m *pdfModule, end func(), err error) {
	select {
	case p.free <- struct{}{}:
	case <-w.ctx.Done():
		return nil, nil, w.ctx.Err()
	}
	undo := func() { <-p.free }
	defer func() {
		if m == nil { // or the libraries panicked
			undo()
		}
	}()
	w.clock.stop() // compiling isn't the file's fault
	pool, err := p.compiled()
	w.clock.start()
	if err != nil {
		return nil, nil, errors.Join(errReader, err)
	}
	instance, err := pool.GetInstance(10 * time.Second)
	if err != nil {
		return nil, nil, errors.Join(errReader, err)
	}
	undo = func() {
		_ = instance.Close() // nothing of it is used again
		<-p.free
	}
	m, err = newPDFModule(w.ctx, instance)
	if err != nil {
		return nil, nil, errors.Join(errReader, err)
	}
	return m, undo, nil
}

// pdfModule calls the functions of pdfium. When one fails, because the module
// died or the context ended, all further ones give 0, and err says why.
//
// The methods of go-pdfium ask the module many times for each character; these
// calls are the same ones in fewer steps.
type pdfModule struct {
	ctx     context.Context
	mod     api.Module
	calls   map[string]api.Function
	scratch uint32 // pdfScratch bytes for what functions return through pointers
	err     error
}

const pdfScratch = 64 << 10

func newPDFModule(ctx context.Context, instance pdfium.Pdfium) (*pdfModule, error) {
	// The type is internal to go-pdfium, its field Module is exported.
	field := reflect.Indirect(reflect.ValueOf(instance.GetImplementation())).FieldByName("Module")
	if !field.IsValid() {
		return nil, errors.New("this go-pdfium has no field Module")
	}
	mod, ok := field.Interface().(api.Module)
	if !ok {
		return nil, errors.New("this go-pdfium's Module is another one")
	}
	m := &pdfModule{ctx: ctx, mod: mod, calls: map[string]api.Function{}}
	m.scratch = m.malloc(pdfScratch)
	return m, m.err
}

// call calls a function. It costs microseconds, more than what many functions
// do: the context is watched meanwhile. Arguments and result are 32-bit integers, pointers or
// encoded floats.
func (m *pdfModule) call(name string, args ...uint64) uint32 {
	if m.err != nil {
		return 0
	}
	f := m.calls[name]
	if f == nil {
		if f = m.mod.ExportedFunction(name); f == nil {
			m.err = fmt.Errorf("pdfium has no function %s", name)
			return 0
		}
		m.calls[name] = f
	}
	var result []uint64
	if result, m.err = f.Call(m.ctx, args...); m.err != nil || len(result) == 0 {
		return 0
	}
	return uint32(result[0])
}

func (m *pdfModule) malloc(n int64) uint32 {
	p := m.call("malloc", uint64(n))
	if p == 0 && m.err == nil {
		m.err = errPDFMemory
	}
	return p
}

// errPDFMemory says that a file needs more memory than the reader has.
var errPDFMemory = errors.New("pdf: out of memory")

// write copies all of r to the module's memory at p.
func (m *pdfModule) write(p uint32, r io.Reader) error {
	buf := make([]byte, chunk)
	for {
		n, err := r.Read(buf)
		if !m.mod.Memory().Write(p, buf[:n]) {
			return errPDFMemory
		}
		p += uint32(n)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// bytes returns n bytes of the module's memory; they are valid until the next call.
func (m *pdfModule) bytes(p, n uint32) []byte {
	if m.err != nil {
		return nil
	}
	b, ok := m.mod.Memory().Read(p, n)
	if !ok {
		m.err = errors.New("pdf: a pointer leads out of the memory")
	}
	return b
}

// cstring puts a string into scratch memory at offset at.
func (m *pdfModule) cstring(at uint32, s string) uint64 {
	if m.err == nil { // else its memory may be gone
		m.mod.Memory().Write(m.scratch+at, append([]byte(s), 0))
	}
	return uint64(m.scratch + at)
}

// wide calls a function that fills a buffer with UTF-16 and returns its length
// in bytes; its last two arguments are the buffer and that one's length.
func (m *pdfModule) wide(name string, args ...uint64) string {
	const at, size = 4096, pdfScratch - 4096
	n := m.call(name, append(args, uint64(m.scratch+at), size)...)
	if n <= 2 || n > size {
		return ""
	}
	return utf16String(m.bytes(m.scratch+at, n-2))
}

func utf16String(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
