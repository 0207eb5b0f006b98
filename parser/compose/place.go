package compose

import (
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// Place is where the files of a project say something of a service.
type Place struct {
	File int // index of the file
	Span parser.Span
	// Text is the item as it is written, "" when it is a mapping or no item was found.
	Text string
	// Found: a file says it of the service itself; else Span is the service's name, and
	// it comes from a fragment or from a service that is extended.
	Found bool
}

// Place finds a key of a service, or the item of its list that names something: a part
// between colons and equals signs, a key, or a value of a long form. The last file that has
// it counts, for it weighs most. An empty item asks for the key alone.
func (s *Service) Place(key, item string) Place {
	for i := len(s.Overrides) - 1; i >= -1; i-- {
		part := s
		if i >= 0 {
			if part = s.in(s.Overrides[i]); part == nil {
				continue
			}
		}
		if p, ok := part.place(key, item); ok {
			return p
		}
	}
	return Place{File: s.File, Span: s.Span()}
}

// in is the service as another file of the project writes it.
func (s *Service) in(file int) *Service {
	key, node := childNode(Child(s.project.Files[file].Root, "services"), s.Name)
	if node == nil {
		return nil
	}
	out := *s
	out.File, out.Key, out.Node, out.Overrides = file, key, node, nil
	return &out
}

// place looks into one file.
func (s *Service) place(key, item string) (Place, bool) {
	_, value := childNode(s.Node, key)
	if value == nil {
		return Place{}, false
	}
	if item == "" {
		return Place{File: s.File, Span: s.Span(key), Found: true}, true
	}
	switch value = deref(value); value.Kind {
	case yaml.SequenceNode:
		for i, e := range value.Content {
			if e = deref(e); names(e, item) {
				return Place{File: s.File, Span: s.Span(key, strconv.Itoa(i)), Text: e.Value, Found: true}, true
			}
		}
	case yaml.MappingNode:
		if _, v := childNode(value, item); v != nil {
			return Place{File: s.File, Span: s.Span(key, item), Found: true}, true
		}
	case yaml.ScalarNode:
		if names(value, item) {
			return Place{File: s.File, Span: s.Span(key), Text: value.Value, Found: true}, true
		}
	}
	return Place{}, false
}

// names reports whether an item of a list has a part that reads item.
func names(n *yaml.Node, item string) bool {
	if n.Kind == yaml.MappingNode {
		for i := 1; i < len(n.Content); i += 2 {
			if v := n.Content[i]; v.Kind == yaml.ScalarNode && samePath(v.Value, item) {
				return true
			}
		}
		return false
	}
	if n.Kind != yaml.ScalarNode {
		return false
	}
	if samePath(n.Value, item) {
		return true
	}
	for _, part := range append(splitMount(n.Value), strings.Split(n.Value, "=")...) {
		if samePath(part, item) {
			return true
		}
	}
	return false
}

// samePath compares but for slashes at the end.
func samePath(a, b string) bool {
	return a == b || len(a) > 1 && strings.TrimRight(a, "/") == strings.TrimRight(b, "/")
}
