package service_test

import (
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/golden"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"github.com/bulkhead-dev/bulkhead/transform/service"
)

// TestWithoutKnowledge takes the entries of a case's images away: what rested on them is
// then refused or held back, and nothing is guessed.
func TestWithoutKnowledge(t *testing.T) {
	c := golden.Read(t, goldenDir+"/service-user/apply.txtar", options)
	in := input(t, c, c.Files["before"])
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
		if text := golden.Finding(plan.Before.Files[f.File].Source, f); !strings.Contains(text, want[f.Rule]) {
			t.Errorf("want %q, got %s", want[f.Rule], text)
		}
	}
	if n := len(plan.Findings); n != 6 {
		t.Errorf("%d findings for three services and two rules", n)
	}
}
