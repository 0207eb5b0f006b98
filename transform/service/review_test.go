package service_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/service"
)

// load reads files as one project.
func load(t *testing.T, files ...[2]string) *compose.Project {
	t.Helper()
	var docs []*compose.Document
	for _, f := range files {
		doc, err := compose.Parse(parser.NewSource(f[0], []byte(f[1])))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	p, err := compose.Load(docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestOtherCompositions: what only another composition does is said at the service, with the
// file and the line; what both do is said once.
func TestOtherCompositions(t *testing.T) {
	base := [2]string{"compose.yaml", "services:\n  app:\n    image: example/app:1.2\n    pid: host\n"}
	prod := [2]string{"compose.prod.yaml", "services:\n  app:\n    privileged: true\n    volumes:\n      - /etc:/etc\n"}
	in := transform.ProjectInput{Project: load(t, base), Others: []*compose.Project{load(t, base, prod)}, Options: transform.Options{Level: transform.LevelStandard}}
	got := map[string][]string{}
	for _, f := range transform.HardenProject(in, service.Rules()).Findings {
		if f.Outcome == transform.Yours {
			got[f.Rule] = append(got[f.Rule], in.Project.Files[f.File].Source.Position(f.Span.Start).String()+" "+f.Message)
		}
	}
	for rule, want := range map[string][2]string{
		"privileged":       {"2:3 ", "(compose.prod.yaml:3)"},
		"sensitive-mounts": {"2:3 ", "(compose.prod.yaml:5)"},
		"host-namespaces":  {"4:5 ", "one other service"},
	} {
		if len(got[rule]) != 1 || !strings.HasPrefix(got[rule][0], want[0]) || !strings.HasSuffix(got[rule][0], want[1]) {
			t.Errorf("%s says %q, want one finding from %q to %q", rule, got[rule], want[0], want[1])
		}
	}
}
