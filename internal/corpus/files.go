package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// find lists the files below the directories whose name has "dockerfile" in it.
func find(roots []string) ([]string, error) {
	var out []string
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && strings.Contains(strings.ToLower(d.Name()), "dockerfile") && !strings.HasSuffix(d.Name(), ".dockerignore") {
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

// input gives a document the directory that it stands in as build context.
func input(name string, doc *dockerfile.Document, level transform.Level) transform.Input {
	in := transform.Input{Document: doc, Options: transform.Options{Level: level, User: transform.DefaultUser}}
	if name != "" {
		in.Files = os.DirFS(filepath.Dir(name))
	}
	return in
}

// writeDiff puts a unified diff below dir, for reading.
func writeDiff(dir, name string, before, after []byte) {
	base := filepath.Join(dir, strings.NewReplacer("/", "_").Replace(name))
	if os.MkdirAll(dir, 0o755) != nil || os.WriteFile(base+".a", before, 0o644) != nil || os.WriteFile(base+".b", after, 0o644) != nil {
		return
	}
	out, _ := exec.Command("diff", "-u", "--label", name, "--label", name, base+".a", base+".b").Output()
	_ = os.WriteFile(base+".diff", out, 0o644)
	_ = os.Remove(base + ".a")
	_ = os.Remove(base + ".b")
}
