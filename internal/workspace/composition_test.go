package workspace

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func files(texts map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range texts {
		out[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	return out
}

const (
	whole = "services: {a: {image: x}}\n"
	part  = "services: {a: {user: z}}\n"
)

// TestCompositions: which files docker compose reads together.
func TestCompositions(t *testing.T) {
	for name, c := range map[string]struct {
		files  map[string]string
		chosen []string
		want   string // names, those that the composition answers for behind |
	}{
		"one":                   {map[string]string{"compose.yaml": whole}, nil, "|compose.yaml"},
		"override":              {map[string]string{"compose.yaml": whole, "compose.override.yml": part}, nil, "|compose.yaml compose.override.yml"},
		"the first base":        {map[string]string{"docker-compose.yml": whole, "compose.yml": whole}, nil, "|compose.yml; |docker-compose.yml"},
		"overlay":               {map[string]string{"docker-compose.yml": whole, "docker-compose.prod.yml": part}, nil, "|docker-compose.yml; docker-compose.yml|docker-compose.prod.yml"},
		"a project of its own":  {map[string]string{"compose.yaml": whole, "compose.dev.yaml": whole}, nil, "|compose.yaml; |compose.dev.yaml"},
		"COMPOSE_FILE":          {map[string]string{"compose.yaml": whole, "compose.prod.yaml": part, ".env": "X=1\nCOMPOSE_FILE=compose.yaml:compose.prod.yaml\n"}, nil, "|compose.yaml compose.prod.yaml"},
		"COMPOSE_FILE missing":  {map[string]string{"compose.yaml": whole, ".env": "COMPOSE_FILE=other.yaml\n"}, nil, "|compose.yaml"},
		"chosen":                {map[string]string{"compose.yaml": whole, "x.yaml": whole, "y.yaml": part}, []string{"x.yaml", "y.yaml"}, "|x.yaml y.yaml; |compose.yaml"},
		"names":                 {map[string]string{"docker-stack.yml": whole, "podman-compose.yaml": whole, "web.compose.yml": whole, "recompose.yml": whole, "stack.yml": whole}, nil, "|docker-stack.yml; |podman-compose.yaml; |web.compose.yml"},
		"not ours":              {map[string]string{"compose.yaml": whole, "compose.hardened.yaml": part, "compose.prod.hardened.yaml": part, "values.yaml": whole}, nil, "|compose.yaml"},
		"a part without a base": {map[string]string{"compose.prod.yaml": part}, nil, "|compose.prod.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, comp := range compositions(files(c.files), ".", ".", c.chosen) {
				base := len(comp.Names) - comp.Own
				got = append(got, strings.Join(comp.Names[:base], " ")+"|"+strings.Join(comp.Names[base:], " "))
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("got %s, want %s", s, c.want)
			}
		})
	}
}

// TestUnits: a compose file and the Dockerfiles that it builds are one unit, others are
// units of their own.
func TestUnits(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		".git/HEAD":         "",
		"compose.yaml":      "services:\n  a: {build: a}\n  b: {build: {context: ., dockerfile: b/Dockerfile.x}}\n  c: {build: 'https://example.org/x.git'}\n",
		"a/Dockerfile":      "FROM debian:12\n",
		"b/Dockerfile.x":    "FROM debian:12\n",
		"c/Dockerfile":      "FROM debian:12\n",
		"d/compose.yaml":    "services:\n  a: {build: ../a}\n",
		"e/compose.yaml":    "services: [\n",
		"f/compose.yaml":    whole,
		"f/compose.x.yaml":  whole,
		"f/sub/Dockerfile":  "FROM debian:12\n",
		"f/sub/compose.yml": whole,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found, err := Discover(context.Background(), []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range Units(found.Files) {
		var names []string
		for _, f := range u.Dockerfiles {
			names = append(names, f.Rel)
		}
		for _, d := range u.Dirs {
			for _, f := range d.Files {
				names = append(names, f.Rel)
			}
		}
		got = append(got, strings.Join(names, " "))
	}
	want := "a/Dockerfile b/Dockerfile.x compose.yaml d/compose.yaml; c/Dockerfile; e/compose.yaml; f/compose.x.yaml f/compose.yaml; f/sub/Dockerfile; f/sub/compose.yml"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}
