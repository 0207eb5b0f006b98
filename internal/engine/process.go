package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Process is a process of a container, as the kernel sees it (proc_pid_status(5)).
type Process struct {
	Command    string
	UID, GID   int // effective, in the engine's own user namespace
	CapEff     Capabilities
	CapBnd     Capabilities
	NoNewPrivs bool
	Seccomp    bool  // a filter is in force
	MemoryPeak int64 // bytes: VmHWM
}

// processes looks at the processes of a container. Where the engine's processes can
// be seen from here, /proc is read; else a helper container in the same process
// namespace reads it.
func (e *Engine) processes(ctx context.Context, c *container.InspectResponse) ([]Process, error) {
	if !c.State.Running || c.State.Pid == 0 {
		return nil, nil
	}
	if !isLocal(c.State.Pid, c.ID) {
		return e.ProcessesByHelper(ctx, c.ID)
	}
	top, err := e.api.ContainerTop(ctx, c.ID, client.ContainerTopOptions{Arguments: []string{"-eo", "pid,comm"}})
	if err != nil {
		return nil, err
	}
	var out []Process
	for _, fields := range top.Processes {
		if len(fields) == 0 {
			continue
		}
		p, err := readProcess(fields[0])
		if errors.Is(err, os.ErrNotExist) {
			continue // it ended meanwhile
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// isLocal reports whether a process of this machine is the container's.
func isLocal(pid int, id string) bool {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))
	return err == nil && strings.Contains(string(data), id)
}

func readProcess(pid string) (Process, error) {
	status, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
	if err != nil {
		return Process{}, err
	}
	line, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
	if err != nil {
		return Process{}, err
	}
	p, err := parseStatus(string(status))
	if len(line) > 0 {
		p.Command = strings.TrimSpace(strings.ReplaceAll(string(line), "\x00", " "))
	}
	return p, err
}

// parseStatus reads /proc/PID/status.
func parseStatus(text string) (Process, error) {
	var p Process
	var errs []error
	number := func(s string, base int) uint64 {
		n, err := strconv.ParseUint(s, base, 64)
		errs = append(errs, err)
		return n
	}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		if len(fields) == 0 {
			continue
		}
		switch key {
		case "Name":
			p.Command = fields[0]
		case "Uid", "Gid": // real, effective, saved, file system
			if len(fields) < 2 {
				errs = append(errs, fmt.Errorf("%s has %d fields", key, len(fields)))
			} else if n := int(number(fields[1], 10)); key == "Uid" { //nolint:gosec // 32 bits
				p.UID = n
			} else {
				p.GID = n
			}
		case "CapEff":
			p.CapEff = Capabilities(number(fields[0], 16))
		case "CapBnd":
			p.CapBnd = Capabilities(number(fields[0], 16))
		case "NoNewPrivs":
			p.NoNewPrivs = fields[0] == "1"
		case "Seccomp":
			p.Seccomp = fields[0] == "2"
		case "VmHWM": // kB
			p.MemoryPeak = int64(number(fields[0], 10)) << 10 //nolint:gosec // far below
		}
	}
	return p, errors.Join(errs...)
}

// helperScript prints the status of every process but its own, each behind a line
// "= command line".
const helperScript = `for d in /proc/[0-9]*; do
p=${d#/proc/}
[ "$p" = $$ ] && continue
s=$(cat "$d/status" 2>/dev/null) || continue
case "$s" in *"PPid:	$$"*) continue;; esac
printf '= %s\n' "$(tr '\000' ' ' <"$d/cmdline" 2>/dev/null)"
printf '%s\n' "$s"
done`

// ProcessesByHelper reads /proc from inside of the container's process namespace, for
// engines on other machines.
func (e *Engine) ProcessesByHelper(ctx context.Context, id string) ([]Process, error) {
	out, err := docker(ctx, "", "run", "--rm", "--network", "none", "--pid", "container:"+id, "--user", "0:0", "--entrypoint", "sh", e.Helper, "-c", helperScript)
	if err != nil {
		return nil, err
	}
	var all []Process
	var status strings.Builder
	command := ""
	flush := func() error {
		if status.Len() == 0 {
			return nil
		}
		p, err := parseStatus(status.String())
		if command != "" {
			p.Command = command
		}
		all = append(all, p)
		status.Reset()
		return err
	}
	for sc := bufio.NewScanner(strings.NewReader(out)); sc.Scan(); {
		if line, ok := strings.CutPrefix(sc.Text(), "= "); ok {
			if err := flush(); err != nil {
				return nil, err
			}
			command = strings.TrimSpace(line)
			continue
		}
		status.WriteString(sc.Text() + "\n")
	}
	return all, flush()
}

// listening lists the TCP ports that processes of the container listen on.
func (e *Engine) listening(ctx context.Context, c *container.InspectResponse) (map[uint16]bool, error) {
	var text string
	if isLocal(c.State.Pid, c.ID) {
		for _, name := range []string{"tcp", "tcp6"} {
			data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.State.Pid), "net", name))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, err
			}
			text += string(data)
		}
	} else {
		out, err := docker(ctx, "", "run", "--rm", "--network", "container:"+c.ID, "--entrypoint", "cat", e.Helper, "/proc/net/tcp", "/proc/net/tcp6")
		if err != nil {
			return nil, err
		}
		text = out
	}
	return listeningPorts(text), nil
}

// listeningPorts reads /proc/net/tcp and tcp6: the second field is address:port, the
// fourth the state, of which 0A is LISTEN.
func listeningPorts(text string) map[uint16]bool {
	out := map[uint16]bool{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[3] != "0A" {
			continue
		}
		_, hex, _ := strings.Cut(fields[1], ":")
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil {
			out[uint16(n)] = true
		}
	}
	return out
}
