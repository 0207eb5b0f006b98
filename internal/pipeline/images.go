package pipeline

import (
	"io/fs"
	"path"
	"strings"

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
	if b != nil && b.Inline {
		return m.inline(files, d, s), ""
	}
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
	facts = image.Facts(in, h.plan)
	if b.Target != "" && !strings.EqualFold(b.Target, h.input.Usage.Target) && !strings.EqualFold(b.Target, h.plan.After.Final().Name) {
		facts.Stage, facts.StaysRoot = b.Target, "" // what the rule says is not about it
	}
	return facts, needs
}

// read takes a Dockerfile as it is, for this run does not change it.
func (m *images) read(files fs.FS, d workspace.ComposeDir, s *compose.Service, name string) hardenedImage {
	text, err := fs.ReadFile(files, name)
	if err != nil || fsx.CheckText(text) != nil {
		return hardenedImage{}
	}
	return m.asIs(files, d, s, path.Join(d.Shown, s.Build().Context, s.Build().Dockerfile), text)
}

// inline gives the facts of a Dockerfile that stands in the compose file, nil when a
// variable of compose decides what it says or its context is elsewhere.
func (m *images) inline(files fs.FS, d workspace.ComposeDir, s *compose.Service) *transform.ImageFacts {
	text, context := s.Text("build", "dockerfile_inline"), s.Build().Context
	if strings.Contains(strings.ReplaceAll(text, "$$", ""), "$") || strings.ContainsAny(context, "$:@") || path.IsAbs(context) {
		return nil
	}
	h := m.asIs(files, d, s, "dockerfile_inline of "+s.Name, []byte(strings.ReplaceAll(text, "$$", "$")))
	if h.plan == nil {
		return nil
	}
	h.input.Usage.Target = s.Build().Target
	return image.Facts(h.input, h.plan)
}

// asIs is a Dockerfile that stays as it is.
func (m *images) asIs(files fs.FS, d workspace.ComposeDir, s *compose.Service, shown string, text []byte) hardenedImage {
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
