package workspace

import (
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var composeName = regexp.MustCompile(`^(docker-)?compose([._-].+)?\.ya?ml$`)

// Usage finds the compose services that build a Dockerfile, in its own directory and
// those above it, up to the top of the repository. Where they all build one stage that
// no other stage uses, that is the one that ships. Else it is the last one: compose
// runs builders, which others use, and stages named so for development.
func Usage(f File, doc *dockerfile.Document) transform.Usage {
	top, prefix := repository(f.Root)
	root, err := fsx.Open(top)
	if err != nil {
		return transform.Usage{}
	}
	defer root.Close()
	return UsageIn(root.FS(), path.Join(prefix, f.Rel), path.Dir(f.Display), doc)
}

// UsageIn is Usage for a Dockerfile of a file system; shown is its directory as
// messages name it.
func UsageIn(files fs.FS, name, shown string, doc *dockerfile.Document) transform.Usage {
	u := transform.Usage{}
	targets := map[string][]transform.Service{}
	for dir := path.Dir(name); ; dir, shown = path.Dir(dir), path.Join(shown, "..") {
		entries, err := fs.ReadDir(files, dir)
		if err != nil {
			break
		}
		for _, e := range entries {
			if composeName.MatchString(e.Name()) && !e.IsDir() {
				users(files, dir, e.Name(), path.Join(shown, e.Name()), name, targets)
			}
		}
		if dir == "." {
			break
		}
	}
	last := strings.ToLower(doc.Final().Name)
	u.Services = targets[""]
	if last != "" {
		u.Services = append(u.Services, targets[last]...)
	}
	for target, services := range targets {
		if len(u.Services) == 0 && len(targets) == 1 && !used(doc, target) && !transform.DevelopmentStage(target) {
			u.Target, u.Services = target, services
		}
	}
	return u
}

// users gathers the services of a compose file that build the Dockerfile, by the stage
// that they build. A compose file that cannot be read tells nothing.
func users(files fs.FS, dir, file, shown, dockerfileName string, targets map[string][]transform.Service) {
	text, err := fs.ReadFile(files, path.Join(dir, file))
	if err != nil {
		return
	}
	services, err := compose.Outlines(text)
	if err != nil {
		return
	}
	for _, s := range services {
		if s.Build == nil || s.Build.Inline || path.Join(dir, s.Build.Context, s.Build.Dockerfile) != dockerfileName {
			continue
		}
		svc := transform.Service{Name: s.Name, File: shown, Line: s.Line, Dir: path.Dir(shown), Command: argv(s.Command), Entrypoint: argv(s.Entrypoint), User: s.User}
		for _, m := range s.Mounts {
			if m.Type != "volume" && m.Type != "bind" {
				continue
			}
			mount := transform.Mount{Path: m.Target, Source: m.Source, Bind: m.Type == "bind", ReadOnly: m.ReadOnly}
			if info, err := fs.Stat(files, path.Join(dir, m.Source)); mount.Bind && err == nil {
				mount.File = !info.IsDir()
				mount.Private = info.Mode().Perm()&0o004 == 0
			}
			svc.Mounts = append(svc.Mounts, mount)
		}
		target := strings.ToLower(s.Build.Target)
		targets[target] = append(targets[target], svc)
	}
}

// argv splits a command line as compose does.
func argv(c compose.Command) []string {
	if c.Text == "" {
		return c.Words
	}
	calls := dockerfile.NewScript(c.Text).Calls()
	if len(calls) == 0 {
		return strings.Fields(c.Text)
	}
	var out []string
	for _, a := range calls[0].Args {
		out = append(out, a.Value)
	}
	return out
}

// used reports whether a stage is built on or copied from a stage.
func used(doc *dockerfile.Document, name string) bool {
	for _, in := range doc.Instructions() {
		if in.Stage == nil {
			continue
		}
		if _, from, ok := in.Flag("from"); ok && strings.EqualFold(from, name) {
			return true
		}
		if in.Is("FROM") && in.Stage.Parent != nil && strings.EqualFold(in.Stage.Parent.Name, name) {
			return true
		}
	}
	return false
}
