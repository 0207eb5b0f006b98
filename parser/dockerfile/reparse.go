package dockerfile

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Reparse reads an edited document. It is Parse, but what BuildKit made of an
// instruction that is still the same letter by letter is taken over, so that
// locations inside of Command are those of the earlier document.
func Reparse(src *parser.Source, earlier *Document, moves *parser.Moves) (*Document, error) {
	typed := make(map[string]instructions.Command, len(earlier.instructions))
	for _, in := range earlier.instructions {
		if in.Command != nil && len(in.Heredocs) == 0 {
			typed[in.Node.Original] = in.Command
		}
	}
	if result := parseAround(src, earlier, moves); result != nil {
		return build(src, result, typed)
	}
	return parse(src, typed)
}

// standIn is an instruction that is put into the place of those that did not
// change; behind it stands the number of the first.
const standIn = "BULKHEAD-STAND-IN "

// worthwhile is the length from which instructions are replaced by a stand-in.
const worthwhile = 40

// kept are neighbours that did not change, with all that is between them.
type kept struct {
	first, last int // index in the earlier document
	line        int // of the first, in the new text
	start, end  int // in the new text
}

// parseAround lets BuildKit parse the text with a stand-in of one line for every group of
// instructions that did not change, and puts the known trees back. BuildKit reads
// line by line, and nothing but the escape character passes from one instruction to
// the next: where it takes the stand-in for an instruction of its own, it would do
// so with the lines that stand there. The result is nil where it does not.
func parseAround(src *parser.Source, earlier *Document, moves *parser.Moves) *bk.Result {
	groups := keptGroups(src, earlier, moves)
	if len(groups) == 0 {
		return nil
	}
	text, dropped := shortened(src, groups)
	var result *bk.Result
	err := guarded(func() (err error) {
		result, err = bk.Parse(bytes.NewReader(text))
		return err
	})
	if err != nil || byte(result.EscapeToken) != earlier.Escape {
		return nil
	}
	var nodes []*bk.Node
	met, lost := 0, 0 // groups met, lines that they stand for beyond their own
	for _, node := range result.AST.Children {
		if met == len(groups) || node.Original != standIn+strconv.Itoa(groups[met].first) {
			node.StartLine += lost
			node.EndLine += lost
			nodes = append(nodes, node)
			continue
		}
		g := groups[met]
		if node.StartLine != node.EndLine || node.StartLine+lost != g.line {
			return nil
		}
		nodes = append(nodes, g.nodes(earlier, node.PrevComment)...)
		lost += dropped[met]
		met++
	}
	if met < len(groups) {
		return nil
	}
	result.AST.Children = nodes
	return result
}

// keptGroups finds the instructions that stand in the new text as they stood in the
// earlier one, the last one left out: it may end with the file alone.
func keptGroups(src *parser.Source, earlier *Document, moves *parser.Moves) []kept {
	var groups []kept
	data, old := src.Bytes(), earlier.Source
	from := 0 // where the group that is being made starts in the earlier text
	for i, in := range earlier.instructions[:len(earlier.instructions)-1] {
		span := in.LineSpan()
		if len(in.Heredocs) > 0 {
			continue
		}
		start := moves.Forward(span.Start)
		if n := len(groups); n > 0 && groups[n-1].last == i-1 {
			g := &groups[n-1] // does the new text go on as the earlier one does?
			gap := parser.Span{Start: from + g.end - g.start, End: span.End}
			if end := g.end + gap.Len(); end <= len(data) && string(data[g.end:end]) == old.Text(gap) && start == end-span.Len() {
				g.last, g.end = i, end
				continue
			}
		}
		end := start + span.Len()
		if len(groups) > 0 && start < groups[len(groups)-1].end || end > len(data) || string(data[start:end]) != old.Text(span) {
			continue
		}
		line := src.LineAt(start)
		if src.Line(line).Start != start {
			continue
		}
		groups = append(groups, kept{i, i, line, start, end})
		from = span.Start
	}
	return slices.DeleteFunc(groups, func(g kept) bool { return g.end-g.start < worthwhile })
}

// shortened is the text with the stand-ins, and how many lines each one lacks.
func shortened(src *parser.Source, groups []kept) (text []byte, dropped []int) {
	data, at := src.Bytes(), 0
	var out bytes.Buffer
	out.Grow(len(data))
	for _, g := range groups {
		out.Write(data[at:g.start])
		out.WriteString(standIn + strconv.Itoa(g.first))
		lines := bytes.Count(data[g.start:g.end], []byte("\n"))
		if lines > 0 {
			out.WriteByte('\n')
		}
		dropped = append(dropped, max(0, lines-1))
		at = g.end
	}
	out.Write(data[at:])
	return out.Bytes(), dropped
}

// nodes are the trees of the group at their place in the new text.
func (g kept) nodes(earlier *Document, comment []string) []*bk.Node {
	var out []*bk.Node
	moved := g.line - earlier.instructions[g.first].Node.StartLine
	for i, in := range earlier.instructions[g.first : g.last+1] {
		known := *in.Node
		known.StartLine += moved
		known.EndLine += moved
		if i == 0 {
			known.PrevComment = comment
		}
		out = append(out, &known)
	}
	return out
}
