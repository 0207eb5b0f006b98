package compose

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// Document is a compose file: its bytes, and the tree that they mean. It is changed
// through an Editor, which leaves every byte alone that no edit names.
type Document struct {
	Source *parser.Source
	Root   *yaml.Node // the mapping at the top

	step    int  // columns that a nested mapping is indented by
	compact bool // the dashes of a list stand below their key, not indented
}

// Parse reads a compose file. Refused are what hides text from a reader (other line
// breaks than LF and CRLF, UTF-16), several documents, and keys that are given twice
// or are no plain words. The error is a *parser.Error.
func Parse(src *parser.Source) (doc *Document, err error) {
	text := src.Bytes()
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return nil, src.Errorf(0, "save the file as UTF-8", "it is not UTF-8 text")
	}
	if at := strangeBreak(text); at >= 0 {
		return nil, src.Errorf(at, "end lines with a line feed", "YAML takes this character for a line break, which readers do not see")
	}
	defer func() { // yaml.v3 panics at some broken documents
		if p := recover(); p != nil {
			doc, err = nil, src.Errorf(0, "docker compose cannot read this file either; mend it first", "the YAML parser fails: %v", p)
		}
	}()
	var root, second yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(&root); err != nil {
		return nil, yamlError(src, err)
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, src.Errorf(0, "split the file", "it holds several YAML documents")
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		return nil, src.Errorf(0, "docker compose cannot read this file either; mend it first", "there is no mapping at the top")
	}
	doc = &Document{Source: src, Root: root.Content[0]}
	if err := doc.checkKeys(doc.Root); err != nil {
		return nil, err
	}
	doc.habits()
	return doc, nil
}

// strangeBreak finds what YAML 1.1 takes for a line break besides LF and CRLF: CR
// alone, NEL, LS and PS.
func strangeBreak(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\r' && (i+1 >= len(text) || text[i+1] != '\n') {
			return i
		}
		i += n
	}
	return -1
}

// yamlError gives the parser's complaint the line that it names.
func yamlError(src *parser.Source, err error) error {
	line := 1
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if _, scanErr := fmt.Sscanf(text, "line %d:", &line); scanErr == nil {
		_, text, _ = strings.Cut(text, ": ")
	}
	line = min(max(line, 1), src.Lines())
	return src.Errorf(src.Line(line).Start, "docker compose cannot read this file either; mend it first", "%s", text)
}

// checkKeys refuses keys that yaml.v3 takes but compose does not.
func (d *Document) checkKeys(n *yaml.Node) error {
	if n.Kind == yaml.MappingNode {
		seen := map[string]bool{}
		for i := 0; i < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode {
				return d.errorf(k, "a key must be a word")
			}
			if seen[k.Value] {
				return d.errorf(k, "the key %s is given twice", k.Value)
			}
			seen[k.Value] = true
		}
	}
	for _, c := range n.Content {
		if err := d.checkKeys(c); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) errorf(n *yaml.Node, format string, args ...any) error {
	return d.Source.Errorf(d.offset(n), "docker compose cannot read this file either; mend it first", format, args...)
}

// Child is the value of a key of a mapping; nil when there is none. An alias is
// followed.
func Child(m *yaml.Node, key string) *yaml.Node {
	if m = deref(m); m == nil || m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return deref(m.Content[i+1])
		}
	}
	return nil
}

func deref(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// habits finds how the file indents, by the majority of its nodes.
func (d *Document) habits() {
	steps := map[int]int{}
	compact, indented := 0, 0
	d.vote(d.Root, steps, &compact, &indented)
	d.step = 2
	for step, n := range steps {
		if step > 0 && (n > steps[d.step] || n == steps[d.step] && step < d.step) {
			d.step = step
		}
	}
	d.compact = compact > indented
}

func (d *Document) vote(n *yaml.Node, steps map[int]int, compact, indented *int) {
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 {
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			if v.Line == k.Line || v.Style&(yaml.FlowStyle|yaml.TaggedStyle) != 0 || v.Anchor != "" {
				continue
			}
			switch v.Kind {
			case yaml.MappingNode:
				steps[v.Column-k.Column]++
			case yaml.SequenceNode:
				if v.Column > k.Column {
					*indented++
				} else {
					*compact++
				}
			}
		}
	}
	for _, c := range n.Content {
		d.vote(c, steps, compact, indented)
	}
}
