package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var runtimeBase = &transform.Rule{
	ID:     "runtime-base",
	Title:  "What ships is built on the smallest base that runs it",
	Safety: transform.Guarded,
	Doc: `The full images of languages are made to build with: python:3.12 carries a compiler, the headers of forty libraries, git and Mercurial. The
runtime stage of a split, and a stage that builds nothing, get the same distribution and interpreter without
them: python:3.12-slim, node:20-slim, debian:bookworm-slim for a program that golang compiled.

` + "`--base`" + ` chooses another: keep, slim (the default), alpine, ubuntu or distroless. The finding says what the choice costs.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.3", Title: "Ensure that unnecessary packages are not installed in the container"},
		{Framework: "NIST SP 800-190", ID: "4.1.1", Title: "Image vulnerabilities"},
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
	},
	Reasons:  []transform.Reason{reasonNeedsSplit, reasonNeedsTools},
	Reshapes: true,
	Check:    checkRuntimeBase,
}

var (
	reasonNeedsSplit = transform.Reason{Code: "needs-split", Text: "the stage builds on its base what it ships, and is not split."}
	reasonNeedsTools = transform.Reason{Code: "needs-tools", Text: "something that runs in the container needs what the smaller image lacks, and no package is known that brings it."}
)

func checkRuntimeBase(p *transform.Pass) []transform.Finding {
	s := planSplit(p)
	from := s.final.Stage.From
	span := from.Args[0].Span
	if ignored := p.Options.Ignored; ignored != nil && ignored(p.Doc, "runtime-base", from) != "" {
		return []transform.Finding{transform.Propose(span, transform.Guarded, "use the smallest base that runs it", &transform.Fix{})}
	}
	switch {
	case s.final.Stage.Parent != nil || s.final.Stage.Windows() || s.final.Base == nil:
		return nil
	case !s.leavesTools():
		return []transform.Finding{transform.Done(span, "the base is the smallest one of its kind that is known")}
	case s.verdict == nil && p.Enabled("split-stages"):
		f := transform.Propose(span, transform.Guarded, "the runtime stage is built on "+s.base.Image, &transform.Fix{Group: splitGroup})
		f.Evidence = []string{s.base.Cost}
		return []transform.Finding{f}
	case s.verdict != nil && s.point == 1 && s.verdict.Outcome == transform.Already:
		return []transform.Finding{s.replaceBase(span)}
	}
	why := "split-stages is switched off"
	if s.verdict != nil {
		why = "see split-stages"
	}
	return []transform.Finding{transform.Refuse(span, "the image ships what its base is made to build with", reasonNeedsSplit, "%s", why)}
}

// replaceBase puts the smaller base in the place of the one of a stage that builds nothing.
func (s *splitPlan) replaceBase(span parser.Span) transform.Finding {
	needed := s.neededPackages(s.systemManager())
	var missing []string
	for _, pkg := range s.base.Lost {
		if who, ok := needed[pkg]; ok {
			missing = append(missing, pkg+" ("+who+")")
		}
	}
	missing = append(missing, s.lostLibraries()...)
	if len(missing) > 0 {
		slices.Sort(missing)
		return transform.Refuse(span, "the image ships what its base is made to build with", reasonNeedsTools, "%s", strings.Join(missing, ", "))
	}
	f := transform.Propose(span, transform.Guarded, "use "+s.base.Image, &transform.Fix{
		Edits:    []parser.Edit{parser.Replace(span, s.base.Image)},
		Declares: transform.Changes{Base: s.base.Image},
	})
	f.Evidence = []string{s.base.Cost}
	return f
}
