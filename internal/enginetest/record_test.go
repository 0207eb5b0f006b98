package enginetest

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/engine"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// record writes what was proved of the services that an application builds where the
// command reads it, when BULKHEAD_RECORD asks for it: run it at the strict level, which
// tries out what nobody has seen yet.
func (a *app) record(source string, built []string) {
	if os.Getenv("BULKHEAD_RECORD") == "" || len(built) == 0 || a.t.Failed() {
		return
	}
	version, err := a.session.Version(a.ctx)
	a.must("the engine has no version", err)
	type entry struct { // as transform.Observation, without what is empty
		Source string                    `yaml:"source"`
		Target string                    `yaml:"target"`
		Kind   transform.ObservationKind `yaml:"kind"`
		Value  string                    `yaml:"value,omitempty"`
		Reason string                    `yaml:"reason,omitempty"`
	}
	var out struct {
		Observations []entry `yaml:"observations"`
	}
	for _, g := range a.row.after.services {
		if !slices.Contains(built, g.service) {
			continue
		}
		for _, o := range g.observations("engine suite, Docker Engine " + version + ", " + time.Now().Format(time.DateOnly)) {
			out.Observations = append(out.Observations, entry(o))
		}
	}
	text, err := yaml.Marshal(out)
	a.must("its observations cannot be written", err)
	text = append([]byte("# Written by the engine suite: see docs/ARCHITECTURE.md.\n"), text...)
	a.must("its observations cannot be written", os.WriteFile(filepath.Join(source, config.FileName), text, 0o644)) //nolint:gosec // not secret
}

// observations are what the run of a service showed.
func (g guard) observations(source string) []transform.Observation {
	var out []transform.Observation
	add := func(kind transform.ObservationKind, value, reason string) {
		out = append(out, transform.Observation{Source: source, Target: g.service, Kind: kind, Value: value, Reason: reason})
	}
	if g.readOnly {
		add(transform.ObservedReadOnly, "", "its smoke test passes with a read-only root file system, also after a restart and an upgrade")
		for _, m := range g.tmpfs {
			value := m.Destination
			if slices.Contains(strings.Split(m.Options, ","), "exec") {
				value += ":exec"
			}
			add(transform.ObservedWrite, value, "")
		}
	}
	add(transform.ObservedNoCapabilities, "", "its smoke test passes without others than those listed")
	for _, name := range g.bounding.Names() {
		add(transform.ObservedCapability, name, "")
	}
	if g.usage.MemoryPeak > 0 {
		add(transform.ObservedMemory, strconv.FormatInt((g.usage.MemoryPeak+1<<20-1)>>20, 10)+"m", "the most during its smoke test, cached files included")
		add(transform.ObservedPIDs, strconv.FormatInt(g.usage.PidsPeak, 10), "the most during its smoke test")
	}
	return out
}

// tmpfs are the file systems in memory that a service has.
func tmpfs(o *engine.Observation) []engine.Mount {
	return slices.DeleteFunc(slices.Clone(o.Mounts), func(m engine.Mount) bool { return m.Type != "tmpfs" })
}

// proved holds what the services are allowed against what was recorded of them: what was
// seen once must be taken away now.
func (a *app) proved(dir string) {
	text, err := os.ReadFile(filepath.Join(dir, config.FileName))
	if os.IsNotExist(err) {
		return
	}
	a.must("its observations cannot be read", err)
	settings, err := config.Parse(config.FileName, text, nil)
	a.must("its observations cannot be read", err)
	needed := map[string][]string{}
	for _, o := range settings.Observations {
		if o.Kind == transform.ObservedCapability {
			needed[o.Target] = append(needed[o.Target], o.Value)
		}
	}
	for _, o := range settings.Observations {
		for _, g := range a.row.after.services {
			if g.service != o.Target {
				continue
			}
			if o.Kind == transform.ObservedReadOnly && !g.readOnly {
				a.t.Errorf("%s: %s works read-only, and can write its root file system", a.name, g.service)
			}
			for _, name := range g.bounding.Names() {
				if o.Kind == transform.ObservedNoCapabilities && !slices.Contains(needed[g.service], name) {
					a.t.Errorf("%s: %s works without %s, and has it", a.name, g.service, name)
				}
			}
		}
	}
}
