package image

import (
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"mvdan.cc/sh/v3/syntax"
)

var (
	reasonNeedsShell      = transform.Reason{Code: "needs-shell", Text: "the shell does something: variables, several commands, pipes, redirections, patterns, built-in commands."}
	reasonCmdAppended     = transform.Reason{Code: "cmd-would-be-appended", Text: "a shell-form ENTRYPOINT ignores CMD; as exec form it would get CMD as arguments."}
	reasonEntrypointSees  = transform.Reason{Code: "entrypoint-sees-it", Text: "an ENTRYPOINT gets CMD as its arguments and would see the program instead of a shell."}
	reasonUnknownEntry    = transform.Reason{Code: "unknown-entrypoint", Text: "nothing is known of the entrypoint of the base image, which would see the program instead of a shell."}
	reasonCommentInside   = transform.Reason{Code: "comment-inside", Text: "a comment stands between the lines of the instruction."}
	reasonShellUnreadable = transform.Reason{Code: "shell-unreadable", Text: "the command cannot be read: another shell, or no valid shell command."}
)

var execForm = &transform.Rule{
	ID:     "exec-form",
	Title:  "CMD and ENTRYPOINT start the program itself, not a shell around it",
	Safety: transform.Safe,
	Doc: `In shell form the first process of the container is ` + "`/bin/sh -c`" + `. It does not pass signals on: ` + "`docker stop`" + `
waits ten seconds and kills the program. In exec form the program is that process and gets SIGTERM.

The rule rewrites only what needs no shell: one program with literal arguments. The arguments stay exactly the same.
` + "`CMD exec program`" + ` becomes the program.

CMD and ENTRYPOINT are judged together with what compose and the base image put in front of them: a shell-form ENTRYPOINT ignores CMD, an
exec-form one gets it as arguments, and an entrypoint script may look at its first argument.

Only the instructions that take effect are rewritten: the last ones of the stage that ships. HEALTHCHECK is left alone.`,
	Controls: []transform.Control{
		{Framework: "Docker documentation", ID: "build/building/best-practices", Title: "ENTRYPOINT and CMD"},
	},
	Reasons: []transform.Reason{reasonNeedsShell, reasonCmdAppended, reasonEntrypointSees, reasonUnknownEntry, reasonCommentInside, reasonShellUnreadable},
	Check:   checkExecForm,
}

func checkExecForm(p *transform.Pass) []transform.Finding {
	final := p.Facts.Final()
	if final.Stage.Windows() {
		return nil
	}
	config := dockerfile.ImageConfig(final.Stage)
	var out []transform.Finding
	done := false
	for _, in := range []*dockerfile.Instruction{config.Entrypoint, config.Cmd} {
		if in == nil || in.Stage != final.Stage || len(in.Args) == 0 {
			continue
		}
		if in.JSON {
			done = true
			continue
		}
		out = append(out, toExecForm(p, in, config))
	}
	if len(out) == 0 && done {
		return []transform.Finding{transform.Done(firstOf(config.Entrypoint, config.Cmd).Span, "the program starts without a shell")}
	}
	return out
}

func firstOf(a, b *dockerfile.Instruction) *dockerfile.Instruction {
	if a != nil {
		return a
	}
	return b
}

func toExecForm(p *transform.Pass, in *dockerfile.Instruction, config dockerfile.Config) transform.Finding {
	refuse := func(reason transform.Reason, detail string, args ...any) transform.Finding {
		return transform.Refuse(in.Span, in.Keyword+" starts a shell around its program", reason, detail, args...)
	}
	s := in.Script()
	if s.Opaque != "" {
		return refuse(reasonShellUnreadable, "%s", s.Opaque)
	}
	argv, why := plainCommand(s)
	if why != "" {
		return refuse(reasonNeedsShell, "%s", why)
	}
	if reason, detail := execFormConflict(p, in, config, argv); detail != "" {
		return refuse(reason, "%s", detail)
	}
	if len(in.Comments) > 0 {
		return refuse(reasonCommentInside, "the comment could not be kept")
	}
	form := dockerfile.ExecForm(argv)
	fix := &transform.Fix{Edits: []parser.Edit{parser.Replace(in.ArgsSpan(), form)}}
	fix.Declares.Config = map[string]string{in.Keyword: form}
	return transform.Propose(in.Span, transform.Safe, "the program is the first process of the container and gets its signals", fix)
}

// execFormConflict says why the two instructions, taken together, would mean something else.
func execFormConflict(p *transform.Pass, in *dockerfile.Instruction, config dockerfile.Config, argv []string) (transform.Reason, string) {
	if in.Keyword == "ENTRYPOINT" {
		switch {
		case config.Cmd != nil && config.Cmd.Stage == in.Stage && len(config.Cmd.Args) > 0:
			return reasonCmdAppended, "CMD " + config.Cmd.ArgsText()
		case p.Usage.Known && len(p.Usage.Command) > 0:
			return reasonCmdAppended, "compose gives the command " + strings.Join(p.Usage.Command, " ")
		}
		return transform.Reason{}, ""
	}
	if e := config.Entrypoint; e != nil && len(e.Args) > 0 {
		if init, ok := knowledge.InitTool(e.Args[0].Value); ok && init.Harmless && e.JSON {
			return transform.Reason{}, ""
		}
		return reasonEntrypointSees, "ENTRYPOINT " + e.ArgsText()
	}
	b := p.Facts.Final().Base
	switch {
	case b == nil || b.Confidence == "guessed":
		return reasonUnknownEntry, "the base image " + p.Facts.Final().Stage.Base + " is not known"
	case len(b.Entrypoint) == 0 || b.Passes && !strings.ContainsAny(path.Base(argv[0]), ".-"):
		return transform.Reason{}, ""
	}
	return reasonEntrypointSees, "the entrypoint " + strings.Join(b.Entrypoint, " ") + " of " + b.Image
}

// shellCommands exist in the shell only, or do something else outside of it.
var shellCommands = map[string]bool{"cd": true, "export": true, "source": true, ".": true, "exit": true, "ulimit": true, "umask": true,
	"alias": true, ":": true, "test": true, "[": true, "[[": true, "echo": true, "printf": true, "true": true, "false": true, "set": true,
	"eval": true, "read": true, "trap": true, "wait": true, "type": true, "hash": true, "pwd": true, "command": true, "builtin": true, "times": true, "shift": true, "unset": true}

// plainCommand gives the argument vector of a script that is one program with
// literal arguments, or says what the shell is needed for.
func plainCommand(s *dockerfile.Script) (argv []string, why string) {
	if s.File == nil || len(s.File.Stmts) != 1 || len(s.File.Last) > 0 || len(s.File.Stmts[0].Comments) > 0 {
		return nil, "it is not one command"
	}
	st := s.File.Stmts[0]
	call, ok := st.Cmd.(*syntax.CallExpr)
	switch {
	case !ok:
		return nil, "it is not one command"
	case st.Background || st.Negated || len(st.Redirs) > 0:
		return nil, "the shell starts it in the background, negates its status or redirects its output"
	case len(call.Assigns) > 0:
		return nil, "it sets variables"
	}
	var args []dockerfile.Arg
	for _, c := range s.Calls() { // those in substitutions come first
		if c.Stmt == st {
			args = c.Args
		}
	}
	if len(args) > 1 && args[0].Value == "exec" {
		args = args[1:]
	}
	for _, a := range args {
		if !a.Literal || a.Glob {
			return nil, "the shell expands " + a.Text
		}
		argv = append(argv, a.Value)
	}
	if len(argv) == 0 || shellCommands[argv[0]] || strings.HasPrefix(argv[0], "-") {
		return nil, "the command is the shell's own"
	}
	return argv, ""
}
