// exec-trace writes down every program that the named processes, and all that come of them, execute: one JSON line each, with the whole
// argv, written before the new program has run its first instruction. Unlike strace it stops at forks and executions only, so that a cluster
// under it runs at its usual speed.
//
// usage: exec-trace FILE PID…   Says "ready" once it has them all; ends, and lets them go, when its stdin ends.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// From <linux/ptrace.h>; package syscall has only some of them.
const (
	seizeRequest  = 0x4206
	listenRequest = 0x4208
	options       = syscall.PTRACE_O_TRACEFORK | syscall.PTRACE_O_TRACEVFORK | syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACEEXEC
	eventExec     = syscall.PTRACE_EVENT_EXEC
	eventStop     = 128
	allChildren   = 0x40000000 // __WALL
)

type execution struct {
	Pid  int      `json:"pid"`
	Argv []string `json:"argv"`
}

func ptrace(request, pid, data int) syscall.Errno {
	_, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, uintptr(request), uintptr(pid), 0, uintptr(data), 0, 0)
	return errno
}

// threads gives the threads of a process and of all its descendants.
func threads(pid int) []int {
	found := []int{}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	for _, task := range tasks {
		if id, err := strconv.Atoi(filepath.Base(task)); err == nil {
			found = append(found, id)
		}
		children, _ := os.ReadFile(task + "/children")
		for _, child := range strings.Fields(string(children)) {
			if id, err := strconv.Atoi(child); err == nil {
				found = append(found, threads(id)...)
			}
		}
	}
	return found
}

func tracer(pid int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for _, line := range strings.Split(string(status), "\n") {
		if value, found := strings.CutPrefix(line, "TracerPid:\t"); found {
			id, _ := strconv.Atoi(value)
			return id
		}
	}
	return 0
}

// seize takes hold of all of them. What one not yet held starts meanwhile is found by the next look, what a held one starts is held.
func seize(roots []int) {
	for again := true; again; {
		again = false
		for _, root := range roots {
			for _, id := range threads(root) {
				if tracer(id) == os.Getpid() {
					continue
				}
				errno := ptrace(seizeRequest, id, options)
				if errno == 0 {
					again = true
				} else if errno != syscall.ESRCH && errno != syscall.EPERM || id == root {
					fail("cannot trace %d: %v", id, errno)
				}
			}
		}
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

func argv(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return []string{"?"} // killed in this very moment
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}

// follow lets a stopped thread go on as it would have gone on without us.
func follow(pid int, status syscall.WaitStatus, out *json.Encoder) {
	signal, event := int(status.StopSignal()), int(uint32(status)>>16)
	switch {
	case event == eventExec:
		if err := out.Encode(execution{pid, argv(pid)}); err != nil {
			fail("cannot write: %v", err)
		}
		ptrace(syscall.PTRACE_CONT, pid, 0)
	case event == eventStop && signal != int(syscall.SIGTRAP):
		ptrace(listenRequest, pid, 0) // stopped by job control, and so it stays
	case event != 0:
		ptrace(syscall.PTRACE_CONT, pid, 0)
	default:
		ptrace(syscall.PTRACE_CONT, pid, signal)
	}
}

func main() {
	runtime.LockOSThread() // a tracer is a thread, not a process
	file, err := os.OpenFile(os.Args[1], os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		fail("%v", err)
	}
	roots := []int{}
	for _, word := range os.Args[2:] {
		pid, err := strconv.Atoi(word)
		if err != nil {
			fail("%q is not a process number", word)
		}
		roots = append(roots, pid)
	}
	seize(roots)
	fmt.Println("ready")
	go func() {
		_, _ = io.Copy(io.Discard, bufio.NewReader(os.Stdin))
		os.Exit(0)
	}()
	out := json.NewEncoder(file)
	out.SetEscapeHTML(false)
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, allChildren, nil)
		switch {
		case err == syscall.ECHILD:
			os.Exit(0)
		case err == nil && status.Stopped():
			follow(pid, status, out)
		}
	}
}
