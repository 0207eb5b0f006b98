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
	for i, old := range g.before.Stages {
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
	list := func(d *dockerfile.Document) []string {
		var out []string
		for _, in := range d.Instructions() {
			if in.Is("COPY", "ADD", "ARG", "ONBUILD") { // FROM is what stages looks at
				out = append(out, in.Keyword+" "+in.Describe())
			}
		}
		return out
	}
	was, is := list(g.before), list(g.after)
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

// link is one command with how it hangs in its script.
type link struct {
	text  string
	op    string
	where dockerfile.Where
}

// commands: what RUN instructions do is the same, command by command, but for
// what was added and removed by declaration. Instructions that no edit touched
// are not looked at. Each is held against what became of it; those that are new or
// gone against each other.
func (g *gate) commands() error {
	was, err := links(g.before, func(in *dockerfile.Instruction) bool { return g.moves.Touches(in.Span) })
	if err != nil {
		return err
	}
	is, err := links(g.after, func(in *dockerfile.Instruction) bool { return g.moves.Wrote(in.LineSpan()) })
	if err != nil {
		return err
	}
	var gone, fresh []link
	for i, run := range was {
		at := g.moves.Forward(run.start)
		n := slices.IndexFunc(is, func(r runLinks) bool { return r.start >= at })
		// what is taken away goes where the next instruction is now, which is its own
		stays := n >= 0 && is[n].start == at && (i+1 == len(was) || g.moves.Forward(was[i+1].start) != at)
		if !stays {
			gone = append(gone, run.links...)
			continue
		}
		for _, r := range is[:n] {
			fresh = append(fresh, r.links...)
		}
		if err := g.align(gone, fresh); err != nil {
			return err
		}
		if err := g.align(run.links, is[n].links); err != nil {
			return err
		}
		gone, fresh, is = nil, nil, is[n+1:]
	}
	for _, r := range is {
		fresh = append(fresh, r.links...)
	}
	return g.align(gone, fresh)
}

// align pairs the commands before with those after, in order, and complains about
// the first that has no partner and no declaration. Of all pairings it takes the one
// that leaves the fewest undeclared commands over.
func (g *gate) align(was, is []link) error {
	for len(was) > 0 && len(is) > 0 && was[0] == is[0] && !g.declares(was[0]) {
		was, is = was[1:], is[1:]
	}
	for len(was) > 0 && len(is) > 0 && was[len(was)-1] == is[len(is)-1] && !g.declares(was[len(was)-1]) {
		was, is = was[:len(was)-1], is[:len(is)-1]
	}
	if len(was)*len(is) > maxAlign {
		return fmt.Errorf("too many commands changed at once")
	}
	lost := func(l link) int32 { return leftOver(g.removed[l.text]) }
	fresh := func(l link) int32 { return leftOver(g.added[l.text]) }
	cost := make([][]int32, len(was)+1) // of the best pairing of was[i:] and is[j:]
	for i := len(was); i >= 0; i-- {
		cost[i] = make([]int32, len(is)+1)
		for j := len(is); j >= 0; j-- {
			switch {
			case i == len(was) && j == len(is):
			case i == len(was):
				cost[i][j] = cost[i][j+1] + fresh(is[j])
			case j == len(is):
				cost[i][j] = cost[i+1][j] + lost(was[i])
			default:
				cost[i][j] = min(cost[i+1][j]+lost(was[i]), cost[i][j+1]+fresh(is[j]))
				if was[i] == is[j] {
					cost[i][j] = min(cost[i][j], cost[i+1][j+1])
				}
			}
		}
	}
	for i, j := 0, 0; i < len(was) || j < len(is); {
		switch {
		case i < len(was) && j < len(is) && was[i] == is[j] && cost[i][j] == cost[i+1][j+1]:
			i, j = i+1, j+1
		case j < len(is) && cost[i][j] == cost[i][j+1]+fresh(is[j]):
			if g.added[is[j].text]--; g.added[is[j].text] < 0 {
				return fmt.Errorf("the command %q is new or hangs in its script in another way, and no fix declares it", is[j].text)
			}
			j++
		default:
			if g.removed[was[i].text]--; g.removed[was[i].text] < 0 {
				return fmt.Errorf("the command %q is lost", was[i].text)
			}
			i++
		}
	}
	return nil
}

// declares reports whether a fix names the command at all.
func (g *gate) declares(l link) bool { return g.added[l.text] > 0 || g.removed[l.text] > 0 }

// maxAlign bounds the work of align.
const maxAlign = 4 << 20

// leftOver is what a command without a partner costs: next to nothing when it is declared.
func leftOver(declared int) int32 {
	if declared > 0 {
		return 1
	}
	return 1 << 12
}

// runLinks is a RUN instruction by its commands.
type runLinks struct {
	start int // of the instruction in its document
	links []link
}

// links lists the commands of the touched RUN instructions. Of the operators in
// front only those are compared that no fix may change.
func links(d *dockerfile.Document, touched func(*dockerfile.Instruction) bool) ([]runLinks, error) {
	var out []runLinks
	for _, in := range d.Instructions() {
		if !in.Is("RUN") || !touched(in) {
			continue
		}
		s := in.Script()
		if s.Opaque != "" {
			return nil, fmt.Errorf("a script that cannot be read was touched: %s", s.Opaque)
		}
		run := runLinks{start: in.Span.Start}
		for _, c := range s.Calls() {
			l := link{text: squeeze(c.Text()), where: c.Where}
			if c.Operator() == "||" || c.Operator() == "|" {
				l.op = c.Operator()
			}
			run.links = append(run.links, l)
		}
		out = append(out, run)
	}
	return out, nil
}

// countCommands adds the simple commands of a snippet.
func countCommands(m map[string]int, snippet string) {
	if !strings.ContainsAny(snippet, "&|;()`\n") { // one command, or a part of one
		m[squeeze(snippet)]++
		return
	}
	f, err := syntax.NewParser().Parse(strings.NewReader(snippet), "")
	if err != nil {
		m[squeeze(snippet)]++
		return
	}
	syntax.Walk(f, func(n syntax.Node) bool {
		st, ok := n.(*syntax.Stmt)
		if !ok {
			return true
		}
		switch st.Cmd.(type) {
		case *syntax.CallExpr, *syntax.DeclClause, *syntax.TestClause, nil:
			m[squeeze(snippet[st.Pos().Offset():st.End().Offset()])]++
		}
		return true
	})
}

// squeeze makes all white space one blank.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
