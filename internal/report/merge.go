package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// group is findings of one file that say the same of several places: the first of them,
// and where else.
type group struct {
	Finding
	others []Finding // the further ones
}

// atLevel are the findings that matter at the level of the run, and what a further level would do,
// a line for each level: "--level strict adds loopback-ports (web, db)".
func (f File) atLevel() (findings []Finding, further []string) {
	var names []string
	services, levels := map[string][]string{}, map[string][]string{}
	for _, x := range f.Findings {
		if !x.Beyond || x.Outcome != transform.HeldBack && x.Outcome != transform.Refused {
			findings = append(findings, x)
			continue
		}
		if x.Outcome == transform.Refused {
			continue
		}
		level := x.Safety.Unlock()
		if !slices.Contains(names, level) {
			names = append(names, level)
		}
		what := x.Rule
		if len(x.About) > 0 {
			what += " for " + strings.Join(x.About, " and ")
		}
		if !slices.Contains(levels[level], what) {
			levels[level] = append(levels[level], what)
		}
		if key := level + what; x.Service != "" && !slices.Contains(services[key], x.Service) {
			services[key] = append(services[key], x.Service)
		}
	}
	slices.Sort(names) // standard is before strict
	for _, level := range names {
		rules := slices.Clone(levels[level])
		for i, rule := range rules {
			if who := services[level+rule]; len(who) > 0 {
				rules[i] += " (" + strings.Join(who, ", ") + ")"
			}
		}
		further = append(further, level+" adds "+strings.Join(rules, ", "))
	}
	return findings, further
}

// merged are the findings of an outcome; those that say the same are told once.
func merged(findings []Finding, outcome transform.Outcome) []group {
	var out []group
	for _, x := range findings {
		if x.Outcome != outcome {
			continue
		}
		i := slices.IndexFunc(out, func(g group) bool { return g.says(x) })
		if i < 0 {
			out = append(out, group{Finding: x})
			continue
		}
		out[i].others = append(out[i].others, x)
	}
	return out
}

// says reports whether another finding differs in its place alone.
func (g group) says(x Finding) bool {
	y := g.Finding
	return x.Rule == y.Rule && x.Message == y.Message && x.Reason == y.Reason && x.Detail == y.Detail && x.Safety == y.Safety &&
		(x.Service == "") == (y.Service == "") && slices.Equal(x.Evidence, y.Evidence)
}

// who names the services, "" in a Dockerfile.
func (g group) who() string {
	names := []string{g.Service}
	for _, x := range g.others {
		if !slices.Contains(names, x.Service) {
			names = append(names, x.Service)
		}
	}
	return strings.Join(names, ", ")
}

// also names the lines of the further places: " (also on lines 16, 20)".
func (g group) also() string {
	var lines []string
	for _, x := range g.others {
		if line := fmt.Sprint(x.Line); x.Line != g.Line && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	switch len(lines) {
	case 0:
		return ""
	case 1:
		return " (also on line " + lines[0] + ")"
	}
	return " (also on lines " + strings.Join(lines, ", ") + ")"
}

// together is the first finding, about all services.
func (g group) together() Finding {
	x := g.Finding
	x.Service = g.who()
	return x
}

// sentence is what was done and where, without codes.
func (g group) sentence() string {
	msg := g.Message
	if who := g.who(); who != "" {
		msg = who + ": " + msg
	}
	if g.Detail != "" {
		msg += ": " + g.Detail
	}
	return msg + g.also()
}
