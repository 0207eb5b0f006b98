package service_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"github.com/bulkhead-dev/bulkhead/transform/service"
	"golang.org/x/tools/txtar"
)

// TestWithoutKnowledge takes the entries of a case's images away: what rested on them is
// then refused or held back, and nothing is guessed.
func TestWithoutKnowledge(t *testing.T) {
	a, err := txtar.ParseFile(goldenDir + "/service-user/apply.txtar")
	if err != nil {
		t.Fatal(err)
	}
	g := newGolden(a, "service-user")
	in := g.input(t, g.files["before"])
	if !transform.HardenProject(in, service.Rules()).Changed() {
		t.Fatal("with its entries the case must change")
	}
	in.Options.Service = func(string) *knowledge.Service { return nil }
	plan := transform.HardenProject(in, service.Rules())
	if plan.Changed() {
		t.Errorf("without knowledge the file changes:\n%s", plan.After.Files[0].Source.Bytes())
	}
	want := map[string]string{
		"service-user":      "refused (unknown-image)",
		"drop-capabilities": "held back (--level strict)",
	}
	for _, f := range plan.Findings {
		if text := formatFinding(plan.Before.Files[f.File].Source, f); !strings.Contains(text, want[f.Rule]) {
			t.Errorf("want %q, got %s", want[f.Rule], text)
		}
	}
	if n := len(plan.Findings); n != 6 {
		t.Errorf("%d findings for three services and two rules", n)
	}
}
