package workspace

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// UsageOf finds the compose services that build a Dockerfile, in its own directory and
// those above it, up to the top of the repository. Where they all build one stage that
// no other stage uses, that is the one that ships. Else it is the last one: compose
// runs builders, which others use, and stages named so for development.
func (p *Projects) UsageOf(f File, doc *dockerfile.Document) transform.Usage {
	top, prefix := repository(f.Root)
	root, err := fsx.Open(top)
	if err != nil {
		return transform.Usage{}
	}
	defer root.Close()
	return p.usageIn(root.FS(), top, path.Join(prefix, f.Rel), path.Dir(f.Display), doc)
}

// UsageIn is UsageOf for a Dockerfile of a file system; shown is its directory as
// messages name it.
func UsageIn(files fs.FS, name, shown string, doc *dockerfile.Document) transform.Usage {
	return (&Projects{}).usageIn(files, "", name, shown, doc)
}

func (p *Projects) usageIn(files fs.FS, top, name, shown string, doc *dockerfile.Document) transform.Usage {
	u := transform.Usage{}
	b := builders{files: files, dockerfile: name, targets: map[string][]transform.Service{}}
	for dir := path.Dir(name); ; dir, shown = path.Dir(dir), path.Join(shown, "..") {
		for _, c := range p.In(files, top, dir, shown) {
			b.add(c, shown)
		}
		if dir == "." {
			break
		}
	}
	last := strings.ToLower(doc.Final().Name)
	u.Services = b.targets[""]
	if last != "" {
		u.Services = append(u.Services, b.targets[last]...)
	}
	for target, services := range b.targets {
		if len(u.Services) == 0 && len(b.targets) == 1 && !used(doc, target) && !transform.DevelopmentStage(target) {
			u.Target, u.Services = target, services
		}
	}
	return u
}

// builders gathers the services that build a Dockerfile, by the stage that they build.
type builders struct {
	files      fs.FS
	dockerfile string
	targets    map[string][]transform.Service
}

// add looks through a composition. One that cannot be read tells nothing.
func (b *builders) add(c *Composition, shown string) {
	if c.Err != nil {
		return
	}
	for _, s := range c.Project.Services {
		build := s.Build()
		name, ok := BuiltFrom(c.Dir, build)
		if !ok || name != b.dockerfile {
			continue
		}
		svc := transform.Service{
			Name: s.Name, File: path.Join(shown, c.Names[s.File]), Line: s.Key.Line, Dir: shown,
			Command: argv(s.Command()), Entrypoint: argv(s.Entrypoint()), User: s.Text("user"), Mounts: b.mounts(c, s),
			HostNetwork: s.Text("network_mode") == "host", Context: path.Join(c.Dir, build.Context), Healthcheck: probes(s.Healthcheck()),
		}
		target := strings.ToLower(build.Target)
		if !slices.ContainsFunc(b.targets[target], func(o transform.Service) bool { return sameService(o, svc) }) {
			b.targets[target] = append(b.targets[target], svc)
		}
	}
}

// sameService reports whether a composition shows a service as another one does.
func sameService(a, b transform.Service) bool {
	return a.Name == b.Name && a.Dir == b.Dir && a.User == b.User && a.HostNetwork == b.HostNetwork && a.Context == b.Context && slices.Equal(a.Command, b.Command) && slices.Equal(a.Entrypoint, b.Entrypoint) && slices.Equal(a.Mounts, b.Mounts)
}

// BuiltFrom is the Dockerfile of a build that a compose file of a directory asks for, below the top
// of the repository; ok is false when it has none there or it is not known.
func BuiltFrom(dir string, b *compose.Build) (name string, ok bool) {
	if b == nil || b.Inline || strings.Contains(b.Context+b.Dockerfile, "$") || strings.Contains(b.Context, "://") || path.IsAbs(b.Context) || path.IsAbs(b.Dockerfile) {
		return "", false
	}
	name = path.Join(dir, b.Context, b.Dockerfile)
	return name, fs.ValidPath(name)
}

func (b *builders) mounts(c *Composition, s *compose.Service) []transform.Mount {
	var out []transform.Mount
	for _, m := range s.Mounts() {
		if m.Type != "volume" && m.Type != "bind" {
			continue
		}
		mount := transform.Mount{Path: path.Clean(m.Target), Source: m.Source, Bind: m.Type == "bind", ReadOnly: m.ReadOnly, OtherWriter: b.otherWriter(c, s, m)}
		if info, err := fs.Stat(b.files, path.Join(c.Dir, m.Source)); mount.Bind && err == nil {
			mount.File = !info.IsDir()
			mount.Private = info.Mode().Perm()&0o004 == 0
		}
		out = append(out, mount)
	}
	return out
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

// probes lists the commands of a health check.
func probes(c compose.Command) [][]string {
	text := c.Text
	switch {
	case len(c.Words) > 1 && c.Words[0] == "CMD":
		return [][]string{c.Words[1:]}
	case len(c.Words) > 1 && c.Words[0] == "CMD-SHELL":
		text = c.Words[1]
	}
	var out [][]string
	for _, call := range dockerfile.NewScript(text).Calls() {
		var words []string
		for _, a := range call.Args {
			words = append(words, a.Value)
		}
		if len(words) > 0 {
			out = append(out, words)
		}
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

// Usage is Projects.UsageOf for one file alone.
func Usage(f File, doc *dockerfile.Document) transform.Usage {
	return (&Projects{}).UsageOf(f, doc)
}
