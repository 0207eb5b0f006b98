package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/moby/moby/api/types/image"
)

// serve starts a registry with an image for several platforms and gives its address and
// the image's digest. asked counts the requests for manifests; refuse answers HEAD with an error.
func serve(t *testing.T, refuseHead bool, asked *atomic.Int32) (host, digest string) {
	t.Helper()
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	open := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !open && strings.Contains(r.URL.Path, "/manifests/") {
			asked.Add(1)
			if refuseHead && r.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	host = strings.TrimPrefix(server.URL, "http://")
	index, err := random.Index(64, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(host + "/team/base:1.2")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(tag, index); err != nil {
		t.Fatal(err)
	}
	hash, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	open = false
	return host, hash.String()
}

func noEngine(context.Context, string) (string, error) { return "", errors.New("no engine") }

func TestDigest(t *testing.T) {
	for _, refuseHead := range []bool{false, true} {
		var asked atomic.Int32
		host, want := serve(t, refuseHead, &asked)
		r := New(t.Context())
		r.local = noEngine
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if got, err := r.Digest(host + "/team/base:1.2"); err != nil || got != want {
					t.Errorf("%q, %v, want %q", got, err, want)
				}
			})
		}
		wg.Wait()
		if n := asked.Load(); n > 2 {
			t.Errorf("the registry was asked %d times", n)
		}
	}
}

func TestDigestOfTheEngine(t *testing.T) {
	var asked atomic.Int32
	host, _ := serve(t, false, &asked)
	r := New(t.Context())
	r.local = func(_ context.Context, ref string) (string, error) {
		return pulledAs(ref, image.InspectResponse{ID: "sha256:0", RepoDigests: []string{"other/name@sha256:" + strings.Repeat("1", 64), host + "/team/gone@sha256:" + strings.Repeat("2", 64)}})
	}
	got, err := r.Digest(host + "/team/gone:3")
	if err != nil || got != "sha256:"+strings.Repeat("2", 64) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestNoDigest(t *testing.T) {
	r := New(t.Context())
	r.local = noEngine
	for _, ref := range []string{"127.0.0.1:1/team/base:1", "not a reference"} {
		if got, err := r.Digest(ref); err == nil || !strings.Contains(err.Error(), ref) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q, %v", ref, got, err)
		}
	}
}

// TestPlain: errors say what is wrong, and not what was asked how.
func TestPlain(t *testing.T) {
	var asked atomic.Int32
	host, _ := serve(t, false, &asked)
	r := New(t.Context())
	r.local = func(context.Context, string) (string, error) {
		return "", fmt.Errorf("asking: %w", errdefs.ErrNotFound)
	}
	for ref, want := range map[string]string{
		host + "/team/base:2":         "(it has no such image) nor the local engine (it does not have the image)",
		"nowhere.invalid/team/base:2": "(no host nowhere.invalid is found)",
		"127.0.0.1:1/team/base:2":     "connection refused)",
	} {
		if _, err := r.Digest(ref); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "manifests") {
			t.Errorf("%s: %v, want %q", ref, err, want)
		}
	}
}

func TestPulledAs(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	pulled := &image.Identity{Pull: []image.PullIdentity{{Repository: "docker.io/library/python"}}}
	built := &image.Identity{Build: []image.BuildIdentity{{Ref: "x"}}}
	for _, c := range []struct {
		ref, repo, id string
		identity      *image.Identity
		ok            bool
	}{
		{"python:3.13-slim", "python", "sha256:config", nil, true},
		{"python:3.13-slim", "docker.io/library/python", "sha256:config", nil, true},
		{"docker.io/library/python:3.13", "python", "sha256:config", nil, true},
		{"python:3.13", "mirror.example.com/python", "sha256:config", nil, false},
		{"ghcr.io/a/b:1", "ghcr.io/a/b", "sha256:config", nil, true},
		{"python:3.13", "python", digest, nil, false}, // containerd's store, of an engine that does not tell
		{"python:3.13", "python", digest, pulled, true},
		{"python:3.13", "python", digest, built, false},
		{"python:3.13", "python", digest, &image.Identity{Pull: pulled.Pull, Build: built.Build}, false},
	} {
		got, err := pulledAs(c.ref, image.InspectResponse{ID: c.id, RepoDigests: []string{c.repo + "@" + digest}, Identity: c.identity})
		if (err == nil) != c.ok || c.ok && got != digest {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
	if _, err := pulledAs("python:3", image.InspectResponse{}); err == nil {
		t.Error("an image that was never pulled has a digest")
	}
}
