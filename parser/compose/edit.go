package compose

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// Errors of edits that are refused; the file stays as it is.
var (
	ErrFlow    = errors.New("the mapping or list in brackets goes over several lines")
	ErrPlace   = errPlace
	ErrComment = errors.New("a comment would be lost")
	ErrMeaning = errors.New("the file would mean something else")
)

// Pair is a key and its value: a string, []Item or []Pair. The comment of a string
// stands at the end of its line; in brackets there is no room for it.
type Pair struct {
	Key     string
	Value   any
	Comment string
}

// Item is an item of a list, with the comment at the end of its line.
type Item struct{ Text, Comment string }

// Items are items without comments.
func Items(texts ...string) []Item {
	out := make([]Item, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

// Editor gathers changes of a document. Each is made twice: in the bytes, and in a copy
// of the tree; Apply compares the tree of the new bytes with the copy.
type Editor struct {
	doc    *Document
	edits  []parser.Edit
	clones map[*yaml.Node]*yaml.Node
	root   *yaml.Node
}

// Edit starts changes of the document.
func (d *Document) Edit() *Editor {
	e := &Editor{doc: d, clones: map[*yaml.Node]*yaml.Node{}}
	e.root = e.clone(d.Root)
	for n, c := range e.clones {
		if n.Alias != nil {
			c.Alias = e.clones[n.Alias]
		}
	}
	return e
}

func (e *Editor) clone(n *yaml.Node) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = e.clone(child)
	}
	e.clones[n] = &c
	return &c
}

// AddKeys puts keys behind the last one of a mapping.
func (e *Editor) AddKeys(m *yaml.Node, pairs ...Pair) error {
	if m.Kind != yaml.MappingNode {
		return fmt.Errorf("%w: keys are added to no mapping", ErrPlace)
	}
	edit, err := e.insertion(m, func(indent int, flow bool) string {
		if flow {
			return flowPairs(pairs)
		}
		return e.blockPairs(pairs, indent)
	})
	if err != nil {
		return err
	}
	e.edits = append(e.edits, edit)
	for _, p := range pairs {
		e.clones[m].Content = append(e.clones[m].Content, node(p.Key), node(p.Value))
	}
	return nil
}

// AppendItems puts items behind the last one of a list.
func (e *Editor) AppendItems(seq *yaml.Node, items ...Item) error {
	if seq.Kind != yaml.SequenceNode {
		return fmt.Errorf("%w: items are added to no list", ErrPlace)
	}
	edit, err := e.insertion(seq, func(indent int, flow bool) string {
		if flow {
			return flowItems(items)
		}
		return e.blockItems(items, indent)
	})
	if err != nil {
		return err
	}
	e.edits = append(e.edits, edit)
	for _, item := range items {
		e.clones[seq].Content = append(e.clones[seq].Content, node(item.Text))
	}
	return nil
}

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
	all := append([]Item{{Text: n.Value}}, items...)
	e.edits = append(e.edits, parser.Replace(parser.Span{Start: start, End: end}, "["+flowItems(all)+"]"))
	*e.clones[n] = *node(all)
	return nil
}

// ReplaceScalar gives a scalar another text.
func (e *Editor) ReplaceScalar(n *yaml.Node, text string) error {
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 || n.Value == "" {
		return fmt.Errorf("%w: what is replaced is no word", ErrPlace)
	}
	start := e.doc.skipProperties(n)
	end, err := e.doc.end(n, 0)
	if err != nil {
		return err
	}
	e.edits = append(e.edits, parser.Replace(parser.Span{Start: start, End: end}, scalar(text)))
	anchor, tag := e.clones[n].Anchor, e.clones[n].Style&yaml.TaggedStyle
	*e.clones[n] = *node(text)
	e.clones[n].Anchor = anchor
	if tag != 0 {
		return fmt.Errorf("%w: the value has a tag", ErrPlace)
	}
	return nil
}

// RemoveKey takes a key and its value out of a block mapping that keeps others.
func (e *Editor) RemoveKey(m *yaml.Node, key string) error {
	if m.Kind != yaml.MappingNode || m.Style&yaml.FlowStyle != 0 || len(m.Content) < 4 {
		return ErrPlace
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value != key {
			continue
		}
		end, err := e.doc.end(m.Content[i+1], e.doc.column(m.Content[i]))
		if err != nil {
			return err
		}
		src := e.doc.Source
		span := parser.Span{Start: src.Line(m.Content[i].Line).Start, End: src.Line(src.LineAt(max(e.doc.offset(m.Content[i]), end-1))).End}
		if strings.Contains(src.Text(span), "#") {
			return ErrComment
		}
		if strings.TrimSpace(src.Text(parser.Span{Start: span.Start, End: e.doc.offset(m.Content[i])})) != "" {
			return ErrPlace // the first key of a list's item
		}
		e.edits = append(e.edits, parser.Delete(span))
		c := e.clones[m]
		for j := 0; j+1 < len(c.Content); j += 2 {
			if c.Content[j].Value == key {
				c.Content = append(c.Content[:j:j], c.Content[j+2:]...)
				break
			}
		}
		return nil
	}
	return ErrPlace
}

// Apply makes the changed document. Its tree is the changed copy of the old one, or
// the error is ErrMeaning.
func (e *Editor) Apply() (*Document, *parser.Moves, error) {
	src, moves, err := e.doc.Source.Apply(e.edits)
	if err != nil {
		return nil, nil, err
	}
	doc, err := Parse(src)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMeaning, err)
	}
	if !same(doc.Root, e.root) {
		return nil, nil, ErrMeaning
	}
	return doc, moves, nil
}

// insertion is the edit that puts text behind the last element of a collection. make
// writes it: for a block as whole lines at an indentation, for brackets without any.
func (e *Editor) insertion(n *yaml.Node, write func(indent int, flow bool) string) (parser.Edit, error) {
	d := e.doc
	src := d.Source
	if n.Style&yaml.FlowStyle != 0 || len(n.Content) == 0 {
		return e.flowInsertion(n, write)
	}
	indent := d.column(n.Content[0])
	if n.Kind == yaml.SequenceNode {
		indent = d.dash(n)
	}
	end, err := d.end(n, indent)
	if err != nil {
		return parser.Edit{}, err
	}
	line := src.LineAt(max(0, end-1))
	if end > 0 && end <= src.Len() && src.Bytes()[end-1] == '\n' {
		line = src.LineAt(end - 1)
	}
	for line < src.Lines() && attachedComment(src.Text(src.Line(line+1)), indent) { // commented-out keys stay with theirs
		line++
	}
	at := src.Line(line).End
	text := write(indent, false)
	if !strings.HasSuffix(src.Text(src.Line(line)), "\n") {
		return parser.Insert(at, e.newline()+strings.TrimRight(text, "\r\n")), nil
	}
	return parser.Insert(at, text), nil
}

// dash is the column of a block list's dashes.
func (d *Document) dash(seq *yaml.Node) int {
	first := seq.Content[0]
	text := d.Source.Text(d.Source.Line(first.Line))
	if i := strings.Index(text, "-"); i >= 0 && i < first.Column && strings.TrimLeft(text[:i], " ") == "" {
		return i
	}
	return d.column(seq)
}

// attachedComment reports whether a line is a comment that is indented like the keys above.
func attachedComment(line string, indent int) bool {
	body := strings.TrimLeft(line, " ")
	return indent > 0 && strings.HasPrefix(body, "#") && len(line)-len(body) >= indent
}

func (e *Editor) flowInsertion(n *yaml.Node, write func(int, bool) string) (parser.Edit, error) {
	d := e.doc
	if n.Style&yaml.FlowStyle == 0 {
		return parser.Edit{}, ErrPlace
	}
	start := d.skipProperties(n)
	end, err := d.flowEnd(start)
	if err != nil {
		return parser.Edit{}, err
	}
	inside := d.Source.Text(parser.Span{Start: start + 1, End: end - 1})
	if strings.Contains(inside, "\n") {
		return parser.Edit{}, ErrFlow
	}
	body := strings.TrimRight(inside, " \t")
	text := write(0, true)
	switch {
	case strings.HasSuffix(body, ","):
		text = " " + text
	case strings.TrimSpace(body) != "":
		text = ", " + text
	}
	return parser.Insert(start+1+len(body), text), nil
}

func (e *Editor) newline() string { return e.doc.Source.Newline() }

// same compares trees: kinds, values, tags, anchors, quotes and order.
func same(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Value != b.Value || a.ShortTag() != b.ShortTag() || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return false
	}
	if (a.Alias == nil) != (b.Alias == nil) || a.Alias != nil && a.Alias.Anchor != b.Alias.Anchor {
		return false
	}
	for i := range a.Content {
		if !same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}
