package image

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// aptRun is what one RUN does with apt's package lists.
type aptRun struct {
	stage    *transform.StageFacts
	step     transform.Step
	ships    bool
	updates  []effect.Step // commands that fetch the lists
	installs []effect.Step // commands that need them
	lastUse  *dockerfile.Call
	cleaned  bool   // emptied behind the last use
	early    bool   // an install in front of the first update leans on older lists
	opaque   string // a script of the project that may need lists from before this RUN
	mounted  bool   // the lists lie in a cache mount
}

// aptLists cleans apt's lists in every RUN that ships, and gives those RUNs their
// own lists that leaned on what an earlier one left behind.
func (c *cacheChecker) aptLists() {
	runs := c.aptRuns()
	if f := c.onBuildLeans(); f != nil {
		c.findings = append(c.findings, *f)
		return
	}
	leaning := leaners(runs)
	group := ""
	if len(leaning) > 0 {
		group = "apt-lists"
	}
	for _, r := range runs {
		switch {
		case r.mounted:
			c.satisfied(r.step.Instruction.Span)
		case r.lone() && r.ships:
			c.moveUpdate(r, runs, leaning, group)
		case slices.Contains(leaning, r):
			c.cleanLists(r, runs, updateText(runs), group)
		case r.ships && len(r.updates) > 0 && r.cleaned:
			c.satisfied(r.step.Instruction.Span)
		case r.ships && len(r.updates) > 0:
			c.cleanLists(r, runs, "", group)
		}
	}
}

// aptRuns looks at every RUN that drives apt, in all stages: those that do not ship
// may lean on the lists of one that does.
func (c *cacheChecker) aptRuns() []*aptRun {
	var out []*aptRun
	for _, sf := range c.pass.Facts.Stages {
		for _, step := range sf.Steps {
			if !step.Instruction.Is("RUN") || step.Instruction.Script().Opaque != "" {
				continue
			}
			r := &aptRun{stage: sf, step: step, ships: slices.Contains(c.shipping, sf)}
			mounts := cacheMounts(step.Instruction)
			r.mounted = under(mounts, "/var/lib/apt/lists") || under(mounts, "/var/lib/apt")
			for _, cmd := range step.Commands {
				r.take(c.pass, cmd)
			}
			if len(r.updates) > 0 || len(r.installs) > 0 || r.opaque != "" {
				out = append(out, r)
			}
		}
	}
	return out
}

func (r *aptRun) take(p *transform.Pass, cmd effect.Step) {
	e := cmd.Effect
	switch {
	case slices.Contains(e.Caches, "apt-lists"):
		if e.Verb != "upgrade" { // which needs the lists and does not fetch them
			r.updates = append(r.updates, cmd)
		}
		r.lastUse, r.cleaned = cmd.Call, false
		if e.Verb == "install" || e.Verb == "upgrade" {
			r.early = r.early || len(r.updates) == 0
			r.installs = append(r.installs, cmd)
		}
	case e.Manager == "apt" && (e.Verb == "install" || e.Verb == "query" || e.Verb == "download" || e.Verb == "upgrade"),
		slices.ContainsFunc(e.Installs, func(p effect.Package) bool { return p.Manager == "apt" }):
		if onlyLocal(e) {
			return
		}
		if e.Verb != "query" {
			r.early = r.early || len(r.updates) == 0
			r.installs = append(r.installs, cmd)
		}
		r.lastUse, r.cleaned = cmd.Call, false
	case slices.Contains(e.Cleans, "apt-lists"):
		r.cleaned = true
	case strings.HasPrefix(e.Opaque, "the script ") && r.mayNeed(p, cmd):
		if len(r.updates) > 0 {
			r.lastUse = cmd.Call
		} else {
			r.opaque = cmd.Call.Text()
		}
	}
}

// onlyLocal reports whether an install takes nothing from the index.
func onlyLocal(e effect.Effect) bool {
	return len(e.Installs) > 0 && !slices.ContainsFunc(e.Installs, func(p effect.Package) bool { return !p.Local })
}

// mayNeed reports whether a script of the project may install from lists that it
// does not fetch. One that can be read and has no apt in it, or its own update, does not.
func (r *aptRun) mayNeed(p *transform.Pass, cmd effect.Step) bool {
	if cmd.Effect.Verb == "run" && p.Files != nil && len(packageScripts(p)) > 0 {
		for _, text := range packageScripts(p) {
			if strings.Contains(text, "apt") || strings.Contains(text, ".sh") {
				return true
			}
		}
		return false
	}
	for _, read := range cmd.Effect.Reads {
		if p.Files == nil {
			break
		}
		for _, name := range []string{read.Name, path.Base(read.Name)} {
			if file, _, ok := contextFile(p, name); ok {
				text, ok := transform.ReadBounded(p.Files, file)
				return !ok || strings.Contains(text, "apt") && !strings.Contains(text, " update")
			}
		}
	}
	return true
}

// lone reports whether the RUN does nothing but fetch the lists.
func (r *aptRun) lone() bool {
	return len(r.updates) > 0 && len(r.updates) == len(r.step.Commands) && len(r.installs) == 0
}

// leaners are the RUNs that install from lists that an earlier RUN fetched and
// that are cleaned, or moved, there.
func leaners(runs []*aptRun) []*aptRun {
	var out []*aptRun
	for _, r := range runs {
		if !r.early || r.mounted {
			continue
		}
		for _, e := range runs {
			if e.step.Instruction.Span.Start < r.step.Instruction.Span.Start && e.ships && !e.mounted && len(e.updates) > 0 && (!e.cleaned || e.lone()) && below(r.stage, e.stage) {
				out = append(out, r)
				break
			}
		}
	}
	return out
}

// below reports whether stage is base or built on it.
func below(stage, base *transform.StageFacts) bool {
	for s := stage; s != nil; s = s.Parent {
		if s == base {
			return true
		}
	}
	return false
}

// updateText is how the file fetches the lists.
func updateText(runs []*aptRun) string {
	for _, e := range runs {
		if len(e.updates) > 0 {
			text := strings.Join(strings.Fields(e.updates[0].Call.Text()), " ")
			if e.updates[0].Effect.Verb == "update" && !strings.ContainsAny(text, "|&;<>") {
				return text
			}
		}
	}
	return "apt-get update"
}

// opaqueBehind finds a script behind the RUN that may need its lists.
func opaqueBehind(r *aptRun, runs []*aptRun) *aptRun {
	for _, o := range runs {
		if o.opaque != "" && o.step.Instruction.Span.Start > r.step.Instruction.Span.Start && below(o.stage, r.stage) {
			return o
		}
	}
	return nil
}

// refuseNeeded leaves the lists of an instruction to a script behind it.
func (c *cacheChecker) refuseNeeded(in *dockerfile.Instruction, o *aptRun) {
	c.refuse(in.Span, reasonListsNeeded, "line %d runs %q, which may install from its lists", c.pass.Line(o.step.Instruction.Span.Start), o.opaque)
}

// moveUpdate takes a lone update away; the RUNs that install get their own.
func (c *cacheChecker) moveUpdate(r *aptRun, runs, leaning []*aptRun, group string) {
	in := r.step.Instruction
	if o := opaqueBehind(r, runs); o != nil {
		c.refuseNeeded(in, o)
		return
	}
	if s := in.Script(); len(in.Comments) > 0 || len(in.Heredocs) > 0 || strings.Contains(s.Text, "#") {
		c.refuse(in.Span, reasonPlace, "a comment may stand inside of the instruction")
		return
	}
	fix := &transform.Fix{Group: group, Edits: []parser.Edit{parser.Delete(movedLines(r, leaning))}}
	for _, u := range r.updates {
		fix.Declares.Removed = append(fix.Declares.Removed, u.Call.Text())
	}
	c.findings = append(c.findings, transform.Propose(in.Span, transform.Safe, "the package lists are fetched by the instructions that install from them", fix))
}

// movedLines is the lines of an update that moves, with the blank line behind them
// when there is one in front of them too. A comment in front of them stays and joins
// those of the instruction that the update moves to, when that one follows.
func movedLines(r *aptRun, leaning []*aptRun) parser.Span {
	in := r.step.Instruction
	src := in.Document().Source
	span := in.LineSpan()
	n := src.LineAt(span.Start)
	if n == 1 {
		return span
	}
	if blankAt(src, src.Line(n-1).Start) && blankAt(src, span.End) {
		span.End = src.Line(src.LineAt(span.End)).End
	}
	if strings.HasPrefix(strings.TrimLeft(src.Text(src.Line(n-1)), " \t"), "#") && movesToNext(r, leaning) {
		for blankAt(src, span.End) {
			span.End = src.Line(src.LineAt(span.End)).End
		}
	}
	return span
}

// movesToNext reports whether the instruction behind an update gets it.
func movesToNext(r *aptRun, leaning []*aptRun) bool {
	all := r.stage.Stage.Instructions
	i := slices.Index(all, r.step.Instruction)
	return i+1 < len(all) && slices.ContainsFunc(leaning, func(l *aptRun) bool { return l.step.Instruction == all[i+1] })
}

// cleanLists empties the lists behind their last use, and fetches them first when
// update is not empty.
func (c *cacheChecker) cleanLists(r *aptRun, runs []*aptRun, update, group string) {
	in := r.step.Instruction
	if o := opaqueBehind(r, runs); o != nil {
		c.refuseNeeded(in, o)
		return
	}
	fix := &transform.Fix{Group: group}
	message := "the package lists are removed in the layer that fetched them"
	if update != "" {
		first := r.installs[0]
		if first.Effect.Privilege == "sudo" && !strings.HasPrefix(update, "sudo ") {
			update = "sudo " + update
		}
		edit, err := first.Call.Script.Before(first.Call, update)
		if err != nil {
			c.refuseGroup(in.Span, errorReason(err), group, err)
			return
		}
		fix.Edits = append(fix.Edits, edit)
		fix.Declares.Added = append(fix.Declares.Added, update)
		message = "the packages are installed from lists of their own"
		if r.ships {
			message += ", which do not stay in the layer"
		}
	}
	if r.ships && !r.cleaned {
		command := "rm -rf /var/lib/apt/lists/*"
		if r.installsWithSudo() {
			command = "sudo " + command
		}
		edit, err := behindManager(r.step, "apt", r.lastUse, command)
		if err != nil {
			c.refuseGroup(in.Span, errorReason(err), group, err)
			return
		}
		fix.Edits = append(fix.Edits, edit)
		fix.Declares.Added = append(fix.Declares.Added, command)
	}
	if len(fix.Edits) > 0 {
		c.findings = append(c.findings, transform.Propose(in.Span, transform.Safe, message, fix))
	}
}

func (r *aptRun) installsWithSudo() bool {
	all := slices.Concat(r.updates, r.installs)
	return len(all) > 0 && all[len(all)-1].Effect.Privilege == "sudo"
}

// refuseGroup refuses a fix that others hang on, so that none of them is applied.
func (c *cacheChecker) refuseGroup(at parser.Span, reason transform.Reason, group string, err error) {
	c.refuse(at, reason, "%v", err)
	if group != "" {
		c.findings[len(c.findings)-1].Fix = &transform.Fix{Group: group}
	}
}

// onBuildLeans finds an ONBUILD that installs from lists that this image brings.
func (c *cacheChecker) onBuildLeans() *transform.Finding {
	for _, sf := range c.pass.Facts.Stages {
		for _, in := range sf.Stage.Instructions {
			if in.OnBuild == nil || !in.OnBuild.Is("RUN") {
				continue
			}
			text := in.OnBuild.ArgsText()
			if strings.Contains(text, "apt-get") && strings.Contains(text, "install") && !strings.Contains(text, "update") {
				f := transform.Refuse(in.Span, "a package manager's cache stays in the image", reasonListsNeeded, "%s", fmt.Sprintf("ONBUILD %s", squeezed(text)))
				return &f
			}
		}
	}
	return nil
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }
