package report_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// TestControlsOfRules: what a rule names is in the catalogue, by the same title, and a rule
// that decides a control names it.
func TestControlsOfRules(t *testing.T) {
	for _, r := range allRules {
		if len(r.Controls) == 0 {
			t.Errorf("%s names no control", r.ID)
		}
		for _, c := range r.Controls {
			if c.Framework == "Docker documentation" {
				continue
			}
			f, ok := knowledge.LookupFramework(c.Framework)
			if !ok {
				t.Errorf("%s names the framework %s, which is not in controls.yaml", r.ID, c.Framework)
				continue
			}
			if known, ok := f.Control(c.ID); !ok || known.Title != c.Title {
				t.Errorf("%s: %s %s is %q, the catalogue has %q", r.ID, c.Framework, c.ID, c.Title, known.Title)
			}
		}
	}
	for _, f := range knowledge.Frameworks() {
		if len(f.Editions) == 0 || !strings.HasPrefix(f.Edition, f.Editions[0].Name) {
			t.Errorf("%s: the first of the editions is not %s", f.Name, f.Edition)
		}
		for _, e := range f.Editions {
			if e.Source == "" {
				t.Errorf("%s %s: nothing says where it was read", f.Name, e.Name)
			}
			for id, title := range e.Titles {
				if c, ok := f.Control(id); !ok || c.Title == title {
					t.Errorf("%s %s: %s is no control with another title", f.Name, e.Name, id)
				}
			}
		}
		for _, c := range f.Controls {
			for _, d := range c.Decided {
				i := slices.IndexFunc(allRules, func(r *transform.Rule) bool { return r.ID == d.Rule })
				if i < 0 {
					t.Errorf("%s %s is decided by %s, which is no rule", f.Name, c.ID, d.Rule)
				} else if !slices.ContainsFunc(allRules[i].Controls, func(x transform.Control) bool { return x.Framework == f.Name && x.ID == c.ID }) {
					t.Errorf("%s decides %s %s and does not name it", d.Rule, f.Name, c.ID)
				}
			}
		}
	}
}

// assessed is the state of every control of a framework, by target and id.
func assessed(t *testing.T, r report.Report, framework string) (map[string]report.State, report.Assessment) {
	t.Helper()
	f, ok := knowledge.LookupFramework(framework)
	if !ok {
		t.Fatalf("no framework %s", framework)
	}
	a := r.Assess(f)
	out := map[string]report.State{}
	for _, target := range a.Targets {
		for _, c := range target.Controls {
			out[target.Name()+" "+c.ID] = c.State
		}
	}
	return out, a
}

func TestControls(t *testing.T) {
	got, a := assessed(t, app(t, "vite"), "cis")
	for what, want := range map[string]report.State{
		"api/Dockerfile 4.1":           report.Fixed,
		"web/Dockerfile 4.1":           report.CannotBe,
		"api/Dockerfile 4.6":           report.YoursToFix,
		"api/Dockerfile 4.3":           report.NotKnown, // fixed, and still nobody knows
		"docker-compose.yml: api 4.1":  report.Fixed,    // by its Dockerfile
		"docker-compose.yml: web 4.1":  report.CannotBe,
		"docker-compose.yml: web 5.5":  report.Met,
		"docker-compose.yml: web 5.11": report.Fixed,
		"docker-compose.yml: web 5.12": report.Held, // memory and processes alone are limited
		"docker-compose.yml: web 5.14": report.NotKnown,
	} {
		if s, ok := got[what]; !ok || s != want {
			t.Errorf("%s is %v (%v), want %v", what, s, ok, want)
		}
	}
	if len(got) != a.Total() {
		t.Errorf("%d controls, the total is %d", len(got), a.Total())
	}
	sum := 0
	for _, n := range a.Counts {
		sum += n
	}
	if sum != a.Total() || a.Before() != a.Counts[report.Met] || a.After() != a.Before()+a.Counts[report.Fixed] {
		t.Errorf("the numbers do not add up: %v", a.Counts)
	}
}

// TestControlsOfHazards: what is about one namespace leaves the others as they are.
func TestControlsOfHazards(t *testing.T) {
	rule := func(id string) *transform.Rule {
		return allRules[slices.IndexFunc(allRules, func(r *transform.Rule) bool { return r.ID == id })]
	}
	b := report.NewBuilder(report.Options{Rules: []*transform.Rule{rule("host-namespaces"), rule("docker-socket"), rule("non-root-user")}, Ran: func(id string) bool { return id == "host-namespaces" }})
	src := parser.NewSource("compose.yaml", []byte("services:\n  a:\n    pid: host\n"))
	b.Plan(report.Planned{
		Path: "compose.yaml", Compose: true, Services: []string{"a"}, Before: src, After: src,
		Findings: []transform.Finding{{Rule: "host-namespaces", Service: "a", About: []string{"pid"}, Outcome: transform.Yours, Message: "drop pid: host"}},
	})
	got, a := assessed(t, b.Report(), "cis")
	for what, want := range map[string]report.State{
		"compose.yaml: a 5.16": report.YoursToFix, "compose.yaml: a 5.10": report.Met,
		"compose.yaml: a 5.32": report.NotKnown, // the rule did not run
	} {
		if s, ok := got[what]; !ok || s != want {
			t.Errorf("%s is %v (%v), want %v", what, s, ok, want)
		}
	}
	if !slices.ContainsFunc(a.NotJudged, func(c knowledge.Control) bool { return c.ID == "5.13" }) {
		t.Error("5.13 is not among those that no rule judges")
	}
}

// TestControlsOfVariables: what hangs on a variable without a default is unknown, whatever rules
// are silent about, and never counted as met.
func TestControlsOfVariables(t *testing.T) {
	const text = `services:
  a:
    image: redis:7
    network_mode: ${A}
    pid: ${B}
    ipc: ${C}
    uts: ${D}
    userns_mode: ${E}
    privileged: ${G}
    security_opt: ["${H}"]
    cap_add: ["${I}"]
    volumes: ["${J}:/data"]
  plain:
    image: redis:7
    pid: ${B:-service:a}
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := hardened(t, dir)
	for _, f := range knowledge.Frameworks() {
		got, _ := assessed(t, r, f.Short)
		for _, c := range f.Controls {
			for _, d := range c.Decided {
				if !d.Silence {
					continue
				}
				if len(d.Keys) == 0 {
					t.Errorf("%s %s: %s is content when it is silent, and nothing says what it looks at", f.Name, c.ID, d.Rule)
				}
				if s := got["compose.yaml: a "+c.ID]; s == report.Met || s == report.Fixed {
					t.Errorf("%s %s is %v, though a variable decides", f.Name, c.ID, s)
				}
			}
		}
	}
	if got, _ := assessed(t, r, "cis"); got["compose.yaml: plain 5.16"] != report.Met || got["compose.yaml: plain 5.10"] != report.Met {
		t.Error("a default decides nothing")
	}
}

// TestControlsAddUp: over everything at hand, each control of each target is in exactly one state, and what
// is unknown is neither met before nor after.
func TestControlsAddUp(t *testing.T) {
	r := hardened(t, filepath.Join("..", "..", "fixtures", "apps"))
	for _, f := range knowledge.Frameworks() {
		got, a := assessed(t, r, f.Short)
		sum, met, fixed := 0, 0, 0
		for _, n := range a.Counts {
			sum += n
		}
		for _, s := range got {
			switch s {
			case report.Met:
				met++
			case report.Fixed:
				fixed++
			}
		}
		if sum != len(got) || a.Total() != len(got) || a.Before() != met || a.After() != met+fixed || met+fixed+a.Counts[report.NotKnown] > sum {
			t.Errorf("%s: %d controls, %v, %d met before, %d after", f.Name, len(got), a.Counts, a.Before(), a.After())
		}
		judged := map[string]bool{}
		for _, target := range a.Targets {
			for _, c := range target.Controls {
				judged[c.ID] = true
				if c.Partial && (c.State == report.Met || c.State == report.Fixed) {
					t.Errorf("%s: %s %s is %v, and the rules cannot tell", target.Name(), f.Name, c.ID, c.State)
				}
			}
		}
		if n := len(judged) + len(a.NotJudged); n != len(f.Controls) {
			t.Errorf("%s: %d controls are judged and %d are not, of %d", f.Name, len(judged), len(a.NotJudged), len(f.Controls))
		}
	}
}

func TestControlsText(t *testing.T) {
	r := app(t, "vite")
	r.Frameworks = []string{"cis", "nist"}
	got := render(t, r, report.Controls{})
	for _, want := range []string{
		"CIS Docker Benchmark (", "\ndocker-compose.yml: web\n",
		"  5.26  not met → met      fixed by us  Ensure that the container is restricted from acquiring additional privileges [no-new-privileges]\n",
		" met before, ", "\nNIST SP 800-190 (", "not judged, for no rule decides them or they are about the host: ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
