package report_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// reportSchema is docs/report.schema.json.
func reportSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join("..", "..", "docs", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestJSONSchema holds reports with everything in them, and an empty one, against the schema.
func TestJSONSchema(t *testing.T) {
	schema := reportSchema(t)
	controls := app(t, "vite")
	controls.Frameworks = []string{"cis", "nist"}
	for name, r := range map[string]report.Report{
		"sample": sample(t).Report(), "empty": report.NewBuilder(report.Options{}).Report(),
		"django": app(t, "django"), "vite with controls": controls, "graph": networked(),
	} {
		if err := schema.Validate(decoded(t, render(t, r, report.JSON{}))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestJSONSchemaIsStrict: a document that is none of ours is refused.
func TestJSONSchemaIsStrict(t *testing.T) {
	schema := reportSchema(t)
	good := render(t, sample(t).Report(), report.JSON{})
	for _, change := range [][2]string{
		{`"version": 1`, `"version": 2`}, {`"outcome": "held-back"`, `"outcome": "held back"`},
		{`"line": 2`, `"line": 0`}, {`"written": false`, `"wrote": false`}, {`"fingerprint": "`, `"fingerprint": "x`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Errorf("the report has no %s", change[0])
		} else if schema.Validate(decoded(t, bad)) == nil {
			t.Errorf("%s passes", change[1])
		}
	}
}

// TestSchemaIsWhole: the schema describes every property that the report has.
func TestSchemaIsWhole(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(render(t, sample(t).Report(), report.JSON{})), &doc); err != nil {
		t.Fatal(err)
	}
	for key := range doc {
		if !strings.Contains(string(text), `"`+key+`": {`) {
			t.Errorf("the schema lacks %q", key)
		}
	}
}

func TestJSON(t *testing.T) {
	got := render(t, app(t, "django"), report.JSON{})
	for _, want := range []string{
		`"path": "docker-compose.yml"`, `"kind": "compose"`, `"service": "db"`, `"unlock": "--level strict"`, `"safety": "guarded"`,
		`"framework": "CIS Docker Benchmark"`, `"undo": "`, `"diff": "--- a/Dockerfile\n+++ b/Dockerfile\n`, `"outcome": "already"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %s", want)
		}
	}
}
