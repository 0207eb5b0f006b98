package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// misfit says why the application does not run on the base that was asked for, "" when it does.
func (s *splitPlan) misfit() string {
	static := s.static()
	switch b := knowledge.LookupBase(s.base.Image); {
	case s.base.Same:
		return ""
	case s.final.Base.Language != "golang":
		return "its interpreter lies elsewhere than in " + s.final.Stage.Base
	case s.style == knowledge.BaseAlpine && s.final.Base.Family != "alpine" && !static, b != nil && s.style == knowledge.BaseUbuntu && s.final.Base.Family != "debian":
		return "the program may be linked with the C library of " + s.final.Stage.Base
	}
	if s.base.Shell {
		return ""
	}
	s.packages = slices.DeleteFunc(s.packages, func(name string) bool { return name == "ca-certificates" || name == "tzdata" }) // it has both
	switch {
	case len(s.packages) > 0:
		return "it has no package manager, and " + strings.Join(s.packages, ", ") + " is needed"
	case len(s.setup) > 0 || len(s.handover) > 0:
		return "it has no shell for what the stage runs"
	case slices.ContainsFunc(s.final.Steps[s.point:], func(step transform.Step) bool { return step.Instruction.Is("RUN") }):
		return "it has no shell for the RUN of the runtime stage"
	}
	config := dockerfile.ImageConfig(s.final.Stage)
	for _, in := range []*dockerfile.Instruction{config.Entrypoint, config.Cmd, config.Healthcheck} {
		if in != nil && !in.JSON && len(in.Args) > 0 && !strings.EqualFold(in.Args[0].Value, "NONE") {
			return in.Keyword + " is started by a shell"
		}
	}
	for _, name := range s.needNames() {
		if scriptLike(name) || shellName(path.Base(name)) {
			return s.needs[name] + " runs " + name
		}
	}
	if static && s.base.Static != "" {
		s.base.Image = s.base.Static
	}
	return ""
}

// static reports whether every program is built without the C library.
func (s *splitPlan) static() bool {
	for _, step := range s.steps() {
		for _, c := range step.Commands {
			if c.Effect.Manager != "go" || c.Effect.Verb != "build" && c.Effect.Verb != "install" {
				continue
			}
			v, _ := step.Before.Lookup("CGO_ENABLED")
			for _, a := range c.Call.Assign {
				if a.Name != nil && a.Name.Value == "CGO_ENABLED" && a.Value != nil {
					v = a.Value.Lit()
				}
			}
			if v != "0" {
				return false
			}
		}
	}
	return true
}
