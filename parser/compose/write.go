package compose

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// blockPairs writes keys and their values as lines, in the file's habits.
func (e *Editor) blockPairs(pairs []Pair, indent int) string {
	var b strings.Builder
	nl := e.newline()
	pad := strings.Repeat(" ", indent)
	for _, p := range pairs {
		b.WriteString(pad + scalar(p.Key) + ":")
		switch v := p.Value.(type) {
		case []Pair:
			if len(v) == 0 {
				b.WriteString(" {}" + nl)
				continue
			}
			b.WriteString(nl + e.blockPairs(v, indent+e.doc.step))
		case []string:
			if len(v) == 0 {
				b.WriteString(" []" + nl)
				continue
			}
			b.WriteString(nl)
			items := pad
			if !e.doc.compact {
				items += strings.Repeat(" ", e.doc.step)
			}
			for _, item := range scalars(v) {
				b.WriteString(items + "- " + item + nl)
			}
		case string:
			b.WriteString(" " + scalar(v) + nl)
		}
	}
	return b.String()
}

// flowPairs writes them on one line.
func flowPairs(pairs []Pair) string {
	var parts []string
	for _, p := range pairs {
		value := ""
		switch v := p.Value.(type) {
		case []Pair:
			value = "{" + flowPairs(v) + "}"
		case []string:
			value = "[" + strings.Join(scalars(v), ", ") + "]"
		case string:
			value = scalar(v)
		}
		parts = append(parts, scalar(p.Key)+": "+value)
	}
	return strings.Join(parts, ", ")
}

func scalars(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = scalar(t)
	}
	return out
}

// scalar writes a text as a scalar: plain where YAML takes it as it is, in single
// quotes else. `true`, `64` and their like mean a boolean and a number; a text in double
// quotes is written with them, for those that are to stay text.
func scalar(text string) string {
	if strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) && len(text) > 1 {
		return text
	}
	if plain(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// plain reports whether a text is a plain scalar everywhere, also in brackets.
func plain(text string) bool {
	if text == "" || strings.TrimSpace(text) != text || strings.ContainsAny(text, "\n\t,[]{}#\"'") {
		return false
	}
	if strings.ContainsRune("-?:&*!|>%@`", rune(text[0])) && !(len(text) > 1 && text[0] == '-' && text[1] != ' ') {
		return false
	}
	return !strings.Contains(text, ": ") && !strings.HasSuffix(text, ":")
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
	case []string:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			n.Content = append(n.Content, node(item))
		}
		return n
	case string:
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(scalar(v)), &doc); err == nil && len(doc.Content) == 1 && doc.Content[0].Kind == yaml.ScalarNode {
			return doc.Content[0]
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v}
	}
	return &yaml.Node{}
}
