package image

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var packageRecommends = &transform.Rule{
	ID:     "package-recommends",
	Title:  "Packages are installed as named, without what apt recommends with them",
	Safety: transform.Guarded,
	Doc: `apt installs the packages that a package recommends unless it is told not to: a compiler with pip, a mail server with
cron. ` + "`--no-install-recommends`" + ` leaves them out.

Some recommendations are needed in practice: without them ` + "`curl`" + ` and ` + "`git`" + ` have no CA certificates
and ` + "`python3-pip`" + ` has no compiler. A table that was made from Debian's package index says which; the rule names
those packages in the list, unless the file or the base image brings them.

A command with a package that the table does not have, or whose packages are in a variable that cannot be resolved, is *assumed*.

Only stages that ship are changed. Weak dependencies of dnf are left alone: its images install few of them.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.3", Title: "Ensure that unnecessary packages are not installed in the container"},
		{Framework: "NIST SP 800-190", ID: "4.1.1", Title: "Image vulnerabilities"},
	},
	Reasons: []transform.Reason{reasonWanted},
	Check:   checkPackageRecommends,
}

var reasonWanted = transform.Reason{Code: "recommends-wanted", Text: "a comment beside the instruction speaks of recommended packages: somebody has thought about them."}

func checkPackageRecommends(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	var done *transform.Finding
	for _, sf := range shipping(p.Facts.Final()) {
		configured := false
		for _, step := range sf.Steps {
			if !step.Instruction.Is("RUN") {
				continue
			}
			configured = configured || strings.Contains(step.Instruction.ArgsText(), "Install-Recommends")
			job := &recommendsJob{stage: sf, step: step, fix: &transform.Fix{}}
			for _, cmd := range step.Commands {
				if cmd.Effect.Tool != "apt-get" || cmd.Call.Subst || cmd.Effect.Verb != "install" || onlyLocal(cmd.Effect) || verbArg(cmd.Effect, "install") < 0 {
					continue
				}
				if configured || withoutRecommends(cmd.Effect) {
					f := transform.Done(cmd.Call.Span, "recommended packages are left out")
					done = &f
					continue
				}
				job.add(cmd)
			}
			job.removeAgain()
			switch comment := remark(step.Instruction, "recommends"); {
			case len(job.fix.Edits) == 0:
			case comment != "":
				out = append(out, transform.Refuse(step.Instruction.Span, "recommended packages are installed", reasonWanted, "%q", comment))
			default:
				out = append(out, job.finding())
			}
		}
	}
	if len(out) == 0 && done != nil {
		out = append(out, *done)
	}
	return out
}

// remark finds the comment inside of an instruction, or right above it, that holds a
// word and is not meant for us.
func remark(in *dockerfile.Instruction, word string) string {
	src := in.Document().Source
	comments := slices.Clone(in.Comments)
	for n := src.LineAt(in.Span.Start) - 1; n > 0 && strings.HasPrefix(strings.TrimLeft(src.Text(src.Line(n)), " \t"), "#"); n-- {
		comments = append(comments, src.Line(n))
	}
	for _, c := range comments {
		if text := strings.TrimSpace(src.Text(c)); strings.Contains(text, word) && !strings.Contains(text, "bulkhead:") {
			return text
		}
	}
	return ""
}

func withoutRecommends(e effect.Effect) bool {
	return slices.ContainsFunc(e.Argv, func(a dockerfile.Arg) bool {
		return a.Value == "--no-install-recommends" || a.Value == "--without-recommends" || a.Value == "-R" || strings.Contains(a.Value, "Install-Recommends")
	})
}

// verbArg is the index of the subcommand among the words of a command, -1 when it
// does not stand in the file, or behind a "--", where no option can follow.
func verbArg(e effect.Effect, verb string) int {
	at := slices.IndexFunc(e.Argv, func(a dockerfile.Arg) bool { return a.Value == verb && a.Word != nil || a.Value == "--" })
	if at >= 0 && e.Argv[at].Value == "--" {
		return -1
	}
	return at
}

// recommendsJob is the change of one RUN.
type recommendsJob struct {
	stage   *transform.StageFacts
	step    transform.Step
	fix     *transform.Fix
	named   []string
	unknown []string
	// forThose maps what was named to the packages that recommend it.
	forThose map[string][]string
}

// add changes one install command.
func (j *recommendsJob) add(cmd effect.Step) {
	e := cmd.Effect
	r := rewrite(cmd.Call)
	at := verbArg(e, "install")
	if at+1 < len(e.Argv) && strings.HasPrefix(e.Argv[at+1].Value, "-") && !strings.HasPrefix(e.Argv[at+1].Value, "--") && e.Argv[at+1].Value != "-o" && e.Argv[at+1].Value != "-t" {
		at++ // behind -y
	} else if at+1 < len(e.Argv) && (e.Argv[at+1].Value == "--yes" || e.Argv[at+1].Value == "--assume-yes") {
		at++
	}
	option := " --no-install-recommends"
	if e.Argv[0].Value == "aptitude" {
		option = " --without-recommends"
	}
	r.insertAfter(e.Argv[at], option)
	if needs := j.needs(e); len(needs) > 0 {
		last := e.Installs[len(e.Installs)-1].Arg
		if last.Word != nil && last.Span.Start > e.Argv[at].Span.End {
			r.insertAfter(last, listed(last, e, j.step.Instruction, needs))
			j.named = append(j.named, needs...)
		} else {
			j.unknown = append(j.unknown, needs...)
		}
	}
	j.fix.Edits = append(j.fix.Edits, r.edits...)
	r.declare(&j.fix.Declares)
}

// needs lists the recommended packages that have to be named.
func (j *recommendsJob) needs(e effect.Effect) []string {
	var out []string
	var carried map[string]bool
	for _, pkg := range e.Installs {
		if pkg.Local {
			continue
		}
		needs, known := knowledge.Recommends(pkg.Name)
		if !known && carried == nil {
			carried = j.libraries(e)
		}
		if !known && !carried[pkg.Name] {
			name := pkg.Name
			if name == "" {
				name = pkg.Arg.Text
			}
			j.unknown = append(j.unknown, name)
		}
		for _, n := range needs {
			if j.forThose == nil {
				j.forThose = map[string][]string{}
			}
			j.forThose[n] = append(j.forThose[n], pkg.Name)
			if !slices.Contains(out, n) && !slices.Contains(j.named, n) && !installs(e, n) && !j.there(n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// removeAgain removes what was named with the packages that it was named for: apt
// takes only that for superfluous which nobody asked for by name.
func (j *recommendsJob) removeAgain() {
	for _, cmd := range j.step.Commands {
		if cmd.Effect.Tool != "apt-get" || cmd.Effect.Verb != "remove" || len(cmd.Effect.Removes) == 0 {
			continue
		}
		gone := func(name string) bool {
			return slices.ContainsFunc(cmd.Effect.Removes, func(p effect.Package) bool { return p.Name == name })
		}
		var too []string
		for _, name := range j.named {
			if !gone(name) && !slices.ContainsFunc(j.forThose[name], func(by string) bool { return !gone(by) }) {
				too = append(too, name)
			}
		}
		last := cmd.Effect.Removes[len(cmd.Effect.Removes)-1].Arg
		if len(too) == 0 || last.Word == nil {
			continue
		}
		r := rewrite(cmd.Call)
		r.insertAfter(last, " "+strings.Join(too, " "))
		j.fix.Edits = append(j.fix.Edits, r.edits...)
		r.declare(&j.fix.Declares)
	}
}

// libraries are those of the headers that a command installs: these bring them anyway.
func (j *recommendsJob) libraries(e effect.Effect) map[string]bool {
	release := knowledge.ReleaseOf(j.stage.BaseRef)
	out := map[string]bool{}
	for _, p := range e.Installs {
		for _, library := range knowledge.LookupPackage(p.Manager, release, p.Name).Libraries {
			out[library] = true
		}
	}
	return out
}

func installs(e effect.Effect, name string) bool {
	return slices.ContainsFunc(e.Installs, func(p effect.Package) bool { return p.Name == name || knowledge.Brings(p.Name, name) })
}

// there reports whether the base image or an earlier instruction brings a package.
func (j *recommendsJob) there(name string) bool {
	if j.stage.Base != nil && j.stage.Base.Has(name) {
		return true
	}
	return slices.ContainsFunc(j.stage.Packages, func(i transform.Installed) bool {
		return (i.Name == name || knowledge.Brings(i.Name, name)) && i.Instruction.Span.Start < j.step.Instruction.Span.Start
	})
}

// listed writes names into a package list, behind one of its operands, as the list is written: each on
// a line of its own, or behind each other.
func listed(last dockerfile.Arg, e effect.Effect, in *dockerfile.Instruction, names []string) string {
	src := in.Document().Source
	line := src.Text(src.Line(src.LineAt(last.Span.Start)))
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	shares := slices.ContainsFunc(e.Installs, func(p effect.Package) bool {
		return p.Arg.Span != last.Span && src.LineAt(p.Arg.Span.Start) == src.LineAt(last.Span.Start)
	})
	if len(e.Installs) < 2 || shares || strings.TrimLeft(line[:src.Position(last.Span.Start).Column-1], " \t") != "" {
		return " " + strings.Join(names, " ")
	}
	sep := " " + string(in.Document().Escape) + src.Newline() + indent
	return sep + strings.Join(names, sep)
}

func (j *recommendsJob) finding() transform.Finding {
	message := "recommended packages are left out"
	if len(j.named) > 0 {
		message += "; needed ones are named: " + strings.Join(j.named, ", ")
	}
	safety := transform.Guarded
	f := transform.Propose(j.step.Instruction.Span, safety, message, j.fix)
	if len(j.unknown) > 0 {
		f.Safety = transform.Assumed
		f.Detail = "it is not known which of them these need: " + strings.Join(short(j.unknown, 6), ", ")
	}
	return f
}

// short cuts a list for a message.
func short(names []string, n int) []string {
	if len(names) <= n {
		return names
	}
	return append(slices.Clone(names[:n]), fmt.Sprintf("and %d more", len(names)-n))
}
