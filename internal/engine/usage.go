package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/moby/moby/client"
)

// Usage is what a container uses, as its control group counts it.
type Usage struct {
	// Memory is what only the container's end would free, in bytes: anonymous and shared
	// memory, files of a tmpfs, and what the kernel keeps for it. Files that are cached
	// are not in it: the kernel drops them when a limit comes near.
	Memory int64
	// MemoryPeak is the most that was ever charged, with cached files.
	MemoryPeak int64
	Pids       int64
	PidsPeak   int64 // threads and processes at the same time, ever
}

// ErrElsewhere is returned for a container whose control group cannot be read from here.
var ErrElsewhere = errors.New("the engine runs on another machine")

// Usage reads the control group of a running container, of either version.
func (e *Engine) Usage(ctx context.Context, id string) (Usage, error) {
	r, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return Usage{}, err
	}
	pid := r.Container.State.Pid
	if pid == 0 || !isLocal(pid, r.Container.ID) {
		return Usage{}, fmt.Errorf("%s: %w", strings.TrimPrefix(r.Container.Name, "/"), ErrElsewhere)
	}
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))
	if err != nil {
		return Usage{}, err
	}
	return readUsage("/sys/fs/cgroup", string(data))
}

// readUsage reads a control group below the place where they are mounted. Its paths
// are lines "ID:CONTROLLERS:PATH", version 2 without controllers.
func readUsage(root, groups string) (Usage, error) {
	var memory, pids, unified string
	for line := range strings.Lines(groups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		switch fields[1] {
		case "memory":
			memory = filepath.Join(root, "memory", fields[2])
		case "pids":
			pids = filepath.Join(root, "pids", fields[2])
		case "":
			unified = filepath.Join(root, fields[2])
		}
	}
	g := group{}
	var u Usage
	if memory != "" {
		stat := g.table(memory, "memory.stat")
		u.Memory = stat["total_rss"] + stat["total_shmem"] + g.number(memory, "memory.kmem.usage_in_bytes")
		u.MemoryPeak = g.number(memory, "memory.max_usage_in_bytes")
	} else {
		stat := g.table(unified, "memory.stat")
		u.Memory = stat["anon"] + stat["shmem"] + stat["kernel"] - stat["slab_reclaimable"]
		u.MemoryPeak = g.number(unified, "memory.peak")
		pids = unified
	}
	u.Pids, u.PidsPeak = g.number(pids, "pids.current"), g.number(pids, "pids.peak")
	return u, errors.Join(g.errs...)
}

// group reads the files of control groups.
type group struct{ errs []error }

func (g *group) number(dir, name string) int64 {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		g.errs = append(g.errs, err)
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	g.errs = append(g.errs, err)
	return n
}

func (g *group) table(dir, name string) map[string]int64 {
	data, err := os.ReadFile(filepath.Join(dir, name))
	g.errs = append(g.errs, err)
	out := map[string]int64{}
	for line := range strings.Lines(string(data)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseInt(value, 10, 64)
		g.errs = append(g.errs, err)
		out[key] = n
	}
	return out
}
