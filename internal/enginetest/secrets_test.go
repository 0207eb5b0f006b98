package enginetest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

// noValues holds what the hardened containers and docker compose tell against the
// credentials that were moved to files: neither shows one.
func (a *app) noValues(p *engine.Project, dir string) {
	files, err := filepath.Glob(filepath.Join(dir, "secrets", "*.txt"))
	a.must("its secrets cannot be listed", err)
	if len(files) == 0 {
		return
	}
	config, err := p.Config(a.ctx)
	a.must("docker compose config does not take it", err)
	containers, err := p.Containers(a.ctx)
	a.must("it has no containers", err)
	for _, file := range files {
		value, err := os.ReadFile(file)
		a.must("a secret cannot be read", err)
		for line := range strings.Lines(config) {
			if strings.HasSuffix(strings.TrimRight(line, "\n"), ": "+string(value)) {
				a.t.Errorf("%s: docker compose config shows the value of %s", a.name, filepath.Base(file))
			}
		}
		for service, id := range containers {
			seen, err := a.session.Observe(a.ctx, id)
			a.must("a container cannot be inspected", err)
			if slices.ContainsFunc(seen.Env, func(v string) bool { return strings.HasSuffix(v, "="+string(value)) }) {
				a.t.Errorf("%s: docker inspect shows the value of %s in %s", a.name, filepath.Base(file), service)
			}
		}
	}
	a.t.Logf("%s: %d credentials come from files, and neither docker inspect nor docker compose config shows one", a.name, len(files))
}
