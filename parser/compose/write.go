package compose

import (
	"strings"

	"gopkg.in/yaml.v3"
)

func (e *Editor) newline() string { return e.doc.Source.Newline() }

// text writes an addition for its place.
func (e *Editor) text(a *addition) string {
	d, p := e.doc, a.at
	if p.flow {
		if a.items != nil {
			return p.lead + d.flowItems(a.items)
		}
		return p.lead + d.flowPairs(a.pairs)
	}
	text := e.blockPairs(a.pairs, p.indent, d.dashesIn(a.node)) + e.blockItems(a.items, p.indent)
	if a.apart && p.before != nil {
		return text + e.newline()
	}
	if a.apart {
		text = e.newline() + text
	}
	if p.open {
		return e.newline() + strings.TrimSuffix(text, e.newline())
	}
	return text
}

// blockPairs writes keys and their values as lines, in the file's habits; dashes is how
// far those of a list are indented.
func (e *Editor) blockPairs(pairs []Pair, indent, dashes int) string {
	var b strings.Builder
	nl := e.newline()
	pad := strings.Repeat(" ", indent)
	for _, p := range pairs {
		b.WriteString(pad + e.doc.scalar(p.Key, false) + ":")
		behind := comment(p.Comment) + nl
		switch v := p.Value.(type) {
		case []Pair:
			if len(v) == 0 {
				b.WriteString(" {}" + behind)
				continue
			}
			b.WriteString(behind + e.blockPairs(v, indent+e.doc.step, dashes))
		case []Item:
			if len(v) == 0 {
				b.WriteString(" []" + behind)
				continue
			}
			b.WriteString(behind + e.blockItems(v, indent+dashes))
		case string:
			b.WriteString(" " + e.doc.scalar(v, false) + behind)
		}
	}
	return b.String()
}

// blockItems writes items as lines.
func (e *Editor) blockItems(items []Item, indent int) string {
	var b strings.Builder
	for _, item := range items {
		b.WriteString(strings.Repeat(" ", indent) + "- " + e.doc.scalar(item.Text, false) + comment(item.Comment) + e.newline())
	}
	return b.String()
}

// comment is a text as it stands behind a value, at the end of the line: one line of
// characters that a reader sees.
func comment(text string) string {
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && hidden(r) {
			return ' '
		}
		return r
	}, text)
	if text = strings.Join(strings.Fields(text), " "); text == "" {
		return ""
	}
	return "  # " + text
}

// flowPairs writes them on one line.
func (d *Document) flowPairs(pairs []Pair) string {
	var parts []string
	for _, p := range pairs {
		value := ""
		switch v := p.Value.(type) {
		case []Pair:
			value = "{" + d.flowPairs(v) + "}"
		case []Item:
			value = "[" + d.flowItems(v) + "]"
		case string:
			value = d.scalar(v, true)
		}
		parts = append(parts, d.scalar(p.Key, true)+": "+value)
	}
	return strings.Join(parts, ", ")
}

// flowItems writes items on one line, which has no room for their comments.
func (d *Document) flowItems(items []Item) string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = d.scalar(item.Text, true)
	}
	return strings.Join(out, ", ")
}

// node is the tree of a value as it is written.
func node(value any) *yaml.Node {
	switch v := value.(type) {
	case []Pair:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, p := range v {
			n.Content = append(n.Content, node(p.Key), node(p.Value))
		}
		return n
	case []Item:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			n.Content = append(n.Content, node(item.Text))
		}
		return n
	case string:
		return wordNode(v)
	}
	return &yaml.Node{}
}
