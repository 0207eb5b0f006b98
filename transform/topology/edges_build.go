package topology

import (
	"io/fs"
	"path"
	"strconv"
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
		if why := fromOpen(stage.Base, doc); why != "" && !x.store {
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
			if _, from, other := in.Flag("from"); other {
				if why := fromOpen(from, doc); why != "" {
					x.open(why)
				}
				continue
			}
			m.copied(x, context, in)
		}
	}
}

// fromOpen says that an image which a Dockerfile builds on or copies from may hold an
// application, "" when it is one of its stages or holds none.
func fromOpen(image string, doc *dockerfile.Document) string {
	for i, s := range doc.Stages {
		if s.Name != "" && strings.EqualFold(s.Name, image) || image == strconv.Itoa(i) {
			return ""
		}
	}
	repository := image
	if strings.Contains(image, "$") { // the tag may be a variable
		repository, _, _ = strings.Cut(image, ":")
	}
	if image == "scratch" || !strings.Contains(repository, "$") && plainBase(repository) {
		return ""
	}
	return "nothing tells what " + image + ", which its image is made of, connects to"
}

// plainBase reports whether an image holds a distribution, a language or a web server, and
// no application that would connect to anything by itself.
func plainBase(image string) bool {
	if _, ok := knowledge.ConfiguredOf(image); ok {
		return true
	}
	if s := knowledge.LookupService(image); s != nil {
		return s.Kind == "base" || s.Kind == "web-server"
	}
	b := knowledge.LookupBase(image)
	if b == nil || b.Confidence == "guessed" || b.Interactive {
		return false
	}
	return b.Language != "" || !b.Daemon && b.Drops == "" && len(b.Entrypoint) == 0
}

// copied looks at what an instruction takes from the context.
func (m *Map) copied(x *Member, context string, in *dockerfile.Instruction) {
	if len(in.Args) < 2 {
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
