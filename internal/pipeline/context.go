package pipeline

import (
	"io/fs"
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// place is where a Dockerfile stands: the root that is looked through, the file's directory
// below it, and the root's own path below the top of the repository.
type place struct {
	root        fs.FS
	dir, prefix string
}

// buildContext chooses the directory below the root that a Dockerfile is built in: the one
// that all services of compose files build it in, else its own directory if that has what the
// first telling COPY takes, else the root if that has it, else its own. elsewhere says that
// compose builds it in another directory, which is out of reach.
func (p place) buildContext(doc *dockerfile.Document, usage transform.Usage) (files fs.FS, dir string, elsewhere bool) {
	dir, known := p.composeContext(usage)
	if known {
		if files, err := fs.Sub(p.root, dir); err == nil {
			return files, dir, false
		}
	}
	elsewhere = usage.Known()
	files, err := fs.Sub(p.root, p.dir)
	if err != nil {
		return nil, p.dir, elsewhere
	}
	for _, in := range doc.Instructions() {
		sources := copied(in)
		if len(sources) == 0 {
			continue
		}
		if !hasAll(files, sources) && hasAll(p.root, sources) {
			return p.root, ".", elsewhere
		}
		break
	}
	return files, p.dir, elsewhere
}

// composeContext is the directory below the root that all services build the image in; ok is
// false when there are none, they differ, or it is elsewhere.
func (p place) composeContext(usage transform.Usage) (dir string, ok bool) {
	if !usage.Known() {
		return "", false
	}
	dir = usage.Services[0].Context
	for _, s := range usage.Services {
		if s.Context != dir {
			return "", false
		}
	}
	switch {
	case p.prefix == ".":
	case dir == p.prefix:
		dir = "."
	default:
		if dir, ok = strings.CutPrefix(dir, p.prefix+"/"); !ok {
			return "", false
		}
	}
	info, err := fs.Stat(p.root, dir)
	return dir, err == nil && info.IsDir()
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
