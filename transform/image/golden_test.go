package image_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/golden"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

const goldenDir = "../../fixtures/rules"

// options are those of a case: besides the usual ones, who owns what is copied, and whether
// digests are asked for.
var options = []string{"level", "rules", "base", "ownership", "pin"}

// TestGolden: before is the Dockerfile, context what it is built with.
func TestGolden(t *testing.T) { golden.Run(t, goldenDir, image.Rules(), options, harden) }

// input reads a text as the case says.
func input(t *testing.T, c *golden.Case, text string) transform.Input {
	t.Helper()
	doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	opts := transform.Options{Level: c.Level(t), User: transform.DefaultUser, Ignored: ignoredForTest}
	if c.Option(t, "ownership") == "state" {
		opts.Ownership = transform.OwnsState
	}
	opts.Base = knowledge.RuntimeStyle(c.Option(t, "base"))
	if c.Option(t, "pin") == "yes" {
		opts.Digest = golden.Digest
	}
	opts.Enabled = c.Enabled(t)
	in := transform.Input{Document: doc, Options: opts, Files: c.Context}
	in.Usage = workspace.UsageIn(c.Context, "Dockerfile", ".", doc)
	return in
}

// ignoredForTest honours `# bulkhead: ignore=RULE reason` above an instruction.
func ignoredForTest(doc *dockerfile.Document, rule string, at *dockerfile.Instruction) string {
	for _, c := range doc.Comments {
		text, ok := strings.CutPrefix(doc.Source.Text(c), "# bulkhead: ignore=")
		name, reason, _ := strings.Cut(text, " ")
		if ok && name == rule && doc.Source.LineAt(c.Start) == doc.Source.LineAt(at.Span.Start)-1 {
			return reason
		}
	}
	return ""
}

// harden hardens the case and checks what must hold for every one.
func harden(t *testing.T, c *golden.Case) golden.Outcome {
	t.Helper()
	in := input(t, c, c.Files["before"])
	plan := transform.Harden(in, image.Rules())
	o := golden.Outcome{After: string(plan.After.Source.Bytes()), Files: plan.Files()}
	for _, f := range plan.Findings {
		if f.Rule == "" || f.Message == "" || f.Span.End > len(c.Files["before"]) {
			t.Errorf("a finding lacks its rule, its message or its place: %+v", f)
		}
		o.Findings += golden.Finding(in.Document.Source, f)
		if f.Outcome == transform.Refused {
			golden.CheckReason(t, f, image.Rules())
		}
	}
	for _, span := range in.Document.Comments {
		if text := in.Document.Source.Text(span); strings.Count(o.After, text) < strings.Count(c.Files["before"], text) {
			t.Errorf("comment lost: %s", text)
		}
	}
	second := transform.Harden(input(t, c.With(o.Files), o.After), image.Rules())
	if second.Changed() || len(second.Files()) > 0 {
		t.Errorf("a second run changes the result:\n%s\nto\n%s\nwith %v", o.After, second.After.Source.Bytes(), second.Files())
	}
	return o
}

// TestEveryReasonOccurs: no documented refusal without a case.
func TestEveryReasonOccurs(t *testing.T) { golden.EveryReasonOccurs(t, goldenDir, image.Rules()) }
