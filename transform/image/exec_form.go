package image

import (
	"fmt"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"mvdan.cc/sh/v3/syntax"
)

// Reasons for which a command stays with its shell.
var (
	reasonNeedsShell        = transform.Reason{Code: "needs-shell", Text: "the command uses the shell: variables, pipes, `&&`, redirections, globs, `~`, assignments in front of it."}
	reasonBuiltin           = transform.Reason{Code: "shell-builtin", Text: "the command is built into the shell (`cd`, `export`, `source` …); there need not be a program of that name."}
	reasonNotJSON           = transform.Reason{Code: "not-json", Text: "it looks like an exec form but is not a JSON array (single quotes, a missing comma), so a shell is given the brackets."}
	reasonCustomShell       = transform.Reason{Code: "custom-shell", Text: "SHELL is not a plain sh or bash: a login shell, `BASH_ENV` or another program sets the command's environment up."}
	reasonUnreadable        = transform.Reason{Code: "unreadable", Text: "the command cannot be read as a shell script."}
	reasonCmdAppended       = transform.Reason{Code: "cmd-would-be-appended", Text: "a shell-form ENTRYPOINT ignores CMD and compose's command; in exec form it would get their words as arguments."}
	reasonEntrypointSees    = transform.Reason{Code: "entrypoint-sees-shell", Text: "the ENTRYPOINT is given `/bin/sh -c …` today and would be given the program, and it is not known to treat both alike."}
	reasonUnknownEntrypoint = transform.Reason{Code: "unknown-entrypoint", Text: "whether the base image has an ENTRYPOINT, and what that does with its first word, is not known."}
	reasonUnreadProgram     = transform.Reason{Code: "unread-program", Text: "the program is a file of the project that was not found in the build context, or has no `#!` line; without one only a shell can start it."}
	reasonCommentInside     = transform.Reason{Code: "comment-inside", Text: "a comment stands between the lines of the command and would be lost."}
	reasonOtherStage        = transform.Reason{Code: "other-stage", Text: "the command stands in an earlier stage, which other images may be built from."}
)

var execForm = &transform.Rule{
	ID:     "exec-form",
	Title:  "CMD and ENTRYPOINT start the program itself instead of a shell",
	Safety: transform.Safe,
	Doc: "`CMD python app.py` starts `/bin/sh -c \"python app.py\"`. The shell is process 1, and shells do not pass signals on:" + `
where the shell stays in front of its command, ` + "`docker stop`" + ` reaches the shell only, and the application is killed ten seconds later
without a chance to finish requests or write its data. The exec form ` + "`CMD [\"python\", \"app.py\"]`" + ` starts the program with
exactly the words that the shell would give it, and an image whose start needs no shell can do without one. An ` + "`exec`" + ` in front of the
command only said that by hand and goes away. (Some shells replace themselves by a single command anyway; the exec form does not
depend on which one the base image happens to have.)

ENTRYPOINT, CMD and compose's command are judged together, for they change each other: a shell-form ENTRYPOINT ignores
CMD, an exec-form one gets it as arguments, and an entrypoint script sees ` + "`/bin/sh`" + ` as its first word where it would see the program.
A CMD below an entrypoint is changed only where the entrypoint is an init (tini, dumb-init), a script in the build context that
does nothing with its arguments but ` + "`exec \"$@\"`" + `, or a base image's that is known to treat both alike. Words that somebody
puts behind the image's name in ` + "`docker run`" + ` are ignored by a shell-form ENTRYPOINT and reach the program afterwards.

A program that was glad to have a shell as process 1 to reap its orphans needs an init: ` + "`docker run --init`" + `, ` + "`init: true`" + ` in compose, or tini.

Only the instruction in force in the shipped stage changes. HEALTHCHECK, ONBUILD, earlier duplicates and Windows images stay as they are.

References: Docker documentation, "Dockerfile reference: Shell and exec form", and its build check JSONArgsRecommended.`,
	Controls: []transform.Control{
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
		{Framework: "Docker documentation", ID: "JSONArgsRecommended", Title: "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals"},
	},
	Reasons: []transform.Reason{reasonNeedsShell, reasonBuiltin, reasonNotJSON, reasonCustomShell, reasonUnreadable, reasonCmdAppended,
		reasonEntrypointSees, reasonUnknownEntrypoint, reasonUnreadProgram, reasonCommentInside, reasonOtherStage},
	Check: checkExecForm,
}

func checkExecForm(p *transform.Pass) []transform.Finding {
	final := p.Facts.Final()
	if final.Stage.Windows() {
		return nil
	}
	s := startCommandOf(final)
	var out []transform.Finding
	for _, in := range []*dockerfile.Instruction{s.entrypoint, s.cmd} {
		if in == nil || len(in.Args) == 0 {
			continue
		}
		if in.JSON {
			out = append(out, transform.Done(in.Span, in.Keyword+" is in exec form"))
			continue
		}
		out = append(out, convert(p, s, in))
	}
	return out
}

// convert proposes the exec form of an instruction or says why it stays.
func convert(p *transform.Pass, s startCommand, in *dockerfile.Instruction) transform.Finding {
	refuse := func(r transform.Reason, detail string) transform.Finding {
		return transform.Refuse(in.Span, in.Keyword+" runs through a shell", r, "%s", detail)
	}
	if in.Stage != p.Facts.Final().Stage {
		return refuse(reasonOtherStage, fmt.Sprintf("it stands in the stage that starts on line %d", lineOf(p, in.Stage.From)))
	}
	argv, reason, detail := plainArgv(p, in)
	if detail != "" {
		return refuse(reason, detail)
	}
	if reason, detail = together(p, s, in, argv); detail != "" {
		return refuse(reason, detail)
	}
	if detail = unstartable(p, argv[0]); detail != "" {
		return refuse(reasonUnreadProgram, detail)
	}
	if len(in.Comments) > 0 {
		return refuse(reasonCommentInside, fmt.Sprintf("line %d is a comment inside of the command", p.Line(in.Comments[0].Start)))
	}
	form := dockerfile.ExecForm(argv)
	fix := &transform.Fix{
		Edits:    []parser.Edit{parser.Replace(in.ArgsSpan(), form)},
		Declares: transform.Changes{Config: map[string]string{in.Keyword: form}},
	}
	return transform.Propose(in.Span, transform.Safe, fmt.Sprintf("%s starts %s itself instead of a shell that starts it", in.Keyword, argv[0]), fix)
}

// lineOf is the line that an instruction starts on in the file as it was.
func lineOf(p *transform.Pass, in *dockerfile.Instruction) int {
	return p.Line(in.Span.Start)
}

// plainArgv gives the words of a command for which the shell does nothing but
// split and unquote. detail says why there are none.
func plainArgv(p *transform.Pass, in *dockerfile.Instruction) (argv []string, reason transform.Reason, detail string) {
	if detail = oddShell(p, in); detail != "" {
		return nil, reasonCustomShell, detail
	}
	if text := in.ArgsText(); strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "[ ") || strings.HasPrefix(text, "[ \"") || strings.HasPrefix(text, "[ '") {
		return nil, reasonNotJSON, dedent(text) + " is not a JSON array: write the words in double quotes, with commas between them"
	}
	script := in.Script()
	if script.Opaque != "" || script.File == nil {
		return nil, reasonUnreadable, "it is " + script.Opaque
	}
	calls := script.Calls()
	if len(calls) != 1 || len(script.File.Stmts) != 1 || calls[0].Stmt != script.File.Stmts[0] {
		return nil, reasonNeedsShell, operators(script)
	}
	call := calls[0]
	if use := shellUse(call); use != "" {
		return nil, reasonNeedsShell, use
	}
	argv = argValues(call.Args)
	if argv[0] == "exec" {
		argv = argv[1:]
		if len(argv) == 0 || strings.HasPrefix(argv[0], "-") {
			return nil, reasonBuiltin, "exec is used with options or without a command"
		}
	}
	if builtins[argv[0]] {
		return nil, reasonBuiltin, argv[0] + " is built into the shell"
	}
	return argv, transform.Reason{}, ""
}

// oddShell says in what way SHELL does more than run the command.
func oddShell(p *transform.Pass, in *dockerfile.Instruction) string {
	shell := in.Shell()
	if why := shell.Opaque(); why != "" {
		return why
	}
	for i := 1; i < len(shell.Argv); i++ {
		switch option := shell.Argv[i]; {
		case option == "pipefail" && strings.HasSuffix(shell.Argv[i-1], "o"):
		case option == "--noprofile", option == "--norc", option == "--posix":
		case len(option) > 1 && strings.HasPrefix(option, "-") && strings.Trim(option[1:], "ceuxo") == "":
		default:
			return fmt.Sprintf("SHELL has the option %s", option)
		}
	}
	if _, ok := p.Facts.Final().End().Env("BASH_ENV"); ok && shell.Name == "bash" {
		return "bash reads the file that BASH_ENV names first"
	}
	return ""
}

// operators says what makes a script more than one plain command.
func operators(s *dockerfile.Script) string {
	for _, c := range s.Calls() {
		if c.Subst {
			return "the shell runs the command in $(…)"
		}
		if op := c.Operator(); op != "" {
			return "it is more than one command, joined by " + op
		}
	}
	return "it is a script of its own"
}

// shellUse says what a simple command needs its shell for.
func shellUse(c *dockerfile.Call) string {
	switch {
	case len(c.Assign) > 0:
		return "it sets variables in front of the command"
	case len(c.Redirs) > 0:
		return "it redirects input or output"
	case c.Background:
		return "it is started in the background"
	case c.Negated || len(c.Args) == 0 || c.Args[0].Value == "":
		return "it is more than one plain command"
	}
	if _, ok := c.Stmt.Cmd.(*syntax.CallExpr); !ok {
		return "it is a command of the shell's own"
	}
	for _, a := range c.Args {
		switch {
		case a.Glob:
			return fmt.Sprintf("%s is a pattern", a.Text)
		case !a.Literal, strings.HasPrefix(a.Word.Lit(), "~"):
			return fmt.Sprintf("the shell expands %s", a.Text)
		}
	}
	return ""
}

// builtins are commands that the shell itself carries out (POSIX, bash). Some exist
// as programs too, but small images may lack those.
var builtins = func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(`. : [ alias bg bind break builtin caller cd command compgen complete continue declare dirs disown
		echo enable eval exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read
		readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias unset wait
		[[ time if for while until case function select { } ! then do`) {
		m[name] = true
	}
	return m
}()
