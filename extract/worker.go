package extract

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A worker is a process that reads one file and ends. It gets the file as an
// open descriptor that can only be read, a request on its standard input, and
// answers with frames on its standard output. It has no environment, no other
// descriptors, and limits on memory, time and files that it sets itself before
// it looks at the file.

// workerFile is the descriptor of the file that is to be read.
const workerFile = 3

// workerRequest is what a worker is asked.
type workerRequest struct {
	Kind      Kind
	Name      string
	Type      string
	Charset   string
	Size      int64
	Bytes     int64 // of the budget
	Files     int
	Passwords []string
	Time      time.Duration
	Memory    int64
}

// frameKind says what a frame holds. A frame is its kind (one byte), the length
// of the rest (four bytes, big endian) and the rest.
type frameKind byte

const (
	frameText  frameKind = 't' // length of the place (one byte), place, text
	frameLabel frameKind = 'l' // JSON: id, name
	frameChild frameKind = 'c' // JSON of Child; its content follows
	frameData  frameKind = 'd' // content of the child
	frameEnd   frameKind = 'e' // the child's end; not empty if it is broken
	frameDone  frameKind = 'r' // JSON of Result; the last one
)

// maxFrame is the longest frame.
const maxFrame = 256 << 10

// errFrame says that a worker does not answer as it should.
var errFrame = errors.New("worker: frame out of order")

// RunWorker reads the file that its process inherited and writes what is in it
// to out, as the request on in says. A program calls it for the command line
// that is in Options.Worker, before it does anything else, and ends then. The
// error is one for the program's log; the Extractor that asked sees a file that
// could not be read.
func RunWorker(in io.Reader, out io.Writer) error {
	var q workerRequest
	if err := json.NewDecoder(in).Decode(&q); err != nil {
		return fmt.Errorf("reading the worker's request: %w", err)
	}
	if err := limitProcess(q); err != nil {
		return err
	}
	read, known := risky()[q.Kind]
	if !known {
		return fmt.Errorf("no worker reads %s", q.Kind)
	}
	o := &frameWriter{w: bufio.NewWriterSize(out, chunk)}
	x := &Extractor{options: Options{Time: q.Time}, readers: map[Kind]reader{q.Kind: read}}
	f := File{Data: os.NewFile(workerFile, "file"), Size: q.Size, Name: q.Name, Type: q.Type, Charset: q.Charset}
	w, end := x.begin(context.Background(), f, &Budget{Bytes: q.Bytes, Files: q.Files, Passwords: q.Passwords}, o)
	defer end()
	w.result.Kind = q.Kind
	x.read(w, q.Kind)
	o.json(frameDone, w.result)
	if o.err == nil {
		o.err = o.w.Flush()
	}
	return o.err
}

// limitProcess takes from the process what reading a file doesn't need.
func limitProcess(q workerRequest) error {
	seconds := uint64(q.Time/time.Second) + 2
	debug.SetMemoryLimit(q.Memory / 2)
	for _, l := range [...]struct {
		name     string
		resource int
		value    uint64
	}{
		{"data", unix.RLIMIT_DATA, uint64(q.Memory)},
		{"addresses", unix.RLIMIT_AS, uint64(q.Memory) + 4<<30}, // the Go runtime reserves much that it never uses
		{"time", unix.RLIMIT_CPU, seconds},
		{"files", unix.RLIMIT_NOFILE, 16},
		{"core", unix.RLIMIT_CORE, 0},
		{"file size", unix.RLIMIT_FSIZE, 0},
	} {
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("setting the worker's limit of %s: %w", l.name, err)
		}
	}
	return nil
}

// frameWriter is the Sink of a worker.
type frameWriter struct {
	w   *bufio.Writer
	err error
}

func (o *frameWriter) frame(kind frameKind, parts ...[]byte) {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if o.err == nil {
		_, o.err = o.w.Write(binary.BigEndian.AppendUint32([]byte{byte(kind)}, uint32(size)))
	}
	for _, p := range parts {
		if o.err == nil {
			_, o.err = o.w.Write(p)
		}
	}
}

func (o *frameWriter) json(kind frameKind, v any) {
	b, err := json.Marshal(v)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.frame(kind, b)
}

func (o *frameWriter) Text(place string, text []byte) {
	for len(text) > 0 {
		n := min(len(text), maxFrame-256)
		o.frame(frameText, []byte{byte(len(place))}, []byte(place), text[:n])
		text = text[n:]
	}
}

func (o *frameWriter) Label(id, name string) { o.json(frameLabel, [2]string{id, name}) }

func (o *frameWriter) Child(f Child, r io.Reader) error {
	o.json(frameChild, f)
	buf := make([]byte, chunk)
	for o.err == nil {
		n, err := r.Read(buf)
		if n > 0 {
			o.frame(frameData, buf[:n])
		}
		if err == io.EOF {
			o.frame(frameEnd)
			return o.err
		}
		if err != nil {
			o.frame(frameEnd, []byte{1})
			return err
		}
	}
	return o.err
}

// apart returns the reader that has a worker do what read does, if the
// Extractor has workers.
func (x *Extractor) apart(kind Kind, read reader) reader {
	if len(x.options.Worker) == 0 {
		return read
	}
	return func(w *work) error {
		select {
		case x.workers <- struct{}{}:
		case <-w.ctx.Done():
			return w.ctx.Err()
		}
		defer func() { <-x.workers }()
		return x.inWorker(w, kind)
	}
}

// inWorker starts a worker and takes over what it finds.
func (x *Extractor) inWorker(w *work, kind Kind) error {
	input, err := sealed(w)
	if err != nil {
		return err
	}
	defer func() { _ = input.Close() }() // only read
	request, err := json.Marshal(workerRequest{
		Kind: kind, Name: w.file.Name, Type: w.file.Type, Charset: w.file.Charset, Size: w.file.Size,
		Bytes: w.budget.Bytes, Files: w.budget.Files, Passwords: w.budget.Passwords, Time: x.options.Time, Memory: x.options.WorkerMemory,
	})
	if err != nil {
		return errors.Join(errReader, err)
	}
	process, answers, err := startWorker(x.options.Worker, input, request)
	if err != nil {
		return errors.Join(errReader, err)
	}
	stop := context.AfterFunc(w.ctx, process.kill)
	defer func() {
		process.kill() // it has nothing more to do, done or not
		stop()
		process.wait()
		_ = answers.Close()
	}()
	return w.takeOver(answers)
}

// sealed copies the file to memory that can only be read from then on.
func sealed(w *work) (*os.File, error) {
	fd, err := unix.MemfdCreate("file", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, errors.Join(errReader, err)
	}
	f := os.NewFile(uintptr(fd), "file")
	if _, err := io.Copy(f, w.open()); err != nil {
		return nil, errors.Join(errReader, err, f.Close())
	}
	const all = unix.F_SEAL_WRITE | unix.F_SEAL_GROW | unix.F_SEAL_SHRINK | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, all); err != nil {
		return nil, errors.Join(errReader, err, f.Close())
	}
	return f, nil
}

// workerProcess is a worker that was started.
type workerProcess struct {
	kill func()
	wait func()
}

// startWorker starts a worker in a process group of its own. It dies with this
// process: the kernel watches the thread that started it, so that one waits.
func startWorker(argv []string, input *os.File, request []byte) (*workerProcess, io.ReadCloser, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = []string{"GOMAXPROCS=1", "GOTRACEBACK=none"}
	cmd.Dir = "/"
	cmd.ExtraFiles = []*os.File{input}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_, _ = cmd.Process.Wait() // how it ended shows in its answers
		}
	}()
	if err := <-started; err != nil {
		return nil, nil, err
	}
	go func() {
		_, _ = in.Write(request) // a worker that doesn't read it doesn't answer
		_ = in.Close()
	}()
	group := -cmd.Process.Pid
	kill := func() {
		select {
		case <-ended:
		default:
			_ = syscall.Kill(group, syscall.SIGKILL) // gone is as good
		}
	}
	return &workerProcess{kill: kill, wait: func() { <-ended }}, answers, nil
}
