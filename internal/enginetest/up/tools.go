package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// tool is a program that is built from a module of its own below tools, whose
// go.mod pins its version.
type tool struct {
	module   string // directory below tools
	packages []string
	name     string   // of the binary, when its package has another
	flags    []string // of go build
}

// engine is what dockerd needs beside Debian's containerd. Its runc is older than
// this dockerd asks for (time namespaces).
var engine = []tool{
	{module: "runc", packages: []string{"github.com/opencontainers/runc"}, flags: []string{"-tags", "seccomp"}},
	{module: "moby", packages: []string{"github.com/moby/moby/v2/cmd/dockerd", "github.com/moby/moby/v2/cmd/docker-proxy"},
		flags: []string{"-ldflags", "-X github.com/moby/moby/v2/dockerversion.Version=2.0.0-beta.24"}},
}

// plugins are the docker command's. Compose asks buildx for its version, which only the linker sets.
var plugins = map[string]tool{
	"buildx": {module: "buildx", packages: []string{"github.com/docker/buildx/cmd/buildx"}, name: "docker-buildx",
		flags: []string{"-ldflags", "-X github.com/docker/buildx/version.Version=v0.38.2"}},
	"compose": {module: "compose", packages: []string{"github.com/docker/compose/v5/cmd"}, name: "docker-compose",
		flags: []string{"-ldflags", "-X github.com/docker/compose/v5/internal.Version=v5.5.0"}},
}

// binaries are the files that a tool makes.
func (t tool) binaries() []string {
	if t.name != "" {
		return []string{t.name}
	}
	var names []string
	for _, p := range t.packages {
		names = append(names, filepath.Base(p))
	}
	return names
}

// build makes the tool unless an earlier run did.
func (m machine) build(t tool) error {
	missing := false
	for _, name := range t.binaries() {
		_, err := os.Stat(filepath.Join(m.bin, name))
		missing = missing || err != nil
	}
	if !missing {
		return nil
	}
	dir, err := toolsDir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(m.bin, 0o755); err != nil {
		return err
	}
	start := time.Now()
	target := m.bin + string(filepath.Separator)
	if t.name != "" {
		target += t.name
	}
	args := append([]string{"build", "-o", target}, t.flags...)
	if err := m.run(filepath.Join(dir, t.module), "go", append(args, t.packages...)...); err != nil {
		return err
	}
	log.Printf("built %s in %s", t.module, time.Since(start).Round(time.Second))
	return nil
}

// toolsDir is the directory of the tools' modules, found from the working directory upwards.
func toolsDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		tools := filepath.Join(dir, "internal", "enginetest", "tools")
		if _, err := os.Stat(tools); err == nil {
			return tools, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("run this inside of the repository")
		}
		dir = filepath.Dir(dir)
	}
}

// plugins gives the docker command the plugins that it lacks.
func (m machine) plugins() error {
	config := os.Getenv("DOCKER_CONFIG")
	if config == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		config = filepath.Join(home, ".docker")
	}
	for _, name := range []string{"buildx", "compose"} {
		if exec.CommandContext(m.ctx, "docker", name, "version").Run() == nil {
			continue
		}
		t := plugins[name]
		if err := m.build(t); err != nil {
			return err
		}
		dir := filepath.Join(config, "cli-plugins")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		link := filepath.Join(dir, t.name)
		if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := os.Symlink(filepath.Join(m.bin, t.name), link); err != nil {
			return err
		}
		if err := exec.CommandContext(m.ctx, "docker", name, "version").Run(); err != nil {
			return fmt.Errorf("docker %s does not work though its plugin is in %s: %w", name, dir, err)
		}
	}
	return nil
}
