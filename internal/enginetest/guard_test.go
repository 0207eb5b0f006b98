package enginetest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

// guard is what a service is allowed while it runs.
type guard struct {
	service, image string
	uids           []int               // of all processes
	capabilities   engine.Capabilities // in force in any of them
	bounding       engine.Capabilities // that any of them could ever have
	noNewPrivs     bool                // all of them
	readOnly       bool
	memory, pids   int64
	unprivileged   bool // it is not started as root
	tmpfs          []engine.Mount
	usage          engine.Usage // zero where the engine is on another machine
}

func newGuard(service, image string, o *engine.Observation) guard {
	g := guard{service: service, image: image, noNewPrivs: true, readOnly: o.ReadOnly, memory: o.Memory, pids: o.Pids, tmpfs: tmpfs(o)}
	for i, p := range o.Processes {
		g.uids = append(g.uids, p.UID)
		g.capabilities |= p.CapEff
		g.bounding |= p.CapBnd
		g.noNewPrivs = g.noNewPrivs && p.NoNewPrivs
		if i == 0 {
			g.unprivileged = p.UID != 0
		}
	}
	slices.Sort(g.uids)
	g.uids = slices.Compact(g.uids)
	return g
}

// changed is what a service wrote beside its mounts, for whoever writes observations.
func changed(o *engine.Observation) string {
	var paths []string
	for _, c := range o.Changed {
		if c.Kind != "deleted" {
			paths = append(paths, c.Path)
		}
	}
	slices.Sort(paths)
	if len(paths) > 40 {
		paths = append(paths[:40], "…")
	}
	return "it wrote " + strings.Join(paths, " ")
}

// services is the table of what the services are allowed.
func (t table) services() string {
	var b strings.Builder
	b.WriteString("| application | service | uid | capabilities | no-new-privileges | read-only | memory | pids |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range t {
		for i, g := range r.after.services {
			before := "?"
			if i < len(r.before.services) {
				before = ids(r.before.services[i].uids)
			}
			capabilities := "0"
			if names := g.bounding.Names(); len(names) > 0 {
				capabilities = strconv.Itoa(len(names))
				if len(names) < 10 {
					capabilities = strings.Join(names, ", ")
				}
			}
			fmt.Fprintf(&b, "| %s | %s (%s) | %s → %s | %s | %s | %s | %s | %s |\n", r.name, g.service, shortImage(g.image), before, ids(g.uids), capabilities,
				mark(g.noNewPrivs), mark(g.readOnly), limit(g.memory>>20, " MB"), limit(g.pids, ""))
		}
	}
	return b.String()
}

// shortImage hides the names that the suite gives to what it builds.
func shortImage(image string) string {
	if strings.HasPrefix(image, "bulkhead-") {
		return "built"
	}
	return image
}

func mark(ok bool) string {
	if ok {
		return "yes"
	}
	return "no"
}

func limit(n int64, unit string) string {
	if n == 0 {
		return "none"
	}
	return strconv.FormatInt(n, 10) + unit
}
