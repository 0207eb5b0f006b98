package config

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// ServiceComments are the `# bulkhead:` comments of compose files. A comment in the
// block directly above a service speaks for it, and so does one inside of it; a comment
// above the first key of the file speaks for the whole file.
type ServiceComments struct {
	files []*ignores
	names map[string]*ignores // of the files
	at    map[*compose.Document][]placed
}

// placed is a comment and the line that it stands on, 0 when it speaks for the whole file.
type placed struct {
	*ignore
	line int
}

// ReadServiceComments reads the comments of the original files. The rules are the ids of
// all rules that there are.
func ReadServiceComments(files []*compose.Document, rules []string) *ServiceComments {
	c := &ServiceComments{names: map[string]*ignores{}, at: map[*compose.Document][]placed{}}
	for _, doc := range files {
		found := &ignores{}
		for n := 1; n <= doc.Source.Lines(); n++ {
			if body, text, ok := serviceDirective(doc, n); ok {
				found.parse(found.add(doc.Source, doc.Source.Line(n).Start, text), body, rules)
			}
		}
		c.files = append(c.files, found)
		c.names[doc.Source.Name()] = found
	}
	return c
}

// serviceDirective reads a line that holds nothing but a `# bulkhead:` comment.
func serviceDirective(doc *compose.Document, line int) (body, text string, ok bool) {
	text = strings.TrimSpace(doc.Source.Text(doc.Source.Line(line)))
	if !strings.HasPrefix(text, "#") {
		return "", "", false
	}
	body, ok = directive(text)
	return body, text, ok
}

// Ignored tells who silenced a rule at a service, as transform.Options.IgnoredService
// wants it. The document may be the original or one that fixes have edited.
func (c *ServiceComments) Ignored(doc *compose.Document, rule string, s *compose.Service) string {
	of := c.names[doc.Source.Name()]
	if of == nil || len(of.list) == 0 {
		return ""
	}
	all, ok := c.at[doc]
	if !ok {
		all = locate(of, doc)
		c.at[doc] = all
	}
	first, last := serviceLines(doc, s)
	var here []*ignore
	for _, p := range all {
		if p.line == 0 || p.line >= first && p.line <= last {
			here = append(here, p.ignore)
		}
	}
	return silenced(here, rule)
}

// locate finds the comments of a file again in one that fixes may have edited.
func locate(of *ignores, doc *compose.Document) []placed {
	again := of.again()
	var out []placed
	top := true // nothing but comments and blank lines so far
	for n := 1; n <= doc.Source.Lines(); n++ {
		line := strings.TrimSpace(doc.Source.Text(doc.Source.Line(n)))
		top = top && (line == "" || line[0] == '#')
		_, text, ok := serviceDirective(doc, n)
		if !ok {
			continue
		}
		if ig := again(text); ig != nil && top {
			out = append(out, placed{ig, 0})
		} else if ig != nil {
			out = append(out, placed{ig, n})
		}
	}
	return out
}

// serviceLines are the lines of a service, from the comments directly above it to the
// last one before the next key of its indentation.
func serviceLines(doc *compose.Document, s *compose.Service) (first, last int) {
	first = s.Key.Line
	for first > 1 && isComment(doc, first-1) {
		first--
	}
	indent := s.Key.Column - 1
	last = s.Key.Line
	for n := last + 1; n <= doc.Source.Lines(); n++ {
		line := doc.Source.Text(doc.Source.Line(n))
		body := strings.TrimLeft(line, " ")
		if strings.TrimSpace(body) != "" && len(line)-len(body) <= indent {
			break
		}
		last = n
	}
	return first, last
}

func isComment(doc *compose.Document, n int) bool {
	return strings.HasPrefix(strings.TrimSpace(doc.Source.Text(doc.Source.Line(n))), "#")
}

// Warnings are about the comments of the i-th file: those that are not understood, and
// those of enabled rules that silenced nothing.
func (c *ServiceComments) Warnings(i int, enabled func(rule string) bool) []*parser.Error {
	return c.files[i].Warnings(enabled)
}
