package pipeline

import (
	"io/fs"
	"path"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
)

// images tells what is known of the images that the services of a unit build.
type images struct {
	worker   *worker
	hardened map[string]hardenedImage // by place: the Dockerfiles of the unit
	open     []*fsx.Root              // what their build contexts are read through
}

func (m *images) close() {
	for _, root := range m.open {
		_ = root.Close() // opened for reading
	}
}

// of gives the facts of the image that a service builds, nil when nothing is known of
// it. needs is the Dockerfile of the run that they rest on, "" when none changes.
func (m *images) of(files fs.FS, d workspace.ComposeDir, s *compose.Service) (facts *transform.ImageFacts, needs string) {
	b := s.Build()
	name, ok := workspace.BuiltFrom(d.Dir, b)
	if !ok {
		return nil, ""
	}
	key := d.Top + "\x00" + name
	h, known := m.hardened[key]
	if !known {
		if h = m.read(files, d, s, name); h.plan == nil {
			return nil, ""
		}
		m.hardened[key] = h
	}
	in := h.input
	in.Usage.Target = b.Target
	if h.plan.Changed() {
		needs = h.display
	}
	return image.Facts(in, h.plan), needs
}

// read takes a Dockerfile as it is, for this run does not change it.
func (m *images) read(files fs.FS, d workspace.ComposeDir, s *compose.Service, name string) hardenedImage {
	text, err := fs.ReadFile(files, name)
	if err != nil || fsx.CheckText(text) != nil {
		return hardenedImage{}
	}
	shown := path.Join(d.Shown, s.Build().Context, s.Build().Dockerfile)
	doc, err := dockerfile.Parse(parser.NewSource(shown, text))
	if err != nil {
		return hardenedImage{}
	}
	context, err := fs.Sub(files, path.Join(d.Dir, s.Build().Context))
	if err != nil {
		return hardenedImage{}
	}
	in := transform.Input{Document: doc, Files: context, Options: m.worker.opts.Transform}
	return hardenedImage{input: in, plan: &transform.Plan{Before: doc, After: doc}, display: shown}
}
