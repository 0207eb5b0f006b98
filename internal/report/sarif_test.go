package report_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// sarifSchema is the schema of OASIS. It may not be part of this project; the source of the
// library that the tests use holds it.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "pkg", "report", "v210", "sarif", "schema.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(source), "const schema = `")
	text, _, _ = strings.Cut(text, "`")
	const name = "sarif-schema-2.1.0.json"
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, decoded(t, text)); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestSARIFValidates holds logs against the schema, and against the model of the library,
// which knows every property: none of ours is lost in it.
func TestSARIFValidates(t *testing.T) {
	schema := sarifSchema(t)
	for name, r := range map[string]report.Report{
		"sample": sample(t).Report(), "empty": report.NewBuilder(report.Options{}).Report(),
		"django": app(t, "django"), "vite": app(t, "vite"),
	} {
		text := render(t, r, report.SARIF{})
		if err := schema.Validate(decoded(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if schema.Validate(decoded(t, strings.Replace(text, `"driver"`, `"drivers"`, 1))) == nil {
			t.Errorf("%s: the schema takes anything", name)
		}
		log, err := sarif.FromString(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := json.Marshal(log)
		if err != nil {
			t.Fatal(err)
		}
		if lost := missing(decoded(t, text), decoded(t, string(again)), "$"); lost != "" {
			t.Errorf("%s: SARIF has no %s", name, lost)
		}
	}
}

// missing names the first value of a document that another one has not.
func missing(a, b any, at string) string {
	switch a := a.(type) {
	case map[string]any:
		other, _ := b.(map[string]any)
		for key, v := range a {
			if w, ok := other[key]; !ok && !reflect.ValueOf(v).IsZero() {
				return at + "." + key
			} else if ok {
				if lost := missing(v, w, at+"."+key); lost != "" {
					return lost
				}
			}
		}
	case []any:
		other, _ := b.([]any)
		if len(a) != len(other) {
			return at
		}
		for i := range a {
			if lost := missing(a[i], other[i], at+"[]"); lost != "" {
				return lost
			}
		}
	}
	return ""
}

// log is as much of a SARIF log as the tests look at.
type log struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct{ ID, HelpURI string }
			}
		}
		Results []struct {
			RuleID              string
			RuleIndex           int
			Level               string
			PartialFingerprints map[string]string
			Properties          map[string]string
			Locations           []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI, URIBaseID string }
				}
			}
			Fixes []struct {
				ArtifactChanges []struct {
					ArtifactLocation struct{ URI string }
					Replacements     []struct {
						DeletedRegion   struct{ StartLine, StartColumn, EndLine, EndColumn int }
						InsertedContent struct{ Text string }
					}
				}
			}
		}
	}
}

func readLog(t *testing.T, r report.Report) log {
	t.Helper()
	var out log
	if err := json.Unmarshal([]byte(render(t, r, report.SARIF{})), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSARIFIngestion holds what GitHub asks for beyond the schema.
func TestSARIFIngestion(t *testing.T) {
	r := app(t, "django")
	r.Prefix = "services/a b/"
	run := readLog(t, r).Runs[0]
	if len(run.Results) == 0 {
		t.Fatal("no results")
	}
	seen := map[string]bool{}
	for _, x := range run.Results {
		if run.Tool.Driver.Rules[x.RuleIndex].ID != x.RuleID {
			t.Errorf("%s has the index of %s", x.RuleID, run.Tool.Driver.Rules[x.RuleIndex].ID)
		}
		at := x.Locations[0].PhysicalLocation.ArtifactLocation
		if !strings.HasPrefix(at.URI, "services/a%20b/") || at.URIBaseID != "%SRCROOT%" {
			t.Errorf("%s is at %+v", x.RuleID, at)
		}
		print1 := x.PartialFingerprints["primaryLocationLineHash"]
		if print1 == "" || seen[print1] {
			t.Errorf("%s has the fingerprint %q, which others have", x.RuleID, print1)
		}
		seen[print1] = true
		if o := x.Properties["outcome"]; o == "already" || o == "ignored" {
			t.Errorf("%s is a result, though it is %s", x.RuleID, o)
		}
	}
	for _, rule := range run.Tool.Driver.Rules {
		if !strings.HasSuffix(rule.HelpURI, "/docs/rules/"+rule.ID+".md") {
			t.Errorf("%s is explained at %s", rule.ID, rule.HelpURI)
		}
	}
}

// TestSARIFFixes does what a fix says to the original, and gets the result.
func TestSARIFFixes(t *testing.T) {
	r := app(t, "django")
	want := map[string]report.Change{}
	for _, f := range r.Files {
		for _, c := range f.Changes {
			want[c.Path] = c
		}
	}
	fixed := map[string]bool{}
	for _, x := range readLog(t, r).Runs[0].Results {
		if (len(x.Fixes) > 0) != (x.Properties["outcome"] == "applied") {
			t.Errorf("%s is %s and has %d fixes", x.RuleID, x.Properties["outcome"], len(x.Fixes))
		}
		for _, fix := range x.Fixes {
			for _, c := range fix.ArtifactChanges {
				lines := strings.SplitAfter(string(want[c.ArtifactLocation.URI].Before), "\n")
				for i := len(c.Replacements) - 1; i >= 0; i-- {
					at := c.Replacements[i].DeletedRegion
					if at.StartColumn != 1 || at.EndColumn != 1 {
						t.Fatalf("not whole lines: %+v", at)
					}
					lines = append(lines[:at.StartLine-1:at.StartLine-1], append([]string{c.Replacements[i].InsertedContent.Text}, lines[at.EndLine-1:]...)...)
				}
				if got := strings.Join(lines, ""); got != string(want[c.ArtifactLocation.URI].After) {
					t.Errorf("%s becomes\n%s", c.ArtifactLocation.URI, got)
				}
				fixed[c.ArtifactLocation.URI] = true
			}
		}
	}
	if len(fixed) != 2 {
		t.Errorf("fixes of %v", fixed)
	}
}

// TestSARIFWritten: what was written is no result any more.
func TestSARIFWritten(t *testing.T) {
	b := sample(t)
	b.Written()
	for _, x := range readLog(t, b.Report()).Runs[0].Results {
		if x.Properties["outcome"] == "applied" || len(x.Fixes) > 0 {
			t.Errorf("%s is still a result", x.RuleID)
		}
	}
}

// TestSARIFVersion: a version is one that tools can compare, or is left out.
func TestSARIFVersion(t *testing.T) {
	for version, want := range map[string]string{"v1.2.3": `"version": "1.2.3",`, "(devel)": "", "": ""} {
		got := render(t, report.NewBuilder(report.Options{Version: version}).Report(), report.SARIF{})
		if want != "" && !strings.Contains(got, want) || want == "" && strings.Count(got, `"version"`) != 1 {
			t.Errorf("%q: %s", version, got)
		}
	}
}
