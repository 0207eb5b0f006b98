package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

var packageDocs = &transform.Rule{
	ID:     "package-docs",
	Title:  "Manuals and translations of packages do not stay in the image",
	Safety: transform.Guarded,
	Doc: `Nobody reads a manual in a production container. On Debian images that are not slim this rule removes the *files* below
` + "`/usr/share/doc`, `/usr/share/info`, `/usr/share/locale` and `/usr/share/man`" + ` in the RUN that installs packages.

Directories stay, for ` + "`update-alternatives`" + ` of later installations fails without them (a JDK needs
` + "`/usr/share/man/man1`" + `). Copyright files stay: licences ask for them and scanners read them. Translations stay where the
file sets a language other than English or C, or installs or generates locales.

Slim images and Ubuntu's leave documentation out by themselves. So do the package managers of the images of Fedora and its family (` + "`tsflags=nodocs`" + `), openSUSE
(` + "`rpm.install.excludedocs`" + `) and Arch Linux (` + "`NoExtract`" + `). Alpine and Wolfi keep it in packages of its own.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.3", Title: "Ensure that unnecessary packages are not installed in the container"},
	},
	Reasons: []transform.Reason{reasonPlace},
	Check:   checkPackageDocs,
}

func checkPackageDocs(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	var done *transform.Finding
	for _, sf := range shipping(p.Facts.Final()) {
		b := sf.Base
		if b == nil || b.Confidence == "guessed" {
			continue
		}
		if b.Family != "debian" {
			if cmd := firstWithoutDocs(sf); cmd != nil && done == nil {
				f := transform.Done(cmd.Call.Span, "documentation is left out")
				done = &f
			}
			continue
		}
		for _, step := range sf.Steps {
			last := lastInstall(step)
			if last == nil {
				continue
			}
			if b.Docs == "excluded" || removesDocs(step) {
				f := transform.Done(last.Call.Span, "documentation is left out")
				done = &f
				continue
			}
			command := "find " + strings.Join(docDirs(sf), " ") + " -type f ! -name copyright -delete"
			if last.Effect.Privilege == "sudo" {
				command = "sudo " + command
			}
			edit, err := behindManager(step, "apt", last.Call, command)
			if err != nil {
				out = append(out, transform.Refuse(step.Instruction.Span, "documentation stays in the image", reasonPlace, "%v", err))
				continue
			}
			fix := &transform.Fix{}
			fix.Edits = append(fix.Edits, edit)
			fix.Declares.Added = []string{command}
			out = append(out, transform.Propose(step.Instruction.Span, transform.Guarded, "manuals and other documentation of the packages are removed", fix))
		}
	}
	if len(out) == 0 && done != nil {
		out = append(out, *done)
	}
	return out
}

// leavesDocsOut are the families whose images have their package manager leave
// documentation out, or whose packages have none.
var leavesDocsOut = []string{"rhel", "suse", "arch", "alpine", "wolfi"}

// firstWithoutDocs is the first command of such an image that installs packages.
func firstWithoutDocs(sf *transform.StageFacts) *effect.Step {
	if !slices.Contains(leavesDocsOut, sf.Base.Family) {
		return nil
	}
	for _, step := range sf.Steps {
		for i := range step.Commands {
			if installsFromIndex(step.Commands[i].Effect) {
				return &step.Commands[i]
			}
		}
	}
	return nil
}

// lastInstall is the last command of a RUN that uses apt's packages, so that the
// removal stands beside the other cleanup.
func lastInstall(step transform.Step) *effect.Step {
	var last *effect.Step
	installs := false
	for i, cmd := range step.Commands {
		if cmd.Effect.Manager == "apt" && (cmd.Effect.Verb == "install" || cmd.Effect.Verb == "update" || cmd.Effect.Verb == "upgrade") {
			last = &step.Commands[i]
			installs = installs || cmd.Effect.Verb == "install"
		}
	}
	if !installs {
		return nil
	}
	return last
}

func removesDocs(step transform.Step) bool {
	return slices.ContainsFunc(step.Commands, func(s effect.Step) bool {
		return slices.ContainsFunc(s.Effect.Deletes, func(d effect.Path) bool {
			return under([]string{"/usr/share/doc", "/usr/share/man"}, strings.TrimSuffix(d.Name, "/*"))
		})
	})
}

// docDirs are directories of documentation that Debian's essential packages make,
// so that find finds them.
func docDirs(sf *transform.StageFacts) []string {
	dirs := []string{"/usr/share/doc", "/usr/share/info", "/usr/share/man"}
	if !speaks(sf) {
		dirs = slices.Insert(dirs, 2, "/usr/share/locale")
	}
	return dirs
}

// speaks reports whether translations are wanted in the image.
func speaks(sf *transform.StageFacts) bool {
	for _, name := range []string{"LANG", "LC_ALL", "LANGUAGE", "LC_MESSAGES"} {
		if v, ok := sf.End().Lookup(name); ok && v != "" && !strings.HasPrefix(v, "C") && !strings.HasPrefix(v, "en") && v != "POSIX" {
			return true
		}
	}
	return slices.ContainsFunc(sf.Packages, func(i transform.Installed) bool {
		return strings.HasPrefix(i.Name, "locales") || strings.HasPrefix(i.Name, "language-pack") || strings.HasPrefix(i.Name, "gettext")
	})
}
