package report

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// JSONVersion is that of the JSON report. It grows when something that readers may rest
// on is taken away or means something else; new properties alone leave it.
const JSONVersion = 1

// schemaURL is where docs/report.schema.json is found.
const schemaURL = "https://raw.githubusercontent.com/bulkhead-dev/bulkhead/main/docs/report.schema.json"

// JSON is the report for programs, as docs/report.schema.json describes it.
type JSON struct{}

type jsonReport struct {
	Schema       string          `json:"$schema"`
	Version      int             `json:"version"`
	Tool         jsonTool        `json:"tool"`
	Written      bool            `json:"written"`
	Summary      jsonSummary     `json:"summary"`
	BeforeDeploy []jsonDeploy    `json:"beforeDeploy"`
	Files        []jsonFile      `json:"files"`
	Controls     []jsonFramework `json:"controls,omitempty"`
	Skipped      []jsonSkip      `json:"skipped"`
	Errors       []string        `json:"errors"`
}

type jsonFramework struct {
	Framework string         `json:"framework"`
	Edition   string         `json:"edition"`
	Total     int            `json:"total"`
	Before    int            `json:"before"`
	After     int            `json:"after"`
	States    map[string]int `json:"states"`
	Targets   []jsonTarget   `json:"targets"`
}

type jsonTarget struct {
	Path     string         `json:"path"`
	Service  string         `json:"service,omitempty"`
	Controls []jsonAssessed `json:"controls"`
}

type jsonAssessed struct {
	ID    string   `json:"id"`
	Title string   `json:"title"`
	State string   `json:"state"`
	Rules []string `json:"rules"`
}

type jsonTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type jsonSummary struct {
	Files    int            `json:"files"`
	Changed  int            `json:"changed"`
	Outcomes map[string]int `json:"outcomes"`
	HeldBack map[string]int `json:"heldBack"`
	Skipped  map[string]int `json:"skipped"`
	Warnings int            `json:"warnings"`
	Errors   int            `json:"errors"`
}

type jsonFile struct {
	Path     string        `json:"path"`
	Kind     string        `json:"kind,omitempty"`
	Changed  bool          `json:"changed"`
	Error    string        `json:"error,omitempty"`
	Warnings []string      `json:"warnings"`
	Findings []jsonFinding `json:"findings"`
	Graphs   []jsonGraph   `json:"graphs,omitempty"`
	Diff     string        `json:"diff,omitempty"`
}

type jsonGraph struct {
	Outcome  string        `json:"outcome"`
	Networks []jsonNetwork `json:"networks"`
	Services []jsonNode    `json:"services"`
	Edges    []jsonEdge    `json:"edges"`
}

type jsonNetwork struct {
	Name     string `json:"name"`
	Internal bool   `json:"internal"`
}

type jsonNode struct {
	Service  string   `json:"service"`
	Role     string   `json:"role"`
	Networks []string `json:"networks"`
	Open     string   `json:"open,omitempty"`
}

type jsonEdge struct {
	From     string   `json:"from"`
	To       string   `json:"to"`
	Certain  bool     `json:"certain"`
	Evidence []string `json:"evidence"`
}

func jsonGraphOf(g Graph) jsonGraph {
	out := jsonGraph{Outcome: code(g.Outcome), Networks: []jsonNetwork{}, Services: []jsonNode{}, Edges: []jsonEdge{}}
	for _, n := range g.Networks {
		out.Networks = append(out.Networks, jsonNetwork(n))
	}
	for _, n := range g.Nodes {
		out.Services = append(out.Services, jsonNode{n.Service, string(n.Role), append([]string{}, n.Networks...), n.Open})
	}
	for _, e := range g.Edges {
		out.Edges = append(out.Edges, jsonEdge{e.From, e.To, e.Certain, append([]string{}, e.Evidence...)})
	}
	return out
}

type jsonFinding struct {
	Rule        string        `json:"rule"`
	Fingerprint string        `json:"fingerprint"`
	Outcome     string        `json:"outcome"`
	Service     string        `json:"service,omitempty"`
	Line        int           `json:"line"`
	Column      int           `json:"column"`
	EndLine     int           `json:"endLine"`
	EndColumn   int           `json:"endColumn"`
	Message     string        `json:"message"`
	Reason      string        `json:"reason,omitempty"`
	Detail      string        `json:"detail,omitempty"`
	Safety      string        `json:"safety,omitempty"`
	Unlock      string        `json:"unlock,omitempty"`
	Beyond      bool          `json:"beyondLevel,omitempty"`
	Evidence    []string      `json:"evidence,omitempty"`
	Controls    []jsonControl `json:"controls,omitempty"`
	Deploy      []jsonDeploy  `json:"beforeDeploy,omitempty"`
}

type jsonControl struct {
	Framework string `json:"framework"`
	ID        string `json:"id"`
	Title     string `json:"title"`
}

type jsonDeploy struct {
	What  string   `json:"what"`
	Do    string   `json:"do,omitempty"`
	Undo  string   `json:"undo,omitempty"`
	Files []string `json:"files,omitempty"`
}

type jsonSkip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// code is the name of an outcome for programs.
func code(o transform.Outcome) string { return strings.ReplaceAll(o.String(), " ", "-") }

func (JSON) render(w io.Writer, r Report) error {
	out := jsonReport{
		Schema: schemaURL, Version: JSONVersion, Tool: jsonTool{"bulkhead", r.Version}, Written: r.Written,
		Summary: jsonSummary{
			Files: r.Summary.Files, Changed: r.Summary.Changed, Outcomes: map[string]int{}, HeldBack: r.Summary.Held,
			Skipped: r.Summary.Skipped, Warnings: r.Summary.Warnings, Errors: r.Summary.Errors,
		},
		BeforeDeploy: []jsonDeploy{}, Files: []jsonFile{}, Skipped: []jsonSkip{}, Errors: append([]string{}, r.Errors...),
	}
	for o, n := range r.Summary.Outcomes {
		out.Summary.Outcomes[code(o)] = n
	}
	for _, s := range r.BeforeDeploy() {
		out.BeforeDeploy = append(out.BeforeDeploy, jsonDeploy{s.What, s.Do, s.Undo, s.Files})
	}
	for _, f := range r.Files {
		out.Files = append(out.Files, jsonFileOf(r, f))
	}
	for _, a := range r.assessments() {
		out.Controls = append(out.Controls, jsonFrameworkOf(a))
	}
	for _, s := range r.Skipped {
		out.Skipped = append(out.Skipped, jsonSkip(s))
	}
	return writeJSON(w, out)
}

func jsonFrameworkOf(a Assessment) jsonFramework {
	out := jsonFramework{
		Framework: a.Framework.Name, Edition: a.Framework.Edition, Total: a.Total(), Before: a.Before(), After: a.After(),
		States: map[string]int{}, Targets: []jsonTarget{},
	}
	for s := range states {
		out.States[s.code()] = a.Counts[s]
	}
	for _, t := range a.Targets {
		target := jsonTarget{Path: t.Path, Service: t.Service, Controls: []jsonAssessed{}}
		for _, c := range t.Controls {
			target.Controls = append(target.Controls, jsonAssessed{c.ID, c.Title, c.State.code(), c.Rules})
		}
		out.Targets = append(out.Targets, target)
	}
	return out
}

// code is the name of a state for programs.
func (s State) code() string {
	return [...]string{"met", "fixed", "unknown", "ignored", "held-back", "refused", "yours"}[s]
}

// writeJSON writes a document for people as well as for programs.
func writeJSON(w io.Writer, doc any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(doc)
}

func jsonFileOf(r Report, f File) jsonFile {
	out := jsonFile{Path: f.Path, Changed: f.Changed, Error: f.Err, Warnings: append([]string{}, f.Warnings...), Findings: []jsonFinding{}}
	if f.Err == "" {
		out.Kind = "dockerfile"
		if f.Compose {
			out.Kind = "compose"
		}
	}
	for _, g := range f.Graphs {
		out.Graphs = append(out.Graphs, jsonGraphOf(g))
	}
	for _, c := range f.Changes {
		out.Diff += c.Unified()
	}
	for _, x := range f.Findings {
		out.Findings = append(out.Findings, jsonFindingOf(r, x))
	}
	return out
}

func jsonFindingOf(r Report, x Finding) jsonFinding {
	out := jsonFinding{
		Rule: x.Rule, Fingerprint: x.Fingerprint, Outcome: code(x.Outcome), Service: x.Service,
		Line: x.Line, Column: x.Column, EndLine: x.End.Line, EndColumn: x.End.Column,
		Message: x.Message, Reason: x.Reason, Detail: x.Detail, Evidence: x.Evidence, Beyond: x.Beyond,
	}
	switch x.Outcome {
	case transform.Applied:
		out.Safety = x.Safety.String()
	case transform.HeldBack:
		out.Safety, out.Unlock = x.Safety.String(), x.Safety.Unlock()
	}
	if rule := r.Rule(x.Rule); rule != nil {
		for _, c := range rule.Controls {
			out.Controls = append(out.Controls, jsonControl(c))
		}
	}
	for _, d := range x.Deploy {
		out.Deploy = append(out.Deploy, jsonDeploy{What: d.What, Do: d.Do, Undo: d.Undo})
	}
	return out
}
