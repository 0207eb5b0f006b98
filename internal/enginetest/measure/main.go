// Command measure measures the memory, threads and processes that services use, idle and
// under a small load, and prints the `limits` of the knowledge's entries. The services
// are those of fixtures/services; the load is their own `load` script.
//
//	go run ./internal/enginetest/measure [NAME…]    # all, or these
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

const (
	rounds  = 2
	idle    = 5 * time.Second // after it is up
	patient = 3 * time.Minute // for a service to come up, and for a load
	every   = 50 * time.Millisecond
)

func main() {
	log.SetFlags(log.Ltime)
	dir := flag.String("services", filepath.Join("fixtures", "services"), "`directory` of the services")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := measureAll(ctx, os.Stdout, *dir, flag.Args())
	cancel()
	if err != nil {
		log.Fatal(err)
	}
}

func measureAll(ctx context.Context, w io.Writer, dir string, names []string) (err error) {
	e, err := engine.Connect(ctx)
	if err != nil {
		return err
	}
	version, err := e.Version(ctx)
	if err != nil {
		return err
	}
	m := measurer{Session: e.NewSession(), dir: dir, source: fmt.Sprintf("Docker Engine %s, %d processors, %s; go run ./internal/enginetest/measure %%s", version, runtime.NumCPU(), time.Now().Format(time.DateOnly))}
	defer func() { err = errors.Join(err, m.Close(), e.Close()) }()
	if len(names) == 0 {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if entry.IsDir() {
				names = append(names, entry.Name())
			}
		}
	}
	var failed []error
	for _, name := range names {
		seen, image, err := m.service(ctx, name)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, err))
			log.Print(failed[len(failed)-1])
			continue
		}
		if _, err := fmt.Fprintf(w, "- image: %s\n%s", image, seen.yaml(fmt.Sprintf(m.source, name))); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

type measurer struct {
	*engine.Session
	dir    string
	source string // with a %s for the name
}

// service measures the first service of a compose file, each round on a new volume.
func (m *measurer) service(ctx context.Context, name string) (high, string, error) {
	var all high
	dir, err := filepath.Abs(filepath.Join(m.dir, name))
	if err != nil {
		return all, "", err
	}
	var image string
	for round := range rounds {
		p, err := m.Compose(ctx, fmt.Sprintf("measure-%s-%d", name, round), dir)
		if err != nil {
			return all, "", err
		}
		service, err := first(filepath.Join(dir, "compose.yaml"))
		if err != nil {
			return all, "", err
		}
		image = p.Image(service)
		seen, err := m.round(ctx, p, service)
		if err == nil {
			err = p.Down(ctx, true)
		}
		if err != nil {
			return all, "", err
		}
		log.Printf("%s, round %d: idle %s, %d pids; load %s, %d pids; with cached files %s", name, round+1, megabytes(seen.idle), seen.idlePids, megabytes(seen.load), seen.loadPids, megabytes(seen.cached))
		all = all.max(seen)
	}
	return all, image, nil
}

// first is the first service of a compose file: the others are what it works with.
func first(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var file struct {
		Services yaml.Node `yaml:"services"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return "", err
	}
	if len(file.Services.Content) == 0 {
		return "", fmt.Errorf("%s has no services", path)
	}
	return file.Services.Content[0].Value, nil
}

// round starts a service, lets it be idle, and loads it.
func (m *measurer) round(ctx context.Context, p *engine.Project, service string) (high, error) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	if err := p.Up(ctx); err != nil {
		return high{}, err
	}
	containers, err := p.Containers(ctx)
	if err != nil {
		return high{}, err
	}
	s := sampler{engine: m.Engine, id: containers[service]}
	if err := s.during(ctx, func(ctx context.Context) error {
		if err := p.Ready(ctx); err != nil {
			return fmt.Errorf("%w\n%s", err, p.Logs(ctx))
		}
		return sleep(ctx, idle)
	}); err != nil {
		return high{}, err
	}
	seen := high{idle: s.memory, idlePids: s.pids}
	url, err := p.URL(ctx)
	if err != nil {
		return high{}, err
	}
	env, err := p.Env()
	if err != nil {
		return high{}, err
	}
	err = s.during(ctx, func(ctx context.Context) error {
		for _, script := range [][]string{{"smoke", url, "write"}, {"load", url}} {
			cmd := exec.CommandContext(ctx, filepath.Join(p.Dir, script[0]), script[1:]...)
			cmd.Dir, cmd.Env = p.Dir, append(os.Environ(), env...)
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s\n%s", script[0], err, out, p.Logs(ctx))
			}
		}
		return nil
	})
	seen.load, seen.loadPids, seen.cached = s.memory, s.pids, s.cached
	return seen, err
}

// sampler keeps the most that a container used at any time.
type sampler struct {
	engine               *engine.Engine
	id                   string
	memory, pids, cached int64
}

// during looks at the container until work is done.
func (s *sampler) during(ctx context.Context, work func(context.Context) error) error {
	done := make(chan error, 1)
	go func() { done <- work(ctx) }()
	for {
		u, err := s.engine.Usage(ctx, s.id)
		if err == nil {
			s.memory, s.pids, s.cached = max(s.memory, u.Memory), max(s.pids, u.Pids, u.PidsPeak), max(s.cached, u.MemoryPeak)
		} else if errors.Is(err, engine.ErrElsewhere) {
			return err
		}
		select {
		case err := <-done:
			return err
		case <-time.After(every):
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
