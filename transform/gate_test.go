package transform

import (
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

const gateFile = `# syntax=docker/dockerfile:1
FROM debian:12 AS base
ENV A=1
# why
COPY a /a
RUN one && \
    # inside
    two # note
RUN three || four; five
USER root
CMD ["run", "it"]
`

func document(t *testing.T, text string) *dockerfile.Document {
	t.Helper()
	doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// replaceEdit replaces the only occurrence of a text in the file.
func replaceEdit(t *testing.T, text, old, repl string) parser.Edit {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q stands %d times", old, strings.Count(text, old))
	}
	at := strings.Index(text, old)
	return parser.Replace(parser.Span{Start: at, End: at + len(old)}, repl)
}

// proposing makes a rule that proposes one edit of the file.
func proposing(t *testing.T, old, repl string, declares Changes) *Rule {
	return &Rule{ID: "test", Check: func(p *Pass) []Finding {
		text := string(p.Doc.Source.Bytes())
		if !strings.Contains(text, old) {
			return nil
		}
		e := replaceEdit(t, text, old, repl)
		return []Finding{Propose(e.Span, Safe, "test", &Fix{Edits: []parser.Edit{e}, Declares: declares})}
	}}
}

// TestGateRefuses lets rules change what they do not declare.
func TestGateRefuses(t *testing.T) {
	tests := []struct {
		name, old, repl string
		declares        Changes
	}{
		{"comment", "# why\n", "", Changes{}},
		{"comment inside", "    # inside\n", "", Changes{}},
		{"comment of a script", " # note", "", Changes{}},
		{"directive", "# syntax=docker/dockerfile:1\n", "", Changes{}},
		{"base", "debian:12", "debian:13", Changes{}},
		{"stage name", " AS base", "", Changes{}},
		{"env", "A=1", "A=2", Changes{}},
		{"new env", "A=1", "A=1 B=2", Changes{Config: map[string]string{"ENV B": "3"}}},
		{"copy", "COPY a", "COPY b", Changes{}},
		{"copy flag", "COPY a", "COPY --chown=1 a", Changes{Copies: []string{"COPY --chown=2 a /a"}}},
		{"lost command", "one && ", "", Changes{}},
		{"new command", "one && ", "one && six && ", Changes{}},
		{"changed command", "five", "fifth", Changes{Added: []string{"fifth"}}},
		{"operator", "three || four", "three | four", Changes{}},
		{"order", "three || four; five", "five; three || four", Changes{}},
		{"user", "USER root", "USER 1", Changes{}},
		{"other user", "USER root", "USER 1", Changes{Config: map[string]string{"USER": "2"}}},
		{"argv", `"it"`, `"that"`, Changes{}},
		{"lost cmd", `CMD ["run", "it"]`, "", Changes{}},
		{"no longer parses", "COPY a /a", "COPIED a /a", Changes{}},
		{"no longer shell", "three || four", "three || (four", Changes{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := Harden(Input{Document: document(t, gateFile)}, []*Rule{proposing(t, tt.old, tt.repl, tt.declares)})
			if plan.Changed() {
				t.Fatalf("the gate let this through:\n%s", plan.After.Source.Bytes())
			}
			if f := plan.Findings[0]; f.Outcome != Refused || f.Reason != ReasonGate.Code || f.Detail == "" {
				t.Errorf("the finding is %+v", f)
			}
		})
	}
}

// TestGatePasses lets rules change what they declare.
func TestGatePasses(t *testing.T) {
	tests := []struct {
		name, old, repl string
		declares        Changes
	}{
		{"env", "A=1", "A=1 B=2", Changes{Config: map[string]string{"ENV B": "2"}}},
		{"copy flag", "COPY a", "COPY --chown=1 a", Changes{Copies: []string{"COPY --chown=1 a /a"}}},
		{"new command", "one && ", "one && six && ", Changes{Added: []string{"six"}}},
		{"changed command", "five", "fifth", Changes{Added: []string{"fifth"}, Removed: []string{"five"}}},
		{"user", "USER root", "USER 1", Changes{Config: map[string]string{"USER": "1"}}},
		{"new instruction", "USER root\n", "RUN seven && eight\nUSER root\n", Changes{Added: []string{"seven && eight"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := Harden(Input{Document: document(t, gateFile)}, []*Rule{proposing(t, tt.old, tt.repl, tt.declares)})
			if !plan.Changed() {
				t.Fatalf("refused: %s", plan.Findings[0].Detail)
			}
		})
	}
}

// TestBadFixDoesNotStopOthers applies what is right beside what is wrong.
func TestBadFixDoesNotStopOthers(t *testing.T) {
	good := proposing(t, "A=1", "A=1 B=2", Changes{Config: map[string]string{"ENV B": "2"}})
	good.ID = "good"
	bad := proposing(t, "USER root", "USER 1", Changes{})
	plan := Harden(Input{Document: document(t, gateFile)}, []*Rule{bad, good})
	text := string(plan.After.Source.Bytes())
	if !strings.Contains(text, "A=1 B=2") || !strings.Contains(text, "USER root") {
		t.Errorf("the result is\n%s", text)
	}
}

// TestOverlap puts a fix off that wants the bytes of another one.
func TestOverlap(t *testing.T) {
	first := proposing(t, "five", "fifth", Changes{Added: []string{"fifth"}, Removed: []string{"five"}})
	second := &Rule{ID: "second", Check: func(p *Pass) []Finding {
		text := string(p.Doc.Source.Bytes())
		old, repl := "; five", "; five && six"
		if strings.Contains(text, "; fifth\n") {
			old, repl = "; fifth", "; fifth && six"
		} else if strings.Contains(text, "six") {
			return nil
		}
		e := replaceEdit(t, text, old, repl)
		return []Finding{Propose(e.Span, Safe, "second", &Fix{Edits: []parser.Edit{e}, Declares: Changes{Added: []string{"six"}}})}
	}}
	plan := Harden(Input{Document: document(t, gateFile)}, []*Rule{first, second})
	if text := string(plan.After.Source.Bytes()); !strings.Contains(text, "; fifth && six") {
		t.Errorf("the result is\n%s", text)
	}
}

func TestGroupIsAppliedAllOrNone(t *testing.T) {
	one := proposing(t, "A=1", "A=1 B=2", Changes{Config: map[string]string{"ENV B": "2"}})
	two := proposing(t, "USER root", "USER 1", Changes{Config: map[string]string{"USER": "1"}})
	group := func(r *Rule, id string, safety Safety) *Rule {
		check := r.Check
		return &Rule{ID: id, Check: func(p *Pass) []Finding {
			found := check(p)
			for i := range found {
				found[i].Fix.Group, found[i].Safety = "g", safety
			}
			return found
		}}
	}
	rules := []*Rule{group(one, "one", Safe), group(two, "two", Assumed)}
	if plan := Harden(Input{Document: document(t, gateFile), Options: Options{Level: LevelStandard}}, rules); plan.Changed() {
		t.Error("a part of a group was applied although the other part is held back")
	} else if plan.Findings[0].Outcome != HeldBack || plan.Findings[1].Outcome != HeldBack {
		t.Errorf("outcomes %v, %v", plan.Findings[0].Outcome, plan.Findings[1].Outcome)
	}
	if plan := Harden(Input{Document: document(t, gateFile), Options: Options{Level: LevelStrict}}, rules); !plan.Changed() {
		t.Error("the group was not applied")
	}
}
