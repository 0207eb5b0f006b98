package compose

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

const bom = "\ufeff"

// offset is the byte that a node starts at. yaml.v3 counts lines and columns from 1,
// columns in characters, and no byte order mark.
func (d *Document) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > d.Source.Lines() {
		return d.Source.Len()
	}
	text := d.Source.Bytes()
	at := d.Source.Line(n.Line).Start
	if n.Line == 1 && bytes.HasPrefix(text, []byte(bom)) {
		at += len(bom)
	}
	for range n.Column - 1 {
		if at >= len(text) {
			break
		}
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}

// end is the byte behind a node's last one. indent is the column, from 0, of the block
// that the node is a value in; -1 at the top.
func (d *Document) end(n *yaml.Node, indent int) (int, error) {
	start, props := d.properties(n)
	switch {
	case n.Kind == yaml.AliasNode:
		return start + 1 + len(n.Value), nil
	case isNothing(n):
		return props, nil
	case n.Kind == yaml.ScalarNode:
		return d.scalarEnd(n, start, indent)
	case n.Style&yaml.FlowStyle != 0:
		return d.flowEnd(start)
	case len(n.Content) == 0:
		return 0, ErrPlace
	}
	return d.end(n.Content[len(n.Content)-1], d.indent(n))
}

// isNothing reports whether a node is a value that was left out.
func isNothing(n *yaml.Node) bool {
	const written = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&written == 0
}

// indent is the column, from 0, that the entries of a block mapping or list begin at.
func (d *Document) indent(n *yaml.Node) int {
	at := d.skipProperties(n)
	text := d.Source.Bytes()
	if n.Kind == yaml.MappingNode && (at >= len(text) || text[at] != '?') {
		return n.Content[0].Column - 1 // which may have an anchor of its own
	}
	return d.column(at)
}

// column is the column, from 0, of a byte. It counts characters, as yaml.v3 does.
func (d *Document) column(at int) int {
	src := d.Source
	start := src.Line(src.LineAt(at)).Start
	return utf8.RuneCountInString(strings.TrimPrefix(src.Text(parser.Span{Start: start, End: at}), bom))
}

// skipProperties goes over a node's tag and anchor.
func (d *Document) skipProperties(n *yaml.Node) int {
	start, _ := d.properties(n)
	return start
}

// properties finds where a node's text starts, behind its tag and anchor, and where
// those end.
func (d *Document) properties(n *yaml.Node) (start, end int) {
	at := d.offset(n)
	end = at
	text := d.Source.Bytes()
	if n.Anchor == "" && n.Style&yaml.TaggedStyle == 0 {
		return at, end
	}
	for at < len(text) && (text[at] == '&' || text[at] == '!') {
		for at < len(text) && !strings.ContainsRune(" \t\r\n", rune(text[at])) {
			at++
		}
		end = at
		for at < len(text) {
			if strings.ContainsRune(" \t\r\n", rune(text[at])) {
				at++
			} else if text[at] == '#' {
				at += lineLength(text[at:])
			} else {
				break
			}
		}
	}
	return at, end
}

// lineLength is the number of bytes in front of the line's end.
func lineLength(text []byte) int {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return i
	}
	return len(text)
}

func (d *Document) scalarEnd(n *yaml.Node, start, indent int) (int, error) {
	text := d.Source.Bytes()
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		for i := start + 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return i + 1, nil
			}
		}
		return 0, ErrPlace
	case n.Style&yaml.SingleQuotedStyle != 0:
		for i := start + 1; i < len(text); i++ {
			if text[i] != '\'' {
				continue
			}
			if i+1 < len(text) && text[i+1] == '\'' {
				i++
				continue
			}
			return i + 1, nil
		}
		return 0, ErrPlace
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return d.blockScalarEnd(start, indent)
	}
	return d.plainEnd(n, start)
}

// blockScalarEnd is the end of the last line that is indented more than the block
// around it.
func (d *Document) blockScalarEnd(start, indent int) (int, error) {
	text := d.Source.Bytes()
	at := start + lineLength(text[start:])
	end := at
	for at < len(text) {
		line := text[at+1:]
		line = line[:lineLength(line)]
		next := at + 1 + len(line)
		body := strings.TrimRight(string(line), " \t\r")
		switch {
		case body == "":
		case len(body)-len(strings.TrimLeft(body, " ")) > indent:
			end = next
		default:
			return trimCR(text, end), nil
		}
		at = next
	}
	return trimCR(text, end), nil
}

func trimCR(text []byte, end int) int {
	if end > 0 && end <= len(text) && text[end-1] == '\r' {
		return end - 1
	}
	return end
}

// plainEnd finds where a plain scalar ends: the first place at which its text, folded
// as YAML does, is the value.
func (d *Document) plainEnd(n *yaml.Node, start int) (int, error) {
	text := d.Source.Bytes()
	if bytes.HasPrefix(text[start:], []byte(n.Value)) && !strings.Contains(n.Value, "\n") {
		return start + len(n.Value), nil
	}
	var folded strings.Builder
	at, blank := start, 0
	for at < len(text) {
		line := string(text[at : at+lineLength(text[at:])])
		body := strings.Trim(line, " \t\r")
		switch {
		case body == "":
			blank++
		case folded.Len() == 0:
			folded.WriteString(body)
		case blank > 0:
			folded.WriteString(strings.Repeat("\n", blank) + body)
			blank = 0
		default:
			folded.WriteString(" " + body)
		}
		got := folded.String()
		if extra, found := strings.CutPrefix(got, n.Value); found {
			return at + len(strings.TrimRight(line, " \t\r")) - len(extra), nil
		}
		if !strings.HasPrefix(n.Value, got) {
			return 0, ErrPlace
		}
		at += len(line) + 1
	}
	return 0, ErrPlace
}

// flowEnd matches the brackets of a flow mapping or sequence.
func (d *Document) flowEnd(start int) (int, error) {
	text := d.Source.Bytes()
	depth := 0
	for i := start; i < len(text); i++ {
		switch c := text[i]; c {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return i + 1, nil
			}
		case '"', '\'':
			if !strings.ContainsRune(" \t\r\n,:[{", rune(text[max(start, i-1)])) {
				continue // inside of a plain scalar
			}
			quoted := &yaml.Node{Style: yaml.DoubleQuotedStyle}
			if c == '\'' {
				quoted.Style = yaml.SingleQuotedStyle
			}
			end, err := d.scalarEnd(quoted, i, 0)
			if err != nil {
				return 0, err
			}
			i = end - 1
		case '#':
			if strings.ContainsRune(" \t\n", rune(text[max(start, i-1)])) {
				i += lineLength(text[i:])
			}
		}
	}
	return 0, ErrPlace
}
