package enginetest

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

const (
	servicesDir   = "../../fixtures/services"
	servicePrefix = "services/" // in BULKHEAD_ENGINE_APPS
)

// stack lists the directories of fixtures/services that are to run.
func stack(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(servicesDir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	named := os.Getenv("BULKHEAD_ENGINE_APPS")
	if named == "" {
		return names
	}
	var out []string
	for text := range strings.SplitSeq(named, ",") {
		name, ok := strings.CutPrefix(text, servicePrefix)
		if !ok {
			continue
		}
		if !slices.Contains(names, name) {
			t.Fatalf("BULKHEAD_ENGINE_APPS: there is no fixtures/services/%s", name)
		}
		out = append(out, name)
	}
	return out
}

// TestEngineStack: each service that the knowledge speaks of and that can be had
// here works as compose files have it, hardened, again after a restart, and on the volumes
// of the original; it is then allowed what the knowledge recommends, and no more.
func TestEngineStack(t *testing.T) {
	ctx, s := connect(t)
	if os.Getenv("BULKHEAD_ENGINE") == "" {
		t.Skip("BULKHEAD_ENGINE is not set")
	}
	names := stack(t)
	bulkhead := buildBulkhead(ctx, t)
	results := newTable(names)
	t.Run("services", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				a := &app{t: t, ctx: ctx, session: s, name: name, below: servicesDir, bulkhead: bulkhead, row: results.row(name)}
				a.run(name)
				a.recommended()
			})
		}
	})
	version, err := s.Version(ctx)
	if err != nil {
		t.Error(err)
	}
	keep(t, "stack.md", "Docker Engine "+version+", services by themselves, hardened:", results.services())
}

// recommended holds what the services are allowed against the knowledge.
func (a *app) recommended() {
	for _, g := range a.row.after.services {
		s := knowledge.LookupService(g.image)
		if s == nil {
			a.t.Errorf("%s: nothing is known of %s", a.name, g.image)
			continue
		}
		a.guarded(g, s)
	}
}

func (a *app) guarded(g guard, s *knowledge.Service) {
	t := a.t
	if s.NoNewPrivileges.OK == "yes" && !g.noNewPrivs {
		t.Errorf("%s: a process may gain privileges", g.service)
	}
	if !g.readOnly && !a.said("read-only-rootfs", g.service) {
		t.Errorf("%s: its root file system can be written, and nobody says why", g.service)
	}
	if g.unprivileged && g.capabilities != 0 {
		t.Errorf("%s: it has the capabilities %v", g.service, g.capabilities.Names())
	}
	switch s.Recommend.Strategy {
	case "user", "none":
		if slices.Contains(g.uids, 0) && !a.said("service-user", g.service) {
			t.Errorf("%s: its processes run as %v", g.service, g.uids)
		}
	case "capabilities":
		for _, name := range g.bounding.Names() {
			if !slices.Contains(s.Recommend.CapAdd, name) {
				t.Errorf("%s: it could have %s", g.service, name)
			}
		}
		if s.RunsAs != nil && s.RunsAs.UID != nil && !slices.Contains(g.uids, *s.RunsAs.UID) {
			t.Errorf("%s: nothing runs as %d, but %v", g.service, *s.RunsAs.UID, g.uids)
		}
	}
}

// said reports whether the command told why it left something out for a service.
func (a *app) said(rule, service string) bool {
	for line := range strings.Lines(a.row.report) {
		if strings.Contains(line, " "+rule+" ") && strings.Contains(line, " "+service+": ") && (strings.Contains(line, "refused") || strings.Contains(line, "held back")) {
			return true
		}
	}
	return false
}
