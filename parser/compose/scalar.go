package compose

import (
	"fmt"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// scalar writes a text as a scalar: plain where YAML takes it as it is, else in the
// quotes that the file uses. `true`, `64` and their like mean a boolean and a number; a
// text in double quotes is written with quotes, for those that are to stay text.
func (d *Document) scalar(text string, flow bool) string {
	if rawQuoted(text) {
		return quoted(unquoted(text), d.quote)
	}
	if plain(text, flow) {
		return text
	}
	return quoted(text, d.quote)
}

// rawQuoted reports whether a text is a scalar in double quotes.
func rawQuoted(text string) bool {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return false
	}
	_, ok := parseScalar(text)
	return ok
}

// unquoted is a text without the double quotes that keep it one in YAML.
func unquoted(text string) string {
	if rawQuoted(text) {
		n, _ := parseScalar(text)
		return n.Value
	}
	return text
}

// parseScalar is the scalar that a text is in YAML.
func parseScalar(text string) (n *yaml.Node, ok bool) {
	defer func() { // yaml.v3 panics at some broken texts
		if recover() != nil {
			n, ok = nil, false
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.ScalarNode {
		return nil, false
	}
	return doc.Content[0], true
}

// wordNode is the node of a text that scalar writes.
func wordNode(text string) *yaml.Node {
	if !rawQuoted(text) && plain(text, false) {
		if n, ok := parseScalar(text); ok && n.Value == text {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: n.ShortTag(), Value: text}
		}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: unquoted(text)}
}

// quoted writes a text in quotes: in double ones where it needs escapes.
func quoted(text string, quote byte) string {
	if quote == '\'' && strings.IndexFunc(text, hidden) < 0 {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case hidden(r):
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// hidden reports whether a reader does not see a character.
func hidden(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) || r == '\ufeff' }

// plain reports whether a text is a plain scalar: as a value or an item of a block, and
// in brackets too with flow.
func plain(text string, flow bool) bool {
	if text == "" || strings.TrimSpace(text) != text || strings.IndexFunc(text, hidden) >= 0 {
		return false
	}
	if strings.ContainsRune("?:&*!|>%@`,[]{}#\"'", rune(text[0])) || text[0] == '-' && (len(text) == 1 || text[1] == ' ') {
		return false
	}
	if strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...") || flow && strings.ContainsAny(text, ",[]{}#\"'") {
		return false
	}
	return !strings.Contains(text, ": ") && !strings.Contains(text, " #") && !strings.HasSuffix(text, ":")
}
