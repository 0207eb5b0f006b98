package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/workspace"
)

// find lists the Dockerfiles below the directories: every regular file whose name
// has "dockerfile" or "containerfile" in it, for corpora number their files.
func find(roots []string) ([]string, error) {
	var out []string
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == ".git":
				return fs.SkipDir
			case d.Type().IsRegular() && isDockerfile(d.Name()):
				out = append(out, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func isDockerfile(name string) bool {
	name = strings.ToLower(name)
	return !strings.HasSuffix(name, ".dockerignore") &&
		(strings.Contains(name, "dockerfile") || strings.Contains(name, "containerfile"))
}

// load reads a file and what compose says of it; the directory that it stands in is
// its build context.
func load(path string) (file, error) {
	text, err := os.ReadFile(path)
	f := file{name: path, text: text, context: os.DirFS(filepath.Dir(path))}
	if doc, refused := f.parse(text); err == nil && refused == nil {
		f.usage = workspace.Usage(workspace.File{Root: filepath.Dir(path), Rel: filepath.Base(path), Display: path}, doc)
	}
	return f, err
}

// hasCompose reports whether there is a compose file below the directories.
func hasCompose(roots []string) (found bool, err error) {
	for _, root := range roots {
		err := filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if kind, _ := workspace.Judge(d.Name()); kind == workspace.Compose && d.Type().IsRegular() {
				found = true
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	return found, nil
}
