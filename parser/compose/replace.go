package compose

import (
	"fmt"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// ListOfScalar makes a list in brackets of a scalar that stands for a list of itself,
// with further items.
func (e *Editor) ListOfScalar(n *yaml.Node, items ...Item) error {
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle|yaml.TaggedStyle) != 0 || n.Value == "" || n.Anchor != "" {
		return fmt.Errorf("%w: what is to be a list is no word", ErrPlace)
	}
	start := e.doc.offset(n)
	end, err := e.doc.end(n, 0)
	if err != nil {
		return err
	}
	old := parser.Span{Start: start, End: end}
	if strings.Contains(e.doc.Source.Text(old), "\n") {
		return fmt.Errorf("%w: what is to be a list goes over several lines", ErrPlace)
	}
	first := e.doc.Source.Text(old)
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) == 0 {
		first = e.doc.scalar(n.Value, true)
	}
	e.edits = append(e.edits, parser.Replace(old, "["+first+", "+e.doc.flowItems(items)+"]"))
	kept := *n
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{&kept}}
	for _, item := range items {
		list.Content = append(list.Content, node(item.Text))
	}
	*e.clones[n] = *list
	return nil
}

// ReplaceScalar gives a scalar, a value or a key, another text. One in quotes keeps
// them; an anchor stays.
func (e *Editor) ReplaceScalar(n *yaml.Node, text string) error {
	const block = yaml.LiteralStyle | yaml.FoldedStyle
	if n.Kind != yaml.ScalarNode || n.Style&(block|yaml.TaggedStyle) != 0 || isNothing(n) {
		return fmt.Errorf("%w: what is replaced is no word", ErrPlace)
	}
	start := e.doc.skipProperties(n)
	end, err := e.doc.end(n, 0)
	if err != nil {
		return err
	}
	to := node(text)
	written := e.doc.scalar(text, true)
	switch raw := rawQuoted(text); {
	case raw: // in quotes of its own
	case n.Style&yaml.DoubleQuotedStyle != 0:
		written = quoted(text, '"')
		to = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	case n.Style&yaml.SingleQuotedStyle != 0:
		written = quoted(text, '\'')
		to = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	}
	e.edits = append(e.edits, parser.Replace(parser.Span{Start: start, End: end}, written))
	c := e.clones[n]
	to.Anchor = c.Anchor
	*c = *to
	return nil
}

// RemoveKey takes a key and its value out of a mapping that keeps others. Comments
// above it stay; one on its lines is a reason to refuse.
func (e *Editor) RemoveKey(m *yaml.Node, key string) error {
	if m.Kind != yaml.MappingNode || len(m.Content) < 4 {
		return fmt.Errorf("%w: no other key would remain", ErrPlace)
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value != key {
			continue
		}
		span, err := e.entry(m, i)
		if err != nil {
			return err
		}
		if e.doc.hasComment(span, m.Content[i], m.Content[i+1]) {
			return ErrComment
		}
		e.edits = append(e.edits, parser.Delete(span))
		c := e.clones[m]
		for j := 0; j+1 < len(c.Content); j += 2 {
			if c.Content[j] == e.clones[m.Content[i]] {
				c.Content = append(c.Content[:j:j], c.Content[j+2:]...)
				break
			}
		}
		return nil
	}
	return fmt.Errorf("%w: there is no key %s", ErrPlace, key)
}

// entry is what goes with the key at an index: its lines, or what is between the
// commas of brackets.
func (e *Editor) entry(m *yaml.Node, i int) (parser.Span, error) {
	d, key, value := e.doc, m.Content[i], m.Content[i+1]
	if m.Style&yaml.FlowStyle != 0 {
		return d.entryInBrackets(m, i)
	}
	end, err := d.end(value, d.indent(m))
	if err != nil {
		return parser.Span{}, err
	}
	src := d.Source
	span := parser.Span{Start: src.Line(key.Line).Start, End: src.Line(src.LineAt(max(d.offset(key), end-1))).End}
	if strings.TrimSpace(src.Text(parser.Span{Start: span.Start, End: d.offset(key)})) != "" {
		return parser.Span{}, ErrPlace // the first key of a list's item
	}
	return span, nil
}

// entryInBrackets is the text from a key, in brackets on one line, to the next one, or
// from the comma in front of the last one.
func (d *Document) entryInBrackets(m *yaml.Node, i int) (parser.Span, error) {
	if isNothing(m.Content[i+1]) || i > 0 && isNothing(m.Content[i-1]) {
		return parser.Span{}, ErrPlace
	}
	start := d.skipProperties(m)
	end, err := d.flowEnd(start)
	if err != nil {
		return parser.Span{}, err
	}
	if strings.Contains(d.Source.Text(parser.Span{Start: start, End: end}), "\n") {
		return parser.Span{}, ErrFlow
	}
	if i+2 < len(m.Content) {
		return parser.Span{Start: d.offset(m.Content[i]), End: d.offset(m.Content[i+2])}, nil
	}
	if start, err = d.end(m.Content[i-1], 0); err != nil {
		return parser.Span{}, err
	}
	end, err = d.end(m.Content[i+1], 0)
	return parser.Span{Start: start, End: end}, err
}

// hasComment reports whether a span holds a # outside of the scalars of its nodes.
func (d *Document) hasComment(span parser.Span, nodes ...*yaml.Node) bool {
	text := []byte(d.Source.Text(span))
	var blank func(n *yaml.Node, indent int)
	blank = func(n *yaml.Node, indent int) {
		if n.Kind == yaml.ScalarNode && !isNothing(n) {
			start := d.skipProperties(n)
			if end, err := d.end(n, indent); err == nil {
				for at := max(start, span.Start); at < min(end, span.End); at++ {
					text[at-span.Start] = ' '
				}
			}
		}
		for _, c := range n.Content {
			inner := indent
			if n.Style&yaml.FlowStyle == 0 {
				inner = d.indent(n)
			}
			blank(c, inner)
		}
	}
	for _, n := range nodes {
		blank(n, nodes[0].Column-1)
	}
	return strings.Contains(string(text), "#")
}
