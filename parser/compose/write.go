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
		case []Item:
			if len(v) == 0 {
				b.WriteString(" []" + nl)
				continue
			}
			items := indent
			if !e.doc.compact {
				items += e.doc.step
			}
			b.WriteString(nl + e.blockItems(v, items))
		case string:
			b.WriteString(" " + scalar(v) + comment(p.Comment) + nl)
		}
	}
	return b.String()
}

// blockItems writes items as lines.
func (e *Editor) blockItems(items []Item, indent int) string {
	var b strings.Builder
	for _, item := range items {
		b.WriteString(strings.Repeat(" ", indent) + "- " + scalar(item.Text) + comment(item.Comment) + e.newline())
	}
	return b.String()
}

// comment is a text as it stands behind a value, at the end of the line.
func comment(text string) string {
	if text == "" {
		return ""
	}
	return "  # " + text
}

// flowPairs writes them on one line.
func flowPairs(pairs []Pair) string {
	var parts []string
	for _, p := range pairs {
		value := ""
		switch v := p.Value.(type) {
		case []Pair:
			value = "{" + flowPairs(v) + "}"
		case []Item:
			value = "[" + flowItems(v) + "]"
		case string:
			value = scalar(v)
		}
		parts = append(parts, scalar(p.Key)+": "+value)
	}
	return strings.Join(parts, ", ")
}

// flowItems writes items on one line, which has no room for their comments.
func flowItems(items []Item) string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = scalar(item.Text)
	}
	return strings.Join(out, ", ")
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
	case []Item:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			n.Content = append(n.Content, node(item.Text))
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
