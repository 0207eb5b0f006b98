package image

import (
	"fmt"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var splitStages = &transform.Rule{
	ID:     "split-stages",
	Title:  "A builder stage makes what a runtime stage ships",
	Safety: transform.Guarded,
	Doc: `A stage that installs or compiles what it ships keeps the compiler, the headers, the package managers' tools and the development
dependencies in the image. They are most of its size, most of the findings of every scanner, and what an intruder
builds with. The stage becomes two: the builder is the stage as it was, comments and all; the runtime stage starts from the
same distribution and interpreter without the tools, and gets what the application needs.

What that is comes from the data flow through the stage and not from a template: what each command installs and writes, what
CMD, ENTRYPOINT, HEALTHCHECK, the scripts that they start and compose's commands use. Python packages go to a virtual
environment that is copied as a whole; a Node project is copied after its development dependencies are removed, where its sources need none
of them; of a Go project the programs and the files that its sources name are. A package with headers becomes the libraries that it carries. A tool that only the build
uses stays behind; one that the health check or a script starts comes along.

A stage is left alone when nothing would stay behind, and where a command's effect is not known and its result may be needed.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.3", Title: "Ensure that unnecessary packages are not installed in the container"},
		{Framework: "NIST SP 800-190", ID: "4.1.1", Title: "Image vulnerabilities"},
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
	},
	Reasons: []transform.Reason{
		reasonSplitWindows, reasonSplitOnBuild, reasonSplitNoCommand, reasonSplitDevelopment, reasonSplitParent, reasonSplitBase, reasonEcosystem,
		reasonOpaqueCommand, reasonUnknownPath, reasonSystemTree, reasonRepository, reasonUnknownPackage, reasonUserInstall,
		reasonFixedInterpreter, reasonNeedsToolchain, reasonGlobalTool, reasonNoDirectory,
	},
	Reshapes: true,
	Check:    checkSplitStages,
}

// Reasons for which a stage stays one.
var (
	reasonSplitWindows     = transform.Reason{Code: "windows", Text: "a Windows image."}
	reasonSplitOnBuild     = transform.Reason{Code: "onbuild", Text: "ONBUILD instructions run in the images built on this one, which need the tools."}
	reasonSplitNoCommand   = transform.Reason{Code: "no-command", Text: "the file has neither CMD nor ENTRYPOINT: other images may be built on it, and what runs is not known."}
	reasonSplitDevelopment = transform.Reason{Code: "development", Text: "a person works in the image, or it rebuilds the application while it runs: the tools are meant to be there."}
	reasonSplitParent      = transform.Reason{Code: "several-stages", Text: "the stage is built on another one of the file, or is not the last."}
	reasonSplitBase        = transform.Reason{Code: "unknown-base", Text: "nothing is known of the base image, so nothing of what a smaller one would lack."}
	reasonEcosystem        = transform.Reason{Code: "ecosystem", Text: "the stage builds with tools whose results are not known well enough yet."}
	reasonOpaqueCommand    = transform.Reason{Code: "opaque-command", Text: "what a command does is not known, and its result may be needed at run time."}
	reasonUnknownPath      = transform.Reason{Code: "unknown-path", Text: "where a command or an instruction writes depends on a value that is not known, or cannot be written down safely."}
	reasonSystemTree       = transform.Reason{Code: "system-tree", Text: "a command writes into directories of the system, of which nothing less than all could be copied."}
	reasonRepository       = transform.Reason{Code: "repository", Text: "packages that are needed at run time come from a repository that the file sets up."}
	reasonUnknownPackage   = transform.Reason{Code: "unknown-package", Text: "it is not known which libraries a package with headers carries, or which package is meant."}
	reasonUserInstall      = transform.Reason{Code: "user-install", Text: "packages are installed for one user, in a home directory or as a user that may not write elsewhere."}
	reasonFixedInterpreter = transform.Reason{Code: "fixed-interpreter", Text: "something names the interpreter or its directories by their full path, past a virtual environment."}
	reasonNeedsToolchain   = transform.Reason{Code: "needs-toolchain", Text: "what runs at start compiles, or runs the build tool."}
	reasonGlobalTool       = transform.Reason{Code: "global-tool", Text: "what runs at start is a tool that was installed for the whole system, whose files cannot be told apart from those of others."}
	reasonNoDirectory      = transform.Reason{Code: "no-directory", Text: "the application has no directory of its own: it lies in / or in one of the system's."}
)

// splitGroup ties the choice of the runtime stage's base to the split itself.
const splitGroup = "split"

func checkSplitStages(p *transform.Pass) []transform.Finding {
	s := planSplit(p)
	if s.verdict != nil {
		return []transform.Finding{*s.verdict}
	}
	edits, declares := s.write()
	message := fmt.Sprintf("%s is built by a stage of its own, %s, and ships %s", s.runtime, s.builder, s.leaves())
	f := transform.Propose(s.final.Stage.From.Span, transform.Guarded, message, &transform.Fix{Edits: edits, Group: splitGroup, Declares: declares})
	f.Evidence = s.evidence
	return []transform.Finding{f}
}

// leaves says what stays behind.
func (s *splitPlan) leaves() string {
	list := s.gains
	if n := len(list); n > 4 {
		list = append(append([]string{}, list[:3]...), fmt.Sprintf("%d more", n-3))
	}
	return "without " + strings.Join(list, ", ")
}

// refuse makes the plan's verdict a refusal. Commands that it quotes are written on one line.
func (s *splitPlan) refuse(at parser.Span, reason transform.Reason, detail string, args ...any) {
	if s.verdict == nil {
		for i, arg := range args {
			if text, ok := arg.(string); ok {
				args[i] = strings.Join(strings.Fields(text), " ")
			}
		}
		f := transform.Refuse(at, "the image ships what it was built with", reason, detail, args...)
		s.verdict = &f
	}
}
