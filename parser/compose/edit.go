package compose

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// Errors of edits that are refused; the file stays as it is.
var (
	ErrFlow    = errors.New("the mapping or list in brackets goes over several lines")
	ErrPlace   = errors.New("its place in the file is not understood")
	ErrComment = errors.New("a comment would be lost")
	ErrMeaning = errors.New("the file would mean something else")
)

// Pair is a key and its value: a string, []Item or []Pair. The comment stands at the
// end of its line; in brackets there is no room for it.
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
	doc       *Document
	edits     []parser.Edit
	additions []*addition
	clones    map[*yaml.Node]*yaml.Node
	depth     map[*yaml.Node]int
	keys      map[*yaml.Node]*yaml.Node // of the values of block mappings
	root      *yaml.Node
}

// addition is what comes into one mapping or list.
type addition struct {
	node  *yaml.Node
	at    slot
	pairs []Pair
	items []Item
	apart bool // a blank line stands in front
}

// Edit starts changes of the document.
func (d *Document) Edit() *Editor {
	e := &Editor{doc: d, clones: map[*yaml.Node]*yaml.Node{}, depth: map[*yaml.Node]int{}, keys: map[*yaml.Node]*yaml.Node{}}
	e.root = e.clone(d.Root, 0)
	for n, c := range e.clones {
		if n.Alias != nil {
			c.Alias = e.clones[n.Alias]
		}
	}
	return e
}

func (e *Editor) clone(n *yaml.Node, depth int) *yaml.Node {
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && i%2 == 1 {
			e.keys[child] = n.Content[i-1]
		}
		c.Content[i] = e.clone(child, depth+1)
	}
	e.clones[n] = &c
	e.depth[n] = depth
	return &c
}

// AddKeys puts keys behind the last one of a mapping, or below a key that has no value.
// Keys that are added twice, with mappings or lists, become one.
func (e *Editor) AddKeys(m *yaml.Node, pairs ...Pair) error {
	if m.Kind != yaml.MappingNode && !isNothing(m) {
		return fmt.Errorf("%w: keys are added to no mapping", ErrPlace)
	}
	a, err := e.addition(m)
	if err != nil {
		return err
	}
	a.pairs = mergePairs(a.pairs, pairs)
	return nil
}

// AppendItems puts items behind the last one of a list.
func (e *Editor) AppendItems(seq *yaml.Node, items ...Item) error {
	if seq.Kind != yaml.SequenceNode {
		return fmt.Errorf("%w: items are added to no list", ErrPlace)
	}
	a, err := e.addition(seq)
	if err != nil {
		return err
	}
	a.items = append(a.items, items...)
	return nil
}

// AddTopLevel puts keys into the mapping at a key of the top, such as `networks`. One
// that is not there is made, behind a blank line where the file separates its sections
// or services by some.
func (e *Editor) AddTopLevel(key string, pairs ...Pair) error {
	if v := own(e.doc.Root, key); v != nil {
		if v.Kind == yaml.AliasNode {
			return ErrShared
		}
		return e.AddKeys(v, pairs...)
	}
	if err := e.AddKeys(e.doc.Root, Pair{Key: key, Value: pairs}); err != nil {
		return err
	}
	e.additions[e.added(e.doc.Root)].apart = e.doc.spaced()
	return nil
}

// addition is what comes into a collection; its place is found once.
func (e *Editor) addition(n *yaml.Node) (*addition, error) {
	if i := e.added(n); i >= 0 {
		return e.additions[i], nil
	}
	at, err := e.slot(n)
	if err != nil {
		return nil, err
	}
	a := &addition{node: n, at: at}
	e.additions = append(e.additions, a)
	return a, nil
}

func (e *Editor) added(n *yaml.Node) int {
	return slices.IndexFunc(e.additions, func(a *addition) bool { return a.node == n })
}

// mergePairs puts further pairs behind others, those with a key that is there into its
// mapping or list.
func mergePairs(to, from []Pair) []Pair {
	for _, p := range from {
		i := slices.IndexFunc(to, func(o Pair) bool { return o.Key == p.Key })
		if i < 0 {
			to = append(to, p)
			continue
		}
		switch v := p.Value.(type) {
		case []Pair:
			if old, ok := to[i].Value.([]Pair); ok {
				to[i].Value = mergePairs(slices.Clone(old), v)
				continue
			}
		case []Item:
			if old, ok := to[i].Value.([]Item); ok {
				to[i].Value = append(slices.Clone(old), v...)
				continue
			}
		}
		to = append(to, p) // twice, which Apply refuses
	}
	return to
}

// Apply makes the changed document. Its tree is the changed copy of the old one, or
// the error is ErrMeaning. An Editor is applied once.
func (e *Editor) Apply() (*Document, *parser.Moves, error) {
	e.write()
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

// write turns additions into edits and makes them in the copied tree. Where several
// come to one place, what belongs to the deeper collection stands in front.
func (e *Editor) write() {
	slices.SortStableFunc(e.additions, func(a, b *addition) int { return e.depth[b.node] - e.depth[a.node] })
	for _, a := range e.additions {
		e.edits = append(e.edits, parser.Insert(a.at.offset, e.text(a)))
		c := e.clones[a.node]
		if isNothing(c) {
			*c = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		}
		var content []*yaml.Node
		for _, p := range a.pairs {
			content = append(content, node(p.Key), node(p.Value))
		}
		for _, item := range a.items {
			content = append(content, node(item.Text))
		}
		at := len(c.Content)
		if a.at.before != nil {
			at = slices.Index(c.Content, e.clones[a.at.before])
		}
		if at < 0 { // the key is removed in the same breath
			at = len(c.Content)
		}
		c.Content = slices.Insert(c.Content, at, content...)
	}
	e.additions = nil
}

// same compares trees: kinds, values, tags, anchors and order.
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
