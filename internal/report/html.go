package report

import (
	"crypto/sha256"
	_ "embed" // the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/diff"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// HTML is the report as one file for a browser: what changes side by side, with the findings
// beside their lines. It loads nothing, and reads well without its script.
type HTML struct{}

var (
	//go:embed html/page.tmpl
	htmlPage string
	//go:embed html/style.css
	htmlStyle string
	//go:embed html/script.js
	htmlScript string
)

// htmlView is what the page shows.
type htmlView struct {
	Title, Summary, Version, Project string
	Style                            template.CSS
	Script                           template.JS
	ScriptHash                       string
	Columns                          []string
	Filter                           []htmlFilter
	Deploy                           []htmlDeploy
	Controls                         []htmlFramework
	Legend                           []htmlSlice // of the bars
	Graphs                           []htmlGraph
	Files                            []htmlFile
	Rest                             []string
}

// htmlFilter is a button that shows and hides the findings of an outcome.
type htmlFilter struct {
	Class, Name string
	N           int
	On          bool // at first; what is settled already is not
}

type htmlDeploy struct{ What, Files, Do, Undo string }

type htmlGraph struct {
	SVG     template.HTML
	Caption string
	Told    []string
}

type htmlFile struct {
	ID, Path, Err string
	Changed       bool
	Counts        []int
	Warnings      []string
	Findings      []htmlFinding // of files that show no diff
	Diffs         []htmlDiff
}

type htmlDiff struct {
	Path  string
	Parts []htmlPart
}

// htmlPart is a run of rows; Fold is their number where they are many and stay as they are.
type htmlPart struct {
	Fold int
	Rows []htmlRow
}

type htmlRow struct {
	diff.Row
	OldClass, NewClass string
	Notes              []htmlFinding
}

type htmlFinding struct {
	Class, Outcome, Rule, Page, Message string
	Line                                int
	Evidence                            []string
}

func (HTML) render(w io.Writer, r Report) error {
	page, err := template.New("page").Parse(htmlPage)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(htmlScript))
	v := htmlView{
		Title: r.title(), Summary: summary(r), Version: r.Version, Project: projectURL, Style: template.CSS(htmlStyle), Script: template.JS(htmlScript), //nolint:gosec // ours
		ScriptHash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]), Controls: r.htmlControls(),
	}
	for s := range states {
		v.Legend = append(v.Legend, htmlSlice{Class: s.code(), Title: s.legend()})
	}
	for _, o := range columns {
		v.Columns = append(v.Columns, r.named(o))
	}
	for _, o := range order {
		if n := r.kept(o); n > 0 {
			v.Filter = append(v.Filter, htmlFilter{code(o), r.named(o), n, o != transform.Already && o != transform.Ignored})
		}
	}
	for _, s := range r.BeforeDeploy() {
		v.Deploy = append(v.Deploy, htmlDeploy{s.What, files(s.Files), s.Do, s.Undo})
	}
	for i, f := range r.Files {
		v.Files = append(v.Files, r.htmlFile(i, f))
		for _, g := range f.Graphs {
			caption := g.caption(f.Path)
			v.Graphs = append(v.Graphs, htmlGraph{template.HTML(g.svg(caption)), caption, g.told()}) //nolint:gosec // ours, with names escaped
		}
	}
	for _, e := range r.Errors {
		v.Rest = append(v.Rest, "error: "+e)
	}
	for _, s := range r.Skipped {
		v.Rest = append(v.Rest, oneLine(s.Path)+": "+s.Reason)
	}
	return page.Execute(w, v)
}

// kept counts the findings of an outcome that the report holds.
func (r Report) kept(o transform.Outcome) int {
	n := 0
	for _, f := range r.Files {
		n += f.kept(o)
	}
	return n
}

func (f File) kept(o transform.Outcome) int {
	n := 0
	for _, x := range f.Findings {
		if x.Outcome == o && !x.idle() {
			n++
		}
	}
	return n
}

func (r Report) htmlFile(index int, f File) htmlFile {
	out := htmlFile{ID: fmt.Sprintf("file-%d", index+1), Path: oneLine(f.Path), Err: f.Err, Changed: f.Changed, Warnings: f.Warnings}
	for _, o := range columns {
		out.Counts = append(out.Counts, f.kept(o))
	}
	notes := map[int][]htmlFinding{} // by line of the original
	for _, x := range byOutcome(f.Findings) {
		notes[x.Line] = append(notes[x.Line], r.htmlFinding(x))
	}
	shown := false
	for _, c := range f.Changes {
		own := c.Path == f.Path
		shown = shown || own
		lines := notes
		if !own {
			lines = nil
		}
		out.Diffs = append(out.Diffs, htmlDiff{oneLine(c.Path), htmlParts(diff.Rows(c.Before, c.After), lines)})
	}
	if !shown {
		for _, x := range byOutcome(f.Findings) {
			out.Findings = append(out.Findings, r.htmlFinding(x))
		}
	}
	return out
}

// byOutcome puts what was done in front of what was not, without what nobody waits for.
func byOutcome(findings []Finding) []Finding {
	out := slices.DeleteFunc(slices.Clone(findings), Finding.idle)
	slices.SortStableFunc(out, func(a, b Finding) int { return slices.Index(order, a.Outcome) - slices.Index(order, b.Outcome) })
	return out
}

// htmlParts puts the findings behind their lines, and folds what is far from any change and finding.
func htmlParts(rows []diff.Row, notes map[int][]htmlFinding) []htmlPart {
	const near, least = 4, 8 // lines around a change, lines that are worth to fold
	all := make([]htmlRow, len(rows))
	keep := make([]bool, len(rows))
	for i, r := range rows {
		row := htmlRow{Row: r, OldClass: "same", NewClass: "same", Notes: notes[r.OldLine]}
		if r.OldLine == 0 {
			row.Notes = nil
		}
		if !r.Same {
			row.OldClass, row.NewClass = "old", "new"
			if r.OldLine == 0 {
				row.OldClass = "none"
			}
			if r.NewLine == 0 {
				row.NewClass = "none"
			}
		}
		all[i] = row
		if !r.Same || len(row.Notes) > 0 {
			for k := max(0, i-near); k <= min(len(rows)-1, i+near); k++ {
				keep[k] = true
			}
		}
	}
	var out []htmlPart
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && keep[j] == keep[i] {
			j++
		}
		part := htmlPart{Rows: all[i:j]}
		if !keep[i] && j-i >= least {
			part.Fold = j - i
		}
		out = append(out, part)
		i = j
	}
	return out
}

func (r Report) htmlFinding(x Finding) htmlFinding {
	return htmlFinding{
		Class: code(x.Outcome), Outcome: r.named(x.Outcome), Rule: x.Rule, Page: page(x.Rule),
		Message: (Text{}).message(x), Line: x.Line, Evidence: x.Evidence,
	}
}

type htmlFramework struct {
	Name, Edition, Totals, NotJudged string
	Total, Before, After             int
	BarBefore, BarAfter              []htmlSlice
	Targets                          []htmlTarget
}

// htmlSlice is a part of a bar.
type htmlSlice struct {
	Class, Title string
	Width        string
}

type htmlTarget struct {
	Name, Met string
	Controls  []htmlControl
}

type htmlControl struct{ ID, Title, Move, State, Class, Rules string }

// htmlControls shows the frameworks that were asked for, else the two that people ask for most.
func (r Report) htmlControls() []htmlFramework {
	if len(r.Frameworks) == 0 {
		r.Frameworks = []string{"cis", "nist"}
	}
	var out []htmlFramework
	for _, a := range r.assessments() {
		if a.Total() == 0 {
			continue
		}
		f := htmlFramework{
			Name: a.Framework.Name, Edition: a.Framework.Edition, Totals: a.totals(), NotJudged: ids(a.NotJudged),
			Total: a.Total(), Before: a.Before(), After: a.After(),
		}
		open := a.Total() - a.Counts[Met] - a.Counts[NotKnown]
		f.BarBefore = []htmlSlice{a.slice("met", a.Before(), "met"), a.slice("refused", open, "not met"), a.slice("unknown", a.Counts[NotKnown], "unknown")}
		for s := range states {
			f.BarAfter = append(f.BarAfter, a.slice(s.code(), a.Counts[s], s.String()))
		}
		for _, t := range a.Targets {
			f.Targets = append(f.Targets, htmlTargetOf(t))
		}
		out = append(out, f)
	}
	return out
}

// legend is what a colour of the bars stands for. Before the run, what is not met is one colour.
func (s State) legend() string {
	switch s {
	case Met:
		return "met already"
	case CannotBe:
		return "refused; before: not met"
	}
	return s.String()
}

func (a Assessment) slice(class string, n int, title string) htmlSlice {
	return htmlSlice{class, fmt.Sprintf("%d %s", n, title), fmt.Sprintf("%.2f", 100*float64(n)/float64(a.Total()))}
}

func htmlTargetOf(t Target) htmlTarget {
	out := htmlTarget{Name: t.Name()}
	before, after := 0, 0
	for _, c := range t.Controls {
		switch c.State {
		case Met:
			before++
			after++
		case Fixed:
			after++
		}
		out.Controls = append(out.Controls, htmlControl{c.ID, c.Title, c.State.move(), c.State.String(), c.State.code(), strings.Join(c.Rules, ", ")})
	}
	out.Met = fmt.Sprintf("%d → %d of %d met", before, after, len(t.Controls))
	return out
}

// ids lists controls.
func ids(controls []knowledge.Control) string {
	out := make([]string, len(controls))
	for i, c := range controls {
		out[i] = c.ID
	}
	return strings.Join(out, ", ")
}
