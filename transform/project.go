package transform

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// ProjectInput is all that rules may look at in a compose project.
type ProjectInput struct {
	Project *compose.Project
	// Others are further compositions that the same services run in.
	Others []*compose.Project
	// Edits reports whether a file of the project may be changed here; nil is "all may".
	// What it forbids belongs to another project, which changes it.
	Edits func(file int) bool
	// Extenders are services of other compositions that extend a service of this one, and
	// for which its changes must be right too; why says that it is to stay as it is for
	// their sake. It may be nil.
	Extenders func(service *compose.Service) (views []*compose.Service, why string)
	// Image is what the hardened Dockerfile of a service tells; it may be nil.
	Image func(service *compose.Service) *ImageFacts
	// Files is the directory of the compose files, bounded; nil when they stand in none.
	Files fs.FS
	// Tracked reports whether git tracks a file of the project; nil is "nobody knows".
	Tracked func(file int) bool
	// Beside are projects of their own in the same directory: docker compose starts them
	// under the same name, on the same default network.
	Beside []*compose.Project
	// Joined tells which file names the project's default network as an external one of
	// its own, "" when none does. It may be nil.
	Joined       func() string
	Observations []Observation
	Options      Options
}

// ProjectPlan is what the rules made of a compose project.
type ProjectPlan struct {
	Before   *compose.Project
	After    *compose.Project // Before itself when nothing changed
	Findings []Finding        // positions in Before, in the order of its files
}

// Changed reports whether a compose file becomes another one; fixes may also bring Files.
func (p *ProjectPlan) Changed() bool { return p.After != p.Before }

// Files are those that come with the fixes that were applied.
func (p *ProjectPlan) Files() []NewFile { return filesOf(p.Findings) }

// Changes are those that were applied.
func (p *ProjectPlan) Changes() []compose.Change {
	var out []compose.Change
	for _, f := range p.Findings {
		if f.Outcome == Applied {
			out = append(out, f.Fix.Changes...)
		}
	}
	return out
}

// HardenProject lets the rules propose for every service, applies what the level
// allows as one batch, and drops every fix that means more than it declares.
func HardenProject(in ProjectInput, rules []*Rule) *ProjectPlan {
	in.Others = append(slices.Clip(in.Others), bases(in.Project)...)
	h := &projectHardener{in: in, project: in.Project, dropped: map[string]string{}, moves: make([][]*parser.Moves, len(in.Project.Files))}
	plan := &ProjectPlan{Before: in.Project}
	said := map[string]bool{}
	for round := range maxRounds {
		h.deferred = false
		for _, f := range h.round(rules) {
			// A later round speaks of what waited for it, not again of what was said.
			if f.Outcome == Proposed || round > 0 && f.Outcome != Applied && said[f.Service+" "+f.Rule] {
				continue
			}
			plan.Findings = append(plan.Findings, f)
		}
		for _, f := range plan.Findings {
			said[f.Service+" "+f.Rule] = true
		}
		if !h.deferred {
			break
		}
	}
	plan.After = h.project
	sort.SliceStable(plan.Findings, func(i, j int) bool {
		a, b := plan.Findings[i], plan.Findings[j]
		return a.File < b.File || a.File == b.File && a.Span.Start < b.Span.Start
	})
	return plan
}

// bases are the compositions without the last files: a base that files lie over also
// runs without them.
func bases(p *compose.Project) []*compose.Project {
	var out []*compose.Project
	for n := 1; n < len(p.Files); n++ {
		if base, err := p.With(p.Files[:n]); err == nil {
			out = append(out, base)
		}
	}
	return out
}

// projectHardener carries a project from round to round.
type projectHardener struct {
	in       ProjectInput
	project  *compose.Project
	moves    [][]*parser.Moves // of each file, from the original
	dropped  map[string]string // proposals that the gate refused: service and rule → why
	files    []NewFile         // that come with what was applied
	deferred bool
}

// round runs all rules once on every service and moves project on.
func (h *projectHardener) round(rules []*Rule) []Finding {
	var findings []Finding
	for _, pass := range h.passes() {
		if !pass.Editable {
			continue
		}
		s := pass.Service
		windows := pass.Windows()
		for _, r := range rules {
			if r.CheckService == nil || !h.in.Options.enabled(r.ID) {
				continue
			}
			for _, f := range r.CheckService(pass) {
				f.Rule, f.Beyond = r.ID, f.Beyond || r.Beyond(h.in.Options.Level)
				h.judge(&f, s, windows)
				findings = append(findings, f)
			}
		}
	}
	h.settleSharers(findings)
	settleGroups(findings, h.in.Options.Level)
	places := make([]parser.Span, len(findings))
	for i, f := range findings {
		places[i] = h.original(f)
	}
	h.apply(findings)
	for i := range findings {
		findings[i].Span = places[i]
	}
	return findings
}

// passes are those of all services that run, which see each other.
func (h *projectHardener) passes() []*ServicePass {
	var all []*ServicePass
	shared := map[string]any{}
	for _, s := range h.project.Services {
		if Runs(s) {
			all = append(all, h.pass(s))
		}
	}
	for _, p := range all {
		p.Siblings, p.ofProject = all, &shared
	}
	return all
}

// Runs reports whether a project says what a service runs. One that does not lies over
// another file, or is no container: nothing can be said of what it needs.
func Runs(s *compose.Service) bool { return s.Image() != "" || s.Build() != nil }

func (h *projectHardener) pass(s *compose.Service) *ServicePass {
	p := &ServicePass{
		Service: s, Project: h.project, Files: h.in.Files, Options: h.in.Options, Editable: h.in.Edits == nil || h.in.Edits(s.File),
		Tracked: h.in.Tracked != nil && h.in.Tracked(s.File), Compositions: h.in.Others, Beside: h.in.Beside, Joined: h.in.Joined,
	}
	if h.in.Image != nil {
		p.Image = h.in.Image(s)
	}
	if s.Build() == nil {
		p.Known = h.in.Options.Known(s.Image())
	}
	for _, o := range h.in.Observations {
		if o.Target == s.Name {
			p.Observed = append(p.Observed, o)
		}
	}
	for _, other := range h.in.Others {
		if o := other.Service(s.Name); o != nil {
			p.Others = append(p.Others, o)
		}
	}
	if h.in.Extenders != nil {
		views, why := h.in.Extenders(s)
		p.Others = append(p.Others, views...)
		p.Extended = why != "" || len(views) > 0
	}
	p.Applied = func(rule string, safety Safety) bool {
		return p.Windows() == "" && h.in.Options.enabled(rule) && h.in.Options.Level.Allows(safety) && h.ignored(rule, s) == "" && h.dropped[s.Name+" "+rule] == ""
	}
	return p
}

// Known says what is known of a service's image, the project's own entries first; nil
// when nothing is.
func (o Options) Known(image string) *knowledge.Service {
	if o.Service != nil {
		return o.Service(image)
	}
	return knowledge.LookupService(image)
}

func (h *projectHardener) ignored(rule string, s *compose.Service) string {
	if h.in.Options.IgnoredService == nil {
		return ""
	}
	return h.in.Options.IgnoredService(s.Doc(), rule, s)
}

// judge settles a proposal that is not to be applied. windows says why the service is
// known to run in a Windows container.
func (h *projectHardener) judge(f *Finding, s *compose.Service, windows string) {
	if f.Outcome != Already {
		if who := h.ignored(f.Rule, s); who != "" {
			f.Outcome, f.Reason = Ignored, who
			return
		}
	}
	if f.Outcome != Proposed {
		return
	}
	if h.in.Extenders != nil {
		if _, why := h.in.Extenders(s); why != "" {
			f.Outcome, f.Reason, f.Detail = Refused, ReasonShared.Code, why
			return
		}
	}
	if why, ok := h.dropped[f.Service+" "+f.Rule]; ok {
		f.Outcome, f.Reason, f.Detail = Refused, ReasonGate.Code, why
	} else if windows != "" {
		f.Outcome, f.Reason, f.Detail, f.Evidence = Refused, ReasonWindows.Code, windows, nil
	} else if !h.in.Options.Level.Allows(f.Safety) {
		f.Outcome = HeldBack
	}
}

// original gives the place in the first version of the file.
func (h *projectHardener) original(f Finding) parser.Span {
	s := f.Span
	moves := h.moves[f.File]
	for i := len(moves) - 1; i >= 0; i-- {
		s = parser.Span{Start: moves[i].Back(s.Start), End: moves[i].Back(s.End)}
	}
	return parser.Span{Start: s.Start, End: max(s.Start, s.End)}
}

// composed is a project after changes.
type composed struct {
	project *compose.Project
	moves   []*parser.Moves
	files   []NewFile // that come with it
}

// apply takes all proposals as one batch and moves project on.
func (h *projectHardener) apply(findings []Finding) {
	b := batch[composed]{try: h.try, dropped: func(f *Finding, err error) {
		h.dropped[f.Service+" "+f.Rule] = err.Error()
		if errors.Is(err, compose.ErrShared) {
			f.Reason = ReasonShared.Code
		} else if sharers := h.sharers(f); len(sharers) > 0 { // those through anchors were settled before
			f.Reason, f.Detail = ReasonShared.Code, sharers[0]+" extends it, and is not to get the same"
		}
	}}
	if result, ok := b.apply(unitsOf(findings)); ok {
		h.project, h.files = result.project, result.files
		for i, m := range result.moves {
			if m != nil {
				h.moves[i] = append(h.moves[i], m)
			}
		}
	}
	h.deferred = h.deferred || b.deferred
}

// try applies units and lets the gate judge: the files mean what the changes declare,
// and nothing else.
func (h *projectHardener) try(units [][]*Finding) (composed, error) {
	var changes []compose.Change
	for _, u := range units {
		for _, f := range u {
			changes = append(changes, f.Fix.Changes...)
		}
	}
	files, err := gatherFiles(h.in.Files, h.files, units)
	if err != nil {
		return composed{}, err
	}
	if len(changes) == 0 && len(files) > 0 {
		return composed{project: h.project, files: files}, nil
	}
	want, err := h.project.Model.Expect(changes)
	if err != nil {
		return composed{}, err
	}
	after, moves, err := h.project.Apply(changes)
	if err != nil {
		return composed{}, err
	}
	if d := compose.Differences(want, after.Model); len(d) > 0 {
		return composed{}, fmt.Errorf("the project would mean something else at %s, which no fix declares", strings.Join(d[:min(3, len(d))], ", "))
	}
	return composed{after, moves, files}, nil
}
