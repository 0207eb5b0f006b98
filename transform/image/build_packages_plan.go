package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// buildPackage is a package of the shipped stage that is known to be for building alone.
type buildPackage struct {
	effect.Package
	known   knowledge.Package
	step    int         // index of the RUN that installs it
	install effect.Step // the command that does
	keep    []string    // packages that stay in its place: the libraries of headers
	uses    []int       // indexes of the RUNs that use it, in order
	opaque  string      // why a command that may use it is not known, or ""
	stays   bool
}

// buildPlan is what becomes of the packages for building.
type buildPlan struct {
	*splitPlan
	packages []*buildPackage
	below    *transform.Installed // such a package of a stage that this one is built on
	cleaned  *effect.Step         // a command that takes such packages away already
	refusals []transform.Finding
	safety   transform.Safety
}

// findBelow finds a package for building that comes from a stage of the file.
func (b *buildPlan) findBelow() {
	if b.final.Parent == nil {
		return
	}
	for _, pkg := range b.final.Parent.Packages {
		if slices.Contains(systemManagers, pkg.Manager) && onlyCompiles(b.lookup(pkg.Package)) {
			b.below = &pkg
			return
		}
	}
}

// alsoRun are compilers whose packages hold what programs run on, too, or a server.
var alsoRun = lazily(`^(distcc|mono-|erlang|ocaml|openjdk|default-jdk|java-|temurin-|llvm|r-base)`)

// onlyCompiles reports whether a package is a compiler, headers, or a tool that serves those. Other
// tools of builds (groff, gettext, strace) may be there for a person or a program.
func onlyCompiles(known knowledge.Package) bool {
	switch {
	case alsoRun.MatchString(known.Name):
		return false
	case known.Purpose == knowledge.PurposeBuildTool:
		return strings.HasSuffix(known.Name, "-dev") || strings.HasSuffix(known.Name, "-devel") || strings.HasPrefix(known.Name, "pkg-config") || strings.HasPrefix(known.Name, "pkgconf") || strings.HasPrefix(known.Name, "linux-headers")
	}
	return known.Purpose == knowledge.PurposeCompiler || known.Purpose == knowledge.PurposeHeaders
}

func newBuildPlan(p *transform.Pass) *buildPlan {
	b := &buildPlan{splitPlan: &splitPlan{pass: p, final: p.Facts.Final(), style: knowledge.BaseKeep}, safety: transform.Guarded}
	if b.final.Stage.Windows() || b.final.Base == nil && b.final.Stage.Base == "scratch" {
		return b
	}
	b.point = len(b.final.Steps) // all of them build
	b.release = knowledge.ReleaseOf(b.final.BaseRef)
	b.findBelow()
	for i, step := range b.final.Steps {
		for n, c := range step.Commands {
			if c.Effect.Verb != "install" || !slices.Contains(systemManagers, c.Effect.Manager) {
				continue
			}
			for _, pkg := range c.Effect.Installs {
				if isPHPize(pkg) {
					pkg.Name = pkg.Arg.Text
				}
				known := b.lookup(pkg)
				switch {
				case !onlyCompiles(known) || b.final.Base != nil && b.final.Base.Has(pkg.Name):
				case b.removed(i, n, pkg):
				default:
					b.packages = append(b.packages, &buildPackage{Package: pkg, known: known, step: i, install: c})
				}
			}
		}
	}
	return b
}

// lookup says what is known of a package, and of PHP's variable for what builds extensions.
func (b *buildPlan) lookup(pkg effect.Package) knowledge.Package {
	if isPHPize(pkg) && b.final.Base != nil && b.final.Base.Image == "php" {
		return knowledge.Package{Name: pkg.Name, Purpose: knowledge.PurposeCompiler}
	}
	return b.splitPlan.lookup(pkg)
}

// isPHPize reports whether an operand is the variable in which PHP's images for Alpine list what
// builds extensions (docker-library/php, Dockerfile-linux.template). Those for Debian have it installed.
func isPHPize(pkg effect.Package) bool {
	return pkg.Manager == "apk" && (pkg.Arg.Text == "$PHPIZE_DEPS" || pkg.Arg.Text == "${PHPIZE_DEPS}")
}

// removed reports whether a command behind the n-th of a step takes a package away again, or may: its
// operands are not known.
func (b *buildPlan) removed(step, n int, pkg effect.Package) bool {
	group := b.final.Steps[step].Commands[n].Effect.Group
	for i := step; i < len(b.final.Steps); i++ {
		for k, c := range b.final.Steps[i].Commands {
			e := c.Effect
			if i == step && k <= n || e.Manager != pkg.Manager || e.Verb != "remove" {
				continue
			}
			names := func(r effect.Package) bool {
				return r.Name == "" || r.Name == pkg.Name || group != "" && r.Name == group
			}
			if len(e.Removes) == 0 || slices.ContainsFunc(e.Removes, names) {
				b.cleaned = &c
				return true
			}
		}
	}
	return false
}

// refuseImage finds what speaks against any change: the image is meant to build, or what runs in
// it is not known.
func (b *buildPlan) refuseImage() *transform.Finding {
	stage, base := b.final.Stage, b.final.Base
	at := b.packages[0].install.Call.Span
	config := dockerfile.ImageConfig(stage)
	switch {
	case base == nil || base.Confidence == "guessed":
		b.splitPlan.refuse(at, reasonSplitBase, "nothing is known of the base image %s", stage.Base)
	case len(config.OnBuild) > 0:
		b.splitPlan.refuse(config.OnBuild[0].Span, reasonSplitOnBuild, "ONBUILD %s", config.OnBuild[0].OnBuild.Keyword)
	case base.Interactive || base.Docker || base.Init || base.Lambda:
		b.splitPlan.refuse(at, reasonSplitDevelopment, "%s is meant to be used as it is", base.Image)
	case startsNothing(b.pass) && !b.composeStarts():
		b.splitPlan.refuse(at, reasonSplitNoCommand, "neither CMD nor ENTRYPOINT says what runs")
	case b.shared():
		b.splitPlan.refuse(stage.From.Span, reasonSplitParent, "other stages are built on %s", stage.Name)
	}
	b.style = knowledge.BaseSlim // what would it lack?
	b.chooseBase()
	if b.verdict == nil && b.leavesTools() {
		b.splitPlan.refuse(at, reasonFullBase, "%s has compilers and headers; start from a smaller variant of it, or build in a stage of its own", stage.Base)
	}
	if f := refuseDevelopment(b.pass); f != nil {
		b.splitPlan.refuse(f.Span, reasonSplitDevelopment, "%s", f.Detail)
	}
	if b.verdict == nil {
		b.findNeeds()
		b.refuseStart()
	}
	return b.verdict
}

// shared reports whether another stage of the file is built on this one.
func (b *buildPlan) shared() bool {
	return slices.ContainsFunc(b.pass.Doc.Stages, func(other *dockerfile.Stage) bool { return other.Parent == b.final.Stage })
}

// decide finds out for each package whether it can go, and where.
func (b *buildPlan) decide() {
	needed := b.neededPackages(b.systemManager())
	var others, unknown []*buildPackage
	for _, pkg := range b.packages {
		who, ok := needed[pkg.Name]
		links := b.linksAtStart(pkg.Name)
		switch {
		case pkg.Manager != "apt" && pkg.Manager != "apk":
			others = append(others, pkg)
		case ok:
			pkg.stays = true
			b.evidence = append(b.evidence, pkg.Name+" stays: "+who+" uses it")
		case links != "":
			pkg.stays = true
			b.evidence = append(b.evidence, pkg.Name+" stays: "+links)
		case len(pkg.known.Runs) > 0 && !b.brings(pkg.known.Runs):
			pkg.stays = true // an interpreter comes with it
		case pkg.known.Purpose == knowledge.PurposeHeaders && !pkg.known.Known, !pkg.Arg.Literal && !isPHPize(pkg.Package) || pkg.Arg.Word == nil || pkg.Local:
			unknown = append(unknown, pkg)
		default:
			pkg.keep = b.unnamed(pkg, append(pkg.known.Libraries, librariesOfCompiler(pkg)...))
			b.findUses(pkg)
		}
	}
	b.refuse(others, reasonOtherManager, "what %s takes away with them is not known", b.systemManager())
	b.refuse(unknown, reasonUnknownPackage, "which libraries they stand for in %s is not known, or they are in a variable", orUnknown(b.release))
	b.refuseDependents()
	b.refuseUses()
	b.refusePlaces()
}

// brings reports whether the base image has an interpreter of the same language of its own.
func (b *buildPlan) brings(runs []string) bool {
	language := b.final.Base.Language
	return language != "" && !slices.ContainsFunc(runs, func(run string) bool { return !strings.HasPrefix(run, language) && !strings.HasPrefix(run, "lib") })
}

// librariesOfCompiler are the libraries of Alpine's compilers for C++, which its images do not have by themselves.
func librariesOfCompiler(pkg *buildPackage) []string {
	if pkg.Manager == "apk" && slices.Contains(alpineCompilers, pkg.Name) {
		return []string{"libstdc++", "libgcc"}
	}
	return nil
}

// unnamed leaves out of the packages that stay for one those that a command names already, or that
// stay for another one.
func (b *buildPlan) unnamed(pkg *buildPackage, keep []string) []string {
	return slices.DeleteFunc(slices.Clone(keep), func(name string) bool {
		return slices.ContainsFunc(b.final.Packages, func(p transform.Installed) bool { return p.Name == name && p.Manager == pkg.Manager }) ||
			slices.ContainsFunc(b.packages, func(other *buildPackage) bool { return slices.Contains(other.keep, name) })
	})
}

// refuseDependents keeps what a package that stays depends on. One that is kept for it may need others.
func (b *buildPlan) refuseDependents() {
	for again := true; again; {
		again = false
		for _, pkg := range b.going() {
			i := slices.IndexFunc(b.final.Packages, func(other transform.Installed) bool {
				goes := slices.ContainsFunc(b.going(), func(g *buildPackage) bool { return g.Name == other.Name })
				return !goes && knowledge.NeedsBuildPackage(pkg.Manager, other.Name, pkg.Name)
			})
			if i >= 0 {
				b.refuse([]*buildPackage{pkg}, reasonNeededBy, "%s depends on it", b.final.Packages[i].Name)
				again = true
			}
		}
	}
}

// going are the packages that nothing keeps.
func (b *buildPlan) going() []*buildPackage {
	return slices.DeleteFunc(slices.Clone(b.packages), func(pkg *buildPackage) bool { return pkg.stays })
}
