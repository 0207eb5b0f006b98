package report

import (
	"slices"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// State is how a file or a service stands to a control.
type State int

// The states, from the best to the worst. Of several rules that decide a control, the worst counts.
const (
	Met        State = iota // before and after
	Fixed                   // by this run
	NotKnown                // no rule can tell
	Silenced                // somebody asked for silence about it
	Held                    // waits for another level
	CannotBe                // refused
	YoursToFix              // only a person can do it
	states                  // their number
)

func (s State) String() string {
	return [...]string{"met", "fixed by us", "unknown", "ignored", "held back", "refused", "yours"}[s]
}

// Assessed is a control and how a target stands to it.
type Assessed struct {
	knowledge.Control
	State State
	Rules []string // that decided it, those of the state alone
}

// Target is a Dockerfile, or a service of a compose file.
type Target struct {
	Path, Service string
	Controls      []Assessed
}

// Name is the target as people know it.
func (t Target) Name() string {
	if t.Service == "" {
		return t.Path
	}
	return t.Path + ": " + t.Service
}

// Assessment is how all targets of a report stand to a framework.
type Assessment struct {
	Framework knowledge.Framework
	Targets   []Target
	Counts    [states]int // of controls, over all targets
	// NotJudged are the controls that no rule decides.
	NotJudged []knowledge.Control
}

// Total is the number of controls, over all targets.
func (a Assessment) Total() int {
	n := 0
	for _, c := range a.Counts {
		n += c
	}
	return n
}

// Before and After are the numbers of controls that are met.
func (a Assessment) Before() int { return a.Counts[Met] }

// After is Before and what this run fixed.
func (a Assessment) After() int { return a.Counts[Met] + a.Counts[Fixed] }

// Assess says how each Dockerfile and each service stands to the controls of a framework.
// Controls that no rule decides for a target are not among them.
func (r Report) Assess(f knowledge.Framework) Assessment {
	out := Assessment{Framework: f}
	for _, c := range f.Controls {
		if len(r.deciders(c, "image")) == 0 && len(r.deciders(c, "service")) == 0 {
			out.NotJudged = append(out.NotJudged, c)
		}
	}
	add := func(t Target, of string, about subject) {
		for _, c := range f.Controls {
			if ds := r.deciders(c, of); len(ds) > 0 {
				a := r.assess(c, ds, about)
				out.Counts[a.State]++
				t.Controls = append(t.Controls, a)
			}
		}
		out.Targets = append(out.Targets, t)
	}
	for _, file := range r.Files {
		switch {
		case file.Err != "":
		case !file.Compose:
			add(Target{Path: file.Path}, "image", subject{findings: file.Findings})
		default:
			for _, name := range file.Services {
				own := slices.DeleteFunc(slices.Clone(file.Findings), func(x Finding) bool { return x.Service != name })
				add(Target{Path: file.Path, Service: name}, "service", subject{own, r.findingsOf(file.Builds[name]), file.Unclear[name]})
			}
		}
	}
	return out
}

// deciders are the rules that decide a control for images or services.
func (r Report) deciders(c knowledge.Control, of string) []knowledge.Decider {
	if !c.Is(of) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Decided), func(d knowledge.Decider) bool {
		rule := r.Rule(d.Rule)
		return rule == nil || (rule.CheckService != nil) != (of == "service")
	})
}

// findingsOf are those about a file.
func (r Report) findingsOf(file string) []Finding {
	if i := slices.IndexFunc(r.Files, func(f File) bool { return f.Path == file }); i >= 0 {
		return r.Files[i].Findings
	}
	return nil
}

// subject is what is known of a Dockerfile or a service.
type subject struct {
	findings []Finding
	image    []Finding // about the Dockerfile of a service: what was fixed there was not met before
	unclear  []string  // keys of the service of which nobody knows what they say: silence about them means nothing
}

// assess lets the rules decide a control: the worst state of all counts.
func (r Report) assess(c knowledge.Control, deciders []knowledge.Decider, about subject) Assessed {
	out := Assessed{Control: c}
	take := func(s State, rule string) {
		if s > out.State {
			out.State, out.Rules = s, nil
		}
		if s == out.State && !slices.Contains(out.Rules, rule) {
			out.Rules = append(out.Rules, rule)
		}
	}
	for _, d := range deciders {
		spoke := false
		for _, x := range about.findings {
			if x.Rule == d.Rule && x.about(d.About) {
				spoke = true
				s := state(x.Outcome)
				if s == Met && slices.ContainsFunc(about.image, func(y Finding) bool { return y.Rule == d.Image && y.Outcome == transform.Applied }) {
					s = Fixed
				}
				take(s, d.Rule)
			}
		}
		switch {
		case spoke && !d.Silence:
		case d.Silence && slices.ContainsFunc(d.Keys, func(key string) bool { return slices.Contains(about.unclear, key) }):
			take(NotKnown, d.Rule)
		case spoke:
		case d.Silence && r.ran(d.Rule):
			take(Met, d.Rule)
		default:
			take(NotKnown, d.Rule)
		}
	}
	if c.Partial && out.State < NotKnown {
		out.State = NotKnown
	}
	return out
}

// about reports whether a finding is about one of some things.
func (x Finding) about(things []string) bool {
	return len(things) == 0 || len(x.About) == 0 || slices.ContainsFunc(x.About, func(a string) bool { return slices.Contains(things, a) })
}

func state(o transform.Outcome) State {
	switch o {
	case transform.Already:
		return Met
	case transform.Applied:
		return Fixed
	case transform.Ignored:
		return Silenced
	case transform.HeldBack:
		return Held
	case transform.Refused:
		return CannotBe
	case transform.Yours:
		return YoursToFix
	}
	return NotKnown
}

// assessments are those of the frameworks that were asked for.
func (r Report) assessments() []Assessment {
	var out []Assessment
	for _, name := range r.Frameworks {
		if f, ok := knowledge.LookupFramework(name); ok {
			out = append(out, r.Assess(f))
		}
	}
	return out
}
