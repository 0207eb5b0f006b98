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
	add := func(j Setting) {
		if j.Secret != "" && !slices.Contains(out, j.Secret) {
			out = append(out, j.Secret)
		}
	}
	last := s.Path[len(s.Path)-1]
	command := len(s.Path) > 2 && slices.Contains([]string{"command", "entrypoint", "healthcheck"}, s.Path[2])
	if name, value, ok := strings.Cut(s.Value, "="); ok && !strings.ContainsAny(name, " :/") && !(command && strings.HasPrefix(value, "$")) {
		add(Judge(strings.TrimLeft(name, "-"), value))
	}
	if !number(last) {
		add(Judge(last, s.Value))
	} else if strings.HasPrefix(s.Before, "-") && !(command && strings.HasPrefix(s.Value, "$")) {
		add(Judge(strings.TrimLeft(s.Before, "-"), s.Value))
	}
	add(Judge("", s.Value))
	if strings.ContainsAny(s.Value, " \n") {
		for _, v := range Loose(s.Value) {
			add(Setting{Secret: v})
		}
	}
	return out
}

// InCompose lists the credentials of a compose file and where they stand.
func InCompose(doc *compose.Document) (spans []parser.Span, values []string) {
	for _, s := range doc.Scalars() {
		for _, v := range InScalar(s) {
			if undone := strings.ReplaceAll(v, "$$", "$"); !slices.Contains(values, undone) {
				values = append(values, undone)
			}
			spans = append(spans, within(doc.Source, s.Span, v)...)
		}
	}
	return spans, values
}

// within are the places of a text inside of a span, the span itself when it is written in
// another way there.
func within(src *parser.Source, span parser.Span, text string) []parser.Span {
	var out []parser.Span
	body := src.Text(span)
	for at := 0; ; {
		i := strings.Index(body[at:], text)
		if i < 0 {
			break
		}
		out = append(out, parser.Span{Start: span.Start + at + i, End: span.Start + at + i + len(text)})
		at += i + len(text)
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
