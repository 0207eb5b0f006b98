package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

var (
	reasonNoInstall      = transform.Reason{Code: "no-install", Text: "no RUN of the stage installs packages of the system: the upgrade would be a layer of its own, which only a rebuild on a newer base avoids."}
	reasonPinnedPackages = transform.Reason{Code: "pinned-packages", Text: "packages are pinned to versions, which an upgrade may have passed by."}
	reasonNoLists        = transform.Reason{Code: "no-lists", Text: "no command that can be seen fetches package lists in front of the install."}
)

var securityUpdates = &transform.Rule{
	ID:     "security-updates",
	Title:  "The build takes the distribution's updates of what the base image brings",
	Safety: transform.Assumed,
	Doc: `Between two releases of a base image its packages grow old: a fixed OpenSSL is in the distribution's archive days before it is in the image. This rule
lets the first RUN of the shipped stage that installs packages upgrade the others first.

| manager | command |
|---|---|
| apt | ` + "`apt-get upgrade -y`" + ` |
| apk | ` + "`apk upgrade --no-cache`" + ` |
| dnf, microdnf, tdnf | ` + "`dnf upgrade -y`" + `, … |
| yum | ` + "`yum update -y`" + ` |
| zypper | ` + "`zypper --non-interactive update`" + ` |
| pacman | ` + "`pacman -Syu --noconfirm`" + ` |

**Why not by default.** Two builds of one commit are no longer the same image: what ` + "`upgrade`" + ` does depends on the day. The upgraded files are
stored a second time, above the base's. And it promises more than it keeps: the layer is cached, so that the next build, a month later, takes the upgrade of
today, unless somebody says ` + "`--no-cache`" + `.

**What to do instead.** Rebuild every week, on the newest image of your tag: ` + "`docker build --pull --no-cache`" + ` in a scheduled pipeline. Official images are rebuilt when
their distribution publishes a fix. With *pinned-base* ` + "`--pin`" + `, Renovate or Dependabot opens a pull request for each new base, and the build stays
reproducible. Use this rule where the base is yours to wait for: a vendor's image that is rebuilt twice a year.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.4", Title: "Ensure images are scanned and rebuilt to include security patches"},
		{Framework: "NIST SP 800-190", ID: "4.1.1", Title: "Image vulnerabilities"},
	},
	Reasons: []transform.Reason{reasonNoInstall, reasonPinnedPackages, reasonNoLists, reasonPlace, reasonNested},
	Check:   checkSecurityUpdates,
}

// systemUpgrades are the commands that upgrade all packages, by their manager. Sources: apt-get(8), apk(8), dnf(8), yum(8), Red Hat UBI
// documentation (microdnf), tdnf(8), zypper(8), pacman(8).
var systemUpgrades = map[string]string{
	"apt":      "apt-get upgrade -y",
	"apk":      "apk upgrade --no-cache",
	"dnf":      "dnf upgrade -y",
	"yum":      "yum update -y",
	"microdnf": "microdnf upgrade -y",
	"tdnf":     "tdnf upgrade -y",
	"zypper":   "zypper --non-interactive update",
	"pacman":   "pacman -Syu --noconfirm",
}

func checkSecurityUpdates(p *transform.Pass) []transform.Finding {
	const message = "packages of the base image stay as old as it is"
	final := p.Facts.Final()
	if final.Stage.Windows() || final.BaseRef == "scratch" || !hasShell(final) {
		return nil
	}
	var first *effect.Step
	var at transform.Step
	for _, sf := range shipping(final) {
		for _, step := range sf.Steps {
			for i := range step.Commands {
				cmd := &step.Commands[i]
				if upgradesAll(cmd.Effect) {
					return []transform.Finding{transform.Done(cmd.Call.Span, "the packages of the base image are upgraded")}
				}
				if first == nil && installsFromIndex(cmd.Effect) {
					first, at = cmd, step
				}
			}
		}
	}
	if first == nil {
		return []transform.Finding{transform.Refuse(final.Stage.From.Span, message, reasonNoInstall, "rebuild often, on the newest image of the tag")}
	}
	refuse := func(reason transform.Reason, format string, args ...any) []transform.Finding {
		return []transform.Finding{transform.Refuse(first.Call.Span, message, reason, format, args...)}
	}
	if name := pinnedPackage(final, first.Effect.Manager); name != "" {
		return refuse(reasonPinnedPackages, "%s is one", name)
	}
	if first.Effect.Manager == "apt" && !listsInFront(final, first) { // the others fetch them by themselves
		return refuse(reasonNoLists, "in front of %s", first.Call.Name())
	}
	if first.Call.Script.Argv != nil {
		return refuse(reasonNested, "%s is in exec form", first.Call.Name())
	}
	if w := first.Call.Where; w != (dockerfile.Where{Function: w.Function, Background: w.Background, Negated: w.Negated}) { // of which Before tells
		return refuse(reasonPlace, "%s stands in a condition, a loop, a pipe or a subshell", first.Call.Name())
	}
	command := upgradeCommand(final, first)
	edit, err := inFront(at, first, command)
	if err != nil {
		return refuse(errorReason(err), "%v", err)
	}
	fix := &transform.Fix{Edits: []parser.Edit{edit}}
	fix.Declares.Added = []string{command}
	return []transform.Finding{transform.Propose(at.Instruction.Span, transform.Assumed, "the packages of the base image are upgraded before others are installed", fix)}
}

// inFront makes the edit that runs a command in front of an install: behind the command
// that fetches the lists, as people write it, where the RUN has one.
func inFront(step transform.Step, first *effect.Step, command string) (parser.Edit, error) {
	var update *dockerfile.Call
	for i := range step.Commands {
		cmd := &step.Commands[i]
		if cmd.Call == first.Call {
			break
		}
		if cmd.Effect.Manager == first.Effect.Manager && cmd.Effect.Verb == "update" && cmd.Call.Where == first.Call.Where && cmd.Call.Script == first.Call.Script {
			update = cmd.Call
		}
	}
	if src := step.Instruction.Document().Source; update != nil && src.LineAt(update.Span.Start) != src.LineAt(first.Call.Span.Start) {
		if edit, err := update.Script.After(update, command); err == nil && edit.Span.Start < first.Call.Span.Start {
			return edit, nil
		}
	}
	return first.Call.Script.Before(first.Call, command)
}

// upgradesAll reports whether a command upgrades what is installed, and not named packages alone.
func upgradesAll(e effect.Effect) bool {
	if _, ok := systemUpgrades[e.Manager]; !ok {
		return false
	}
	if e.Manager == "pacman" && e.Verb == "install" {
		return slices.ContainsFunc(e.Argv, func(a dockerfile.Arg) bool {
			return strings.HasPrefix(a.Value, "-S") && strings.Contains(a.Value, "u") || a.Value == "--sysupgrade"
		})
	}
	named := 0
	for _, a := range e.Argv[min(1, len(e.Argv)):] {
		if !strings.HasPrefix(a.Value, "-") {
			named++
		}
	}
	return e.Verb == "upgrade" && (named <= 1 || e.Manager == "pacman")
}

// installsFromIndex reports whether a command installs packages of the system by name.
// The tools alone that make users do not count: non-root-user brings them along.
func installsFromIndex(e effect.Effect) bool {
	_, ok := systemUpgrades[e.Manager]
	return ok && e.Verb == "install" && !onlyLocal(e) && !onlyUserTools(e)
}

func onlyUserTools(e effect.Effect) bool {
	return len(e.Installs) > 0 && !slices.ContainsFunc(e.Installs, func(p effect.Package) bool { return !strings.HasPrefix(p.Name, "shadow") })
}

// pinnedPackage finds a package of the manager that is pinned to a version.
func pinnedPackage(final *transform.StageFacts, manager string) string {
	for _, i := range final.Packages {
		if i.Manager == manager && i.Version != "" {
			return i.Name + " " + i.Version
		}
	}
	return ""
}

// listsInFront reports whether package lists are fetched in front of a command, in its
// RUN or, for package-cache to move, in an earlier one.
func listsInFront(final *transform.StageFacts, first *effect.Step) bool {
	for _, sf := range shipping(final) {
		for _, step := range sf.Steps {
			for _, cmd := range step.Commands {
				if cmd.Call == first.Call {
					return slices.Contains(cmd.Effect.Caches, "apt-lists") // apt-get install --update
				}
				if e := cmd.Effect; e.Verb == "update" && e.Manager == "apt" {
					return true
				}
			}
		}
	}
	return false
}

// upgradeCommand writes the upgrade with the privilege and the environment of the install.
func upgradeCommand(final *transform.StageFacts, first *effect.Step) string {
	command := systemUpgrades[first.Effect.Manager]
	if first.Effect.Manager == "apk" && oldApk(final) {
		command = "apk upgrade"
	}
	for _, a := range first.Call.Assign {
		if a.Name != nil && a.Name.Value == "DEBIAN_FRONTEND" {
			command = "DEBIAN_FRONTEND=noninteractive " + command
		}
	}
	if first.Effect.Privilege == "sudo" {
		command = "sudo " + command
	}
	return command
}
