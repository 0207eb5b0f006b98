package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/workspace"
)

// oneRoot makes the directory above all files of -f the one that they are read and written in,
// for together they are one project.
func oneRoot(files []workspace.File, project []string) error {
	var of []*workspace.File
	var dirs []string
	for i := range files {
		if f := &files[i]; slices.ContainsFunc(project, func(name string) bool { return displayed(name) == f.Display }) {
			dir, err := filepath.Abs(filepath.Join(f.Root, filepath.FromSlash(f.Dir())))
			if err != nil {
				return err
			}
			of, dirs = append(of, f), append(dirs, dir)
		}
	}
	if len(slices.Compact(slices.Clone(dirs))) < 2 {
		return nil
	}
	above := above(dirs)
	if above == "" {
		return fmt.Errorf("no directory is above all files of -f: %s", strings.Join(project, ", "))
	}
	for i, f := range of {
		own, _ := f.Place()
		rel, err := filepath.Rel(above, filepath.Join(dirs[i], filepath.Base(filepath.FromSlash(f.Rel))))
		if err != nil {
			return err
		}
		f.Root, f.Rel = above, filepath.ToSlash(rel)
		if common, _ := f.Place(); own != common && isRepository(own) {
			return fmt.Errorf("the files of -f stand in different repositories: %s", strings.Join(project, ", "))
		}
	}
	return nil
}

// above is the nearest directory that all directories are below, "" when there is none.
func above(dirs []string) string {
	isBelow := func(top string) bool {
		return !slices.ContainsFunc(dirs, func(dir string) bool {
			rel, err := filepath.Rel(top, dir)
			return err != nil || !filepath.IsLocal(rel)
		})
	}
	for top := dirs[0]; ; top = filepath.Dir(top) {
		if isBelow(top) {
			return top
		}
		if top == filepath.Dir(top) {
			return ""
		}
	}
}

// isRepository reports whether a directory is the top of one.
func isRepository(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, ".git"))
	return err == nil
}
