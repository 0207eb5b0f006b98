// Package report is what a run has to tell: one Report value and its renderings.
package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// Report is all that a run found. It holds no document and no source text, so
// that it stays small however many files there are.
type Report struct {
	Files   []File // those with anything to say, in the order of the run
	Skipped []Skip
	Errors  []string // what is wrong with no file in particular, one line each
	Written bool     // the changes were written, rather than shown
	Summary Summary
}

// File is what is to be said about one file.
type File struct {
	Path     string
	Changed  bool
	Findings []Finding
	Warnings []string // about `# bulkhead:` comments, with their place
	Err      string   // why nothing could be done, with its place; "" is well
}

// Finding is one finding at its place in the original file.
type Finding struct {
	parser.Position
	Rule     string
	Service  string // of a compose file
	Outcome  transform.Outcome
	Message  string
	Reason   string // code of the refusal, or who asked for silence
	Detail   string
	Safety   transform.Safety
	Evidence []string
	Deploy   []transform.Deploy
}

// Skip is a file that was left out, and why.
type Skip struct{ Path, Reason string }

// Summary counts.
type Summary struct {
	Files    int // looked at, those with errors included
	Changed  int
	Outcomes map[transform.Outcome]int
	Held     map[string]int // held back, by what unlocks it
	Skipped  map[string]int // by reason
	Warnings int
	Errors   int
}

// Builder gathers a Report file by file.
type Builder struct {
	r     Report
	texts map[string]string // messages repeat: one copy of each
	drop  func(transform.Outcome) bool
}

// NewBuilder makes a Builder that counts all findings, but keeps none whose
// outcome drop is true for.
func NewBuilder(drop func(transform.Outcome) bool) *Builder {
	return &Builder{drop: drop, texts: map[string]string{}, r: Report{Summary: Summary{
		Outcomes: map[transform.Outcome]int{}, Held: map[string]int{}, Skipped: map[string]int{}}}}
}

// Plan adds a file that was planned: its text before, whether it changes, and what was
// found. The name is what messages call it.
func (b *Builder) Plan(name string, before *parser.Source, changed bool, findings []transform.Finding, warnings []*parser.Error) {
	f := File{Path: name, Changed: changed}
	b.r.Summary.Files++
	if f.Changed {
		b.r.Summary.Changed++
	}
	for _, x := range findings {
		b.r.Summary.Outcomes[x.Outcome]++
		if x.Outcome == transform.HeldBack {
			b.r.Summary.Held[x.Safety.Unlock()]++
		}
		if !b.drop(x.Outcome) {
			f.Findings = append(f.Findings, b.finding(before, x))
		}
	}
	for _, w := range warnings {
		b.r.Summary.Warnings++
		f.Warnings = append(f.Warnings, oneLine(w.Error()))
	}
	if len(f.Findings) > 0 || len(f.Warnings) > 0 || f.Changed {
		b.r.Files = append(b.r.Files, f)
	}
}

func (b *Builder) finding(src *parser.Source, x transform.Finding) Finding {
	f := Finding{
		Position: src.Position(min(x.Span.Start, max(0, src.Len()-1))),
		Rule:     x.Rule, Service: b.text(x.Service), Outcome: x.Outcome, Safety: x.Safety,
		Message: b.text(x.Message), Reason: b.text(x.Reason), Detail: b.text(x.Detail),
	}
	for _, e := range x.Evidence {
		f.Evidence = append(f.Evidence, b.text(e))
	}
	for _, d := range x.Deploy {
		f.Deploy = append(f.Deploy, transform.Deploy{What: b.text(d.What), Do: strings.Clone(d.Do), Undo: strings.Clone(d.Undo)})
	}
	return f
}

// text gives a copy that holds on to nothing but itself.
func (b *Builder) text(s string) string {
	if s == "" {
		return ""
	}
	if t, ok := b.texts[s]; ok {
		return t
	}
	t := strings.Clone(oneLine(s))
	b.texts[strings.Clone(s)] = t
	return t
}

// Fail adds a file that nothing could be done with. The error names it.
func (b *Builder) Fail(name string, err error) {
	b.r.Summary.Files++
	b.r.Summary.Errors++
	b.r.Files = append(b.r.Files, File{Path: name, Err: oneLine(err.Error())})
}

// Skip adds a file that was left out.
func (b *Builder) Skip(name, reason string) {
	b.r.Summary.Skipped[kind(reason)]++
	b.r.Skipped = append(b.r.Skipped, Skip{name, reason})
}

// kind is a reason without what differs from file to file: "is a template (.j2)"
// is of the kind "template".
func kind(reason string) string {
	reason = strings.TrimPrefix(strings.TrimPrefix(reason, "is a "), "is ")
	if i := strings.IndexAny(reason, "(:"); i > 0 {
		reason = reason[:i]
	}
	return strings.TrimSpace(reason)
}

// Error adds an error that belongs to no file that was looked at.
func (b *Builder) Error(err error) {
	b.r.Summary.Errors++
	b.r.Errors = append(b.r.Errors, oneLine(err.Error()))
}

// Written says that the changes were written.
func (b *Builder) Written() { b.r.Written = true }

// Report is what was gathered.
func (b *Builder) Report() Report { return b.r }

// BeforeDeploy lists what an operator must do once before the changed images are
// deployed, each step once, with the files that ask for it.
func (r Report) BeforeDeploy() []DeployStep {
	var steps []DeployStep
	for _, f := range r.Files {
		for _, x := range f.Findings {
			if x.Outcome != transform.Applied {
				continue
			}
			for _, d := range x.Deploy {
				i := slices.IndexFunc(steps, func(s DeployStep) bool { return s.Deploy == d })
				if i < 0 {
					i = len(steps)
					steps = append(steps, DeployStep{Deploy: d})
				}
				if !slices.Contains(steps[i].Files, f.Path) {
					steps[i].Files = append(steps[i].Files, f.Path)
				}
			}
		}
	}
	return steps
}

// DeployStep is a step and the files that ask for it.
type DeployStep struct {
	transform.Deploy
	Files []string
}

// Format is a rendering of a report.
type Format interface {
	render(w io.Writer, r Report) error
}

// Render writes the report.
func Render(w io.Writer, r Report, f Format) error { return f.render(w, r) }

// oneLine makes any text one line of printable characters.
func oneLine(s string) string {
	clean := func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}
	if strings.IndexFunc(s, func(r rune) bool { return clean(r) != r }) < 0 {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.Join(strings.Fields(strings.Map(clean, strings.ToValidUTF8(s, "\uFFFD"))), " ")
}

// counted lists "3 of this, 1 of that", the most frequent first.
func counted(m map[string]int) string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(m[b]-m[a], cmp.Compare(a, b)) })
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%d %s", m[k], k)
	}
	return strings.Join(keys, ", ")
}
