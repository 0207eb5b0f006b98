package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// buildWriter writes what was decided: each install command loses what goes elsewhere, each
// RUN that builds gets an install in front and a purge behind.
type buildWriter struct {
	*buildPlan
	edits    []parser.Edit
	declares transform.Changes
	at       parser.Span

	purged, dropped, kept []string // for the message
}

func (w *buildWriter) write() {
	for i := range w.final.Steps {
		w.writeUse(i) // first: it tells which packages cannot be moved
	}
	for i, step := range w.final.Steps {
		for _, c := range step.Commands {
			list := slices.DeleteFunc(w.going(), func(pkg *buildPackage) bool { return pkg.install.Call != c.Call })
			if len(list) > 0 {
				w.writeInstall(i, c, list)
			}
		}
	}
}

// writeUse writes the RUN that uses packages.
func (w *buildWriter) writeUse(step int) {
	list := slices.DeleteFunc(w.going(), func(pkg *buildPackage) bool { return len(pkg.uses) != 1 || pkg.uses[0] != step })
	if len(list) == 0 {
		return
	}
	var come []*buildPackage
	for _, pkg := range list {
		if pkg.step != step {
			come = append(come, pkg)
		}
	}
	first, last := w.span(step, list)
	var edits []parser.Edit
	if len(come) > 0 {
		if _, network, ok := w.final.Steps[step].Instruction.Flag("network"); ok && network == "none" {
			w.refuse(list, reasonPlace, "the RUN of line %d has no network to install them", w.line(step))
			return
		}
		if where := w.unmovable(come); where != nil {
			w.refuse(list, reasonPlace, "line %d: the command has options of its own, or does not always run", w.line(where.step))
			return
		}
		commands := w.installCommands(come)
		edit, err := first.Script.Before(first, commands...)
		if err != nil {
			w.refuse(list, errorReason(err), "line %d: %v", w.line(step), err)
			return
		}
		edits = append(edits, edit)
		w.declares.Added = append(w.declares.Added, commands...)
	}
	names := namesOf(list)
	for _, name := range w.recommended(come) {
		if knowledge.LookupPackage("apt", w.release, name).Purpose.BuildOnly() {
			note(&names, name)
		}
	}
	purge := purgeCommand(list[0], names)
	edit, err := last.Script.After(last, purge)
	if err != nil || last.Where != (dockerfile.Where{}) {
		edit, err = last.Script.AtEnd(purge)
	}
	if err != nil {
		w.refuse(list, errorReason(err), "line %d: %v", w.line(step), err)
		return
	}
	if in := w.final.Steps[step].Instruction; len(edits) > 0 && edit.New == " && "+purge && !in.Script().Heredoc { // the RUN has several lines from now on
		edit.New = " " + string(w.pass.Doc.Escape) + w.pass.Doc.Source.Newline() + in.Indent() + "    && " + purge
	}
	w.edits = append(append(w.edits, edits...), edit)
	w.declares.Added = append(w.declares.Added, purge)
	note(&w.purged, namesOf(list)...)
}

// span gives the first and the last command of a step that uses one of the packages.
func (w *buildWriter) span(step int, list []*buildPackage) (first, last *dockerfile.Call) {
	for _, c := range w.final.Steps[step].Commands {
		uses := slices.ContainsFunc(list, func(pkg *buildPackage) bool {
			return c.Call.Span.Start > pkg.install.Call.Span.Start && pkg.usedBy(c)
		})
		if !uses {
			continue
		}
		if first == nil {
			first = c.Call
		}
		last = c.Call
	}
	return first, last
}

// plainOptions are those of an install command that the one which is written has, too, or
// does without.
var plainOptions = []string{"-y", "-q", "-qq", "-yq", "-yqq", "-qy", "-qqy", "--yes", "--assume-yes", "--quiet", "--no-install-recommends", "--no-install-suggests", "--fix-missing", "-f", "--no-cache", "--update", "-U", "--update-cache", "--virtual", "-t"}

// unmovable finds a package whose install command cannot be written once more elsewhere.
func (w *buildWriter) unmovable(list []*buildPackage) *buildPackage {
	for _, pkg := range list {
		e := pkg.install.Effect
		plain := pkg.install.Call.Where == (dockerfile.Where{}) && e.Group == "" && !slices.ContainsFunc(e.Argv, func(a dockerfile.Arg) bool {
			return strings.HasPrefix(a.Value, "-") && !slices.Contains(plainOptions, a.Value) || a.Value == "-t" && e.Manager == "apt"
		})
		if !plain {
			return pkg
		}
	}
	return nil
}

// installCommands install packages in the RUN that uses them.
func (w *buildWriter) installCommands(list []*buildPackage) []string {
	var operands []string
	for _, pkg := range list {
		note(&operands, pkg.Arg.Text)
	}
	if list[0].Manager == "apk" {
		return []string{"apk add --no-cache " + strings.Join(operands, " ")}
	}
	note(&operands, w.recommended(list)...)
	sudo := privilege(list[0].install)
	return []string{sudo + "apt-get update", sudo + "apt-get install -y --no-install-recommends " + strings.Join(operands, " ")}
}

// recommended are the packages that apt needs named beside those of a list.
func (w *buildWriter) recommended(list []*buildPackage) []string {
	var out []string
	for _, pkg := range list {
		if needs, _ := knowledge.Recommends(pkg.Name); pkg.Manager == "apt" {
			note(&out, needs...)
		}
	}
	return out
}

func privilege(c effect.Step) string {
	if c.Effect.Privilege == "sudo" {
		return "sudo "
	}
	return ""
}

// purgeCommand takes packages away with all that came with them. By default apt keeps what a package
// that stays suggests, though nothing is ever installed for that: apt itself suggests dpkg-dev, which keeps all of
// build-essential.
func purgeCommand(pkg *buildPackage, names []string) string {
	list := strings.Join(names, " ")
	if pkg.Manager == "apk" {
		return privilege(pkg.install) + "apk del --no-network " + list
	}
	return privilege(pkg.install) + "apt-get purge -y --auto-remove -o APT::AutoRemove::SuggestsImportant=false " + list
}

// writeInstall takes packages off the list of an install command, and names what stays of them.
func (w *buildWriter) writeInstall(step int, c effect.Step, list []*buildPackage) {
	if w.at == (parser.Span{}) {
		w.at = c.Call.Span
	}
	if w.emptied(c) {
		w.removeRun(w.final.Steps[step].Instruction)
	}
	r := rewrite(c.Call)
	for _, pkg := range list {
		switch {
		case pkg.usedIn(step) && len(pkg.keep) > 0:
			r.insertAfter(pkg.Arg, listed(pkg.Arg, c.Effect, pkg.install.Call.Script.Instruction, pkg.keep))
		case pkg.usedIn(step):
		case len(pkg.keep) > 0:
			r.replace(pkg.Arg, pkg.keep[0])
			if rest := pkg.keep[1:]; len(rest) > 0 {
				r.insertAfter(pkg.Arg, listed(pkg.Arg, c.Effect, pkg.install.Call.Script.Instruction, rest))
			}
		default:
			r.remove(pkg.Arg)
		}
		note(&w.kept, pkg.keep...)
		if len(pkg.uses) == 0 {
			note(&w.dropped, pkg.Name)
		}
	}
	if len(r.edits) > 0 && !w.emptied(c) {
		w.edits = append(w.edits, r.edits...)
		r.declare(&w.declares)
	}
}

// removeRun takes a whole RUN away whose install has nothing left to install.
func (w *buildWriter) removeRun(in *dockerfile.Instruction) {
	src := in.Document().Source
	span := in.LineSpan()
	line := src.LineAt(span.Start)
	if line > 1 && blankAt(src, src.Line(line-1).Start) && blankAt(src, span.End) && span.End < src.Len() {
		span.End = src.Line(src.LineAt(span.End)).End
	}
	w.edits = append(w.edits, parser.Replace(span, ""))
	for _, call := range in.Script().Calls() {
		w.declares.Removed = append(w.declares.Removed, call.Text())
	}
}

// message says what becomes of the packages.
func (w *buildWriter) message() string {
	var parts []string
	say := func(names []string, one, many string) {
		switch list := strings.Join(short(names, 6), ", "); len(names) {
		case 0:
		case 1:
			parts = append(parts, list+" "+one)
		default:
			parts = append(parts, list+" "+many)
		}
	}
	say(w.purged, "is purged in the RUN that uses it", "are purged in the RUN that uses them")
	say(w.dropped, "is used by nothing", "are used by nothing")
	say(w.kept, "stays in its place", "stay in their place")
	return strings.Join(parts, "; ")
}

// note adds names to a list of the message.
func note(to *[]string, names ...string) {
	for _, name := range names {
		if !slices.Contains(*to, name) {
			*to = append(*to, name)
		}
	}
}
