// Package arch holds the project's architecture: its test compares which package
// imports which with what the project's plan allows.
package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/bulkhead-dev/bulkhead"

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Module     *struct {
		Path, Version, Dir string
		Main, Indirect     bool
	}
}

var list = sync.OnceValues(func() (map[string]*pkg, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Module", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return nil, errors.New(string(exit.Stderr))
	}
	if err != nil {
		return nil, err
	}
	all := map[string]*pkg{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		p := new(pkg)
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[p.ImportPath] = p
	}
})

func packages(t *testing.T) map[string]*pkg {
	t.Helper()
	all, err := list()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return all
}

// own is a package's path inside of the module, "" for the others.
func own(path string) string {
	rest, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return ""
	}
	return rest
}

func below(path string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return path == root || strings.HasPrefix(path, root+"/") })
}

// TestLayers: arrows point one way, cmd → internal/cli → internal → transform → parser.
func TestLayers(t *testing.T) {
	for path, p := range packages(t) {
		from := own(path)
		if from == "" {
			continue
		}
		for _, imported := range p.Imports {
			to := own(imported)
			ok := true
			switch {
			case to == "":
			case from == "parser":
				ok = false
			case below(from, "parser"):
				ok = below(to, "parser")
			case below(from, "transform"):
				ok = below(to, "transform", "parser")
			case below(from, "cmd"):
				ok = to == "internal/cli"
			case from == "internal/docs" && to == "internal/cli": // a command, too: it asks the other for its manual page
			case below(from, "internal"):
				ok = below(to, "internal", "transform", "parser") && to != "internal/cli"
			}
			if !ok {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
}

// TestTransformOrder: inside of transform, facts about the world and about
// commands know nothing of rules.
func TestTransformOrder(t *testing.T) {
	allowed := map[string][]string{
		"transform/knowledge": {"parser"},
		"transform/effect":    {"parser", "transform/knowledge"},
		"transform":           {"parser", "transform/effect", "transform/knowledge"},
		"transform/image":     {"parser", "transform", "transform/effect", "transform/knowledge", "transform/secret"},
		"transform/topology":  {"parser", "transform", "transform/knowledge"},
	}
	for from, roots := range allowed {
		p := packages(t)[module+"/"+from]
		if p == nil {
			t.Errorf("%s is gone", from)
			continue
		}
		for _, imported := range p.Imports {
			to := own(imported)
			if to != "" && !slices.Contains(roots, to) && !strings.HasPrefix(to, "parser/") {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
}

// TestOnlyImporters: some packages are for one place only.
func TestOnlyImporters(t *testing.T) {
	only := map[string][]string{ // what → where
		"github.com/urfave/cli/v2":        {"internal/cli"},
		"github.com/sergi/go-diff":        {"internal/diff"},
		"github.com/moby/buildkit":        {"parser/dockerfile", "transform", "internal/corpus"},
		"mvdan.cc/sh/v3":                  {"parser/dockerfile", "transform", "internal/corpus"},
		"gopkg.in/yaml.v3":                {"parser/compose", "transform/knowledge", "internal"},
		"golang.org/x/tools/txtar":        {"internal/docs", "internal/golden"},
		"github.com/rogpeppe/go-internal": {},
	}
	for path, p := range packages(t) {
		from := own(path)
		if from == "" {
			continue
		}
		for _, imported := range p.Imports {
			for what, where := range only {
				if below(imported, what) && !below(from, where...) {
					t.Errorf("%s imports %s, which is for %v", from, imported, where)
				}
			}
		}
	}
}

// TestLibrariesAreClosed: nothing below parser and transform reaches the network,
// processes, the environment or the file system but through an fs.FS.
func TestLibrariesAreClosed(t *testing.T) {
	forbidden := []string{"net", "os", "syscall", "plugin", "log", "log/slog", "flag", "expvar", "math/rand", "math/rand/v2", "time", "io/ioutil", "path/filepath", "unsafe", "C"}
	for path, p := range packages(t) {
		from := own(path)
		if !below(from, "parser", "transform") {
			continue
		}
		for _, imported := range p.Imports {
			if below(imported, forbidden...) {
				t.Errorf("%s imports %s", from, imported)
			}
		}
		if from == "parser" {
			for _, imported := range p.Imports {
				if q := packages(t)[imported]; q == nil || !q.Standard {
					t.Errorf("parser imports %s, which is not the standard library", imported)
				}
			}
		}
	}
}
