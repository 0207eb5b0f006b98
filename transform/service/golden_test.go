package service_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/golden"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/service"
	"gopkg.in/yaml.v3"
)

const goldenDir = "../../fixtures/rules"

// options are those of a case: besides the usual ones, comments (no), limits (a YAML
// mapping of services), networks (two), secrets (env) and pin (yes).
var options = []string{"level", "rules", "comments", "limits", "networks", "secrets", "pin"}

// TestGolden: before is compose.yaml; override is compose.override.yaml, read on top of it, further
// a file that lies on top of it in a further composition, beside a project of its own in the same
// directory, joined the file that uses the default network of the project, observed a YAML list of
// observations. The context has Dockerfiles and what is built with them.
func TestGolden(t *testing.T) { golden.Run(t, goldenDir, service.Rules(), options, harden) }

// input reads a text as the case says.
func input(t *testing.T, c *golden.Case, text string) transform.ProjectInput {
	t.Helper()
	var docs []*compose.Document
	for _, f := range []struct{ name, text string }{{"compose.yaml", text}, {"compose.override.yaml", c.Files["override"]}} {
		if f.text == "" {
			continue
		}
		doc, err := compose.Parse(parser.NewSource(f.name, []byte(f.text)))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	project, err := compose.Load(docs, func(name string) ([]byte, error) { return fs.ReadFile(c.Context, name) })
	if err != nil {
		t.Fatal(err)
	}
	opts := transform.Options{Level: c.Level(t), User: transform.DefaultUser, SecretsToEnv: c.Option(t, "secrets") == "env", NoComments: c.Option(t, "comments") == "no", IgnoredService: ignoredForTest}
	if err := yaml.Unmarshal([]byte(c.Option(t, "limits")), &opts.Limits); err != nil {
		t.Fatal(err)
	}
	if c.Option(t, "pin") == "yes" {
		opts.Digest = golden.Digest
	}
	if name := c.Option(t, "networks"); name != "" {
		var err error
		if opts.Networks, err = transform.ParseNetworks(name); err != nil {
			t.Fatal(err)
		}
	}
	imageOptions := opts
	opts.Enabled = c.Enabled(t)
	in := transform.ProjectInput{Project: project, Files: c.Context, Options: opts, Image: imageOf(c, imageOptions)}
	if further := c.Files["further"]; further != "" {
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
	if beside := c.Files["beside"]; beside != "" {
		doc, err := compose.Parse(parser.NewSource("compose.beside.yaml", []byte(beside)))
		if err != nil {
			t.Fatal(err)
		}
		other, err := compose.Load([]*compose.Document{doc}, nil)
		if err != nil {
			t.Fatal(err)
		}
		in.Beside = []*compose.Project{other}
	}
	in.Joined = func() string { return strings.TrimSpace(c.Files["joined"]) }
	if err := yaml.Unmarshal([]byte(c.Files["observed"]), &in.Observations); err != nil {
		t.Fatal(err)
	}
	return in
}

// image hardens the Dockerfile of a service by all rules and gives the facts of the result.
func imageOf(c *golden.Case, opts transform.Options) func(*compose.Service) *transform.ImageFacts {
	return func(s *compose.Service) *transform.ImageFacts {
		b := s.Build()
		if b == nil || b.Inline {
			return nil
		}
		name := path.Join(b.Context, b.Dockerfile)
		text, err := fs.ReadFile(c.Context, name)
		if err != nil {
			return nil
		}
		doc, err := dockerfile.Parse(parser.NewSource(name, text))
		if err != nil {
			return nil
		}
		files, err := fs.Sub(c.Context, path.Clean(b.Context))
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

// harden hardens the case and checks what must hold for every one.
func harden(t *testing.T, c *golden.Case) golden.Outcome {
	t.Helper()
	plan := transform.HardenProject(input(t, c, c.Files["before"]), service.Rules())
	o := golden.Outcome{After: string(plan.After.Files[0].Source.Bytes()), Files: plan.Files()}
	for _, f := range plan.Findings {
		src := plan.Before.Files[f.File].Source
		if f.Rule == "" || f.Message == "" || f.Service == "" || f.Span.End > src.Len() {
			t.Errorf("a finding lacks its rule, its message, its service or its place: %+v", f)
		}
		o.Findings += golden.Finding(src, f)
		if f.Outcome == transform.Refused {
			golden.CheckReason(t, f, service.Rules())
		}
	}
	for line := range strings.Lines(c.Files["before"]) {
		if at := strings.Index(line, "#"); at >= 0 && !strings.Contains(o.After, strings.TrimRight(line[at:], "\r\n")) {
			t.Errorf("comment lost: %s", line[at:])
		}
	}
	if second := transform.HardenProject(input(t, c.With(o.Files), o.After), service.Rules()); second.Changed() || len(second.Files()) > 0 {
		t.Errorf("a second run changes the result:\n%s\nto\n%s\nwith %v", o.After, second.After.Files[0].Source.Bytes(), second.Files())
	}
	return o
}

// TestEveryReasonOccurs: no documented refusal without a case.
func TestEveryReasonOccurs(t *testing.T) { golden.EveryReasonOccurs(t, goldenDir, service.Rules()) }
