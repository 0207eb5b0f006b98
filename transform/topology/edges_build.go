package topology

import (
	"io/fs"
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// buildContext is what the image of a service is built of, or what is known of one that
// is not built here.
func buildContext(m *Map, x *Member) {
	x.views(func(s *compose.Service) {
		b := s.Build()
		if b == nil {
			m.ready(x, s.Image())
			return
		}
		text, ok := m.dockerfile(s, b)
		if !ok {
			x.open("its Dockerfile is not here")
			return
		}
		if s.Has("build", "additional_contexts") {
			x.open("its image is built of further contexts")
		}
		m.built(x, b.Context, text)
	})
}

// ready is an image that is not built here.
func (m *Map) ready(x *Member, image string) {
	if x.store {
		return
	}
	if _, ok := knowledge.ConfiguredOf(image); !ok {
		x.open("nothing tells what " + knowledge.ImageName(image) + " connects to besides")
	}
}

func (m *Map) dockerfile(s *compose.Service, b *compose.Build) (text string, ok bool) {
	if b.Inline {
		return strings.ReplaceAll(s.Text("build", "dockerfile_inline"), "$$", "$"), true
	}
	if m.files == nil || strings.ContainsAny(b.Context, "$:@") || path.IsAbs(b.Context) {
		return "", false
	}
	name := path.Join(b.Context, b.Dockerfile)
	data, err := fs.ReadFile(m.files, name)
	return string(data), err == nil
}

// built looks at the Dockerfile and at what it copies.
func (m *Map) built(x *Member, context, text string) {
	doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(text)))
	if err != nil {
		x.open("its Dockerfile cannot be read")
		return
	}
	for _, stage := range doc.Stages {
		if why := baseOpen(stage, doc); why != "" {
			x.open(why)
		}
	}
	where := path.Join(context, "Dockerfile")
	for _, in := range doc.Instructions() {
		at := &file{name: where, text: doc.Source.Text(in.Span)}
		at.first = doc.Source.LineAt(in.Span.Start) - 1
		m.file(x, at)
		switch {
		case in.Is("RUN") && strings.Contains(at.text, "git clone"):
			x.open("its Dockerfile clones its source")
		case in.Is("ADD") && strings.Contains(at.text, "://"):
			x.open("its Dockerfile fetches what it adds")
		case in.Is("COPY", "ADD"):
			m.copied(x, context, in)
		}
	}
}

// baseOpen says that a stage is based on an image that may hold an application.
func baseOpen(stage *dockerfile.Stage, doc *dockerfile.Document) string {
	base := stage.Base
	for _, s := range doc.Stages {
		if s != stage && strings.EqualFold(s.Name, base) {
			return ""
		}
	}
	if base == "scratch" || strings.Contains(base, "$") || known(base) {
		return ""
	}
	return "nothing is known of " + base + ", which its image is built on"
}

func known(base string) bool {
	b := knowledge.LookupBase(base)
	return b != nil && b.Confidence != "guessed" || knowledge.LookupService(base) != nil
}

// copied looks at what an instruction takes from the context.
func (m *Map) copied(x *Member, context string, in *dockerfile.Instruction) {
	if _, _, other := in.Flag("from"); other || len(in.Args) < 2 {
		return
	}
	for _, a := range in.Args[:len(in.Args)-1] {
		if len(in.Heredocs) > 0 {
			return // its text is part of the instruction
		}
		for _, name := range m.scan.glob(context, a.Value) {
			if !m.tree(x, name) {
				x.open("not all of " + a.Value + ", which its Dockerfile copies, could be looked at")
			}
		}
	}
}
