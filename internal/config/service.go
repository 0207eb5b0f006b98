package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// ServiceComments are the `# bulkhead:` comments of compose files. A comment in the
// block directly above a service speaks for it, and so does one inside of it; a comment
// above the first key of the file speaks for the whole file.
type ServiceComments struct {
	files   []*compose.Document
	ignores map[string]*ignore // by the text of the comment: it is found again in edited files
	counts  []*ignoresOf
	rules   []string
}

// ignoresOf are those of one file, in its order.
type ignoresOf struct {
	list     []*ignore
	warnings []*parser.Error
}

// ReadServiceComments reads the comments of the original files. The rules are the ids of
// all rules that there are.
func ReadServiceComments(files []*compose.Document, rules []string) *ServiceComments {
	c := &ServiceComments{files: files, ignores: map[string]*ignore{}, rules: rules}
	for _, doc := range files {
		one := &Comments{}
		found := &ignoresOf{}
		for n := 1; n <= doc.Source.Lines(); n++ {
			body, text, ok := serviceDirective(doc, n)
			if !ok {
				continue
			}
			ig := &ignore{src: doc.Source, start: doc.Source.Line(n).Start, text: text, used: map[string]bool{}}
			one.parse(ig, body, rules)
			c.ignores[text] = ig
			found.list = append(found.list, ig)
		}
		found.warnings = one.warnings
		c.counts = append(c.counts, found)
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
// wants it.
func (c *ServiceComments) Ignored(doc *compose.Document, rule string, s *compose.Service) string {
	if len(c.ignores) == 0 {
		return ""
	}
	first, last := serviceLines(doc, s)
	top := 1
	for top <= doc.Source.Lines() && isCommentOrBlank(doc, top) {
		top++
	}
	for n := 1; n <= doc.Source.Lines(); n++ {
		if n >= top && (n < first || n > last) {
			continue
		}
		_, text, ok := serviceDirective(doc, n)
		if ig := c.ignores[text]; ok && ig != nil && slices.Contains(ig.rules, rule) {
			ig.used[rule] = true
			return fmt.Sprintf("line %d: %s", ig.src.LineAt(ig.start), ig.reason)
		}
	}
	return ""
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

func isCommentOrBlank(doc *compose.Document, n int) bool {
	return isComment(doc, n) || strings.TrimSpace(doc.Source.Text(doc.Source.Line(n))) == ""
}

// Warnings are about the comments of the i-th file: those that are not understood, and
// those of enabled rules that silenced nothing.
func (c *ServiceComments) Warnings(i int, enabled func(rule string) bool) []*parser.Error {
	out := slices.Clone(c.counts[i].warnings)
	for _, ig := range c.counts[i].list {
		for _, rule := range ig.rules {
			if !ig.used[rule] && enabled(rule) {
				out = append(out, ig.src.Errorf(ig.start, "delete it", "unused: %s has nothing to say here", rule))
			}
		}
	}
	return out
}
