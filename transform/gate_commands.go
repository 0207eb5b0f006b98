package transform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"mvdan.cc/sh/v3/syntax"
)

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
