package image

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var (
	reasonNoFind  = transform.Reason{Code: "no-find", Text: "there may be no `find` in the image, or nothing is known of its base."}
	reasonNotRoot = transform.Reason{Code: "not-root", Text: "the stage runs as another user than root, or in a shell that is not understood, where the bits would have to be dropped."}
)

var setuidBits = &transform.Rule{
	ID:     "setuid-bits",
	Title:  "Programs have no setuid and setgid bits",
	Safety: transform.Assumed,
	Doc: `A program with the setuid bit runs as its owner, mostly root, whoever starts it: ` + "`su`, `mount`, `passwd`, `chsh`" + ` and a dozen more are in every
distribution's image, and an error in one of them makes root of any user. A container that runs one program for one user has no use for them.

The rule adds one RUN to the stage that ships, behind the last instruction that may bring such programs:

` + "```dockerfile" + `
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} +
` + "```" + `

What the start, the health check or an installed package needs keeps its bits: ` + "`sudo`" + ` when the entrypoint or a script of it calls it, Chromium's
sandbox, ` + "`fusermount3`" + `, Postfix's ` + "`postdrop`" + ` … Each is excluded by name.

What the application itself starts is not known, so this is never done by default. ` + "`security_opt: no-new-privileges:true`" + `, which *no-new-privileges*
sets in compose files, makes the bits void at run time, and costs no layer. This rule is for images that run where nobody sets that option.

Images without a shell have no such programs. On bases of the Red Hat family ` + "`find`" + ` is a package of its own (findutils).`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.8", Title: "Ensure setuid and setgid permissions are removed"},
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 4", Title: "Prevent in-container privilege escalation"},
	},
	Reasons: []transform.Reason{reasonNoFind, reasonNotRoot},
	Check:   checkSetuidBits,
}

func checkSetuidBits(p *transform.Pass) []transform.Finding {
	final := p.Facts.Final()
	if final.Stage.Windows() || final.BaseRef == "scratch" || !hasShell(final) {
		return nil
	}
	const message = "programs keep their setuid and setgid bits"
	at, done := setuidStep(final)
	if done != nil {
		return []transform.Finding{transform.Done(done.Call.Span, "programs have no setuid and setgid bits")}
	}
	in := final.Steps[at].Instruction
	if !hasFind(final) {
		return []transform.Finding{transform.Refuse(in.Span, message, reasonNoFind, "%s", shownBase(final))}
	}
	before := final.End()
	if at+1 < len(final.Steps) {
		before = final.Steps[at+1].Before
	}
	if !before.Root() {
		return []transform.Finding{transform.Refuse(in.Span, message, reasonNotRoot, "it runs as %s", before.EffectiveUser())}
	}
	if why := in.Shell().Opaque(); why != "" {
		return []transform.Finding{transform.Refuse(in.Span, message, reasonNotRoot, "%s", why)}
	}
	keep := keptSetuid(p)
	command := "find / -xdev -type f -perm /6000"
	for _, name := range keep {
		command += " ! -name " + name
	}
	command += " -exec chmod a-s {} +"
	fix := &transform.Fix{Edits: []parser.Edit{insertAfter(in, "RUN "+command)}}
	fix.Declares.Added = []string{command}
	f := transform.Propose(in.Span, transform.Assumed, "setuid and setgid bits are dropped", fix)
	if len(keep) > 0 {
		f.Message += " but for " + strings.Join(keep, ", ")
	}
	return []transform.Finding{f}
}

func shownBase(sf *transform.StageFacts) string {
	if sf.BaseRef == "" {
		return fmt.Sprintf("the base image is %s", shipping(sf)[0].Stage.Base)
	}
	return fmt.Sprintf("the base image is %s", sf.BaseRef)
}

// hasFind reports whether the image has the find that the command wants.
func hasFind(sf *transform.StageFacts) bool {
	b := sf.Base
	if b == nil || b.Confidence == "guessed" {
		return false
	}
	switch b.Family {
	case "debian", "alpine", "wolfi", "arch", "busybox": // essential, or busybox's own
		return true
	}
	return slices.ContainsFunc(sf.Packages, func(i transform.Installed) bool { return i.Name == "findutils" })
}

// setuidStep is the index of the step of the final stage behind which the bits are
// dropped: the last one that may bring new ones while the stage is root. done is the
// command that drops them already.
func setuidStep(final *transform.StageFacts) (at int, done *effect.Step) {
	for _, sf := range shipping(final) {
		for i, step := range sf.Steps {
			in := step.Instruction
			switch {
			case in.Is("RUN") && step.Before.Root() && in.Script().Opaque != "":
				done = nil
				if sf == final {
					at = i
				}
			case in.Is("RUN") && step.Before.Root():
				for k := range step.Commands {
					switch cmd := &step.Commands[k]; {
					case dropsBits(cmd):
						done = cmd
					case bringsBits(cmd):
						done = nil
						if sf == final {
							at = i
						}
					}
				}
			case sf == final && in.Is("COPY", "ADD") && wholeTree(step):
				done, at = nil, i
			}
		}
	}
	return at, done
}

// dropsBits reports whether a command is what CIS recommends, in any of its spellings:
// find with -exec, or chmod of what a find in the same RUN lists.
func dropsBits(cmd *effect.Step) bool {
	text := cmd.Call.Text()
	if !strings.Contains(text, "chmod") || !bitsAway.MatchString(text) {
		return false
	}
	if cmd.Effect.Tool == "find" {
		return strings.Contains(text, "-perm")
	}
	return !slices.ContainsFunc(cmd.Effect.Modes, func(m effect.Mode) bool { return m.Path.Known })
}

// bitsAway is a mode that takes the setuid or the setgid bit away.
var bitsAway = lazily(`(^|[ ,])(a|u|g|ug|gu)-s\b`)

// bringsBits reports whether a command may bring programs with such bits: packages of
// the system, archives, and what is not understood. The tools that make users are left
// out, for the bits are dropped before non-root-user brings them.
func bringsBits(cmd *effect.Step) bool {
	e := cmd.Effect
	if e.Opaque != "" {
		return true
	}
	switch e.Tool {
	case "tar", "make", "dpkg", "rpm", "dpkg-deb":
		return !e.Pure
	}
	for _, m := range e.Modes {
		if strings.Contains(m.Mode, "+s") || len(m.Mode) == 4 && strings.Trim(m.Mode[:1], "2467") == "" {
			return true
		}
	}
	_, system := systemUpgrades[e.Manager]
	return system && (e.Verb == "install" || e.Verb == "upgrade") && !onlyUserTools(e)
}

// wholeTree reports whether a COPY or ADD may fill the directories of the system.
func wholeTree(step transform.Step) bool {
	dest, ok := step.Destination()
	return !ok || dest == "/" || dest == "/usr"
}

// keptSetuid lists the programs that keep their bits, as the start, the health check or
// a package calls them.
func keptSetuid(p *transform.Pass) []string {
	final := p.Facts.Final()
	started := map[string]bool{}
	for _, argv := range startWords(p) {
		for i, word := range argv {
			if commandPlace(argv, i) {
				started[path.Base(word)] = true
			}
		}
	}
	var out []string
	for _, h := range knowledge.SetuidHelpers() {
		brought := slices.ContainsFunc(final.Packages, func(i transform.Installed) bool { return slices.Contains(h.Packages, i.Name) })
		for _, name := range h.Programs {
			if brought || started[name] && !(h.User && final.End().Root()) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
