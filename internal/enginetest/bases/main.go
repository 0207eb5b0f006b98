// Command bases makes the base images that Dockerfiles name available to the engine:
// pulled, where a registry answers, else as stand-ins of Debian packages with the layout,
// users, ports and behaviour of the official ones.
//
//	go run ./internal/enginetest/bases [IMAGE…]    # all that are known, or these
package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

//go:embed Dockerfile files
var sources embed.FS

// suite is the Debian release that the stand-ins are made of.
const suite = "trixie"

// target is a stand-in and the names that it goes by.
type target struct{ name, refs string }

var targets = []target{
	{"debian", "debian:trixie debian:trixie-slim debian:13 debian:stable-slim debian:latest"},
	{"python-slim", "python:3.13-slim python:3.12-slim python:3-slim"},
	{"python", "python:3.13 python:3.12 python:3 python:latest"},
	{"node-slim", "node:20-slim node:22-slim"},
	{"node", "node:20 node:22 node:lts"},
	{"golang", "golang:1.24 golang:1"},
	{"rust", "rust:1.85 rust:1"},
	{"temurin-jre", "eclipse-temurin:21-jre"},
	{"temurin", "eclipse-temurin:21 eclipse-temurin:21-jdk"},
	{"maven", "maven:3-eclipse-temurin-21 maven:3.9-eclipse-temurin-21"},
	{"php-cli", "php:8.4-cli php:8-cli"},
	{"php-apache", "php:8.4-apache php:8-apache"},
	{"php-fpm", "php:8.4-fpm php:8-fpm"},
	{"distroless-static", "gcr.io/distroless/static-debian13 gcr.io/distroless/static"},
	{"distroless-static-nonroot", "gcr.io/distroless/static-debian13:nonroot gcr.io/distroless/static:nonroot"},
	{"distroless-base", "gcr.io/distroless/base-debian13 gcr.io/distroless/base"},
	{"distroless-base-nonroot", "gcr.io/distroless/base-debian13:nonroot gcr.io/distroless/base:nonroot"},
	{"distroless-cc", "gcr.io/distroless/cc-debian13 gcr.io/distroless/cc"},
	{"distroless-cc-nonroot", "gcr.io/distroless/cc-debian13:nonroot gcr.io/distroless/cc:nonroot"},
	{"distroless-python", "gcr.io/distroless/python3-debian13 gcr.io/distroless/python3"},
	{"distroless-python-nonroot", "gcr.io/distroless/python3-debian13:nonroot gcr.io/distroless/python3:nonroot"},
	{"distroless-node", "gcr.io/distroless/nodejs22-debian13 gcr.io/distroless/nodejs20-debian13"},
	{"distroless-node-nonroot", "gcr.io/distroless/nodejs22-debian13:nonroot gcr.io/distroless/nodejs20-debian13:nonroot"},
	{"postgres", "postgres:17 postgres:16 postgres:latest"},
	{"postgis", "postgis/postgis:17-3.5"},
	{"timescaledb", "timescale/timescaledb:2.19.3-pg17"},
	{"pgbouncer", "edoburu/pgbouncer:v1.24.1-p1"},
	{"mariadb", "mariadb:11 mariadb:lts"},
	{"redis", "redis:7 redis:8 redis:latest"},
	{"nginx", "nginx:1.28 nginx:latest nginx:stable"},
	{"nginx-unprivileged", "nginxinc/nginx-unprivileged:1.28"},
	{"rabbitmq", "rabbitmq:4"},
	{"memcached", "memcached:1"},
	{"valkey", "valkey/valkey:8"},
	{"httpd", "httpd:2.4 httpd:2"},
	{"haproxy", "haproxy:3.0"},
	{"mqtt", "eclipse-mosquitto:2"},
	{"prometheus", "prom/prometheus:v2.53.3"},
	{"alertmanager", "prom/alertmanager:v0.28.1"},
	{"node-exporter", "prom/node-exporter:v1.9.0"},
	{"etcd", "quay.io/coreos/etcd:v3.5.16"},
	{"nats", "nats:2.10"},
	{"zookeeper", "zookeeper:3.9"},
	{"caddy", "caddy:2"},
	{"registry", "registry:2"},
	{"tomcat", "tomcat:10.1-jre21-temurin"},
	{"adminer", "adminer:4"},
	{"wordpress", "wordpress:6-apache"},
	{"matomo", "matomo:5-apache"},
	{"phpmyadmin", "phpmyadmin:5.2-apache"},
	{"syncthing", "syncthing/syncthing:1.29"},
	{"socket-proxy", "tecnativa/docker-socket-proxy:v0.4.1"},
}

func main() {
	log.SetFlags(log.Ltime)
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	m := &maker{ctx: ctx}
	err := m.all(flag.Args())
	cancel()
	if err != nil {
		log.Fatal(err)
	}
}

type maker struct {
	ctx      context.Context
	registry *bool  // whether one answers; nil when nobody has asked
	dir      string // build context of the stand-ins
}

func (m *maker) all(refs []string) error {
	start := time.Now()
	if len(refs) == 0 {
		for _, t := range targets {
			refs = append(refs, strings.Fields(t.refs)...)
		}
	}
	defer func() { _ = os.RemoveAll(m.dir) }()
	for _, ref := range refs {
		if m.docker("image", "inspect", ref) == nil {
			continue
		}
		if m.pull(ref) {
			continue
		}
		if err := m.standIn(ref); err != nil {
			return err
		}
	}
	log.Printf("%d base images are there after %s", len(refs), time.Since(start).Round(time.Second))
	return nil
}

// pull gets the real image. Whether a registry answers is asked once.
func (m *maker) pull(ref string) bool {
	if m.registry != nil && !*m.registry {
		return false
	}
	ctx, cancel := context.WithTimeout(m.ctx, 10*time.Minute)
	if m.registry == nil {
		ctx, cancel = context.WithTimeout(m.ctx, 90*time.Second)
	}
	defer cancel()
	ok := exec.CommandContext(ctx, "docker", "pull", "-q", ref).Run() == nil
	if m.registry == nil {
		m.registry = &ok
		if !ok {
			log.Print("no registry answers: the base images are stand-ins made of Debian packages")
		}
	}
	return ok
}

// standIn builds the target that a reference means, and gives it all of its names.
func (m *maker) standIn(ref string) error {
	i := slices.IndexFunc(targets, func(t target) bool { return slices.Contains(strings.Fields(t.refs), ref) })
	if i < 0 {
		return fmt.Errorf("%s can be neither pulled nor made", ref)
	}
	if err := m.prepare(); err != nil {
		return err
	}
	start := time.Now()
	args := []string{"buildx", "build", "--load", "--provenance=false", "--progress=plain", "--target", targets[i].name, "--build-context", "ca=" + filepath.Join(m.dir, "ca")}
	for _, name := range strings.Fields(targets[i].refs) {
		args = append(args, "--tag", name)
	}
	if err := m.docker(append(args, m.dir)...); err != nil {
		return err
	}
	log.Printf("%s: %s", targets[i].name, time.Since(start).Round(time.Second))
	return nil
}

// prepare makes the build context and the Debian below all stand-ins.
func (m *maker) prepare() error {
	if m.dir != "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "bulkhead-bases-")
	if err != nil {
		return err
	}
	m.dir = dir
	if err := os.CopyFS(dir, sources); err != nil {
		return err
	}
	if err := m.certificates(filepath.Join(dir, "ca")); err != nil {
		return err
	}
	if m.docker("image", "inspect", "bulkhead-debian:"+suite) == nil {
		return nil
	}
	return m.debian()
}

// debian imports a minimal Debian that mmdebstrap makes from Debian's mirror.
func (m *maker) debian() error {
	if _, err := exec.LookPath("mmdebstrap"); err != nil {
		for _, args := range [][]string{{"update", "-q"}, {"install", "-q", "-y", "--no-install-recommends", "mmdebstrap"}} {
			if out, err := exec.CommandContext(m.ctx, "apt-get", args...).CombinedOutput(); err != nil {
				return fmt.Errorf("mmdebstrap is needed: %w\n%s", err, out)
			}
		}
	}
	tar := filepath.Join(m.dir, "..", filepath.Base(m.dir)+".tar")
	defer func() { _ = os.Remove(tar) }()
	if out, err := exec.CommandContext(m.ctx, "mmdebstrap", "--variant=minbase", suite, tar).CombinedOutput(); err != nil {
		return fmt.Errorf("mmdebstrap: %w\n%s", err, out)
	}
	return m.docker("import", "-c", `CMD ["bash"]`, tar, "bulkhead-debian:"+suite)
}

// certificates writes each certificate that this machine trusts into a file of its
// own, as update-ca-certificates wants them: builds may go through a proxy that only
// this machine knows.
func (m *maker) certificates(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	bundle := os.Getenv("SSL_CERT_FILE")
	if bundle == "" {
		bundle = "/etc/ssl/certs/ca-certificates.crt"
	}
	data, err := os.ReadFile(bundle)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		var block *pem.Block
		block, data = pem.Decode(data)
		if block == nil {
			return nil
		}
		block.Headers = nil
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("machine-%03d.crt", i)), pem.EncodeToMemory(block), 0o644); err != nil { //nolint:gosec // certificates are public
			return err
		}
	}
}

// docker runs a docker command; its output is part of the error.
func (m *maker) docker(args ...string) error {
	cmd := exec.CommandContext(m.ctx, "docker", args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		text := out.Bytes()
		return fmt.Errorf("docker %s: %w\n%s", strings.Join(args[:2], " "), err, text[max(0, len(text)-4000):])
	}
	return nil
}
