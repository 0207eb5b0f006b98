package config

import (
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// Comments are the `# bulkhead:` comments of one Dockerfile. A comment in the
// block directly above an instruction speaks for that instruction; a comment
// above the first instruction of the file speaks for the whole file.
type Comments struct {
	ignores
	at map[*dockerfile.Document]map[int][]*ignore // line of the instruction → ignores; 0 is the whole file
}

// ReadComments reads the comments of the original file. The rules are the ids
// of all rules that there are.
func ReadComments(doc *dockerfile.Document, rules []string) *Comments {
	c := &Comments{at: map[*dockerfile.Document]map[int][]*ignore{}}
	for _, place := range places(doc) {
		text := doc.Source.Text(place.span)
		body, ok := directive(text)
		if !ok {
			continue
		}
		ig := c.add(doc.Source, place.span.Start, text)
		if place.line < 0 {
			c.warn(ig, "put it on the line directly above the instruction that it is about", "this comment stands above no instruction and has no effect")
		} else {
			c.parse(ig, body, rules)
		}
	}
	return c
}

// Ignored tells who silenced a rule at an instruction, as
// transform.Options.Ignored wants it. The document may be the original or one
// that fixes have edited.
func (c *Comments) Ignored(doc *dockerfile.Document, rule string, at *dockerfile.Instruction) string {
	if len(c.list) == 0 {
		return ""
	}
	lines, ok := c.at[doc]
	if !ok {
		lines = c.locate(doc)
		c.at[doc] = lines
	}
	if who := silenced(lines[doc.Source.LineAt(at.Span.Start)], rule); who != "" {
		return who
	}
	return silenced(lines[0], rule)
}

// locate finds the comments again in a document that fixes may have edited.
func (c *Comments) locate(doc *dockerfile.Document) map[int][]*ignore {
	again := c.again()
	out := map[int][]*ignore{}
	for _, place := range places(doc) {
		if ig := again(doc.Source.Text(place.span)); ig != nil && place.line >= 0 {
			out[place.line] = append(out[place.line], ig)
		}
	}
	return out
}

// place is a comment and the line of the instruction that it speaks for: 0 is
// the whole file, -1 none.
type place struct {
	span parser.Span
	line int
}

// places finds for every comment what it speaks for.
func places(doc *dockerfile.Document) []place {
	src, all := doc.Source, doc.Instructions()
	first := map[int]bool{} // lines on which an instruction starts
	for _, in := range all {
		first[src.LineAt(in.Span.Start)] = true
	}
	out := make([]place, len(doc.Comments))
	below := map[int]int{} // line of a comment → line of the instruction below its block
	for i := len(doc.Comments) - 1; i >= 0; i-- {
		span := doc.Comments[i]
		line := src.LineAt(span.Start)
		p := place{span: span, line: -1}
		switch at, ok := below[line+1]; {
		case span.Start < all[0].Span.Start:
			p.line = 0
		case first[line+1]:
			p.line = line + 1
		case ok:
			p.line = at
		}
		below[line] = p.line
		out[i] = p
	}
	return out
}
