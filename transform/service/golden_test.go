package service_test

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/service"
	"golang.org/x/tools/txtar"
	"gopkg.in/yaml.v3"
)

const goldenDir = "../../fixtures/rules"

// golden is one case of a rule: fixtures/rules/<rule>/<case>.txtar with the files
//
//	options     lines "name: value": level, rules (which run; the directory's by default, or all), comments (no), limits (a YAML mapping of services)
//	before      compose.yaml
//	override    compose.override.yaml, read on top of it
//	further     a file that lies on top of it in a further composition
//	after       what becomes of compose.yaml; a case without it must have the file "unchanged"
//	findings    the findings of the rules that run, one a line
//	observed    a YAML list of observations
//	context/…   further files, such as Dockerfiles and what is built with them
//
// BULKHEAD_UPDATE=1 writes after and findings anew.
type golden struct {
	archive *txtar.Archive
	rule    string
	files   map[string]string
	context fstest.MapFS
}

func TestGolden(t *testing.T) {
	for _, r := range service.Rules() {
		paths, err := filepath.Glob(filepath.Join(goldenDir, r.ID, "*.txtar"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s has no golden cases: %v", r.ID, err)
		}
		for _, name := range paths {
			t.Run(r.ID+"/"+strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
				a, err := txtar.ParseFile(name)
				if err != nil {
					t.Fatal(err)
				}
				newGolden(a, r.ID).test(t, name)
			})
		}
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

func (g *golden) test(t *testing.T, name string) {
	t.Helper()
	after, findings := g.run(t)
	if os.Getenv("BULKHEAD_UPDATE") != "" {
		g.update(t, name, after, findings)
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
}

// option gives a line of the options file.
func (g *golden) option(t *testing.T, name string) string {
	t.Helper()
	for line := range strings.Lines(g.files["options"]) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if !slices.Contains([]string{"level", "rules", "comments", "limits"}, key) {
			t.Fatalf("unknown option %q", line)
		}
		if key == name {
			return value
		}
	}
	return ""
}

func (g *golden) input(t *testing.T, text string) transform.ProjectInput {
	t.Helper()
	var docs []*compose.Document
	for _, f := range []struct{ name, text string }{{"compose.yaml", text}, {"compose.override.yaml", g.files["override"]}} {
		if f.text == "" {
			continue
		}
		doc, err := compose.Parse(parser.NewSource(f.name, []byte(f.text)))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	project, err := compose.Load(docs, func(name string) ([]byte, error) { return fs.ReadFile(g.context, name) })
	if err != nil {
		t.Fatal(err)
	}
	opts := transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser, NoComments: g.option(t, "comments") == "no", IgnoredService: ignoredForTest}
	if err := yaml.Unmarshal([]byte(g.option(t, "limits")), &opts.Limits); err != nil {
		t.Fatal(err)
	}
	if name := g.option(t, "level"); name != "" {
		if opts.Level, err = transform.ParseLevel(name); err != nil {
			t.Fatal(err)
		}
	}
	imageOptions := opts
	rules := strings.Fields(g.option(t, "rules"))
	if len(rules) == 0 {
		rules = []string{g.rule}
	}
	opts.Enabled = func(rule string) bool { return rules[0] == "all" || slices.Contains(rules, rule) }
	in := transform.ProjectInput{Project: project, Options: opts, Image: g.image(imageOptions)}
	if further := g.files["further"]; further != "" {
		doc, err := compose.Parse(parser.NewSource("compose.further.yaml", []byte(further)))
		if err != nil {
			t.Fatal(err)
		}
		other, err := compose.Load(append(docs, doc), nil)
		if err != nil {
			t.Fatal(err)
		}
		in.Others = append(in.Others, other)
	}
	if err := yaml.Unmarshal([]byte(g.files["observed"]), &in.Observations); err != nil {
		t.Fatal(err)
	}
	return in
}

// image hardens the Dockerfile of a service by all rules and gives the facts of the result.
func (g *golden) image(opts transform.Options) func(*compose.Service) *transform.ImageFacts {
	return func(s *compose.Service) *transform.ImageFacts {
		b := s.Build()
		if b == nil || b.Inline {
			return nil
		}
		name := path.Join(b.Context, b.Dockerfile)
		text, err := fs.ReadFile(g.context, name)
		if err != nil {
			return nil
		}
		doc, err := dockerfile.Parse(parser.NewSource(name, text))
		if err != nil {
			return nil
		}
		files, err := fs.Sub(g.context, path.Clean(b.Context))
		if err != nil {
			return nil
		}
		in := transform.Input{Document: doc, Files: files, Options: opts, Usage: transform.Usage{Target: b.Target}}
		return image.Facts(in, transform.Harden(in, image.Rules()))
	}
}

// ignoredForTest honours `# bulkhead: ignore=RULE reason` above a service.
func ignoredForTest(doc *compose.Document, rule string, s *compose.Service) string {
	if s.Key.Line < 2 {
		return ""
	}
	above := strings.TrimSpace(doc.Source.Text(doc.Source.Line(s.Key.Line - 1)))
	if text, ok := strings.CutPrefix(above, "# bulkhead: ignore="); ok {
		if name, reason, _ := strings.Cut(text, " "); name == rule {
			return reason
		}
	}
	return ""
}

// run hardens the case and checks what must hold for every one.
func (g *golden) run(t *testing.T) (after, findings string) {
	t.Helper()
	plan := transform.HardenProject(g.input(t, g.files["before"]), service.Rules())
	after = string(plan.After.Files[0].Source.Bytes())
	for _, f := range plan.Findings {
		src := plan.Before.Files[f.File].Source
		if f.Rule == "" || f.Message == "" || f.Service == "" || f.Span.End > src.Len() {
			t.Errorf("a finding lacks its rule, its message, its service or its place: %+v", f)
		}
		findings += formatFinding(src, f)
		if f.Outcome == transform.Refused {
			checkReason(t, f)
		}
	}
	for line := range strings.Lines(g.files["before"]) {
		if at := strings.Index(line, "#"); at >= 0 && !strings.Contains(after, strings.TrimRight(line[at:], "\r\n")) {
			t.Errorf("comment lost: %s", line[at:])
		}
	}
	if second := transform.HardenProject(g.input(t, after), service.Rules()); second.Changed() {
		t.Errorf("a second run changes the result:\n%s\nto\n%s", after, second.After.Files[0].Source.Bytes())
	}
	return after, findings
}

func formatFinding(src *parser.Source, f transform.Finding) string {
	line := fmt.Sprintf("%s %s %s %s", src.Position(f.Span.Start), f.Service, f.Rule, f.Outcome)
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
	for _, e := range f.Evidence {
		line += "\n    because " + e
	}
	for _, d := range f.Deploy {
		line += "\n    deploy: " + d.Do + "\n    undo: " + d.Undo
	}
	return line + "\n"
}

// checkReason holds a refusal against the reasons that its rule documents.
func checkReason(t *testing.T, f transform.Finding) {
	t.Helper()
	if slices.Contains([]string{transform.ReasonGate.Code, transform.ReasonGroup.Code, transform.ReasonShared.Code, transform.ReasonWindows.Code}, f.Reason) {
		return
	}
	for _, r := range service.Rules() {
		if r.ID == f.Rule && slices.ContainsFunc(r.Reasons, func(x transform.Reason) bool { return x.Code == f.Reason }) {
			return
		}
	}
	t.Errorf("%s refuses for a reason that it does not document: %q", f.Rule, f.Reason)
}

func (g *golden) update(t *testing.T, name, after, findings string) {
	t.Helper()
	keep := g.archive.Files[:0]
	for _, f := range g.archive.Files {
		if f.Name != "after" && f.Name != "unchanged" && f.Name != "findings" {
			keep = append(keep, f)
		}
	}
	if after == g.files["before"] {
		keep = append(keep, txtar.File{Name: "unchanged"})
	} else {
		if !strings.HasSuffix(after, "\n") {
			after += "$\n"
		}
		keep = append(keep, txtar.File{Name: "after", Data: []byte(after)})
	}
	keep = append(keep, txtar.File{Name: "findings", Data: []byte(findings)})
	g.archive.Files = keep
	if err := os.WriteFile(name, txtar.Format(g.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryReasonOccurs holds the documented refusals against the cases: one that
// no case shows is dead code or a hole in the tests.
func TestEveryReasonOccurs(t *testing.T) {
	for _, r := range service.Rules() {
		cases, err := filepath.Glob(filepath.Join(goldenDir, r.ID, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, name := range cases {
			data, err := os.ReadFile(name)
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
