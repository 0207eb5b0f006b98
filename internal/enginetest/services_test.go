package enginetest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
)

// services are the images of services that compose files name, with what their
// documentation promises: how they are told a password, who serves, and where.
var services = []struct {
	image string
	env   []string
	data  string // where the state is; "" for none
	port  uint16
	uids  []int // of all processes once it serves
}{
	{"postgres:17", []string{"POSTGRES_PASSWORD_FILE=/run/secret"}, "/var/lib/postgresql/data", 5432, []int{999}},
	{"mariadb:11", []string{"MARIADB_ROOT_PASSWORD_FILE=/run/secret"}, "/var/lib/mysql", 3306, []int{999}},
	{"redis:7", nil, "/data", 6379, []int{999}},
	{"rabbitmq:4", nil, "/var/lib/rabbitmq", 5672, []int{999}},
	{"memcached:1", nil, "", 11211, []int{11211}},
	{"nginx:1.28", nil, "", 80, []int{0, 101}},
	{"nginxinc/nginx-unprivileged:1.28", nil, "", 8080, []int{101}},
	{"php:8.4-fpm", nil, "", 9000, []int{0, 33}},
	{"php:8.4-apache", nil, "", 80, []int{0, 33}},
}

// TestEngineServices starts each image on an empty volume and again on what it left
// there: stand-ins and official images alike.
func TestEngineServices(t *testing.T) {
	ctx, s := connect(t)
	if os.Getenv("BULKHEAD_ENGINE") == "" {
		t.Skip("BULKHEAD_ENGINE is not set")
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cret-word\n"), 0o644); err != nil { //nolint:gosec // the service's user must read it
		t.Fatal(err)
	}
	for _, svc := range services {
		t.Run(svc.image, func(t *testing.T) {
			opts := engine.RunOptions{Env: svc.env, Volumes: []string{secret + ":/run/secret:ro"}}
			if svc.data != "" {
				opts.Volumes = append(opts.Volumes, s.Volume("service")+":"+svc.data)
			}
			for _, round := range []string{"on an empty volume", "on its own volume"} {
				ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
				defer cancel()
				id, err := s.Run(ctx, svc.image, opts)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Listening(ctx, id, svc.port); err != nil {
					t.Fatalf("%s: %v", round, err)
				}
				if err := s.Settled(ctx, id); err != nil {
					t.Fatalf("%s: %v", round, err)
				}
				seen, err := s.Observe(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				if got := uids(seen); !slices.Equal(got, svc.uids) {
					t.Errorf("%s: its users are %v, not %v: %+v", round, got, svc.uids, seen.Processes)
				}
				if err := s.Stop(ctx, id); err != nil {
					t.Error(err)
				}
				if err := s.Remove(ctx, id); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
