package pipeline

import (
	"io/fs"
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// buildContext chooses what the Dockerfile is built in, as nothing but compose or
// a command line says it: its own directory if that has what the first telling
// COPY takes, else the root if that has it, else its own directory. top says that it is
// the root.
func buildContext(doc *dockerfile.Document, own, root fs.FS) (files fs.FS, top bool) {
	if root == nil || own == nil {
		return own, false
	}
	for _, in := range doc.Instructions() {
		sources := copied(in)
		if len(sources) == 0 {
			continue
		}
		if !hasAll(own, sources) && hasAll(root, sources) {
			return root, true
		}
		return own, false
	}
	return own, false
}

// copied lists the paths that a COPY or ADD takes from the build context, none
// when they do not tell one context from another.
func copied(in *dockerfile.Instruction) []string {
	if !in.Is("COPY", "ADD") || len(in.Args) < 2 || len(in.Heredocs) > 0 {
		return nil
	}
	if _, _, other := in.Flag("from"); other {
		return nil
	}
	var out []string
	for _, a := range in.Args[:len(in.Args)-1] {
		name := path.Clean("/" + a.Value)[1:]
		if name == "" || strings.ContainsAny(a.Value, "$\\\"'") || strings.Contains(a.Value, "://") || strings.HasPrefix(a.Value, "git@") {
			return nil
		}
		out = append(out, name)
	}
	return out
}

func hasAll(fsys fs.FS, names []string) bool {
	for _, name := range names {
		if strings.ContainsAny(name, "*?[") {
			if found, err := fs.Glob(fsys, name); err != nil || len(found) == 0 {
				return false
			}
		} else if _, err := fs.Stat(fsys, name); err != nil {
			return false
		}
	}
	return true
}
