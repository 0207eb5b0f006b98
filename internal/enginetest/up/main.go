// Command up starts a Docker Engine with buildx and compose on a machine where none
// answers, from pinned Go modules and Debian's containerd. It needs root, Go and a network.
//
//	go run ./internal/enginetest/up          # returns when the engine answers
//	go run ./internal/enginetest/up -stop    # stops what it started
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(log.Ltime)
	cache, err := os.UserCacheDir()
	if err != nil {
		log.Fatal(err)
	}
	home := filepath.Join(cache, "bulkhead-engine")
	data := flag.String("data", filepath.Join(home, "data"), "`directory` for images and containers")
	stop := flag.Bool("stop", false, "stop the engine that an earlier run started")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	m := machine{ctx: ctx, home: home, bin: filepath.Join(home, "bin"), data: *data}
	if *stop {
		err = m.stop()
	} else {
		err = m.up()
	}
	cancel()
	if err != nil {
		log.Fatal(err)
	}
}

// machine is where the engine runs.
type machine struct {
	ctx  context.Context
	home string // for everything that is kept between runs
	bin  string
	data string
}

func (m machine) up() error {
	if err := m.answers(); err == nil {
		log.Print("an engine answers")
		return m.plugins()
	}
	if os.Getenv("DOCKER_HOST") != "" {
		return fmt.Errorf("no engine answers at DOCKER_HOST=%s; unset it to start one here", os.Getenv("DOCKER_HOST"))
	}
	if os.Geteuid() != 0 {
		return errors.New("no engine answers, and starting one needs root")
	}
	if err := m.packages(); err != nil {
		return err
	}
	for _, t := range engine {
		if err := m.build(t); err != nil {
			return err
		}
	}
	if err := m.start(); err != nil {
		return err
	}
	return m.plugins()
}

// answers asks the engine for its version.
func (m machine) answers() error {
	ctx, cancel := context.WithTimeout(m.ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", "version", "--format", "{{.Server.Version}}").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// packages installs what comes from the distribution, where it is missing.
func (m machine) packages() error {
	var missing []string
	for program, pkg := range map[string]string{"containerd": "containerd", "iptables": "iptables", "docker": "docker.io", "gcc": "gcc", "pkg-config": "pkg-config"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = append(missing, pkg)
		}
	}
	if err := exec.CommandContext(m.ctx, "pkg-config", "--exists", "libseccomp").Run(); err != nil {
		missing = append(missing, "libseccomp-dev")
	}
	if len(missing) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("these are missing, and this is no Debian to install them on: %s", strings.Join(missing, ", "))
	}
	log.Print("installing ", strings.Join(missing, ", "))
	if err := m.run("", "apt-get", "update", "-q"); err != nil {
		return err
	}
	return m.run("", "apt-get", append([]string{"install", "-q", "-y", "--no-install-recommends"}, missing...)...)
}

// run runs a program in a directory and shows its output only when it fails.
func (m machine) run(dir, name string, args ...string) error {
	cmd := exec.CommandContext(m.ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
