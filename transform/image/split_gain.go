package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// refuseWindows knows images that nothing here is about.
func (s *splitPlan) refuseWindows() {
	if s.final.Stage.Windows() {
		s.refuse(s.final.Stage.From.Span, reasonSplitWindows, "Windows images are not looked at")
	}
}

// baseStyle is how the base is chosen: not at all where somebody switched that off.
func baseStyle(p *transform.Pass) knowledge.RuntimeStyle {
	from := p.Facts.Final().Stage.From
	switch ignored := p.Options.Ignored; {
	case !p.Enabled("runtime-base"), ignored != nil && ignored(p.Doc, "runtime-base", from) != "":
		return knowledge.BaseKeep
	case p.Options.Base == "":
		return knowledge.BaseSlim
	}
	return p.Options.Base
}

// chooseBase finds the base of the runtime stage. That none is known is no verdict yet:
// there may be nothing to gain.
func (s *splitPlan) chooseBase() {
	base, ok := knowledge.RuntimeBaseWith(s.final.Stage.Base, s.style, s.pass.Facts.GlobalArg)
	if !ok {
		base, _ = knowledge.RuntimeBaseWith(s.final.Stage.Base, knowledge.BaseKeep, s.pass.Facts.GlobalArg)
	}
	s.base, s.release = base, knowledge.ReleaseOf(s.final.BaseRef)
}

// leavesTools reports whether the runtime stage's base lacks tools of the builder's.
func (s *splitPlan) leavesTools() bool {
	return !s.base.Same && (len(s.base.Lost) > 0 || s.final.Base != nil && s.final.Base.Language == "golang")
}

// findGain finds what would stay behind. Without it the stage is fine as it is.
func (s *splitPlan) findGain() {
	if s.leavesTools() {
		s.gains = append(s.gains, "the tools of "+s.final.Stage.Base)
	}
	for _, pkg := range s.final.Packages {
		if s.takenAway(pkg.Instruction, pkg.Manager, pkg.Name) {
			continue
		}
		if name := pkg.Name; knowledge.LookupPackage(pkg.Manager, s.release, name).Purpose.BuildOnly() && !slices.Contains(s.gains, name) {
			s.gains = append(s.gains, name)
		}
	}
	if len(s.gains) == 0 && s.hasDevDependencies() {
		s.leave(devGain)
	}
	if len(s.gains) == 0 {
		f := transform.Done(s.final.Stage.From.Span, "the image ships no tools that only the build needs")
		s.verdict = &f
	}
}

// refuseStage finds what speaks against a split of this stage at all.
func (s *splitPlan) refuseStage() {
	stage := s.final.Stage
	at := stage.From.Span
	config := dockerfile.ImageConfig(stage)
	start := startCommandOf(s.final)
	switch {
	case stage.Parent != nil:
		s.refuse(at, reasonSplitParent, "the stage is built on %s", stage.Base)
	case stage != s.pass.Doc.Final():
		s.refuse(at, reasonSplitParent, "the stage that ships is not the last of the file")
	case len(config.OnBuild) > 0:
		s.refuse(config.OnBuild[0].Span, reasonSplitOnBuild, "ONBUILD %s", config.OnBuild[0].OnBuild.Keyword)
	case s.final.Base == nil || s.final.Base.Confidence == "guessed":
		s.refuse(at, reasonSplitBase, "nothing is known of the base image %s", stage.Base)
	case start.cmd == nil && start.entrypoint == nil && !s.composeStarts():
		s.refuse(at, reasonSplitNoCommand, "neither CMD nor ENTRYPOINT says what runs")
	case strings.Contains(s.final.BaseRef, "onbuild"):
		s.refuse(at, reasonSplitOnBuild, "the base image %s runs instructions of its own", s.final.BaseRef)
	case s.base.Same && s.style != knowledge.BaseKeep && s.final.Base.Language == "golang":
		s.refuse(at, reasonSplitBase, "no smaller image is known that programs of %s run on", stage.Base)
	case !slices.Contains([]string{"", "python", "node", "golang"}, s.final.Base.Language):
		s.refuse(at, reasonEcosystem, "images of %s are not split yet", s.final.Base.Language)
	case s.final.Base.Docker:
		s.refuse(at, reasonSplitDevelopment, "%s brings the tools of a Docker Engine", s.final.Base.Image)
	case s.final.Base.Init:
		s.refuse(at, reasonSplitDevelopment, "%s starts an init system with services of its own", s.final.Base.Image)
	case s.final.Base.Interactive || s.final.Base.Lambda:
		s.refuse(at, reasonSplitDevelopment, "%s is meant to be used as it is", s.final.Base.Image)
	}
	svc, m, mounts := mountsSource(s.pass)
	if mounts && !s.outlivesMount() {
		s.refuse(at, reasonSplitDevelopment, "%s:%d mounts the sources in %s over %s", svc.File, svc.Line, m.Source, m.Path)
	}
	if f := refuseDevelopment(s.pass); f != nil && f.Reason != reasonSourceMount.Code {
		s.refuse(f.Span, reasonSplitDevelopment, "%s", f.Detail)
	}
}

// outlivesMount reports whether the application stays whole below the sources of the host that compose mounts
// over it: packages of Python lie elsewhere, and nothing reloads what a person changes.
func (s *splitPlan) outlivesMount() bool {
	if s.final.Base.Language != "python" {
		return false
	}
	dir := s.final.End().Workdir
	for _, step := range s.final.Steps {
		for _, c := range step.Commands {
			if slices.ContainsFunc(c.Effect.Writes, func(w effect.Path) bool {
				return !w.Known || path.Base(w.Name) == ".venv" || c.Effect.Tool == "virtualenv" && under([]string{dir}, w.Name)
			}) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(programsOf(s.pass), func(prog program) bool {
		return slices.ContainsFunc([]string{"runserver", "--debug", "--dev", "dev"}, func(word string) bool { return slices.Contains(prog.argv, word) })
	})
}

// otherManagers are package managers and build tools of languages that are not followed.
var otherManagers = []string{"gem", "bundle", "composer", "cargo", "maven", "gradle", "dotnet", "conda", "cpan", "cpanm", "luarocks", "opam", "ant", "sbt", "lein", "mix", "rebar", "rebar3", "stack", "cabal", "swift", "bazel", "bazelisk", "bun", "bower", "rvm", "nvm", "asdf", "sdk"}

// refuseEcosystem finds tools whose results are not followed.
func (s *splitPlan) refuseEcosystem() {
	followed := s.final.Base.Language != ""
	for _, step := range s.final.Steps {
		for _, c := range step.Commands {
			if slices.Contains(pythonManagers, c.Effect.Manager) || slices.Contains(nodeManagers, c.Effect.Manager) || c.Effect.Manager == "go" {
				followed = true
			}
			if slices.Contains(otherManagers, c.Effect.Manager) && !c.Effect.Pure {
				s.refuse(c.Call.Span, reasonEcosystem, "what %s makes is not followed yet", c.Effect.Manager)
				return
			}
		}
	}
	if !followed {
		s.refuse(s.final.Stage.From.Span, reasonEcosystem, "no tool of Python, Node or Go builds anything")
	}
}

// composeStarts reports whether every service says what runs.
func (s *splitPlan) composeStarts() bool {
	return s.pass.Usage.Known() && !slices.ContainsFunc(s.pass.Usage.Services, func(svc transform.Service) bool {
		return len(svc.Command) == 0 && len(svc.Entrypoint) == 0
	})
}

// waiting are programs that hold a container open for a person.
var waiting = map[string]bool{"sleep": true, "tail": true, "bash": true, "sh": true, "zsh": true, "fish": true, "ash": true, "top": true, "sshd": true, "cat": true}

// reloading are programs that rebuild an application while it runs, by their projects' documentation.
var reloading = map[string]bool{"nodemon": true, "ts-node-dev": true, "air": true, "reflex": true, "CompileDaemon": true, "watchexec": true, "entr": true, "fresh": true, "realize": true, "gin": true}

// toolchains are programs that compile.
var toolchains = map[string]bool{"gcc": true, "g++": true, "cc": true, "make": true, "cmake": true, "go": true, "cargo": true, "rustc": true, "mvn": true, "gradle": true, "gradlew": true, "mvnw": true, "tsc": true, "javac": true, "pip": true, "pip3": true, "conda": true}

// refuseStart finds a start that needs what would stay behind.
func (s *splitPlan) refuseStart() {
	at := s.final.Stage.From.Span
	if start := startCommandOf(s.final); start.cmd != nil {
		at = start.cmd.Span
	} else if start.entrypoint != nil {
		at = start.entrypoint.Span
	}
	programs := programsOf(s.pass)
	if n := len(programs); n > 0 {
		last := programs[n-1]
		if waiting[last.name] && !slices.ContainsFunc(programs, func(x program) bool { return !waiting[x.name] }) {
			s.refuse(at, reasonSplitDevelopment, "the container runs %s and waits for a person", last.name)
		}
	}
	for _, prog := range programs {
		switch {
		case reloading[prog.name] || slices.Contains(prog.argv, "--reload") || slices.Contains(prog.argv, "--watch"):
			s.refuse(at, reasonSplitDevelopment, "%s rebuilds or reloads the application while it runs", prog.name)
		case prog.name == "go" && slices.Contains(prog.argv, "run"):
			s.refuse(at, reasonNeedsToolchain, "the container runs %s: let a RUN build a program with go build -o, and start that", strings.Join(prog.argv[:min(3, len(prog.argv))], " "))
		case toolchains[prog.name]:
			s.refuse(at, reasonNeedsToolchain, "the container runs %s", strings.Join(prog.argv[:min(3, len(prog.argv))], " "))
		}
	}
	if unread := runtimeOf(s.pass).unread; len(unread) > 0 && !s.base.Same {
		s.refuse(at, reasonOpaqueCommand, "the script %s that runs at start is not in the build context: what of the tools of %s it needs is not known", unread[0], s.final.Stage.Base)
	}
	for _, name := range s.needNames() {
		if reloading[path.Base(name)] {
			s.refuse(at, reasonSplitDevelopment, "%s runs %s", s.needs[name], name)
		}
		if toolchains[path.Base(name)] {
			s.refuse(at, reasonNeedsToolchain, "%s runs %s", s.needs[name], name)
		}
	}
}
