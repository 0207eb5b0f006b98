package transform

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"mvdan.cc/sh/v3/syntax"
)

// gate holds the document before a batch of fixes against the one after it and
// says what changed that no fix declared. That the result still parses is what
// having it at all shows.
type gate struct {
	before, after *dockerfile.Document
	shipped       int // index of the stage that ships
	moves         *parser.Moves
	config        map[string]string
	added         map[string]int
	removed       map[string]int
	copies        map[string]int
	copiedAdds    map[string]int
	base          string // that the shipped stage gets; "" keeps it
	split         *Split // nil when the stages stay as they are
	digests       map[string]string
}

func newGate(before, after *dockerfile.Document, moves *parser.Moves, shipped int, changes []Changes) *gate {
	g := &gate{before: before, after: after, moves: moves, shipped: shipped,
		config: map[string]string{}, added: map[string]int{}, removed: map[string]int{}, copies: map[string]int{}, copiedAdds: map[string]int{}, digests: map[string]string{}}
	for _, c := range changes {
		maps.Copy(g.config, c.Config)
		maps.Copy(g.digests, c.Digests)
		for _, s := range c.Added {
			countCommands(g.added, s)
		}
		for _, s := range c.Removed {
			countCommands(g.removed, s)
		}
		for _, s := range c.Copies {
			g.copies[squeeze(s)]++
		}
		if c.Base != "" {
			g.base = c.Base
		}
		if c.Split != nil {
			g.split = c.Split
		}
		for _, s := range c.CopiedAdds {
			g.copiedAdds[squeeze(s)]++
		}
	}
	return g
}

// check returns the first undeclared change.
func (g *gate) check() error {
	tests := []func() error{g.comments, g.directives, g.stages, g.others, g.execForms, g.commands}
	if g.split != nil {
		tests = []func() error{g.comments, g.directives, g.splitStages, g.splitOthers, g.splitForms, g.commands, g.splitFlow}
	}
	for _, test := range tests {
		if err := test(); err != nil {
			return err
		}
	}
	return nil
}

// comments: every comment survives, letter by letter, those inside of scripts too.
func (g *gate) comments() error {
	have := map[string]int{}
	for _, text := range commentTexts(g.after, func(in *dockerfile.Instruction) bool { return g.moves.Wrote(in.LineSpan()) }) {
		have[text]++
	}
	for _, text := range commentTexts(g.before, func(in *dockerfile.Instruction) bool { return g.moves.Touches(in.Span) }) {
		if have[text]--; have[text] < 0 {
			return fmt.Errorf("the comment %q is lost", text)
		}
	}
	return nil
}

// commentTexts lists the comment lines of the file and the comments in the scripts
// of its touched instructions.
func commentTexts(d *dockerfile.Document, touched func(*dockerfile.Instruction) bool) []string {
	out := make([]string, 0, len(d.Comments))
	for _, c := range d.Comments {
		out = append(out, d.Source.Text(c))
	}
	for _, in := range d.Instructions() {
		if !in.Is("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK") || !strings.Contains(d.Source.Text(in.Span), "#") || !touched(in) {
			continue
		}
		s := in.Script()
		if s == nil || s.File == nil {
			continue
		}
		syntax.Walk(s.File, func(n syntax.Node) bool {
			if c, ok := n.(*syntax.Comment); ok {
				out = append(out, "#"+strings.TrimRight(c.Text, " \t\r"))
			}
			return true
		})
	}
	return out
}

func (g *gate) directives() error {
	same := slices.EqualFunc(g.before.Directives, g.after.Directives, func(a, b dockerfile.Directive) bool {
		return a.Name == b.Name && a.Value == b.Value
	})
	if !same {
		return fmt.Errorf("the parser directives changed")
	}
	return nil
}

// stages: the same stages on the same bases; the configuration of the shipped
// image differs as declared, that of the others not at all.
func (g *gate) stages() error {
	if len(g.before.Stages) != len(g.after.Stages) {
		return fmt.Errorf("there are %d stages instead of %d", len(g.after.Stages), len(g.before.Stages))
	}
	return g.sameStages(g.before.Stages)
}

// sameStages compares the given stages, which are the first ones, with what became of them.
func (g *gate) sameStages(stages []*dockerfile.Stage) error {
	for i, old := range stages {
		now := g.after.Stages[i]
		if base := g.baseOf(i, old); g.unpinned(now.Base) != base && now.Base != base || now.Name != old.Name || now.Platform != old.Platform {
			return fmt.Errorf("stage %d is built on %q instead of %q", i, now.Base, base)
		}
		if err := g.sameConfig(old, now, i == g.shipped); err != nil {
			return err
		}
	}
	return nil
}

// baseOf is what a stage must be built on.
func (g *gate) baseOf(i int, old *dockerfile.Stage) string {
	if i == g.shipped && g.base != "" {
		return g.base
	}
	return old.Base
}

// sameConfig compares the configurations of two stages' images.
func (g *gate) sameConfig(old, now *dockerfile.Stage, shipped bool) error {
	want := dockerfile.ImageConfig(old).Facets()
	if shipped {
		maps.Copy(want, g.config)
	}
	got := dockerfile.ImageConfig(now).Facets()
	for key, value := range got {
		if w, ok := want[key]; !ok || w != value {
			return fmt.Errorf("the image's %s became %q, which no fix declares", key, value)
		}
	}
	for key := range want {
		if _, ok := got[key]; !ok {
			return fmt.Errorf("the image's %s is lost", key)
		}
	}
	return nil
}

// unpinned takes declared digests out of a text.
func (g *gate) unpinned(text string) string {
	for ref, digest := range g.digests {
		text = strings.ReplaceAll(text, ref+"@"+digest, ref)
	}
	return text
}

// others: COPY, ADD, ARG and FROM are the same, in the same order, but for
// declared flags.
func (g *gate) others() error {
	was, is := otherInstructions(g.before), otherInstructions(g.after)
	if len(was) != len(is) {
		return fmt.Errorf("there are %d COPY, ADD, ARG, FROM and ONBUILD instructions instead of %d", len(is), len(was))
	}
	for i := range is {
		if is[i] != was[i] {
			is[i] = g.unpinned(is[i])
		}
		if rest, ok := strings.CutPrefix(is[i], "COPY "); ok && g.copiedAdds[squeeze(was[i])] > 0 {
			g.copiedAdds[squeeze(was[i])]--
			is[i] = "ADD " + rest // its flags are declared by what it was
		}
		if is[i] != was[i] {
			if key := squeeze(is[i]); g.copies[key] > 0 {
				g.copies[key]--
				continue
			}
			return fmt.Errorf("%q became %q, which no fix declares", was[i], is[i])
		}
	}
	return nil
}

// otherInstructions lists the COPY, ADD, ARG and ONBUILD instructions. FROM is what stages
// looks at.
func otherInstructions(d *dockerfile.Document) []string {
	var out []string
	for _, in := range d.Instructions() {
		if in.Is("COPY", "ADD", "ARG", "ONBUILD") {
			out = append(out, in.Keyword+" "+in.Describe())
		}
	}
	return out
}

// execForms: every argument vector stays, in order; new ones are those of a
// declared CMD or ENTRYPOINT.
func (g *gate) execForms() error {
	list := func(d *dockerfile.Document) []string {
		var out []string
		for _, in := range d.Instructions() {
			if in.JSON {
				keyword := in.Keyword
				if in.Is("ADD") { // which of the two it is others tells
					keyword = "COPY"
				}
				out = append(out, keyword+" "+dockerfile.ExecForm(in.Argv()))
			}
		}
		return out
	}
	is := list(g.after)
	for _, form := range list(g.before) {
		i := slices.Index(is, form)
		if i < 0 {
			return fmt.Errorf("the exec form %s is lost", form)
		}
		for _, extra := range is[:i] {
			if !g.declaredForm(extra) {
				return fmt.Errorf("the exec form %s is new, and no fix declares it", extra)
			}
		}
		is = is[i+1:]
	}
	for _, extra := range is {
		if !g.declaredForm(extra) {
			return fmt.Errorf("the exec form %s is new, and no fix declares it", extra)
		}
	}
	return nil
}

func (g *gate) declaredForm(form string) bool {
	keyword, argv, _ := strings.Cut(form, " ")
	return strings.HasSuffix(g.config[keyword], argv)
}

// squeeze makes all white space one blank.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
