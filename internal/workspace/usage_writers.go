package workspace

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// otherWriter names a service that runs another image than the one in question and may
// write to a volume that a service of that image mounts, "" when there is none. What it
// makes there belongs to its user, which only root can change; so a service that stops
// being root may no longer do what it did.
func (b *builders) otherWriter(c *Composition, s *compose.Service, m compose.Mount) string {
	if m.Type != "volume" || m.Source == "" || m.ReadOnly {
		return ""
	}
	for _, o := range c.Project.Services {
		if name, ok := BuiltFrom(c.Dir, o.Build()); o.Name == s.Name || ok && name == b.dockerfile {
			continue
		}
		for _, om := range o.Mounts() {
			if om.Type == "volume" && om.Source == m.Source && !om.ReadOnly && b.writes(c, o, om.Target) {
				return o.Name
			}
		}
	}
	return ""
}

// writes reports whether a service may write to a path: an image of which everything is
// known writes only where that says.
func (b *builders) writes(c *Composition, s *compose.Service, name string) bool {
	known := b.runs(c, s)
	if known == nil || known.Kind == "base" || s.Has("entrypoint") {
		return true
	}
	overlaps := func(p string) bool {
		return p != "" && (transform.Within(p, name) || transform.Within(name, p))
	}
	return slices.ContainsFunc(known.Writable, func(w knowledge.Writable) bool { return overlaps(w.Path) })
}

// runs is what is known of the image that a service starts, or of the one that its
// Dockerfile only adds files to; nil when nothing is.
func (b *builders) runs(c *Composition, s *compose.Service) *knowledge.Service {
	build := s.Build()
	if build == nil {
		return knowledge.LookupService(s.Image())
	}
	name, ok := BuiltFrom(c.Dir, build)
	if !ok || build.Target != "" {
		return nil
	}
	data, err := fs.ReadFile(b.files, name)
	if err != nil {
		return nil
	}
	doc, err := dockerfile.Parse(parser.NewSource(name, data))
	if err != nil {
		return nil
	}
	stage := doc.Final()
	for _, in := range stage.Instructions {
		if in.Is("CMD") || in.Is("ENTRYPOINT") {
			return nil
		}
	}
	if stage.Parent != nil || strings.Contains(stage.Base, "$") {
		return nil
	}
	return knowledge.LookupService(stage.Base)
}
