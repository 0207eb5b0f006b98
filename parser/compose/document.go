// Package compose reads compose files, and changes them without touching a byte that no
// edit names: yaml.v3 tells where things stand, compose-go what they mean.
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

	step   int  // columns that a nested mapping is indented by
	dashes int  // columns that the dashes of a list are indented by; 0 is below their key
	quote  byte // what stands around texts that need quotes
}

// Version is what the file says of its format; "" when it says nothing.
func (d *Document) Version() string {
	if v := Child(d.Root, "version"); v != nil && v.Kind == yaml.ScalarNode {
		return v.Value
	}
	return ""
}

// Parse reads a compose file. Refused are what hides text from a reader (other line
// breaks than LF and CRLF, UTF-16), several documents, keys that are given twice or are
// no plain words, and anchors that hold themselves. The error is a *parser.Error.
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
	if err := doc.checkNodes(doc.Root, map[*yaml.Node]bool{}); err != nil {
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

// checkNodes refuses keys that yaml.v3 takes but compose does not, and anchors that
// hold themselves, which compose-go takes seconds to refuse. inside are the nodes around n.
func (d *Document) checkNodes(n *yaml.Node, inside map[*yaml.Node]bool) error {
	if n.Kind == yaml.AliasNode && inside[n.Alias] {
		return d.errorf(n, "the anchor %s holds itself", n.Value)
	}
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
	inside[n] = true
	defer delete(inside, n)
	for _, c := range n.Content {
		if err := d.checkNodes(c, inside); err != nil {
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
