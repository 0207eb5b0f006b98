package transform

import (
	"fmt"
	"io/fs"
	"sort"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// Plan is what the rules made of one Dockerfile.
type Plan struct {
	Before   *dockerfile.Document
	After    *dockerfile.Document // Before itself when nothing changed
	Findings []Finding            // positions in Before, in the order of the file
}

// Changed reports whether the Dockerfile becomes another one; fixes may also bring Files.
func (p *Plan) Changed() bool { return p.After != p.Before }

// Files are those that come with the fixes that were applied.
func (p *Plan) Files() []NewFile { return filesOf(p.Findings) }

// Input is all that rules may look at.
type Input struct {
	Document *dockerfile.Document
	Usage    Usage
	Files    fs.FS
	Options  Options
}

// maxRounds bounds how often rules see their own result. One round does all there
// is to do: that a second run finds nothing is a property of the rules, which the
// fuzz targets and the corpus command hold them to. Further rounds are for fixes
// that wanted the same bytes as another one.
const maxRounds = 4

// Harden lets the rules propose, applies what the level allows as one batch, and
// drops every fix that the gate does not let through.
func Harden(in Input, rules []*Rule) *Plan {
	h := &hardener{in: in, doc: in.Document, dropped: map[string]string{}}
	plan := &Plan{Before: in.Document}
	reshaping, rules := byShape(rules)
	for _, f := range h.round(reshaping) {
		if f.Outcome != Proposed {
			plan.Findings = append(plan.Findings, f)
		}
	}
	for round := range maxRounds {
		h.deferred = false
		for _, f := range h.round(rules) {
			if round == 0 && f.Outcome != Proposed || f.Outcome == Applied || round > 0 && f.Reason == ReasonGate.Code {
				plan.Findings = append(plan.Findings, f)
			}
		}
		if !h.deferred {
			break
		}
	}
	plan.After = h.doc
	sort.SliceStable(plan.Findings, func(i, j int) bool { return plan.Findings[i].Span.Start < plan.Findings[j].Span.Start })
	return plan
}

// byShape parts the rules that change which stages there are from the others.
func byShape(rules []*Rule) (reshaping, others []*Rule) {
	for _, r := range rules {
		if r.Reshapes {
			reshaping = append(reshaping, r)
		} else {
			others = append(others, r)
		}
	}
	return reshaping, others
}

// hardener carries a document from round to round.
type hardener struct {
	in       Input
	doc      *dockerfile.Document
	moves    []*parser.Moves   // from the original to doc
	dropped  map[string]string // proposals that the gate refused: rule and place → why
	files    []NewFile         // that come with what was applied
	deferred bool              // a proposal of this round waits for the next one
}

// original gives the place in the first document that a place in doc comes from.
func (h *hardener) original(s parser.Span) parser.Span {
	if at, ok := h.movedFrom(s.Start); ok {
		return parser.Span{Start: at, End: at + s.End - s.Start}
	}
	for i := len(h.moves) - 1; i >= 0; i-- {
		s = parser.Span{Start: h.moves[i].Back(s.Start), End: h.moves[i].Back(s.End)}
	}
	return parser.Span{Start: s.Start, End: max(s.Start, s.End)}
}

// movedFrom is where a place of an instruction that was taken from elsewhere stood: in the one
// instruction of the first document that has the same text.
func (h *hardener) movedFrom(offset int) (int, bool) {
	if !h.wrote(offset) {
		return 0, false
	}
	in := h.instructionAt(parser.Span{Start: offset, End: offset})
	text, found := h.doc.Source.Text(in.Span), -1
	for _, old := range h.in.Document.Instructions() {
		if h.in.Document.Source.Text(old.Span) != text {
			continue
		}
		if found >= 0 {
			return 0, false // one of several
		}
		found = old.Span.Start
	}
	return found + offset - in.Span.Start, found >= 0 && in.Span.Start <= offset
}

// wrote reports whether a fix wrote the byte at an offset of doc.
func (h *hardener) wrote(offset int) bool {
	for i := len(h.moves) - 1; i >= 0; i-- {
		if h.moves[i].Wrote(parser.Span{Start: offset, End: offset + 1}) {
			return true
		}
		offset = h.moves[i].Back(offset)
	}
	return false
}

// line is the line of the first document that an offset of doc comes from.
func (h *hardener) line(offset int) int {
	return h.in.Document.Source.LineAt(h.original(parser.Span{Start: offset, End: offset}).Start)
}

// round runs all rules once on doc and moves doc on.
func (h *hardener) round(rules []*Rule) []Finding {
	if len(rules) == 0 {
		return nil
	}
	pass := &Pass{Doc: h.doc, Facts: NewFacts(h.doc, h.in.Usage), Usage: h.in.Usage, Files: h.in.Files, Options: h.in.Options, line: h.line}
	var findings []Finding
	for _, r := range rules {
		if r.Check == nil || !h.in.Options.enabled(r.ID) {
			continue
		}
		for _, f := range r.Check(pass) {
			f.Rule, f.Beyond = r.ID, f.Beyond || r.Beyond(h.in.Options.Level)
			h.judge(&f)
			findings = append(findings, f)
		}
	}
	settleGroups(findings, h.in.Options.Level)
	places := make([]parser.Span, len(findings))
	for i, f := range findings {
		places[i] = h.original(f.Span)
	}
	h.apply(findings)
	for i := range findings {
		findings[i].Span = places[i]
	}
	return findings
}

// judge settles a proposal that is not to be applied.
func (h *hardener) judge(f *Finding) {
	if ignored := h.in.Options.Ignored; ignored != nil && f.Outcome != Already {
		if who := ignored(h.doc, f.Rule, h.instructionAt(f.Span)); who != "" {
			f.Outcome, f.Reason = Ignored, who
			return
		}
	}
	if f.Outcome != Proposed {
		return
	}
	if why, ok := h.dropped[h.key(f)]; ok {
		f.Outcome, f.Reason, f.Detail = Refused, ReasonGate.Code, why
	} else if !h.in.Options.Level.Allows(f.Safety) {
		f.Outcome = HeldBack
	}
}

// key names a proposal over all rounds.
func (h *hardener) key(f *Finding) string {
	return fmt.Sprint(f.Rule, h.original(f.Span).Start)
}

// instructionAt finds the instruction that holds a place, or the next one behind it.
func (h *hardener) instructionAt(s parser.Span) *dockerfile.Instruction {
	all := h.doc.Instructions()
	i := sort.Search(len(all), func(i int) bool { return all[i].Span.End > s.Start })
	return all[min(i, len(all)-1)]
}

// settleGroups applies "all or none" to fixes that belong together: the group has
// the weakest promise of its members, and one that is out takes the others along.
func settleGroups(findings []Finding, level Level) {
	type group struct {
		safety Safety
		out    string // the rule that keeps it from being applied
	}
	groups := map[string]*group{}
	for i := range findings {
		f := &findings[i]
		if f.Fix == nil || f.Fix.Group == "" {
			continue
		}
		g := groups[f.Fix.Group]
		if g == nil {
			g = &group{}
			groups[f.Fix.Group] = g
		}
		g.safety = max(g.safety, f.Safety)
		if f.Outcome == Refused || f.Outcome == Ignored {
			g.out = f.Rule
		}
	}
	for i := range findings {
		f := &findings[i]
		if f.Fix == nil || f.Fix.Group == "" || (f.Outcome != Proposed && f.Outcome != HeldBack) {
			continue
		}
		g := groups[f.Fix.Group]
		f.Safety = g.safety
		switch {
		case g.out != "":
			f.Outcome, f.Reason, f.Detail = Refused, ReasonGroup.Code, "goes together with "+g.out+", which was not applied"
		case !level.Allows(g.safety):
			f.Outcome = HeldBack
		}
	}
}

// apply takes all proposals as one batch and moves doc on.
func (h *hardener) apply(findings []Finding) {
	b := batch[edited]{try: h.try, dropped: func(f *Finding, err error) { h.dropped[h.key(f)] = err.Error() }}
	if result, ok := b.apply(unitsOf(findings)); ok {
		h.take(result)
	}
	h.deferred = h.deferred || b.deferred
}

func (h *hardener) take(result edited) {
	h.files = result.files
	if result.moves != nil {
		h.doc, h.moves = result.doc, append(h.moves, result.moves)
	}
}

// edited is a document after edits, and the files that come with it.
type edited struct {
	doc   *dockerfile.Document
	moves *parser.Moves // nil when there were none
	files []NewFile
}

// unitsOf gathers the proposals into what is applied all or none.
func unitsOf(findings []Finding) [][]*Finding {
	var units [][]*Finding
	index := map[string]int{}
	for i := range findings {
		f := &findings[i]
		if f.Outcome != Proposed || f.Fix == nil {
			continue
		}
		if g := f.Fix.Group; g != "" {
			if at, ok := index[g]; ok {
				units[at] = append(units[at], f)
				continue
			}
			index[g] = len(units)
		}
		units = append(units, []*Finding{f})
	}
	return units
}

// try applies units to doc and lets the gate judge.
func (h *hardener) try(units [][]*Finding) (edited, error) {
	var edits []parser.Edit
	var changes []Changes
	for _, u := range units {
		for _, f := range u {
			edits = append(edits, f.Fix.Edits...)
			changes = append(changes, f.Fix.Declares)
		}
	}
	files, err := gatherFiles(h.in.Files, h.files, units)
	if err != nil {
		return edited{}, err
	}
	if len(edits) == 0 && len(files) > 0 {
		return edited{doc: h.doc, files: files}, nil
	}
	src, moves, err := h.doc.Source.Apply(edits)
	if err != nil {
		return edited{}, err
	}
	doc, err := dockerfile.Reparse(src, h.doc, moves)
	if err != nil {
		return edited{}, fmt.Errorf("the result would not parse: %w", err)
	}
	return edited{doc, moves, files}, newGate(h.doc, doc, moves, h.in.Usage.shipped(h.doc), changes).check()
}
