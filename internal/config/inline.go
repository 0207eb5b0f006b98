// Package config reads what users say to Bulkhead in their own files: the
// `# bulkhead:` comments of a Dockerfile.
package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

const (
	marker = "bulkhead:"
	// Example is the one form of a `# bulkhead:` comment.
	Example = "# bulkhead: ignore=RULE[,RULE] the reason"
)

// Comments are the `# bulkhead:` comments of one Dockerfile. A comment in the
// block directly above an instruction speaks for that instruction; a comment
// above the first instruction of the file speaks for the whole file.
type Comments struct {
	ignores  []*ignore
	warnings []*parser.Error
	at       map[*dockerfile.Document]map[int][]*ignore // line of the instruction → ignores; 0 is the whole file
}

// ignore is one comment that silences rules.
type ignore struct {
	src    *parser.Source
	start  int    // offset in the original file
	text   string // the whole comment: how it is found again in an edited file
	rules  []string
	reason string
	used   map[string]bool
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
		ig := &ignore{src: doc.Source, start: place.span.Start, text: text, used: map[string]bool{}}
		if place.line < 0 {
			c.warn(ig, "put it on the line directly above the instruction that it is about", "this comment stands above no instruction and has no effect")
		} else {
			c.parse(ig, body, rules)
		}
		c.ignores = append(c.ignores, ig) // without rules it silences nothing, but keeps its place
	}
	return c
}

// directive gives what stands behind `# bulkhead:`.
func directive(comment string) (string, bool) {
	text := strings.TrimSpace(strings.TrimPrefix(comment, "#"))
	if len(text) < len(marker) || !strings.EqualFold(text[:len(marker)], marker) {
		return "", false
	}
	return strings.TrimSpace(text[len(marker):]), true
}

// parse reads `ignore=RULE[,RULE] reason`.
func (c *Comments) parse(ig *ignore, body string, rules []string) {
	list, ok := strings.CutPrefix(body, "ignore=")
	if !ok {
		c.warn(ig, "write "+Example, "%q is not understood and has no effect", body)
		return
	}
	list, reason, _ := strings.Cut(list, " ")
	if !strings.ContainsFunc(reason, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		c.warn(ig, "write "+Example, "this comment gives no reason and has no effect")
		return
	}
	ig.reason = strings.TrimSpace(reason)
	for _, id := range strings.Split(list, ",") {
		switch {
		case slices.Contains(rules, id):
			ig.rules = append(ig.rules, id)
		case id == "":
			c.warn(ig, "separate rules by a comma, without blanks", "the list of rules has a hole")
		case strings.EqualFold(id, "all"):
			c.warn(ig, "name the rules one by one", "all is not a rule")
		default:
			c.warn(ig, Suggest(id, rules), "there is no rule %q", id)
		}
	}
}

func (c *Comments) warn(ig *ignore, hint, format string, args ...any) {
	c.warnings = append(c.warnings, ig.src.Errorf(ig.start, hint, format, args...))
}

// Ignored tells who silenced a rule at an instruction, as
// transform.Options.Ignored wants it. The document may be the original or one
// that fixes have edited.
func (c *Comments) Ignored(doc *dockerfile.Document, rule string, at *dockerfile.Instruction) string {
	if len(c.ignores) == 0 {
		return ""
	}
	lines, ok := c.at[doc]
	if !ok {
		lines = c.locate(doc)
		c.at[doc] = lines
	}
	for _, list := range [][]*ignore{lines[doc.Source.LineAt(at.Span.Start)], lines[0]} {
		for _, ig := range list {
			if slices.Contains(ig.rules, rule) {
				ig.used[rule] = true
				return fmt.Sprintf("line %d: %s", ig.src.LineAt(ig.start), ig.reason)
			}
		}
	}
	return ""
}

// locate finds the comments again in a document that fixes may have edited: no
// fix takes a comment away, so the n-th of equal comments is still the n-th.
func (c *Comments) locate(doc *dockerfile.Document) map[int][]*ignore {
	left := map[string][]*ignore{}
	for _, ig := range c.ignores {
		left[ig.text] = append(left[ig.text], ig)
	}
	out := map[int][]*ignore{}
	for _, place := range places(doc) {
		text := doc.Source.Text(place.span)
		same := left[text]
		if len(same) == 0 {
			continue
		}
		left[text] = same[1:]
		if place.line >= 0 {
			out[place.line] = append(out[place.line], same[0])
		}
	}
	return out
}

// Warnings lists what is wrong with the comments. Called behind the run, it also
// names the ones that silenced nothing, out of the rules that ran.
func (c *Comments) Warnings(ran func(rule string) bool) []*parser.Error {
	out := slices.Clone(c.warnings)
	for _, ig := range c.ignores {
		for _, rule := range ig.rules {
			if !ig.used[rule] && ran(rule) {
				out = append(out, ig.src.Errorf(ig.start, "delete it", "unused: %s has nothing to say here", rule))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *parser.Error) int { return a.Line - b.Line })
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
