package secret

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// Baked is a credential that a Dockerfile sets: NAME=value of ENV or ARG.
type Baked struct {
	Name        string
	Setting     Setting
	At          parser.Span // of NAME=value
	Instruction *dockerfile.Instruction
}

// OfInstruction lists what an ENV or ARG sets that is a credential or the place of one.
func OfInstruction(in *dockerfile.Instruction) []Baked {
	if !in.Is("ENV", "ARG") {
		return nil
	}
	var out []Baked
	add := func(name, value string, at parser.Span) {
		if s := Judge(name, Unquoted(value)); s.Kind != None {
			out = append(out, Baked{name, s, at, in})
		}
	}
	if name, value, ok := legacy(in); ok {
		add(name, value, parser.Span{Start: in.Args[0].Span.Start, End: in.Args[1].Span.End})
		return out
	}
	for _, a := range in.Args {
		if name, value, ok := strings.Cut(a.Text, "="); ok {
			add(name, value, a.Span)
		}
	}
	return out
}

// legacy reads `ENV name value`.
func legacy(in *dockerfile.Instruction) (name, value string, ok bool) {
	if in.Keyword != "ENV" || len(in.Args) != 2 || strings.Contains(in.Args[0].Text, "=") {
		return "", "", false
	}
	return in.Args[0].Text, in.Args[1].Text, true
}

// Unquoted takes the quotes off a value that stands in a pair of them.
func Unquoted(value string) string {
	if len(value) > 1 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}

// InDockerfile lists the credentials of a Dockerfile and where they stand.
func InDockerfile(doc *dockerfile.Document) (spans []parser.Span, values []string) {
	add := func(value string, at parser.Span) {
		spans = append(spans, within(doc.Source, at, value)...)
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	for _, in := range doc.Instructions() {
		for _, b := range OfInstruction(in) {
			if b.Setting.Secret != "" {
				add(b.Setting.Secret, b.At)
			}
		}
		for _, v := range Loose(doc.Source.Text(in.Span)) {
			add(v, in.Span)
		}
	}
	return spans, values
}

// In lists the credentials of a text, of a compose file or a Dockerfile, and where they
// stand, wherever else in the text that is. A text that cannot be read as what it should be
// is looked at line by line.
func In(src *parser.Source, isCompose bool) (spans []parser.Span, values []string) {
	spans, values, ok := parsed(src, isCompose)
	text := string(src.Bytes())
	if !ok {
		for line := range strings.Lines(text) {
			for _, v := range Loose(line) {
				if !slices.Contains(values, v) {
					values = append(values, v)
					spans = append(spans, within(src, parser.Span{Start: 0, End: len(text)}, v)...)
				}
			}
		}
	}
	for _, v := range values {
		if Telling(v) && strings.Contains(text, v) {
			spans = append(spans, within(src, parser.Span{Start: 0, End: len(text)}, v)...)
		}
	}
	return spans, values
}

func parsed(src *parser.Source, isCompose bool) (spans []parser.Span, values []string, ok bool) {
	if isCompose {
		doc, err := compose.Parse(src)
		if err != nil {
			return nil, nil, false
		}
		spans, values = InCompose(doc)
		return spans, values, true
	}
	doc, err := dockerfile.Parse(src)
	if err != nil {
		return nil, nil, false
	}
	spans, values = InDockerfile(doc)
	return spans, values, true
}
