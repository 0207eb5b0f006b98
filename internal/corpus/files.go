package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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

// load reads a file; the directory that it stands in is its build context.
func load(path string) (file, error) {
	text, err := os.ReadFile(path)
	return file{name: path, text: text, context: os.DirFS(filepath.Dir(path))}, err
}
