package compose

import (
	"bytes"
	"cmp"
	"strings"

	"gopkg.in/yaml.v3"
)

// OverrideSuffix ends the names of the files that Override is for.
const OverrideSuffix = ".hardened.yaml"

// Override is a compose file that, read on top of the project, means what changes make of
// it: for people who must not touch theirs. after is the project with the changes. names are
// all files that docker compose is to read, the file itself last.
func (p *Project) Override(changes []Change, after *Project, names ...string) ([]byte, error) {
	root := mapNode()
	o := overrideWriter{after: after, root: root, services: childMap(root, "services")}
	for _, c := range changes {
		o.add(c)
	}
	var out bytes.Buffer
	out.WriteString("# Hardens the project from beside it: docker compose")
	for _, name := range names {
		out.WriteString(" -f " + name)
	}
	out.WriteString(" up\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, err
	}
	return out.Bytes(), enc.Close()
}

type overrideWriter struct {
	after    *Project
	root     *yaml.Node
	services *yaml.Node
}

func (o *overrideWriter) add(c Change) {
	if c.Top != "" {
		o.pairs(childMap(o.root, c.Top), c.Pairs)
		return
	}
	at := childMap(o.services, c.Service)
	switch {
	case c.Variable != "":
		o.variable(at, c)
	case c.Word != "" && len(c.Path) > 1: // an item of a list, which only the whole list replaces
		o.whole(at, c)
	case c.Word != "":
		put(at, c.Path[0], scalarNode(c.Word, ""))
	case c.Items != nil:
		last := len(c.Path) - 1
		for _, step := range c.Path[:last] {
			at = childMap(at, step)
		}
		list := own(at, c.Path[last])
		if list == nil {
			list = &yaml.Node{Kind: yaml.SequenceNode}
			put(at, c.Path[last], list)
		}
		for _, i := range c.Items {
			list.Content = append(list.Content, scalarNode(i.Text, i.Comment))
		}
	default:
		for _, step := range c.Path {
			at = childMap(at, step)
		}
		o.pairs(at, c.Pairs)
	}
}

// whole puts all that a key of the service means in the place of what it meant.
func (o *overrideWriter) whole(at *yaml.Node, c Change) {
	value := &yaml.Node{}
	if err := value.Encode(o.after.Service(c.Service).Value(c.Path[0])); err == nil {
		value.Tag = "!override"
		put(at, c.Path[0], value)
	}
}

// variable gives an environment variable another value; one that gets another name is
// taken back first, which compose does in a mapping alone.
func (o *overrideWriter) variable(at *yaml.Node, c Change) {
	if _, mapping := o.after.Service(c.Service).Value(c.Path...).(map[string]any); !mapping {
		o.whole(at, c)
		return
	}
	for _, step := range c.Path {
		at = childMap(at, step)
	}
	name := cmp.Or(c.Rename, c.Variable)
	if name != c.Variable {
		put(at, c.Variable, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!reset", Value: "null"})
	}
	put(at, name, scalarNode(c.Word, ""))
}

func (o *overrideWriter) pairs(at *yaml.Node, pairs []Pair) {
	for _, p := range pairs {
		switch v := p.Value.(type) {
		case []Pair:
			o.pairs(childMap(at, p.Key), v)
		case []Item:
			list := &yaml.Node{Kind: yaml.SequenceNode}
			for _, i := range v {
				list.Content = append(list.Content, scalarNode(i.Text, i.Comment))
			}
			put(at, p.Key, list)
		case string:
			put(at, p.Key, scalarNode(v, p.Comment))
		}
	}
}

// scalarNode is a text as it is written; one in double quotes stays text.
func scalarNode(text, comment string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: text, LineComment: comment}
	if strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) && len(text) > 1 {
		n.Value, n.Style = text[1:len(text)-1], yaml.DoubleQuotedStyle
	}
	return n
}

func mapNode() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func put(m *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			m.Content[i+1] = value
			return
		}
	}
	m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
}

func childMap(m *yaml.Node, key string) *yaml.Node {
	c := own(m, key)
	if c == nil {
		c = mapNode()
		put(m, key, c)
	}
	return c
}
