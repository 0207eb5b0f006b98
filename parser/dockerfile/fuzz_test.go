package dockerfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/hazards"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"golang.org/x/tools/txtar"
)

// FuzzParse: whatever the bytes are, the parser does not panic, and what it
// takes it takes apart without loss.
func FuzzParse(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(text)))
		if err != nil {
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
		} else if _, ok := err.(*parser.Error); !ok {
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
// instructions and comments, and a script with one more call.
func checkSplice(t *testing.T, src *parser.Source, in *dockerfile.Instruction, edit parser.Edit) {
	t.Helper()
	if !in.LineSpan().Contains(edit.Span) {
		t.Fatalf("edit %v is outside of %v", edit.Span, in.Span)
	}
	if _, _, err := src.Apply([]parser.Edit{edit}); err != nil {
		t.Fatal(err)
	}
}
