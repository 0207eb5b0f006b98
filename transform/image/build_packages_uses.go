package image

import (
	"fmt"
	"path"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// extensionTools build PHP's extensions (docker-library/php, docker-php-ext-*; pecl).
var extensionTools = []string{"docker-php-ext-install", "docker-php-ext-configure", "pecl", "pear"}

// neverCompile are package managers whose packages hold nothing to compile.
var neverCompile = []string{"composer", "bower", "maven", "gradle", "dotnet"}

// findUses lists the RUNs that use a package, or may.
func (b *buildPlan) findUses(pkg *buildPackage) {
	for i := pkg.step; i < len(b.final.Steps); i++ {
		step := b.final.Steps[i]
		if in := step.Instruction; in.Is("RUN") && in.Script().Opaque != "" {
			pkg.uses, pkg.opaque = append(pkg.uses, i), in.Script().Opaque
			continue
		}
		for _, c := range step.Commands {
			if c.Call.Span.Start <= pkg.install.Call.Span.Start || !pkg.usedBy(c) {
				continue
			}
			if pkg.opaque == "" {
				pkg.opaque = c.Effect.Opaque
			}
			if !slices.Contains(pkg.uses, i) {
				pkg.uses = append(pkg.uses, i)
			}
		}
	}
}

// usedBy reports whether a command uses the package, or may.
func (pkg *buildPackage) usedBy(c effect.Step) bool {
	e := c.Effect
	switch {
	case e.Pure:
		return false
	case e.Opaque != "":
		return true
	case slices.Contains(systemManagers, e.Manager), slices.Contains(neverCompile, e.Manager), onlyInstallers(e):
		return false
	case e.Manager != "":
		return e.Verb != "clean"
	case slices.Contains(extensionTools, e.Tool), e.Verb == "build" || e.Verb == "install":
		return true
	}
	return slices.Contains(pkg.known.Programs, e.Tool) || len(e.Argv) > 0 && slices.Contains(pkg.known.Programs, path.Base(e.Argv[0].Value))
}

// refuseUses keeps packages that no single RUN could install, use and purge.
func (b *buildPlan) refuseUses() {
	if s := b.foreignInstall(); s != nil {
		b.refuse(b.going(), reasonForeign, "line %d installs one", b.pass.Line(s.Call.Span.Start))
	}
	b.refuseAlike(func(pkg *buildPackage) (transform.Reason, string) {
		switch n := len(pkg.uses); {
		case n > 1:
			return reasonSeveralRuns, fmt.Sprintf("the RUNs of line %d and %d use them", b.line(pkg.uses[0]), b.line(pkg.uses[1]))
		case n == 1 && b.script(pkg.uses[0]) != "":
			return reasonOpaqueScript, fmt.Sprintf("line %d: %s", b.line(pkg.uses[0]), b.script(pkg.uses[0]))
		case n == 1 && !b.final.Steps[pkg.uses[0]].Before.Root():
			return reasonBuildUser, fmt.Sprintf("the RUN of line %d runs as %s", b.line(pkg.uses[0]), b.final.Steps[pkg.uses[0]].Before.EffectiveUser())
		}
		return transform.Reason{}, ""
	})
	for _, pkg := range b.going() {
		switch {
		case len(pkg.uses) == 0:
			b.assume("nothing builds with " + pkg.Name)
		case pkg.opaque != "":
			b.assume(pkg.opaque)
		}
	}
	if s := b.foreignSource(); s != nil {
		b.assume(fmt.Sprintf("line %d: packages come from a repository of its own, and what they depend on is not known", b.pass.Line(s.call.Call.Span.Start)))
	}
	for _, name := range runtimeOf(b.pass).unread {
		b.assume(name + " could not be read")
	}
}

// assume notes what is not known.
func (b *buildPlan) assume(why string) {
	b.safety = transform.Assumed
	b.evidence = append(b.evidence, why)
}

// foreignInstall finds a command that installs packages which are in no index that is known: what they
// depend on is not.
func (b *buildPlan) foreignInstall() *effect.Step {
	for _, step := range b.final.Steps {
		for i, c := range step.Commands {
			if e := c.Effect; e.Tool == "dpkg" && hasWord(e, "-i", "--install", "--unpack") || slices.Contains(systemManagers, e.Manager) && e.Verb == "install" &&
				slices.ContainsFunc(e.Installs, func(p effect.Package) bool { return p.Local }) {
				return &step.Commands[i]
			}
		}
	}
	return nil
}

// script says why the script of a step cannot be extended, "" when it can.
func (b *buildPlan) script(step int) string {
	switch s := b.final.Steps[step].Instruction.Script(); {
	case s.Opaque != "":
		return s.Opaque
	case s.Argv != nil:
		return dockerfile.ErrExec.Error()
	}
	return ""
}

// line is where a step stands in the file.
func (b *buildPlan) line(step int) int {
	return b.pass.Line(b.final.Steps[step].Instruction.Span.Start)
}

// usedIn reports whether the RUN of a step is the one that uses the package.
func (pkg *buildPackage) usedIn(step int) bool { return len(pkg.uses) == 1 && pkg.uses[0] == step }

// refusePlaces keeps packages that cannot be taken off the list that they stand in.
func (b *buildPlan) refusePlaces() {
	for _, pkg := range b.going() {
		call := pkg.install.Call
		switch {
		case call.Where != (dockerfile.Where{}):
			b.refuse([]*buildPackage{pkg}, reasonPlace, "%s stands in a condition, a loop, a pipe or a subshell", call.Name())
		case !pkg.usedIn(pkg.step) && len(pkg.keep) == 0 && !rewrite(call).removable(pkg.Arg):
			b.refuse([]*buildPackage{pkg}, reasonPlace, "a comment stands in front of it in the list")
		}
	}
	for _, pkg := range b.going() {
		if b.emptied(pkg.install) && !b.housekeeping(pkg) {
			b.refuse([]*buildPackage{pkg}, reasonPlace, "the command installs nothing else, and its RUN does more")
		}
	}
}

// emptied reports whether nothing stays of the operands of an install command.
func (b *buildPlan) emptied(c effect.Step) bool {
	gone := 0
	for _, pkg := range b.going() {
		if pkg.install.Call == c.Call && !pkg.usedIn(pkg.step) && len(pkg.keep) == 0 {
			gone++
		}
	}
	return gone == len(c.Effect.Installs)
}

// housekeeping reports whether the RUN that installs a package does nothing but that, and can go as a whole.
func (b *buildPlan) housekeeping(pkg *buildPackage) bool {
	step := b.final.Steps[pkg.step]
	if len(step.Instruction.Comments) > 0 || len(step.Instruction.Heredocs) > 0 {
		return false
	}
	return !slices.ContainsFunc(step.Commands, func(c effect.Step) bool {
		e := c.Effect
		ofManager := e.Manager == pkg.Manager && (e.Verb == "update" || e.Verb == "clean")
		return c.Call != pkg.install.Call && !ofManager && !e.Pure && (len(e.Cleans) == 0 || e.Opaque != "")
	})
}
