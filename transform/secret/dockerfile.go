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

	value string // without quotes
}

// OfInstruction lists what an ENV or ARG sets that is a credential or the place of one.
func OfInstruction(in *dockerfile.Instruction) []Baked {
	if !in.Is("ENV", "ARG") {
		return nil
	}
	var out []Baked
	add := func(name, value string, at parser.Span) {
		if value = Unquoted(value); value != "" {
			if s := Judge(name, value); s.Kind != None {
				out = append(out, Baked{name, s, at, in, value})
			}
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
	add := func(p Place, at parser.Span, value string) {
		spans = append(spans, written(doc.Source, at, value, p)...)
		if !slices.Contains(values, p.Value) {
			values = append(values, p.Value)
		}
	}
	for _, in := range doc.Instructions() {
		for _, b := range OfInstruction(in) {
			if b.Setting.Secret != "" {
				add(Place{b.Setting.Secret, b.Setting.At}, b.At, b.value)
			}
		}
		text := doc.Source.Text(in.Span)
		for _, p := range loosePlaces(text) {
			add(p, in.Span, text)
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
		at := 0
		for line := range strings.Lines(text) {
			for _, p := range loosePlaces(line) {
				start := at + p.At
				spans = append(spans, parser.Span{Start: start, End: start + len(p.Value)})
				if !slices.Contains(values, p.Value) {
					values = append(values, p.Value)
				}
			}
			at += len(line)
		}
	}
	for _, v := range values {
		if Telling(v) {
			for _, at := range whole(text, v) {
				spans = append(spans, parser.Span{Start: at, End: at + len(v)})
			}
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
