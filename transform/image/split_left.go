package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// takenAway reports whether a RUN removes a package that it installs: the image has it neither
// before nor after a split.
func (s *splitPlan) takenAway(in *dockerfile.Instruction, manager, name string) bool {
	gone := transform.Shared(s.pass, "taken away", func(*transform.Pass) map[*dockerfile.Instruction]map[string]bool {
		out := map[*dockerfile.Instruction]map[string]bool{}
		for _, step := range s.final.Steps {
			if removed := removedAgain(step); len(removed) > 0 {
				out[step.Instruction] = removed
			}
		}
		return out
	})
	return gone[in][manager+" "+name]
}

// removedAgain lists the packages that a RUN installs and, always when it did, removes: each with its
// package manager in front.
func removedAgain(step transform.Step) map[string]bool {
	removed := map[string]bool{}
	var later []effect.Step // the removals behind a command
	for _, c := range slices.Backward(step.Commands) {
		e := c.Effect
		if len(e.Removes) > 0 {
			later = append(later, c)
		}
		if len(e.Installs) == 0 || len(later) == 0 {
			continue
		}
		names := map[string]bool{}
		for _, r := range later {
			if r.Effect.Manager == e.Manager && r.Call.Where == c.Call.Where {
				for _, p := range r.Effect.Removes {
					names[p.Name] = true
				}
			}
		}
		for _, p := range e.Installs {
			if names[p.Name] || e.Group != "" && names[e.Group] {
				removed[e.Manager+" "+p.Name] = true
			}
		}
	}
	return removed
}

// settleGains takes back what turned out to come along: without a gain the stage is
// fine as it is.
func (s *splitPlan) settleGains() {
	s.gains = slices.DeleteFunc(s.gains, s.comesAlong)
	if len(s.gains) == 0 {
		f := transform.Done(s.final.Stage.From.Span, "what only the build needs is what starts as well")
		s.verdict = &f
	}
}

// comesAlong reports whether the runtime stage has what should have stayed behind.
func (s *splitPlan) comesAlong(gain string) bool {
	if gain == devGain {
		return s.prune == nil
	}
	if slices.Contains(s.packages, gain) {
		return true
	}
	if slices.ContainsFunc(s.setup, func(command string) bool {
		words := strings.Fields(command)
		return slices.ContainsFunc(words, func(w string) bool {
			return w == gain || strings.HasPrefix(w, gain+"@") || strings.HasPrefix(w, gain+"==")
		})
	}) {
		return true
	}
	kept := false
	for i, step := range s.steps() {
		for _, c := range step.Commands {
			e := c.Effect
			if !slices.ContainsFunc(e.Installs, func(p effect.Package) bool { return p.Name == gain }) {
				continue
			}
			switch {
			case slices.Contains(systemManagers, e.Manager):
				return false
			case slices.Contains(pythonManagers, e.Manager): // the environment is copied as a whole
				kept = kept || s.venv != nil && i+1 >= s.venv.before || s.venv == nil && !s.onlyTools(e)
			case slices.Contains(nodeManagers, e.Manager):
				kept = kept || !globalInstall(e)
			}
		}
	}
	return kept
}

// copiedTools are programs that images of their own bring, and that only install.
var copiedTools = map[string]bool{"uv": true, "uvx": true}

// onlyInstalls reports whether a COPY brings nothing but installers that nothing in the container starts.
func (s *splitPlan) onlyInstalls(in *dockerfile.Instruction) bool {
	_, _, from := in.Flag("from")
	if !from || s.pass.Files == nil || s.needsTool("uv", "uvx") {
		return false
	}
	return !slices.ContainsFunc(in.Args[:len(in.Args)-1], func(a dockerfile.Word) bool { return !copiedTools[path.Base(a.Value)] })
}

// explainStart refuses when it is not known what brings a program that the container starts by its
// name alone: make may put it anywhere.
func (s *splitPlan) explainStart() {
	if len(s.relocated) > 0 || s.final.Base.Language != "golang" {
		return
	}
	made := map[string]bool{}
	for _, step := range s.final.Steps {
		if in := step.Instruction; in.Is("COPY", "ADD") {
			for _, a := range in.Args {
				made[path.Base(a.Value)] = true
			}
		}
		for _, c := range step.Commands {
			for _, w := range c.Effect.Writes {
				made[path.Base(w.Name)] = made[path.Base(w.Name)] || w.Kind == effect.File
			}
		}
	}
	for _, name := range s.needNames() {
		if s.needs[name] == theContainer && s.unexplainedName(name) && !made[name] && !slices.ContainsFunc(s.roots, sharedRoot) && !slices.ContainsFunc(s.roots, func(r string) bool { return path.Base(r) == "bin" }) {
			s.refuse(s.final.Stage.From.Span, reasonUnknownPath, "it is not known what brings %s, which the container starts", name)
			return
		}
	}
}
