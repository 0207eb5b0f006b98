// Package workspace finds the files that Bulkhead works on.
package workspace

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
)

// File is a Dockerfile or compose file that was found or named.
type File struct {
	Kind    Kind   // Dockerfile or Compose
	Root    string // directory that reads and writes are confined to
	Rel     string // path below Root, with slashes
	Display string // path as the user would type it
	Named   bool   // given by name, not found
	// Project is where the compose project is that the user made the file a part of; nil for
	// a file of its own directory.
	Project *ProjectDir
}

// ProjectDir is the directory of a compose project, which paths in its files start from.
type ProjectDir struct {
	Dir   string // below the top of the repository
	Shown string // as messages name it
}

// Dir is the directory of the file below Root.
func (f File) Dir() string { return path.Dir(f.Rel) }

// Skip is something that was passed over, and why.
type Skip struct{ Path, Reason string }

// Result is what Discover found, in the order of the arguments and sorted by path.
type Result struct {
	Files   []File
	Skipped []Skip
}

// Discover finds the Dockerfiles and compose files below the directories among paths and takes the
// files among them as they are. It honours .gitignore and does not descend into
// .git, node_modules and vendor. A path that does not exist is an error.
func Discover(ctx context.Context, paths []string) (*Result, error) {
	r := &Result{}
	seen := map[string]bool{}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		var found []File
		if info.IsDir() {
			w := &walker{root: p, result: r}
			if err := w.walk(ctx); err != nil {
				return nil, err
			}
			found = w.files
		} else {
			found = []File{{Kind: namedKind(p), Root: filepath.Dir(p), Rel: filepath.Base(p), Display: p, Named: true}}
		}
		for _, f := range found {
			target, err := filepath.EvalSymlinks(filepath.Join(f.Root, filepath.FromSlash(f.Rel)))
			if err != nil {
				target = f.Display
			}
			if abs, err := filepath.Abs(target); err == nil {
				target = abs
			}
			if !seen[target] {
				seen[target] = true
				r.Files = append(r.Files, f)
			}
		}
	}
	return r, nil
}

// namedKind is the kind of a file that was given by name: what is no compose file is
// taken for a Dockerfile.
func namedKind(name string) Kind {
	if kind, _ := Judge(filepath.Base(name)); kind == Compose {
		return Compose
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yml", ".yaml":
		return Compose
	}
	return Dockerfile
}

// walker goes through one directory tree.
type walker struct {
	root    string
	prefix  string // the root's path below the top of its repository
	files   []File
	ignores ignores
	result  *Result
}

func (w *walker) walk(ctx context.Context) error {
	// A link to a directory was asked for by name: the directory is meant.
	target, err := filepath.EvalSymlinks(w.root)
	if err != nil {
		return err
	}
	root, err := fsx.Open(target)
	if err != nil {
		return err
	}
	defer root.Close()
	var top string
	top, w.prefix = repository(target)
	w.ignores.above(top, w.prefix)
	err = fs.WalkDir(os.DirFS(target), ".", func(rel string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		name := filepath.Join(w.root, filepath.FromSlash(rel))
		if err != nil {
			w.skip(name, "cannot be read: "+reason(err))
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			if rel != "." && w.skipsDir(rel) {
				return fs.SkipDir
			}
			w.ignores.read(root, path.Join(rel, ".gitignore"), path.Join(w.prefix, rel))
			return nil
		}
		w.file(name, rel, d)
		return nil
	})
	w.included(root)
	sort.Slice(w.files, func(i, j int) bool { return w.files[i].Rel < w.files[j].Rel })
	return err
}

func reason(err error) string {
	if pe := new(fs.PathError); errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

func (w *walker) skip(name, why string) {
	w.result.Skipped = append(w.result.Skipped, Skip{name, why})
}

func (w *walker) skipsDir(rel string) bool {
	switch path.Base(rel) {
	case ".git", "node_modules", "vendor":
		return true
	}
	return w.ignored(rel, true)
}

func (w *walker) ignored(rel string, dir bool) bool {
	return w.ignores.match(path.Join(w.prefix, rel), dir)
}

// file takes a file whose name says that it is one of ours.
func (w *walker) file(name, rel string, d fs.DirEntry) {
	kind, why := Judge(path.Base(rel))
	if kind == NotDockerfile || w.ignored(rel, false) {
		return
	}
	if kind == Template {
		w.skip(name, why)
		return
	}
	if d.Type()&fs.ModeSymlink != 0 && !w.insideRoot(name) {
		w.skip(name, "is a link that leaves the directory")
		return
	}
	w.files = append(w.files, File{Kind: kind, Root: w.root, Rel: rel, Display: name})
}

// insideRoot reports whether a link leads to a regular file below the root.
func (w *walker) insideRoot(name string) bool {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return false
	}
	root, err := filepath.EvalSymlinks(w.root)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(root, target)
	return err == nil && filepath.IsLocal(rel)
}
