package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// whole carries out what is about the whole call.
func whole(ctx context.Context, do string) error {
	switch do {
	case "hang":
		select {} // deaf to ctx, as a real hang is
	case "wait":
		<-ctx.Done()
		return ctx.Err()
	case "slow":
		time.Sleep(time.Second)
	case "exit":
		os.Exit(3)
	case "crash":
		go panic("the test asked for a crash")
		select {}
	case "panic":
		panic("the test asked for a panic")
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		time.Sleep(100 * time.Millisecond) // the other threads stop a little later
	case "flood":
		flood()
	case "memory":
		eat(1 << 30)
	case "grandchild":
		cmd := exec.Command("/bin/sleep", "600")
		cmd.Stdout, cmd.Stderr = os.NewFile(1, "stdout"), os.NewFile(2, "stderr")
		if err := cmd.Start(); err != nil {
			return err
		}
	case "error":
		return errAsked
	}
	return nil
}

// flood writes to standard output and error, through Go and past it, with and
// without ends of lines.
func flood() {
	long := strings.Repeat("y", 1<<20)
	for i := range 1000 {
		fmt.Println("noise on standard output", i)
		fmt.Fprintln(os.Stderr, "noise on standard error", i)
	}
	fmt.Print(long)
	_, _ = syscall.Write(1, []byte(long)) // the process's own, which go-plugin doesn't replace
	_, _ = syscall.Write(2, []byte(long))
}

// eat takes memory until the process is killed for it, at most size bytes.
func eat(size int) {
	var held [][]byte
	for range size >> 20 {
		b := make([]byte, 1<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		held = append(held, b)
		time.Sleep(time.Millisecond)
	}
	time.Sleep(10 * time.Second)
	fmt.Fprintln(os.Stderr, len(held))
}
