package secret

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// InScalar lists the credentials of a scalar of a compose file, whatever key it stands at.
func InScalar(s compose.Scalar) []string {
	var out []string
	for _, p := range inScalar(s) {
		if !slices.Contains(out, p.Value) {
			out = append(out, p.Value)
		}
	}
	return out
}

// inScalar lists them with their places in the value.
func inScalar(s compose.Scalar) []Place {
	var out []Place
	add := func(j Setting, at int) {
		if p := (Place{j.Secret, at + j.At}); j.Secret != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	last := s.Path[len(s.Path)-1]
	command := len(s.Path) > 2 && slices.Contains([]string{"command", "entrypoint", "healthcheck"}, s.Path[2])
	if name, value, ok := strings.Cut(s.Value, "="); ok && !strings.ContainsAny(name, " :/") && !(command && strings.HasPrefix(value, "$")) {
		add(Judge(strings.TrimLeft(name, "-"), value), len(name)+1)
	}
	if !number(last) {
		add(Judge(last, s.Value), 0)
	} else if strings.HasPrefix(s.Before, "-") && !(command && strings.HasPrefix(s.Value, "$")) {
		add(Judge(strings.TrimLeft(s.Before, "-"), s.Value), 0)
	}
	add(Judge("", s.Value), 0)
	if strings.ContainsAny(s.Value, " \n") {
		for _, p := range loosePlaces(s.Value) {
			add(Setting{Secret: p.Value}, p.At)
		}
	}
	return out
}

// InCompose lists the credentials of a compose file and where they stand.
func InCompose(doc *compose.Document) (spans []parser.Span, values []string) {
	for _, s := range doc.Scalars() {
		for _, p := range inScalar(s) {
			if undone := strings.ReplaceAll(p.Value, "$$", "$"); !slices.Contains(values, undone) {
				values = append(values, undone)
			}
			spans = append(spans, written(doc.Source, s.Span, s.Value, p)...)
		}
	}
	return spans, values
}

// written are the places in a span of the source of what stands at a place of a value: the
// one, where the source has the value as it is; wherever the text is in it, where the value is
// written in another way; all of the span where the text is as well.
func written(src *parser.Source, span parser.Span, value string, p Place) []parser.Span {
	body := src.Text(span)
	if i := strings.LastIndex(body, value); i >= 0 && value != "" && strings.HasPrefix(body[i+p.At:], p.Value) {
		start := span.Start + i + p.At
		return []parser.Span{{Start: start, End: start + len(p.Value)}}
	}
	var out []parser.Span
	for at := 0; ; {
		i := strings.Index(body[at:], p.Value)
		if i < 0 {
			break
		}
		out = append(out, parser.Span{Start: span.Start + at + i, End: span.Start + at + i + len(p.Value)})
		at += i + len(p.Value)
	}
	if out == nil {
		return []parser.Span{span}
	}
	return out
}

// Masked is a text with Mask at the places.
func Masked(text []byte, spans []parser.Span) []byte {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b parser.Span) int { return a.Start - b.Start })
	var out []byte
	at := 0
	for _, s := range spans {
		if s.End <= at {
			continue
		}
		out = append(out, text[at:max(at, s.Start)]...)
		if s.Start >= at {
			out = append(out, Mask...)
		}
		at = s.End
	}
	return append(out, text[at:]...)
}
