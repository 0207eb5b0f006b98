package dockerfile

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
)

var errWords = errors.New("its arguments stand in other places than BuildKit reports")

// blank is BuildKit's idea of white space between the words of a line.
const blank = "\t\v\f\r "

func leadingSpace(s string) int { return len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace)) }

// split finds keyword, flags and arguments in the logical line and holds them
// against what BuildKit made of it.
func (in *Instruction) split() error {
	l := &in.logical
	start := leadingSpace(l.text)
	end := len(strings.TrimRightFunc(l.text, unicode.IsSpace))
	if start >= end {
		return errors.New("it is empty")
	}
	in.Span = l.span(start, end)
	return in.splitAt(start, end)
}

// splitAt does so for text[start:end]: a part of the line for what ONBUILD keeps.
func (in *Instruction) splitAt(start, end int) error {
	l, node := &in.logical, in.Node
	kw := start + len(l.text[start:end])
	if i := strings.IndexAny(l.text[start:end], blank); i >= 0 {
		kw = start + i
	}
	in.KeywordSpan = l.span(start, kw)
	in.Keyword = strings.ToUpper(l.text[start:kw])
	if l.text[start:kw] != node.Value {
		return errWords
	}
	at := in.flags(kw, end)
	if len(in.Flags) != len(node.Flags) {
		return errWords
	}
	for i, f := range in.Flags {
		if f.Value != node.Flags[i] {
			return errWords
		}
	}
	l.args = at
	at += leadingSpace(l.text[at:end])
	end = at + len(strings.TrimRightFunc(l.text[at:end], unicode.IsSpace))
	if at >= end {
		return nil
	}
	return in.arguments(at, end)
}

// word makes the word of text[start:end].
func (in *Instruction) word(start, end int) Word {
	text := in.logical.text[start:end]
	return Word{Text: text, Value: text, Span: in.logical.span(start, end), logical: [2]int{start, end}}
}

// flags reads the words that start with "--", as BuildKit's extractBuilderFlags
// does, and returns where the arguments start.
func (in *Instruction) flags(at, end int) int {
	text := in.logical.text
	for {
		at += leadingSpace(text[at:end])
		if !strings.HasPrefix(text[at:end], "--") {
			return at
		}
		start := at
		var value strings.Builder
		var quote byte
		for ; at < end; at++ {
			c := text[at]
			if quote == 0 && unicode.IsSpace(rune(c)) {
				break
			}
			switch {
			case quote == 0 && (c == '\'' || c == '"'):
				quote = c
			case quote != 0 && c == quote:
				quote = 0
			case c == in.doc.Escape:
				if at+1 < end {
					at++
					value.WriteRune(rune(text[at])) // BuildKit takes bytes of flags for runes
				}
			default:
				value.WriteRune(rune(c))
			}
		}
		if value.String() == "--" {
			return at
		}
		w := in.word(start, at)
		w.Value = value.String()
		in.Flags = append(in.Flags, w)
	}
}

// arguments splits text[at:end] in the way of the keyword.
func (in *Instruction) arguments(at, end int) error {
	text := in.logical.text
	switch in.Keyword {
	case "ONBUILD":
		return in.onBuild(at, end)
	case "HEALTHCHECK":
		sep := at + strings.IndexFunc(text[at:end]+" ", unicode.IsSpace)
		in.Args = append(in.Args, in.word(at, sep))
		rest := sep + leadingSpace(text[sep:end])
		if rest >= end {
			return in.check(in.Node, 0)
		}
		return in.commandLine(rest, end, in.Node.Next)
	case "RUN", "CMD", "ENTRYPOINT", "SHELL":
		return in.commandLine(at, end, in.Node)
	case "ADD", "COPY", "VOLUME":
		if in.Node.Attributes["json"] {
			return in.commandLine(at, end, in.Node)
		}
		in.fields(at, end)
	case "FROM", "EXPOSE":
		in.fields(at, end)
	case "ENV", "LABEL":
		return in.keyValues(at, end)
	case "ARG":
		in.quotedWords(at, end)
	default:
		in.Args = append(in.Args, in.word(at, end))
		if in.Node.Next != nil && in.Node.Next.Value == "" { // an unknown keyword
			return nil
		}
	}
	return in.check(in.Node, 0)
}

// check holds the arguments from the n-th on against the nodes behind node.
func (in *Instruction) check(node *bk.Node, n int) error {
	for _, a := range in.Args[n:] {
		if node.Next == nil || node.Next.Value != a.Value {
			return errWords
		}
		node = node.Next
	}
	if node.Next != nil {
		return errWords
	}
	return nil
}

// commandLine is a JSON array or one word for a shell. BuildKit's nodes follow node.
func (in *Instruction) commandLine(at, end int, node *bk.Node) error {
	n := len(in.Args)
	if in.Node.Attributes["json"] {
		in.JSON = true
		if err := in.array(at, end); err != nil {
			return err
		}
	} else {
		in.Args = append(in.Args, in.word(at, end))
	}
	return in.check(node, n)
}

// array finds the strings of a JSON array, which BuildKit has found to be one.
func (in *Instruction) array(at, end int) error {
	text := in.logical.text
	for i := at; i < end; i++ {
		if text[i] != '"' {
			continue
		}
		start := i
		for i++; i < end && text[i] != '"'; i++ {
			if text[i] == '\\' {
				i++
			}
		}
		w := in.word(start, min(i+1, end))
		if err := json.Unmarshal([]byte(w.Text), &w.Value); err != nil {
			return errWords
		}
		in.Args = append(in.Args, w)
	}
	return nil
}

// fields splits at white space.
func (in *Instruction) fields(at, end int) {
	text := in.logical.text
	for at < end {
		n := strings.IndexAny(text[at:end], blank)
		if n < 0 {
			n = end - at
		}
		in.Args = append(in.Args, in.word(at, at+n))
		at += n
		at += len(text[at:end]) - len(strings.TrimLeft(text[at:end], blank))
	}
}

// keyValues reads NAME=value pairs or the legacy form of one name and one value.
func (in *Instruction) keyValues(at, end int) error {
	in.quotedWords(at, end)
	if len(in.Args) > 0 && !strings.Contains(in.Args[0].Value, "=") {
		return in.legacyKeyValue(at, end)
	}
	node := in.Node.Next
	for _, a := range in.Args {
		key, value, _ := strings.Cut(a.Value, "=")
		if node == nil || node.Value != key || node.Next == nil || node.Next.Value != value || node.Next.Next == nil {
			return errWords
		}
		node = node.Next.Next.Next
	}
	if node != nil {
		return errWords
	}
	return nil
}

func (in *Instruction) legacyKeyValue(at, end int) error {
	text := in.logical.text
	name := at + strings.IndexAny(text[at:end]+" ", blank)
	value := name + len(text[name:end]) - len(strings.TrimLeft(text[name:end], blank))
	in.Args = []Word{in.word(at, name), in.word(value, end)}
	key := in.Node.Next
	if key == nil || key.Value != in.Args[0].Value || key.Next == nil || key.Next.Value != in.Args[1].Value {
		return errWords
	}
	return nil
}

// quotedWords splits at white space outside of quotes, as BuildKit's parseWords does.
func (in *Instruction) quotedWords(at, end int) {
	text := in.logical.text
	esc := rune(in.doc.Escape)
	for {
		at += leadingSpace(text[at:end])
		if at >= end {
			return
		}
		start := at
		var value strings.Builder
		var quote rune
		for at < end {
			ch, n := utf8.DecodeRuneInString(text[at:end])
			if quote == 0 && unicode.IsSpace(ch) {
				break
			}
			switch {
			case ch == esc && quote != '\'':
				if at+n >= end { // BuildKit skips an escape at the end
					at = end
					continue
				}
				value.WriteRune(ch)
				at += n
				ch, n = utf8.DecodeRuneInString(text[at:end])
			case quote == 0 && (ch == '\'' || ch == '"'):
				quote = ch
			case quote != 0 && ch == quote:
				quote = 0
			}
			value.WriteRune(ch)
			at += n
		}
		w := in.word(start, at)
		w.Value = value.String()
		in.Args = append(in.Args, w)
	}
}

// onBuild reads the kept instruction in the rest of the line.
func (in *Instruction) onBuild(at, end int) error {
	if in.Node.Next == nil || len(in.Node.Next.Children) != 1 {
		return errWords
	}
	kept := &Instruction{Node: in.Node.Next.Children[0], doc: in.doc, logical: in.logical, Comments: in.Comments}
	kept.logical.segs = slices.Clip(in.logical.segs)
	kept.Span = in.logical.span(at, end)
	if err := kept.splitAt(at, end); err != nil {
		return err
	}
	in.Args = []Word{in.word(at, end)}
	in.OnBuild = kept
	return nil
}
