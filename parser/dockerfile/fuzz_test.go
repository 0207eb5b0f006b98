package dockerfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/hazards"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
	"golang.org/x/tools/txtar"
)

// FuzzParse: whatever the bytes are, the parser does not panic, and what it
// takes it takes apart without loss. With BULKHEAD_FUZZ_REFUSALS=1 it also fails
// for files that BuildKit takes and we refuse.
func FuzzParse(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(text)))
		if err != nil {
			if os.Getenv("BULKHEAD_FUZZ_REFUSALS") != "" && buildkitTakes(text) {
				t.Fatalf("refused, though BuildKit takes it: %v", err)
			}
			return
		}
		check(t, doc)
		for _, in := range doc.Instructions() {
			checkInstruction(t, in)
		}
		for _, stage := range doc.Stages {
			dockerfile.ImageConfig(stage).Facets()
		}
	})
}

func buildkitTakes(text string) bool {
	result, err := bk.Parse(strings.NewReader(text))
	if err != nil {
		return false
	}
	stages, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{SkipAll: true}))
	return err == nil && len(stages) > 0
}

// TestHazards holds every hazard, and every file of the fixtures, against the
// promises of the parser.
func TestHazards(t *testing.T) {
	for _, h := range hazards.Files {
		t.Run(h.Name, func(t *testing.T) {
			doc := parse(t, h.Text)
			check(t, doc)
			for _, in := range doc.Instructions() {
				checkInstruction(t, in)
			}
		})
	}
	for _, h := range hazards.Refused {
		if _, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(h.Text))); err == nil {
			t.Errorf("%s is taken", h.Name)
		} else if place := new(parser.Error); !errors.As(err, &place) {
			t.Errorf("%s: the error has no place: %v", h.Name, err)
		}
	}
}

// seeds are all hazards and all Dockerfiles of the fixtures.
func seeds(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, h := range append(hazards.Files, hazards.Refused...) {
		out = append(out, h.Text)
	}
	cases, err := filepath.Glob("../../fixtures/rules/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range cases {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range a.Files {
			if file.Name == "before" || file.Name == "after" {
				out = append(out, string(file.Data))
			}
		}
	}
	apps, err := filepath.Glob("../../fixtures/apps/*/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range apps {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}

// checkInstruction calls all that an instruction offers: spans stay inside of it.
func checkInstruction(t *testing.T, in *dockerfile.Instruction) {
	t.Helper()
	all := parser.Span{End: in.Document().Source.Len()}
	if !all.Contains(in.LineSpan()) || !in.LineSpan().Contains(in.Span) || !in.Span.Contains(in.ArgsSpan()) {
		t.Fatalf("%s: lines %v, instruction %v, arguments %v do not nest", in.Keyword, in.LineSpan(), in.Span, in.ArgsSpan())
	}
	_, _, _, _ = in.ArgsText(), in.Indent(), in.Describe(), in.Settings()
	for _, h := range in.Heredocs {
		if !in.Span.Contains(h.Body) || !in.Span.Contains(h.End) || h.Body.End != h.End.Start && !h.Chomp {
			t.Fatalf("%s %v: heredoc %v %v is out of place", in.Keyword, in.Span, h.Body, h.End)
		}
	}
	for _, c := range in.Comments {
		if text := in.Document().Source.Text(c); text[0] != '#' {
			t.Fatalf("%s %v: comment %q %v is out of place", in.Keyword, in.Span, text, c)
		}
	}
	checkScript(t, in)
	if in.OnBuild != nil {
		if !in.Span.Contains(in.OnBuild.Span) {
			t.Fatalf("%v: kept instruction %v is out of place", in.Span, in.OnBuild.Span)
		}
		checkScript(t, in.OnBuild)
	}
}

// checkScript calls all that a script offers, the edits too: what an edit makes
// of a script that parses must parse.
func checkScript(t *testing.T, in *dockerfile.Instruction) {
	t.Helper()
	s := in.Script()
	if s == nil {
		return
	}
	src := in.Document().Source
	for _, c := range s.Calls() {
		_, _, _ = c.Name(), c.Text(), c.Operator()
		if !in.Span.Contains(c.Span) {
			t.Fatalf("call %q %v is outside of %v", c.Text(), c.Span, in.Span)
		}
		for _, a := range c.Args {
			if !c.Span.Contains(a.Span) {
				t.Fatalf("argument %q %v is outside of its call %v", a.Text, a.Span, c.Span)
			}
		}
		if edit, err := s.After(c, "rm -rf /cache"); err == nil && in.Keyword == "RUN" {
			checkSplice(t, src, in, edit)
		}
		if edit, err := s.Before(c, "update"); err == nil && in.Keyword == "RUN" {
			checkSplice(t, src, in, edit)
		}
	}
	if edit, err := s.AtEnd("rm -rf /cache"); err == nil && in.Keyword == "RUN" {
		checkSplice(t, src, in, edit)
	}
}

// checkSplice: the edited file is a Dockerfile with the same number of
// instructions and comments, and the script has more calls than before.
func checkSplice(t *testing.T, src *parser.Source, in *dockerfile.Instruction, edit parser.Edit) {
	t.Helper()
	if !in.LineSpan().Contains(edit.Span) {
		t.Fatalf("edit %v is outside of %v", edit.Span, in.Span)
	}
	edited, _, err := src.Apply([]parser.Edit{edit})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := dockerfile.Parse(edited)
	if err != nil {
		t.Fatalf("edit %q at %d: %v", edit.New, edit.Span.Start, err)
	}
	before := in.Document()
	if len(doc.Instructions()) != len(before.Instructions()) || len(doc.Comments) != len(before.Comments) {
		t.Fatalf("edit %q at %d: %d instructions and %d comments became %d and %d", edit.New, edit.Span.Start,
			len(before.Instructions()), len(before.Comments), len(doc.Instructions()), len(doc.Comments))
	}
	for i, other := range before.Instructions() {
		if other != in {
			continue
		}
		s := doc.Instructions()[i].Script()
		if s.Opaque != "" || len(s.Calls()) <= len(in.Script().Calls()) {
			t.Fatalf("edit %q at %d: the script has %d calls instead of %d and one more (%s)", edit.New, edit.Span.Start, len(s.Calls()), len(in.Script().Calls()), s.Opaque)
		}
	}
}
