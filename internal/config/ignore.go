// Package config reads what users say to Bulkhead in their own files: the `# bulkhead:`
// comments of Dockerfiles and compose files, and .bulkhead.yaml.
package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/bulkhead-dev/bulkhead/parser"
)

const (
	marker = "bulkhead:"
	// Example is the one form of a `# bulkhead:` comment.
	Example = "# bulkhead: ignore=RULE[,RULE] the reason"
)

// ignore is one comment that silences rules.
type ignore struct {
	src    *parser.Source
	start  int    // offset in the original file
	text   string // the whole comment: how it is found again in an edited file
	rules  []string
	reason string
	used   map[string]bool
}

// ignores are the comments of one file, in its order. One that is wrong silences
// nothing, but keeps its place among those that read the same.
type ignores struct {
	list     []*ignore
	warnings []*parser.Error
}

// directive gives what stands behind `# bulkhead:`.
func directive(comment string) (string, bool) {
	text := strings.TrimSpace(strings.TrimPrefix(comment, "#"))
	if len(text) < len(marker) || !strings.EqualFold(text[:len(marker)], marker) {
		return "", false
	}
	return strings.TrimSpace(text[len(marker):]), true
}

func (c *ignores) add(src *parser.Source, start int, text string) *ignore {
	ig := &ignore{src: src, start: start, text: text, used: map[string]bool{}}
	c.list = append(c.list, ig)
	return ig
}

// parse reads `ignore=RULE[,RULE] reason`.
func (c *ignores) parse(ig *ignore, body string, rules []string) {
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

func (c *ignores) warn(ig *ignore, hint, format string, args ...any) {
	c.warnings = append(c.warnings, ig.src.Errorf(ig.start, hint, format, args...))
}

// again gives the comments of a file that fixes may have edited, in its order, by their
// text; nil for what is none. No fix takes a comment away, so the n-th of equal comments
// is still the n-th.
func (c *ignores) again() func(text string) *ignore {
	left := map[string][]*ignore{}
	for _, ig := range c.list {
		left[ig.text] = append(left[ig.text], ig)
	}
	return func(text string) *ignore {
		same := left[text]
		if len(same) == 0 {
			return nil
		}
		left[text] = same[1:]
		return same[0]
	}
}

// silenced tells who of comments silences a rule, "" when nobody does.
func silenced(by []*ignore, rule string) string {
	for _, ig := range by {
		if slices.Contains(ig.rules, rule) {
			ig.used[rule] = true
			return fmt.Sprintf("line %d: %s", ig.src.LineAt(ig.start), ig.reason)
		}
	}
	return ""
}

// Warnings lists what is wrong with the comments. Called behind the run, it also
// names the ones that silenced nothing, out of the rules that ran.
func (c *ignores) Warnings(ran func(rule string) bool) []*parser.Error {
	out := slices.Clone(c.warnings)
	for _, ig := range c.list {
		for _, rule := range ig.rules {
			if !ig.used[rule] && ran(rule) {
				out = append(out, ig.src.Errorf(ig.start, "delete it", "unused: %s has nothing to say here", rule))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *parser.Error) int { return a.Line - b.Line })
	return out
}
