package image

import (
	"fmt"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

var buildPackages = &transform.Rule{
	ID:     "build-packages",
	Title:  "Compilers and headers leave in the layer that they came in",
	Safety: transform.Guarded,
	Doc: `Where a stage that ships stays one stage, because the file has a builder already or *split-stages* refused, what it installs for building alone still has
no place in the image: compilers, headers, and the tools that serve them. They are installed, used and purged in one and the same RUN, so that no layer holds them:

- used in the RUN that installs them: they are purged there, behind the last command that uses them;
- used in one later RUN: they are installed in that one, and purged there;
- used by nothing: they leave the list, at the level ` + "`strict`" + `, for somebody may have meant them for the container.

The libraries that belong to headers are named beside them (` + "`libpq-dev`" + ` → ` + "`libpq5`" + `), so that apt and apk take them for wanted and leave them
when the headers go. A package that something in the container starts stays, and so does one that a package which stays depends on, by Debian's own index:
varnish needs gcc, npm needs libssl-dev.

apt would keep what a package that stays suggests, such as the compiler by way of dpkg-dev: ` + "`APT::AutoRemove::SuggestsImportant=false`" + ` tells it not to.

What a build uses is known by command: package managers of languages, compilers, make and its kin, PHP's docker-php-ext-install. Every command whose effect is not
known counts as a use; the change is *assumed* then, and where packages come from a repository that the file sets up.

Installing in the RUN that builds costs the cache of the build: the packages are fetched again when that RUN changes. A builder stage does not have that price.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.3", Title: "Ensure that unnecessary packages are not installed in the container"},
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
	},
	Reasons: []transform.Reason{
		reasonSplitOnBuild, reasonSplitNoCommand, reasonSplitDevelopment, reasonSplitParent, reasonSplitBase, reasonNeedsToolchain, reasonUnknownPackage,
		reasonFullBase, reasonOtherManager, reasonSeveralRuns, reasonNeededBy, reasonForeign, reasonBuildUser, reasonPlace, reasonOpaqueScript,
	},
	Reshapes: true,
	Check:    checkBuildPackages,
}

var (
	reasonFullBase     = transform.Reason{Code: "full-base", Text: "the base image brings compilers and headers itself: a smaller base, or a builder stage, comes first."}
	reasonOtherManager = transform.Reason{Code: "package-manager", Text: "what the package manager takes away together with a package is not known: only apt and apk are followed."}
	reasonSeveralRuns  = transform.Reason{Code: "several-runs", Text: "more than one RUN uses the packages, and the layers between would hold them: join these RUNs."}
	reasonNeededBy     = transform.Reason{Code: "needed-by-package", Text: "a package that stays depends on them."}
	reasonForeign      = transform.Reason{Code: "foreign-package", Text: "a package is installed from a file, and what it depends on is not known: it would be purged together with that."}
	reasonBuildUser    = transform.Reason{Code: "other-user", Text: "the RUN that uses them is not run by root, who alone can install and purge."}
)

const buildPackagesStay = "the image ships what only the build needs"

func checkBuildPackages(p *transform.Pass) []transform.Finding {
	b := newBuildPlan(p)
	switch {
	case len(b.packages) > 0:
	case b.below != nil:
		return []transform.Finding{transform.Refuse(b.final.Stage.From.Span, buildPackagesStay, reasonSplitParent, "%s is installed by the stage that this one is built on, line %d", b.below.Name, p.Doc.Source.LineAt(b.below.Instruction.Span.Start))}
	default:
		return b.nothing()
	}
	if p.Enabled(splitStages.ID) && planSplit(p).verdict == nil {
		return nil // the split leaves them behind
	}
	if why := b.refuseImage(); why != nil {
		return []transform.Finding{*why}
	}
	b.decide()
	w := &buildWriter{buildPlan: b}
	w.write()
	findings := b.refusals
	if len(w.edits) > 0 {
		f := transform.Propose(w.at, b.safety, w.message(), &transform.Fix{Edits: w.edits, Declares: w.declares})
		f.Evidence = b.evidence
		findings = append(findings, f)
	}
	return findings
}

// nothing is what there is to say when no package is only for building.
func (b *buildPlan) nothing() []transform.Finding {
	if b.cleaned == nil {
		return nil
	}
	return []transform.Finding{transform.Done(b.cleaned.Call.Span, "what only the build needs leaves in the RUN that installs it")}
}

// namesOf lists the names of packages, each once.
func namesOf(list []*buildPackage) []string {
	var out []string
	for _, pkg := range list {
		note(&out, pkg.Name)
	}
	return out
}

// refuseAlike keeps the packages that something speaks against, and says what once for all of
// which it is true.
func (b *buildPlan) refuseAlike(against func(*buildPackage) (reason transform.Reason, detail string)) {
	type verdict struct {
		reason transform.Reason
		detail string
	}
	lists := map[verdict][]*buildPackage{}
	var order []verdict
	for _, pkg := range b.going() {
		reason, detail := against(pkg)
		v := verdict{reason, detail}
		if reason.Code == "" {
			continue
		}
		if lists[v] == nil {
			order = append(order, v)
		}
		lists[v] = append(lists[v], pkg)
	}
	for _, v := range order {
		b.refuse(lists[v], v.reason, "%s", v.detail)
	}
}

// refuse keeps packages where they are.
func (b *buildPlan) refuse(list []*buildPackage, reason transform.Reason, format string, args ...any) {
	if len(list) == 0 {
		return
	}
	for _, pkg := range list {
		pkg.stays = true
	}
	at := list[0].install.Call.Span
	b.refusals = append(b.refusals, transform.Refuse(at, buildPackagesStay, reason, "%s: %s", strings.Join(short(namesOf(list), 6), ", "), fmt.Sprintf(format, args...)))
}
