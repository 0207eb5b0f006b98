// Package enginetest runs every example application on a real Docker Engine: as it
// is, hardened, and hardened on the volumes that the original left behind.
package enginetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

// interrupted ends with Ctrl-C, so that the tests can remove what they made.
var interrupted = func() context.Context {
	ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	return ctx
}()

// connect gives a session on the engine that answers. Without one the test is
// skipped, unless BULKHEAD_ENGINE asks for one.
func connect(t *testing.T) (context.Context, *engine.Session) {
	t.Helper()
	ctx, cancel := interrupted, context.CancelFunc(func() {})
	if end, ok := t.Deadline(); ok { // leave time to clean up
		ctx, cancel = context.WithDeadline(ctx, end.Add(-2*time.Minute))
	}
	e, err := engine.Connect(ctx)
	if errors.Is(err, engine.ErrNone) {
		cancel()
		if os.Getenv("BULKHEAD_ENGINE") != "" {
			t.Fatalf("%v; `go run ./internal/enginetest/up` starts one", err)
		}
		t.Skipf("%v; `go run ./internal/enginetest/up` starts one", err)
	}
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	e.Helper = "debian:trixie-slim"
	s := e.NewSession()
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), e.Close()); err != nil {
			t.Errorf("cleaning up: %v", err)
		}
		cancel()
	})
	return ctx, s
}

// needsImages skips a test that fails for want of a base image, unless an engine is
// asked for.
func needsImages(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, sign := range []string{"failed to resolve source metadata", "pull access denied", "failed to resolve reference", "failed to do request", "no such host"} {
		if !strings.Contains(err.Error(), sign) {
			continue
		}
		const hint = "no registry answers; `go run ./internal/enginetest/bases` makes the base images"
		if os.Getenv("BULKHEAD_ENGINE") == "" {
			t.Skip(hint)
		}
		t.Log(hint)
		return
	}
}

// applications are the directories of fixtures/apps that are to run: those that
// BULKHEAD_ENGINE_APPS names, all with BULKHEAD_ENGINE, else the first.
func applications(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(appsDir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, e.Name())
		}
	}
	if named := os.Getenv("BULKHEAD_ENGINE_APPS"); named != "" {
		var out []string
		for name := range strings.SplitSeq(named, ",") {
			if strings.HasPrefix(name, servicePrefix) {
				continue
			}
			if !slices.Contains(all, name) && !filepath.IsAbs(name) {
				t.Fatalf("BULKHEAD_ENGINE_APPS: there is no fixtures/apps/%s", name)
			}
			out = append(out, name)
		}
		return out
	}
	if os.Getenv("BULKHEAD_ENGINE") == "" {
		return []string{quick}
	}
	return all
}

const (
	appsDir = "../../fixtures/apps"
	quick   = "flask" // what runs on a developer's machine without further asking
)

// TestEngineApps: each application works as it is, works hardened, works again after a
// restart, and works on the volumes of the original with nothing done but what
// "Before you deploy" says.
func TestEngineApps(t *testing.T) {
	ctx, s := connect(t)
	apps := applications(t)
	bulkhead := buildBulkhead(ctx, t)
	results := newTable(apps)
	t.Run("apps", func(t *testing.T) {
		for _, name := range apps {
			t.Run(filepath.Base(name), func(t *testing.T) {
				t.Parallel()
				a := &app{t: t, ctx: ctx, session: s, name: filepath.Base(name), bulkhead: bulkhead, row: results.row(name)}
				a.run(name)
			})
		}
	})
	version, err := s.Version(ctx)
	if err != nil {
		t.Error(err)
	}
	keep(t, "results.md", "Docker Engine "+version+", all processes of the application's own images:", results.String())
	keep(t, "guards.md", "What their services are allowed, hardened:", results.services())
	keep(t, "networks.md", "Their networks and credentials:", results.networks())
}

// keep logs a table, and writes it for the README when all of it is asked for.
func keep(t *testing.T, file, caption, table string) {
	t.Helper()
	t.Logf("%s\n%s", caption, table)
	if os.Getenv("BULKHEAD_UPDATE") == "" || os.Getenv("BULKHEAD_ENGINE_APPS") != "" || t.Failed() {
		return
	}
	path := filepath.Join("testdata", file)
	if err := os.WriteFile(path, []byte(caption+"\n\n"+table+"\n"), 0o644); err != nil { //nolint:gosec // not secret
		t.Error(err)
	}
}

// buildBulkhead builds the command: the suite uses it as a user does.
func buildBulkhead(ctx context.Context, t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bulkhead")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "../../cmd/bulkhead").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// app is one application on its way through the suite.
type app struct {
	t        *testing.T
	ctx      context.Context
	session  *engine.Session
	name     string
	bulkhead string
	below    string // directory of all of them; "" for appsDir
	script   string // smoke
	row      *row
}

func (a *app) run(source string) {
	t := a.t
	if !filepath.IsAbs(source) {
		source = filepath.Join(cmp.Or(a.below, appsDir), source)
	}
	script, err := filepath.Abs(filepath.Join(source, "smoke"))
	a.must("it has no place", err)
	a.script = script
	original, hardened := a.copy(source, "original"), a.copy(source, "hardened")
	report := a.harden(hardened)
	a.row.refused, a.row.report = report.refused, report.text
	a.row.split = report.splits()

	// The original, which must work and whose data stays.
	before := a.open("app", original)
	a.must("the original does not build", before.Build(a.ctx))
	a.start(before, "the original", "all")
	a.row.before = a.observe(before, "the original")
	a.must("the original does not restart", before.Restart(a.ctx))
	a.smoke(before, "the original, restarted", "all")
	a.smoke(before, "the original", "write")
	a.must("the original does not stop", before.Down(a.ctx, false))

	// Hardened, on a machine of its own.
	after := a.open("fresh", hardened)
	a.must("hardened, it does not build", after.Build(a.ctx))
	a.start(after, "hardened", "all")
	a.row.works = true
	a.smoke(after, "hardened", "write")
	a.must("hardened, it does not restart", after.Restart(a.ctx))
	a.smoke(after, "hardened, restarted", "read")
	a.smoke(after, "hardened, restarted", "all")
	a.row.again = true
	a.row.after = a.observe(after, "hardened")
	a.segmented(after, report)
	a.published(after)
	a.privileges(report)
	a.proved(hardened)
	a.noValues(after, hardened, report)
	a.leftBehind(after, report)
	a.must("hardened, it does not stop", after.Down(a.ctx, true))

	// Hardened, where the original ran.
	upgrade := a.open("app", hardened)
	a.must("the upgrade does not build", upgrade.Build(a.ctx))
	a.deploy(upgrade, report)
	a.start(upgrade, "the upgrade", "read")
	a.smoke(upgrade, "the upgrade", "all")
	a.row.upgrades = true
	a.record(source, upgrade.Built())
	a.must("the upgrade does not stop", upgrade.Down(a.ctx, true))
	t.Logf("%s\n%s", a.name, report.text)
}

// must ends the test of the application when err is one.
func (a *app) must(what string, err error) {
	a.t.Helper()
	if err == nil {
		return
	}
	needsImages(a.t, err)
	a.row.failure = what
	a.t.Fatalf("%s: %s: %v", a.name, what, err)
}

// copy copies the application, so that it can be changed.
func (a *app) copy(source, what string) string {
	dir := filepath.Join(a.t.TempDir(), what)
	a.must("it cannot be copied", os.CopyFS(dir, os.DirFS(source)))
	return dir
}

func (a *app) open(project, dir string) *engine.Project {
	p, err := a.session.Compose(a.ctx, a.name+"-"+project, dir)
	a.must("its compose file cannot be read", err)
	return p
}

// start brings the project up and exercises it.
func (a *app) start(p *engine.Project, what, mode string) {
	a.t.Helper()
	a.must(what+" does not start", p.Up(a.ctx))
	a.smoke(p, what, mode)
}

// smoke waits for the project and runs the application's own smoke script.
func (a *app) smoke(p *engine.Project, what, mode string) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.ctx, 3*time.Minute)
	defer cancel()
	if err := p.Ready(ctx); err != nil {
		a.must(what+" does not come up", fmt.Errorf("%w\n%s", err, p.Logs(a.ctx)))
	}
	url, err := p.URL(ctx)
	a.must(what+" has no address", err)
	env, err := p.Env()
	a.must(what+" has no compose file", err)
	cmd := exec.CommandContext(ctx, a.script, url, mode)
	cmd.Dir, cmd.Env = p.Dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		a.must(what+" does not work", fmt.Errorf("smoke %s: %w\n%s\n%s", mode, err, out, p.Logs(a.ctx)))
	}
}

// observe looks at all services, and sums up those that the application builds; an
// application that builds none is summed up whole.
func (a *app) observe(p *engine.Project, what string) observed {
	var o observed
	containers, err := p.Containers(a.ctx)
	a.must(what+" has no containers", err)
	own := p.Built()
	if len(own) == 0 {
		own = p.Services()
	}
	for _, service := range p.Services() {
		seen, err := a.session.Observe(a.ctx, containers[service])
		a.must(what+" cannot be observed", err)
		g := newGuard(service, p.Image(service), seen)
		a.t.Logf("%s: %s (%s): %s", what, service, g.image, changed(seen))
		if g.usage, err = a.session.Usage(a.ctx, containers[service]); !errors.Is(err, engine.ErrElsewhere) {
			a.must(what+" cannot be measured", err)
		}
		o.services = append(o.services, g)
		if slices.Contains(own, service) {
			o.size = max(o.size, seen.ImageSize)
			o.uids = append(o.uids, g.uids...)
			o.capabilities |= g.capabilities
		}
	}
	slices.Sort(o.uids)
	o.uids = slices.Compact(o.uids)
	return o
}

// privileges holds what runs against what the report promised.
func (a *app) privileges(r report) {
	if r.refused != "" || a.below != "" {
		return
	}
	if slices.Contains(a.row.after.uids, 0) || len(a.row.after.uids) == 0 {
		a.row.failure = "runs as root"
		a.t.Errorf("%s: hardened, its processes run as %v\n%s", a.name, a.row.after.uids, r.text)
	}
	if names := a.row.after.capabilities.Names(); len(names) > 0 {
		a.t.Errorf("%s: hardened, it has the capabilities %v", a.name, names)
	}
}
