package image

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var reasonUnknownVersion = transform.Reason{Code: "unknown-version", Text: "Python runs, but whether it is CPython 3 cannot be told: the base image's tag has no version or depends on a build argument without a default, or both versions are installed."}

var pythonEnv = &transform.Rule{
	ID:     "python-env",
	Title:  "Python logs at once, writes no byte code and hashes unpredictably",
	Safety: transform.Guarded,
	Doc: "Sets three variables in the shipped stage where CPython 3 runs:" + `

| variable | effect |
|---|---|
| ` + "`PYTHONUNBUFFERED=1`" + ` | what the application prints reaches the log when it is printed, also the last lines before a crash |
| ` + "`PYTHONDONTWRITEBYTECODE=1`" + ` | no ` + "`__pycache__`" + ` is written at run time: the application needs no write access to its own code and runs on a read-only file system |
| ` + "`PYTHONHASHSEED=random`" + ` | string hashes differ in every process, so that nobody can flood a dictionary with keys that collide; Python 3's default, made explicit against a fixed seed from elsewhere |

A value that the file already gives, in this stage or in the one that it is built on, wins, whatever it is
(` + "`PYTHONUNBUFFERED=0`" + ` too); only what is missing is added. A variable that a RUN exports ends with that RUN and does not count.

The variables stand in one ENV near the top of the stage and so are in force while packages are installed, too. That costs
nothing: pip compiles what it installs itself, whatever PYTHONDONTWRITEBYTECODE says; only the application's own modules
are compiled in memory at each start.

Evidence that CPython 3 runs is a Python base image of version 3, or Debian, Ubuntu or Alpine on which the file installs python3
and whose CMD or ENTRYPOINT starts Python or a program written in it, or a CMD that says python3. The hash seed is left alone where PySpark is
used (package, requirements in the build context, name of the base image): the driver hands its seed to the executors, which must agree on it.

Left alone: Python 2, PyPy, Windows, images that start another program, and stages that are not shipped.

References: Python documentation, "Command line and environment"; Apache Spark, PYTHONHASHSEED in PySpark's SparkContext.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.13", Title: "Ensure that the container's root filesystem is mounted as read only"},
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
	},
	Reasons: []transform.Reason{reasonUnknownVersion},
	Check:   checkPythonEnv,
}

// pythonSettings are the variables in the order in which they are written.
var pythonSettings = []dockerfile.Setting{
	{Name: "PYTHONUNBUFFERED", Value: "1"},
	{Name: "PYTHONDONTWRITEBYTECODE", Value: "1"},
	{Name: "PYTHONHASHSEED", Value: "random"},
}

func checkPythonEnv(p *transform.Pass) []transform.Finding {
	final := p.Facts.Final()
	at := final.Stage.From.Span
	v := pythonOf(p)
	if v.unknown != "" {
		return []transform.Finding{transform.Refuse(at, "Python's environment is left alone", reasonUnknownVersion, "%s", v.unknown)}
	}
	if !v.three || refuseDevelopment(p) != nil {
		return nil
	}
	missing, given := missingSettings(final.Stage)
	evidence := []string{v.why}
	if spark := sparkIn(p); spark != "" {
		evidence = append(evidence, "no PYTHONHASHSEED: "+spark)
		missing = slices.DeleteFunc(missing, func(s dockerfile.Setting) bool { return s.Name == "PYTHONHASHSEED" })
	}
	if len(missing) == 0 {
		if given != nil {
			at = given.Span
		}
		return []transform.Finding{transform.Done(at, "Python's environment is set")}
	}
	f := transform.Propose(at, transform.Guarded, "set "+settingList(missing), pythonFix(final.Stage, given, missing))
	f.Evidence = evidence
	return []transform.Finding{f}
}

// missingSettings lists what neither the stage nor those below it set, and the last
// ENV of the stage itself that sets one of the others.
func missingSettings(stage *dockerfile.Stage) (missing []dockerfile.Setting, given *dockerfile.Instruction) {
	have := dockerfile.ImageConfig(stage).Env
	for _, want := range pythonSettings {
		i := slices.IndexFunc(have, func(s dockerfile.Setting) bool { return s.Name == want.Name })
		if i < 0 {
			missing = append(missing, want)
			continue
		}
		if in := have[i].Instruction; in.Stage == stage && (given == nil || in.Span.Start > given.Span.Start) {
			given = in
		}
	}
	return missing, given
}

// settingList names settings as people list them.
func settingList(list []dockerfile.Setting) string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name + "=" + s.Value
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

func pythonFix(stage *dockerfile.Stage, given *dockerfile.Instruction, missing []dockerfile.Setting) *transform.Fix {
	fix := &transform.Fix{Declares: transform.Changes{Config: map[string]string{}}}
	for _, s := range missing {
		fix.Declares.Config["ENV "+s.Name] = s.Value
	}
	if given != nil && multiLineEnv(given) {
		fix.Edits = []parser.Edit{parser.Insert(given.Span.End, continued(given, continuationIndent(given), missing))}
		return fix
	}
	after := pythonPlace(stage, given)
	text := "ENV " + missing[0].Name + "=" + missing[0].Value + continued(after, after.Indent()+"    ", missing[1:])
	if after.Is("ENV") {
		fix.Edits = []parser.Edit{insertBelow(after, text)}
	} else {
		fix.Edits = []parser.Edit{insertAfter(after, after.Indent()+text)}
	}
	return fix
}

// continued writes settings on continuation lines.
func continued(near *dockerfile.Instruction, indent string, list []dockerfile.Setting) string {
	doc := near.Document()
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, " %c%s%s%s=%s", doc.Escape, doc.Source.Newline(), indent, s.Name, s.Value)
	}
	return b.String()
}

// insertBelow puts an instruction on the line below another one, as part of the same
// paragraph.
func insertBelow(in *dockerfile.Instruction, text string) parser.Edit {
	src := in.Document().Source
	line := in.LineSpan()
	text = in.Indent() + text
	if !strings.HasSuffix(src.Text(line), "\n") {
		return parser.Insert(line.End, src.Newline()+text)
	}
	return parser.Insert(line.End, text+src.Newline())
}

// multiLineEnv reports whether an ENV is a plain list of NAME=value with one pair a line.
func multiLineEnv(in *dockerfile.Instruction) bool {
	if len(in.Args) < 2 || len(in.Args) != len(in.Settings()) || len(in.Comments) > 0 {
		return false
	}
	src := in.Document().Source
	for i, a := range in.Args {
		if !strings.Contains(a.Text, "=") || i > 0 && src.LineAt(a.Span.Start) == src.LineAt(in.Args[i-1].Span.Start) {
			return false
		}
	}
	return in.Args[len(in.Args)-1].Span.End == in.Span.End
}

// continuationIndent is the white space in front of the last pair.
func continuationIndent(in *dockerfile.Instruction) string {
	src := in.Document().Source
	last := in.Args[len(in.Args)-1].Span
	return src.Text(parser.Span{Start: src.Line(src.LineAt(last.Start)).Start, End: last.Start})
}

// pythonPlace is the instruction that the ENV goes behind: one that sets such a
// variable already, else the first block of ENVs at the top of the stage, else the
// WORKDIR that opens it, else FROM with what describes the image.
func pythonPlace(stage *dockerfile.Stage, given *dockerfile.Instruction) *dockerfile.Instruction {
	if given != nil {
		return given
	}
	after := stage.From
	for i, in := range stage.Instructions[1:] {
		switch {
		case in.Is("ENV"):
			return lastOfBlock(stage.Instructions[i+1:])
		case in.Is("LABEL", "MAINTAINER", "ARG", "SHELL") && !after.Is("WORKDIR"):
			after = in
		case in.Is("WORKDIR"):
			after = in
		case in.Is("LABEL", "MAINTAINER", "ARG", "SHELL", "USER", "EXPOSE", "STOPSIGNAL"):
		default:
			return after
		}
	}
	return after
}

// lastOfBlock is the last of the ENVs that stand line below line from the first on.
func lastOfBlock(list []*dockerfile.Instruction) *dockerfile.Instruction {
	in := list[0]
	for _, next := range list[1:] {
		if !next.Is("ENV") || next.LineSpan().Start != in.LineSpan().End {
			break
		}
		in = next
	}
	return in
}
