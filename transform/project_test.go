package transform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

func project(t *testing.T, texts ...string) *compose.Project {
	t.Helper()
	var docs []*compose.Document
	for i, text := range texts {
		d, err := compose.Parse(parser.NewSource(fmt.Sprintf("compose%d.yaml", i), []byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	p, err := compose.Load(docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// dropAll proposes cap_drop for every service but those of the image "none", and
// cap_add for "root".
var dropAll = &Rule{ID: "drop", CheckService: func(p *ServicePass) []Finding {
	at := p.Service.Span("cap_drop")
	switch {
	case p.Service.Has("cap_drop"):
		return []Finding{p.Done(at, "dropped")}
	case p.Service.Image() == "none":
		return nil
	}
	changes := []compose.Change{{Path: []string{"cap_drop"}, Items: compose.Items("ALL")}}
	if p.Service.Image() == "root" {
		changes = append(changes, compose.Change{Path: []string{"cap_add"}, Items: compose.Items("CHOWN")})
	}
	return []Finding{p.Propose(at, Guarded, "drop", changes...)}
}}

// user and memory write into the same new mapping.
var (
	memory = &Rule{ID: "memory", CheckService: limit("memory", "1G")}
	pids   = &Rule{ID: "pids", CheckService: limit("pids", "9")}
)

func limit(key, value string) func(*ServicePass) []Finding {
	return func(p *ServicePass) []Finding {
		if p.Service.Has("deploy", "resources", "limits", key) {
			return nil
		}
		return []Finding{p.Propose(p.Service.Span(), Guarded, key, compose.Change{Path: []string{"deploy", "resources", "limits"}, Pairs: []compose.Pair{{Key: key, Value: value}}})}
	}
}

// liar declares something else than it writes.
var liar = &Rule{ID: "liar", CheckService: func(p *ServicePass) []Finding {
	if p.Service.Text("user") == "you" {
		return nil
	}
	return []Finding{p.Propose(p.Service.Span("user"), Guarded, "lie", compose.Change{Path: []string{"user"}, Word: "you", Means: []compose.Meaning{{Path: []string{"user"}, Value: "they"}}})}
}}

// rename replaces one user.
var rename = &Rule{ID: "rename", CheckService: func(p *ServicePass) []Finding {
	if p.Service.Text("user") != "me" {
		return nil
	}
	return []Finding{p.Propose(p.Service.Span("user"), Guarded, "rename", compose.Change{Path: []string{"user"}, Word: "they"})}
}}

func outcomes(p *ProjectPlan) string {
	var out []string
	for _, f := range p.Findings {
		out = append(out, fmt.Sprintf("%s/%s:%s(%s)", f.Service, f.Rule, f.Outcome, f.Reason))
	}
	return strings.Join(out, " ")
}

func TestHardenProject(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		rules []*Rule
		level Level
		want  string
		has   string // part of the result
	}{
		"applied":          {"services:\n  a:\n    image: x\n", []*Rule{dropAll}, LevelStandard, "a/drop:applied()", "    cap_drop:\n      - ALL\n"},
		"held back":        {"services:\n  a:\n    image: x\n", []*Rule{dropAll}, LevelSafe, "a/drop:held back()", "image: x\n"},
		"same new mapping": {"services:\n  a:\n    image: x\n", []*Rule{memory, pids}, LevelStandard, "a/memory:applied() a/pids:applied()", "          memory: 1G\n          pids: 9\n"},
		"undeclared":       {"services:\n  a:\n    image: x\n    user: me\n", []*Rule{liar, dropAll}, LevelStandard, "a/drop:applied() a/liar:refused(gate)", "user: me\n    cap_drop"},
		"anchor, same":     {"services:\n  a: &a\n    image: x\n  b:\n    <<: *a\n    user: z\n", []*Rule{dropAll}, LevelStandard, "a/drop:applied() b/drop:applied()", "    image: x\n    cap_drop:\n      - ALL\n  b:\n    <<: *a\n    user: z\n"},
		"anchor, other":    {"services:\n  a: &a\n    image: x\n  b:\n    <<: *a\n    image: root\n", []*Rule{dropAll}, LevelStandard, "a/drop:applied() b/drop:applied()", "image: x\n    cap_drop:\n      - ALL\n  b:"},
		"anchor, more":     {"services:\n  a: &a\n    image: root\n  b:\n    <<: *a\n    image: x\n", []*Rule{dropAll}, LevelStandard, "a/drop:refused(shared-setting) b/drop:applied()", "image: root\n  b:"},
		"anchor, none":     {"services:\n  a: &a\n    image: x\n  b:\n    <<: *a\n    image: none\n", []*Rule{dropAll}, LevelStandard, "a/drop:refused(shared-setting)", "image: x\n  b:"},
		"extends, same":    {"services:\n  a:\n    image: x\n  b:\n    extends: a\n    user: z\n  c:\n    extends: {service: b}\n", []*Rule{dropAll}, LevelStandard, "a/drop:applied() b/drop:applied() c/drop:applied()", "    image: x\n    cap_drop:\n      - ALL\n  b:\n    extends: a\n    user: z\n  c:\n    extends: {service: b}\n"},
		"extends, other":   {"services:\n  a:\n    image: x\n  b:\n    extends: a\n    image: root\n", []*Rule{dropAll}, LevelStandard, "a/drop:applied() b/drop:applied()", "    image: x\n    cap_drop:\n      - ALL\n  b:\n    extends: a\n    image: root\n    cap_add:\n      - CHOWN\n"},
		"extends, more":    {"services:\n  a:\n    image: root\n  b:\n    extends: a\n    image: x\n", []*Rule{dropAll}, LevelStandard, "a/drop:refused(shared-setting) b/drop:applied()", "image: x\n    cap_drop:\n      - ALL\n"},
		"extends, none":    {"services:\n  a:\n    image: x\n  b:\n    extends: a\n    image: none\n", []*Rule{dropAll}, LevelStandard, "a/drop:refused(shared-setting)", "image: x\n  b:"},
		"extends, scalar":  {"services:\n  a:\n    image: x\n    user: me\n  b:\n    extends: a\n    user: you\n", []*Rule{rename}, LevelStandard, "a/rename:applied()", "user: they\n  b:"},
		"alias":            {"services:\n  a: &a\n    image: x\n  b: *a\n", []*Rule{dropAll}, LevelStandard, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			plan := HardenProject(ProjectInput{Project: project(t, c.text), Options: Options{Level: c.level}}, c.rules)
			got := string(plan.After.Files[0].Source.Bytes())
			if c.want != "" && outcomes(plan) != c.want || !strings.Contains(got, c.has) {
				t.Errorf("%s\n%s", outcomes(plan), got)
			}
			again := HardenProject(ProjectInput{Project: plan.After, Options: Options{Level: c.level}}, c.rules)
			if again.Changed() {
				t.Errorf("a second run changes\n%s", again.After.Files[0].Source.Bytes())
			}
		})
	}
}

func TestHardenProjectEdits(t *testing.T) {
	p := project(t, "services:\n  a:\n    image: x\n", "services:\n  b:\n    image: y\n")
	plan := HardenProject(ProjectInput{Project: p, Options: Options{Level: LevelStandard}, Edits: func(i int) bool { return i == 1 }}, []*Rule{dropAll})
	if got := outcomes(plan); got != "b/drop:applied()" || plan.After.Files[0] != p.Files[0] {
		t.Errorf("%s", got)
	}
}
