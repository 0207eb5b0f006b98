package image_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"golang.org/x/tools/txtar"
)

const goldenDir = "../../fixtures/rules"

// golden is one case of a rule: fixtures/rules/<rule>/<case>.txtar with the files
//
//	options     lines "name: value": level, rules (which run; the directory's by default), ownership
//	before      the Dockerfile
//	after       what becomes of it; a case without it must have the file "unchanged"
//	findings    the findings of the rules that run, one a line
//	context/…   files of the build context
//
// BULKHEAD_UPDATE=1 writes after and findings anew.
type golden struct {
	archive *txtar.Archive
	rule    string
	files   map[string]string
	context fstest.MapFS
}

func TestGolden(t *testing.T) {
	paths, err := filepath.Glob(goldenDir + "/*/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden cases: %v", err)
	}
	for _, path := range paths {
		rule := filepath.Base(filepath.Dir(path))
		if !slices.ContainsFunc(image.Rules(), func(r *transform.Rule) bool { return r.ID == rule }) {
			continue // of services
		}
		t.Run(rule+"/"+strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			g := newGolden(a, rule)
			after, findings := g.run(t)
			if os.Getenv("BULKHEAD_UPDATE") != "" {
				g.update(t, path, after, findings)
				return
			}
			want, ok := g.files["after"]
			if !ok {
				if _, same := g.files["unchanged"]; !same {
					t.Fatal("the case has neither after nor unchanged")
				}
				want = g.files["before"]
			} else if want == g.files["before"] {
				t.Fatal("after equals before: say so with the file unchanged")
			}
			if after != want {
				t.Errorf("result:\n%s\nwant:\n%s", after, want)
			}
			if findings != g.files["findings"] {
				t.Errorf("findings:\n%s\nwant:\n%s", findings, g.files["findings"])
			}
		})
	}
}

func newGolden(a *txtar.Archive, rule string) *golden {
	g := &golden{archive: a, rule: rule, files: map[string]string{}, context: fstest.MapFS{}}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "context/"); ok {
			g.context[name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
			continue
		}
		g.files[f.Name] = string(f.Data)
	}
	for _, name := range []string{"before", "after"} { // a file that ends without newline ends in "$" and newline
		if text, ok := strings.CutSuffix(g.files[name], "$\n"); ok {
			g.files[name] = text
		}
	}
	return g
}

// option gives a line of the options file.
func (g *golden) option(t *testing.T, name string) string {
	for line := range strings.Lines(g.files["options"]) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if !slices.Contains([]string{"level", "rules", "ownership", "usage"}, key) {
			t.Fatalf("unknown option %q", line)
		}
		if key == name {
			return value
		}
	}
	return ""
}

func (g *golden) input(t *testing.T, text string) transform.Input {
	t.Helper()
	doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	opts := transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser, Ignored: ignoredForTest}
	if name := g.option(t, "level"); name != "" {
		if opts.Level, err = transform.ParseLevel(name); err != nil {
			t.Fatal(err)
		}
	}
	if g.option(t, "ownership") == "state" {
		opts.Ownership = transform.OwnsState
	}
	rules := strings.Fields(g.option(t, "rules"))
	if len(rules) == 0 {
		rules = []string{g.rule}
	}
	opts.Enabled = func(rule string) bool { return rules[0] == "all" || slices.Contains(rules, rule) }
	in := transform.Input{Document: doc, Options: opts, Files: g.context}
	in.Usage = workspace.UsageIn(g.context, "Dockerfile", ".", doc)
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

// run hardens the case and checks what must hold for every one.
func (g *golden) run(t *testing.T) (after, findings string) {
	t.Helper()
	in := g.input(t, g.files["before"])
	plan := transform.Harden(in, image.Rules())
	after = string(plan.After.Source.Bytes())
	for _, f := range plan.Findings {
		if f.Rule == "" || f.Message == "" || f.Span.End > len(g.files["before"]) {
			t.Errorf("a finding lacks its rule, its message or its place: %+v", f)
		}
		findings += formatFinding(in.Document.Source, f)
		if f.Outcome == transform.Refused {
			checkReason(t, f)
		}
	}
	for _, c := range in.Document.Comments {
		if text := in.Document.Source.Text(c); strings.Count(after, text) < strings.Count(g.files["before"], text) {
			t.Errorf("comment lost: %s", text)
		}
	}
	second := transform.Harden(g.input(t, after), image.Rules())
	if second.Changed() {
		t.Errorf("a second run changes the result:\n%s\nto\n%s", after, second.After.Source.Bytes())
	}
	return after, findings
}

func formatFinding(src *parser.Source, f transform.Finding) string {
	line := fmt.Sprintf("%s %s %s", src.Position(f.Span.Start), f.Rule, f.Outcome)
	switch f.Outcome {
	case transform.Applied:
		line += " (" + f.Safety.String() + ")"
	case transform.HeldBack:
		line += " (" + f.Safety.Unlock() + ")"
	case transform.Refused, transform.Ignored:
		line += " (" + f.Reason + ")"
	}
	line += ": " + f.Message
	if f.Detail != "" {
		line += ": " + f.Detail
	}
	for _, d := range f.Deploy {
		line += "\n    deploy: " + d.Do + "\n    undo: " + d.Undo
	}
	return line + "\n"
}

// checkReason holds a refusal against the reasons that its rule documents.
func checkReason(t *testing.T, f transform.Finding) {
	t.Helper()
	if f.Reason == transform.ReasonGate.Code || f.Reason == transform.ReasonGroup.Code {
		return
	}
	for _, r := range image.Rules() {
		if r.ID == f.Rule && slices.ContainsFunc(r.Reasons, func(x transform.Reason) bool { return x.Code == f.Reason }) {
			return
		}
	}
	t.Errorf("%s refuses for a reason that it does not document: %q", f.Rule, f.Reason)
}

func (g *golden) update(t *testing.T, path, after, findings string) {
	t.Helper()
	before := g.files["before"]
	keep := g.archive.Files[:0]
	for _, f := range g.archive.Files {
		if f.Name != "after" && f.Name != "unchanged" && f.Name != "findings" {
			keep = append(keep, f)
		}
	}
	if after == before {
		keep = append(keep, txtar.File{Name: "unchanged"})
	} else {
		if !strings.HasSuffix(after, "\n") {
			after += "$\n"
		}
		keep = append(keep, txtar.File{Name: "after", Data: []byte(after)})
	}
	keep = append(keep, txtar.File{Name: "findings", Data: []byte(findings)})
	g.archive.Files = keep
	if err := os.WriteFile(path, txtar.Format(g.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryReasonOccurs holds the documented refusals against the cases: one that
// no case shows is dead code or a hole in the tests.
func TestEveryReasonOccurs(t *testing.T) {
	for _, r := range image.Rules() {
		cases, err := filepath.Glob(filepath.Join(goldenDir, r.ID, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, path := range cases {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(data)
		}
		for _, reason := range r.Reasons {
			if !strings.Contains(text.String(), "("+reason.Code+")") {
				t.Errorf("%s: no case in %s/%s shows the refusal %s", r.ID, goldenDir, r.ID, reason.Code)
			}
		}
	}
}
