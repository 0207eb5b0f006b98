package compose

import (
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// Scalar is a text of the file at its place.
type Scalar struct {
	Path   []string // keys, and numbers for the items of lists
	Value  string
	Before string      // the item in front of it in its list; "" when there is none
	Span   parser.Span // with its quotes
}

// Scalars lists the values and items of the file, in its order. Aliases are not followed.
func (d *Document) Scalars() []Scalar {
	var out []Scalar
	var visit func(n *yaml.Node, path []string, before string, indent int)
	visit = func(n *yaml.Node, path []string, before string, indent int) {
		inner := indent
		if (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 {
			inner = d.indent(n)
		}
		switch n.Kind {
		case yaml.ScalarNode:
			if span, ok := d.span(n, indent); ok {
				out = append(out, Scalar{Path: append([]string{}, path...), Value: n.Value, Before: before, Span: span})
			}
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				visit(n.Content[i+1], append(path, n.Content[i].Value), "", inner)
			}
		case yaml.SequenceNode:
			before := ""
			for i, item := range n.Content {
				visit(item, append(path, strconv.Itoa(i)), before, inner)
				before = item.Value
			}
		}
	}
	visit(d.Root, nil, "", -1)
	return out
}

func (d *Document) span(n *yaml.Node, indent int) (parser.Span, bool) {
	if isNothing(n) {
		return parser.Span{}, false
	}
	start := d.skipProperties(n)
	end, err := d.end(n, indent)
	return parser.Span{Start: start, End: end}, err == nil && end >= start
}

// Variable is the text of an environment variable in the service's own mapping: what its
// file itself says, not what comes from a fragment, another file or an extended service.
// ok is false when there is no such text.
func (s *Service) Variable(name string) (value string, span parser.Span, ok bool) {
	env := own(s.Node, "environment")
	if env == nil {
		return "", span, false
	}
	if env.Kind == yaml.SequenceNode {
		for _, item := range env.Content {
			if value, found := strings.CutPrefix(item.Value, name+"="); found && item.Kind == yaml.ScalarNode {
				span, ok = s.Doc().span(item, s.Doc().indentIn(env))
				return value, span, ok
			}
		}
		return "", span, false
	}
	v := own(env, name)
	if v == nil || v.Kind != yaml.ScalarNode {
		return "", span, false
	}
	span, ok = s.Doc().span(v, s.Doc().indentIn(env))
	return v.Value, span, ok
}

// indentIn is the indentation of what stands in a collection.
func (d *Document) indentIn(n *yaml.Node) int {
	if n.Style&yaml.FlowStyle != 0 || len(n.Content) == 0 {
		return 0
	}
	return d.indent(n)
}
