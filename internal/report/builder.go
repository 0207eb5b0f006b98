package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

// Options are what a report is to hold.
type Options struct {
	Version string
	Rules   []*transform.Rule
	// Ran reports whether a rule ran; nil is that all did.
	Ran        func(rule string) bool
	Prefix     string
	Frameworks []string
	// Drop is true for outcomes whose findings are counted and not kept; nil keeps all.
	Drop func(transform.Outcome) bool
	// Changes keeps the texts of the files that change.
	Changes bool
}

// Builder gathers a Report file by file.
type Builder struct {
	r     Report
	opts  Options
	texts map[string]string // messages repeat: one copy of each
	// secrets are the credentials of the file that is added, hidden what became of messages.
	secrets []string
	hidden  map[string]string
}

// NewBuilder makes a Builder.
func NewBuilder(opts Options) *Builder {
	if opts.Drop == nil {
		opts.Drop = func(transform.Outcome) bool { return false }
	}
	if opts.Ran == nil {
		opts.Ran = func(string) bool { return true }
	}
	return &Builder{opts: opts, texts: map[string]string{}, hidden: map[string]string{}, r: Report{
		Version: opts.Version, Rules: opts.Rules, ran: opts.Ran, Prefix: opts.Prefix, Frameworks: opts.Frameworks,
		Summary: Summary{Outcomes: map[transform.Outcome]int{}, Held: map[string]int{}, Skipped: map[string]int{}},
	}}
}

// Planned is a file that went through the rules.
type Planned struct {
	Path     string // what messages call it
	Compose  bool
	Services []string
	Builds   map[string]string   // services and the Dockerfiles that they build and that change
	Unclear  map[string][]string // services and their keys whose values hang on the host's environment
	// Before and After are its texts; After is Before itself when the file stays as it is.
	Before, After *parser.Source
	Beside        []Change // further files that the change makes or alters
	Findings      []transform.Finding
	Warnings      []*parser.Error
	// ShowSecrets leaves credentials in the texts that change. Messages never have them.
	ShowSecrets bool
}

// changed reports whether there is anything to write.
func (p Planned) changed() bool { return p.Before != p.After || len(p.Beside) > 0 }

// Plan adds a file that was planned.
func (b *Builder) Plan(p Planned) {
	f := File{Path: p.Path, Changed: p.changed(), Compose: p.Compose, Services: p.Services, Builds: p.Builds, Unclear: p.Unclear}
	_, b.secrets = secret.In(p.Before, p.Compose)
	b.r.Summary.Files++
	if f.Changed {
		b.r.Summary.Changed++
	}
	prints := fingerprints(p.Path, p.Before, p.Findings)
	for i, x := range p.Findings {
		b.r.Summary.Outcomes[x.Outcome]++
		if x.Outcome == transform.HeldBack {
			b.r.Summary.Held[x.Safety.Unlock()]++
		}
		if x.Beyond && x.Outcome == transform.Refused {
			b.r.Summary.Idle++
		}
		if !b.opts.Drop(x.Outcome) {
			if x.Graph != nil {
				f.Graphs = append(f.Graphs, Graph{*x.Graph, x.Outcome})
			}
			f.Findings = append(f.Findings, b.finding(p.Before, x, prints[i]))
		}
	}
	for _, w := range p.Warnings {
		b.r.Summary.Warnings++
		f.Warnings = append(f.Warnings, oneLine(b.hide(w.Error())))
	}
	if b.opts.Changes {
		f.Changes = p.Shown()
	}
	if len(f.Findings) > 0 || len(f.Warnings) > 0 || f.Changed {
		b.r.Files = append(b.r.Files, f)
	}
}

func (b *Builder) finding(src *parser.Source, x transform.Finding, fingerprint string) Finding {
	start := min(x.Span.Start, max(0, src.Len()-1))
	end := min(max(x.Span.End, start), src.Len())
	f := Finding{
		Position: src.Position(start), End: src.Position(end), Char: character(src, start), EndChar: character(src, end),
		Rule: x.Rule, Service: strings.Clone(oneLine(x.Service)), About: x.About, Outcome: x.Outcome, Safety: x.Safety, Beyond: x.Beyond,
		Message: b.text(x.Message), Reason: b.text(x.Reason), Detail: b.text(x.Detail), Fingerprint: fingerprint,
	}
	for _, e := range x.Evidence {
		f.Evidence = append(f.Evidence, b.text(e))
	}
	for _, d := range x.Deploy {
		f.Deploy = append(f.Deploy, transform.Deploy{What: b.text(d.What), Do: strings.Clone(b.hide(d.Do)), Undo: strings.Clone(b.hide(d.Undo))})
	}
	return f
}

// character is the column of an offset in characters, from 1.
func character(src *parser.Source, offset int) int {
	line := src.Line(src.LineAt(offset))
	return utf8.RuneCountInString(src.Text(parser.Span{Start: line.Start, End: offset})) + 1
}

// text gives a copy that holds on to nothing but itself.
func (b *Builder) text(s string) string {
	if s == "" {
		return ""
	}
	s = b.hide(s)
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
	b.r.Files = append(b.r.Files, File{Path: name, Err: oneLine(b.hide(err.Error()))})
}

// Skip adds a file that was left out.
func (b *Builder) Skip(name, reason string) {
	b.r.Summary.Skipped[kind(reason)]++
	b.r.Skipped = append(b.r.Skipped, Skip{name, b.hide(reason)})
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
	b.r.Errors = append(b.r.Errors, oneLine(b.hide(err.Error())))
}

// Written says that the changes were written.
func (b *Builder) Written() { b.r.Written = true }

// Report is what was gathered.
func (b *Builder) Report() Report { return b.r }

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
