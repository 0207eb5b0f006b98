package image

import (
	"cmp"
	"maps"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// splitPlan is how the shipped stage becomes two: which of its instructions stay in the
// builder, and what the runtime stage gets. Its parts are worked out one after the
// other; the first that cannot be known is the verdict.
type splitPlan struct {
	pass    *transform.Pass
	final   *transform.StageFacts
	verdict *transform.Finding // already or refused; then nothing else counts

	style    knowledge.RuntimeStyle
	evidence []string
	gains    []string // what stays behind, for the message

	builder, runtime string // names of the stages
	base             knowledge.RuntimeBase
	release          string // of the distribution: "bookworm"
	point            int    // index of the first step that is part of the runtime stage

	user     *dockerfile.Instruction // the USER that the builder ends with, nil for root
	app      string                  // the application's directory, "" when it has none
	outputs  []string                // places outside of it that the project's configuration names
	roots    []string                // paths that are copied from the builder, in order
	repeated []transform.Step
	setup    []string // commands that the runtime stage repeats before anything is copied: users, directories
	handover []string // and behind that: owners, modes, links
	packages []string // of the system, that the runtime stage installs, as they are written

	followed map[string]bool   // scripts whose programs are noted
	needs    map[string]string // programs that run in the container, and who starts them

	venv  *venvPlan
	prune *prunePlan
	// goOnly: of the project's directory the runtime stage gets parts alone.
	goOnly    bool
	built     []string          // directories whose content was compiled into programs
	relative  bool              // a command that is repeated names a path from the working directory
	made      []string          // directories that the runtime stage makes again
	relocated map[string]string // paths that are copied to another place
}

// planSplit works the plan out once per pass.
func planSplit(p *transform.Pass) *splitPlan {
	return transform.Shared(p, "split plan", newSplitPlan)
}

// newSplitPlan plans with the base that is asked for, and with the slim one where the
// application does not fit on that.
func newSplitPlan(p *transform.Pass) *splitPlan {
	style := baseStyle(p)
	s := planWith(p, style)
	if style == knowledge.BaseKeep || style == knowledge.BaseSlim || s.verdict != nil {
		return s
	}
	why := s.misfit()
	if why == "" {
		return s
	}
	s = planWith(p, knowledge.BaseSlim)
	s.evidence = append(s.evidence, "not "+string(style)+": "+why)
	return s
}

func planWith(p *transform.Pass, style knowledge.RuntimeStyle) *splitPlan {
	s := &splitPlan{pass: p, final: p.Facts.Final(), style: style}
	for _, part := range []func(){
		s.refuseWindows, s.chooseBase, s.findGain, s.refuseStage, s.refuseEcosystem, s.findNeeds, s.refuseStart, s.findPoint,
		s.planPython, s.planNode, s.planGo, s.followOutputs, s.follow, s.explainStart, s.planPackages, s.settleGains, s.name,
	} {
		part()
		if s.verdict != nil {
			return s
		}
	}
	return s
}

// steps are those that stay in the builder.
func (s *splitPlan) steps() []transform.Step { return s.final.Steps[1:s.point] }

// needNames lists the needed programs in order.
func (s *splitPlan) needNames() []string { return slices.Sorted(maps.Keys(s.needs)) }

// name chooses the names of the stages. What ships keeps its own, for compose and bake
// files name it.
func (s *splitPlan) name() {
	s.runtime = s.freeName("", cmp.Or(s.final.Stage.Name, "runtime"), "final", "app", "shipped")
	s.builder = s.freeName(s.runtime, "builder", "build", "app-builder", "final-builder")
}

// freeName is the first of the names that neither another stage of the file nor the other new
// one has, the last when all are taken.
func (s *splitPlan) freeName(other string, names ...string) string {
	i := slices.IndexFunc(names, func(name string) bool {
		return name != other && !slices.ContainsFunc(s.pass.Doc.Stages, func(stage *dockerfile.Stage) bool {
			return stage != s.final.Stage && stage.Name == name
		})
	})
	if i < 0 {
		i = len(names) - 1
	}
	return names[i]
}
