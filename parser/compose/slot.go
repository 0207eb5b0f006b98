package compose

import (
	"regexp"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// slot is where new entries of a mapping or list are written.
type slot struct {
	offset int
	indent int        // of lines
	flow   bool       // within brackets, on their line
	lead   string     // what brackets need in front of the entries
	open   bool       // the line in front has no line ending, and the last new one gets none
	before *yaml.Node // the key that they stand in front of; nil for behind the last one
}

// slot finds where further entries of a collection belong: behind the last one, and
// behind the comments that are indented as it is, which are commented-out entries.
func (e *Editor) slot(n *yaml.Node) (slot, error) {
	d := e.doc
	switch {
	case isNothing(n):
		return e.belowKey(n)
	case n.Style&yaml.FlowStyle != 0:
		return d.inBrackets(n)
	case len(n.Content) == 0:
		return slot{}, ErrPlace
	}
	indent := d.indent(n)
	end, err := d.end(n, indent)
	if err != nil {
		return slot{}, err
	}
	line := d.Source.LineAt(max(0, end-1))
	if d.needsItsEnd(n, line) {
		return d.beforeLast(n, indent)
	}
	key := e.keys[n]
	return d.behind(d.attached(line, n, indent, key != nil && key.Column-1 == indent), indent), nil
}

// behind is the place of lines behind a line.
func (d *Document) behind(line, indent int) slot {
	span := d.Source.Line(line)
	return slot{offset: span.End, indent: indent, open: !strings.HasSuffix(d.Source.Text(span), "\n")}
}

// belowKey is the place for the entries of a key that has no value.
func (e *Editor) belowKey(n *yaml.Node) (slot, error) {
	d, key := e.doc, e.keys[n]
	if key == nil || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return slot{}, ErrPlace
	}
	line := d.Source.LineAt(max(0, d.offset(n)-1))
	rest := d.Source.Text(parser.Span{Start: d.offset(n), End: d.Source.Line(line).End})
	if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
		return slot{}, ErrPlace
	}
	return d.behind(line, key.Column-1+d.step), nil
}

// inBrackets is the place in front of a closing bracket.
func (d *Document) inBrackets(n *yaml.Node) (slot, error) {
	start := d.skipProperties(n)
	end, err := d.flowEnd(start)
	if err != nil {
		return slot{}, err
	}
	inside := d.Source.Text(parser.Span{Start: start + 1, End: end - 1})
	if strings.Contains(inside, "\n") {
		return slot{}, ErrFlow
	}
	body := strings.TrimRight(inside, " \t")
	p := slot{offset: start + 1 + len(body), flow: true}
	switch {
	case strings.HasSuffix(body, ","), body == "" && inside != "":
		p.lead = " "
	case strings.HasSuffix(body, ":"): // of a key without a value
		p.lead = " , "
	case body != "":
		p.lead = ", "
	}
	return p, nil
}

// needsItsEnd reports whether the last line of a collection belongs to a block scalar
// that would be another text with lines behind it: one without a newline at the end of
// the file, or one that keeps the blank lines that follow.
func (d *Document) needsItsEnd(n *yaml.Node, line int) bool {
	for len(n.Content) > 0 && n.Style&yaml.FlowStyle == 0 {
		n = n.Content[len(n.Content)-1]
	}
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return false
	}
	text := d.Source.Bytes()[d.skipProperties(n):]
	header, _, _ := strings.Cut(string(text[:lineLength(text)]), " ")
	if line == d.Source.Lines() {
		return !strings.Contains(header, "-") && !strings.HasSuffix(d.line(line), "\n")
	}
	return strings.Contains(header, "+") && strings.TrimSpace(d.line(line+1)) == ""
}

// beforeLast is the place in front of a mapping's last key and the comments above it.
func (d *Document) beforeLast(n *yaml.Node, indent int) (slot, error) {
	if n.Kind != yaml.MappingNode {
		return slot{}, ErrPlace
	}
	last := len(n.Content) - 2
	key := n.Content[last]
	first := 1 // no line above it is looked at
	if last > 0 {
		end, err := d.end(n.Content[last-1], indent)
		if err != nil {
			return slot{}, err
		}
		first = d.Source.LineAt(max(0, end-1)) + 1
	} else if n == d.Root {
		first = key.Line
	}
	start := d.Source.Line(key.Line).Start
	if lead := d.Source.Text(parser.Span{Start: start, End: d.offset(key)}); strings.Trim(strings.TrimPrefix(lead, bom), " ") != "" {
		return slot{}, ErrPlace // another thing stands in front: a dash, a question mark
	}
	line := key.Line
	for line > first && strings.HasPrefix(strings.TrimLeft(d.line(line-1), " "), "#") {
		line--
	}
	at := d.Source.Line(line).Start
	if strings.HasPrefix(d.line(line), bom) {
		at += len(bom)
	}
	return slot{offset: at, indent: indent, before: key}, nil
}

// line is the text of a line, with its ending.
func (d *Document) line(n int) string { return d.Source.Text(d.Source.Line(n)) }

// attached is the last of the comment lines below a line that belong to a collection by
// how they are indented. compact says that it is a list whose dashes stand below its
// key: there a comment is one of the list when it starts with a dash itself.
func (d *Document) attached(line int, n *yaml.Node, indent int, compact bool) int {
	if n == d.Root {
		return d.attachedToRoot(line)
	}
	for line < d.Source.Lines() {
		column, textColumn, text := commentLine(d.line(line + 1))
		switch {
		case column < 0:
			return line
		case column == indent && compact && n.Kind == yaml.SequenceNode && !strings.HasPrefix(text, "-"):
			return line
		case column >= indent:
		case column == 0 && textColumn > indent && entry.MatchString(text):
		default:
			return line
		}
		line++
	}
	return line
}

// attachedToRoot is the last comment line of the last section: an indented one, or one
// that holds an entry which was indented. Blank lines may stand between.
func (d *Document) attachedToRoot(line int) int {
	for at := line + 1; at <= d.Source.Lines(); at++ {
		column, textColumn, text := commentLine(d.line(at))
		switch {
		case column > 0, column == 0 && textColumn > 2 && entry.MatchString(text):
			line = at
		case strings.TrimSpace(d.line(at)) != "":
			return line
		}
	}
	return line
}

// entry is what a commented-out key or item looks like.
var entry = regexp.MustCompile(`^([\w."'-]+:(\s|$)|- )`)

// commentLine takes a line apart that holds nothing but a comment: the column of its #
// and that of its text. The column is -1 when there is something else.
func commentLine(line string) (column, textColumn int, text string) {
	body := strings.TrimLeft(line, " ")
	if !strings.HasPrefix(body, "#") {
		return -1, 0, ""
	}
	text = strings.TrimLeft(body, "# ")
	return len(line) - len(body), len(line) - len(text), text
}

// spaced reports whether a blank line stands in front of sections, or of services
// where there is but one section. It is the custom where nothing tells.
func (d *Document) spaced() bool {
	for _, m := range []*yaml.Node{d.Root, Child(d.Root, "services")} {
		if m == nil || m.Kind != yaml.MappingNode || m.Style&yaml.FlowStyle != 0 || len(m.Content) < 4 {
			continue
		}
		with, without := 0, 0
		for i := 2; i < len(m.Content); i += 2 {
			line := m.Content[i].Line - 1
			for line > 1 && strings.HasPrefix(strings.TrimLeft(d.line(line), " "), "#") {
				line--
			}
			if line >= 1 && strings.TrimSpace(d.line(line)) == "" {
				with++
			} else {
				without++
			}
		}
		return with >= without
	}
	return true
}
