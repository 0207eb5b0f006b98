package workspace

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

func write(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func names(r *Result) []string {
	var out []string
	for _, f := range r.Files {
		out = append(out, f.Rel)
	}
	return out
}

func TestDiscover(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{
		"Dockerfile": "", "a/dockerfile": "", "a/Dockerfile.dev": "", "a/web.Dockerfile": "", "b/Containerfile": "", "b/DOCKERFILE": "",
		"a/Dockerfile.md": "", "a/Dockerfile.dockerignore": "", "a/Dockerfile~": "", "a/mydockerfile": "", "c/Dockerfile.j2": "",
		"node_modules/x/Dockerfile": "", "vendor/x/Dockerfile": "", ".git/Dockerfile": "",
		".gitignore": "/out\n*.gen\n!keep.gen\n", "out/Dockerfile": "", "d/Dockerfile.gen": "", "d/sub/.gitignore": "Dockerfile\n", "d/sub/Dockerfile": "", "d/sub/Dockerfile.x": "",
	})
	if err := os.Symlink("/etc/hostname", filepath.Join(root, "b", "Dockerfile.link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../Dockerfile", filepath.Join(root, "b", "Dockerfile.same")); err != nil {
		t.Fatal(err)
	}
	r, err := Discover(context.Background(), []string{root})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Dockerfile", "a/Dockerfile.dev", "a/dockerfile", "a/web.Dockerfile", "b/Containerfile", "b/DOCKERFILE", "d/sub/Dockerfile.x"}
	if got := names(r); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if len(r.Skipped) != 2 {
		t.Errorf("skipped %v, want the template and the link", r.Skipped)
	}
}

func TestDiscoverNamed(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"x.docker": "", "Dockerfile": "", ".gitignore": "*"})
	r, err := Discover(context.Background(), []string{filepath.Join(root, "x.docker"), filepath.Join(root, "x.docker")})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(r); !slices.Equal(got, []string{"x.docker"}) || !r.Files[0].Named {
		t.Errorf("found %q", got)
	}
	if _, err := Discover(context.Background(), []string{filepath.Join(root, "none")}); err == nil {
		t.Error("a path that does not exist is no error")
	}
}

// TestDiscoverLinkedRoot: a link that the user names is followed.
func TestDiscoverLinkedRoot(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"real/a/Dockerfile": ""})
	link := filepath.Join(root, "link")
	if err := os.Symlink("real", link); err != nil {
		t.Fatal(err)
	}
	r, err := Discover(context.Background(), []string{link})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(r); !slices.Equal(got, []string{"a/Dockerfile"}) || r.Files[0].Display != filepath.Join(link, "a", "Dockerfile") {
		t.Errorf("found %+v", r.Files)
	}
}

// TestDiscoverBelowRepository: what the repository ignores is ignored from any directory of it.
func TestDiscoverBelowRepository(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{".git/HEAD": "", ".gitignore": "/a/out\n", "a/.gitignore": "/b/gen\n", "a/b/Dockerfile": "", "a/b/gen/Dockerfile": "", "a/out/Dockerfile": ""})
	for dir, want := range map[string][]string{"a": {"b/Dockerfile"}, "a/b": {"Dockerfile"}} {
		r, err := Discover(context.Background(), []string{filepath.Join(root, dir)})
		if err != nil {
			t.Fatal(err)
		}
		if got := names(r); !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", dir, got, want)
		}
	}
}

func TestIsTemplate(t *testing.T) {
	for text, want := range map[string]bool{
		"FROM {{ base }}\n":                                  true,
		"FROM %%BASE%%\n":                                    true,
		"FROM a\n{% if x %}\nRUN b\n{% endif %}\n":           true,
		"FROM a\nRUN docker inspect -f '{{.State.Pid}}' x\n": false,
		"FROM a\nENV FORMAT={{x}}\n":                         false,
	} {
		if _, got := IsTemplate([]byte(text), nil); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	heredoc := "FROM a\nCOPY <<E /x\n{{ y }}\nE\n"
	if why, got := IsTemplate([]byte(heredoc), []parser.Span{{Start: 19, End: 27}}); got {
		t.Errorf("the text of a heredoc %s", why)
	}
}
