package image

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"mvdan.cc/sh/v3/syntax"
)

// together judges an instruction by the other half of the start command. detail
// says what would change beyond the shell.
func together(p *transform.Pass, s startCommand, in *dockerfile.Instruction, argv []string) (reason transform.Reason, detail string) {
	if in == s.entrypoint {
		switch {
		case s.cmd != nil && len(s.cmd.Args) > 0:
			return reasonCmdAppended, fmt.Sprintf("CMD on line %d is ignored today and would become its arguments", lineOf(p, s.cmd))
		}
		for _, svc := range p.Usage.Services {
			if len(svc.Command) > 0 && len(svc.Entrypoint) == 0 {
				return reasonCmdAppended, fmt.Sprintf("the command %q of %s:%d is ignored today and would become its arguments", strings.Join(svc.Command, " "), svc.File, svc.Line)
			}
		}
		return transform.Reason{}, ""
	}
	if s.entrypoint != nil {
		if detail = entrypointMinds(p, s.entrypoint); detail != "" {
			return reasonEntrypointSees, detail
		}
		return transform.Reason{}, ""
	}
	return baseMinds(p.Facts.Final(), path.Base(argv[0]))
}

// entrypointMinds says why the file's own ENTRYPOINT may do something else for a
// program than for a shell that starts it.
func entrypointMinds(p *transform.Pass, in *dockerfile.Instruction) string {
	if !in.JSON {
		return fmt.Sprintf("the ENTRYPOINT on line %d is in shell form and gets this command as $0, $1 …", lineOf(p, in))
	}
	argv := in.Argv()
	for len(argv) > 0 {
		init, ok := knowledge.InitTool(argv[0])
		if !ok || !init.Harmless {
			break
		}
		argv = argv[1:]
		for len(argv) > 0 && strings.HasPrefix(argv[0], "-") {
			argv = argv[1:]
		}
	}
	if len(argv) == 0 {
		return ""
	}
	if len(argv) == 1 {
		file, _, ok := contextFile(p, argv[0])
		switch {
		case !ok && (strings.HasSuffix(argv[0], ".sh") || strings.Contains(argv[0], "entrypoint")):
			return fmt.Sprintf("%s was not found in the build context, and may look at its first word", argv[0])
		case !ok:
			return fmt.Sprintf("%s is given the command as its arguments", argv[0])
		}
		if text, ok := transform.ReadBounded(p.Files, file); ok && passesArgumentsOn(dockerfile.NewScript(text)) {
			return ""
		}
		return fmt.Sprintf("%s does more with its arguments than exec \"$@\"", file)
	}
	return fmt.Sprintf("the ENTRYPOINT on line %d gets the command as arguments", lineOf(p, in))
}

// passesArgumentsOn reports whether a script uses its arguments in no other way than
// to end in exec "$@": with whatever words it is given, it does the same.
func passesArgumentsOn(s *dockerfile.Script) bool {
	if s.Opaque != "" || s.File == nil || len(s.File.Stmts) == 0 {
		return false
	}
	last, ok := s.File.Stmts[len(s.File.Stmts)-1].Cmd.(*syntax.CallExpr)
	if !ok || len(last.Args) < 2 || s.NodeText(last.Args[0]) != "exec" || s.NodeText(last.Args[len(last.Args)-1]) != `"$@"` {
		return false
	}
	uses, other := 0, false
	syntax.Walk(s.File, func(n syntax.Node) bool {
		switch x := n.(type) {
		case *syntax.ParamExp:
			if x.Param != nil && positional(x.Param.Value) {
				uses++
			}
		case *syntax.FuncDecl:
			return false // its $1 is its own
		case *syntax.ForClause:
			if words, ok := x.Loop.(*syntax.WordIter); ok && len(words.Items) == 0 {
				other = true // for x; do: the arguments
			}
		case *syntax.CallExpr:
			if len(x.Args) > 0 && slices.Contains([]string{"shift", "getopts", "set", "eval", ".", "source"}, x.Args[0].Lit()) {
				other = other || !harmlessSet(s, x)
			}
		}
		return true
	})
	return uses == 1 && !other
}

func positional(name string) bool {
	return name == "@" || name == "*" || name == "#" || strings.Trim(name, "0123456789") == "" && name != "0"
}

// harmlessSet reports whether a call is set with options only (set -e).
func harmlessSet(s *dockerfile.Script, call *syntax.CallExpr) bool {
	if call.Args[0].Lit() != "set" {
		return false
	}
	for _, w := range call.Args[1:] {
		text := s.NodeText(w)
		if text == "--" || text == "-" || !strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "+") && text != "pipefail" {
			return false
		}
	}
	return true
}

// unstartable says why the kernel may not be able to start what the shell can: a
// script without a #! line. Programs of the system and what a compiler writes have
// no need of one; a file of the project is looked at.
func unstartable(p *transform.Pass, program string) string {
	if file, _, ok := contextFile(p, program); ok {
		if text, ok := transform.ReadBounded(p.Files, file); ok && !strings.HasPrefix(text, "#!") && !strings.HasPrefix(text, "\x7fELF") {
			return file + " has no #! line: only a shell can start it"
		}
		return ""
	}
	if strings.HasSuffix(program, ".sh") {
		return program + " was not found in the build context: it may lack a #! line"
	}
	if compiled(p.Facts.Final(), program) {
		return ""
	}
	if from := broughtBy(p, program); from != nil {
		if compiles(p, from) {
			return ""
		}
		return fmt.Sprintf("%s comes from line %d and was not found in the build context: it may lack a #! line", program, lineOf(p, from))
	}
	if strings.Contains(program, "/") && !onPath(path.Dir(program)) && !toolDir(path.Dir(program)) {
		return program + " is a file of the project that was not found in the build context: it may lack a #! line"
	}
	return ""
}

// broughtBy finds the last instruction that puts the program into the image: COPY and
// ADD, or a RUN that writes, copies or links it.
func broughtBy(p *transform.Pass, program string) *dockerfile.Instruction {
	end := p.Facts.Final().End()
	is := func(file string) bool {
		if !strings.Contains(program, "/") {
			return path.Base(file) == program && onPath(path.Dir(file))
		}
		return file == path.Clean(program) || file == path.Join(end.Workdir, program)
	}
	var found *dockerfile.Instruction
	for _, sf := range shipping(p.Facts.Final()) {
		for _, step := range sf.Steps {
			if slices.ContainsFunc(copiedFiles(step), is) {
				found = step.Instruction
			}
			for _, c := range step.Commands {
				if slices.ContainsFunc(writtenFiles(c), is) {
					found = step.Instruction
				}
			}
		}
	}
	return found
}

// copiedFiles are the paths at which COPY and ADD may put their files.
func copiedFiles(step transform.Step) []string {
	in := step.Instruction
	if !in.Is("COPY", "ADD") || len(in.Args) < 2 {
		return nil
	}
	dest, _ := step.Destination()
	out := []string{dest}
	for _, a := range in.Args[:len(in.Args)-1] {
		out = append(out, path.Join(dest, path.Base(a.Value)))
	}
	return out
}

// writtenFiles are the paths at which a command may put a script that it writes or copies.
func writtenFiles(c effect.Step) []string {
	if !slices.Contains([]string{"echo", "printf", "cat", "tee", "cp", "mv", "ln", "install"}, c.Effect.Tool) {
		return nil
	}
	var out []string
	for _, w := range c.Effect.Writes {
		out = append(out, w.Name)
		for _, a := range c.Effect.Argv[1:] {
			out = append(out, path.Join(w.Name, path.Base(a.Value)))
		}
	}
	return out
}

// compiles reports whether an instruction copies a program that a stage of the file
// compiles.
func compiles(p *transform.Pass, in *dockerfile.Instruction) bool {
	_, from, ok := in.Flag("from")
	if !ok {
		return false
	}
	for i, sf := range p.Facts.Stages {
		if strings.EqualFold(sf.Stage.Name, from) && from != "" || from == fmt.Sprint(i) {
			return slices.ContainsFunc(in.Args[:len(in.Args)-1], func(w dockerfile.Word) bool { return compiled(sf, w.Value) })
		}
	}
	return false
}

// compiled reports whether a compiler of the stage writes a program of that name.
func compiled(sf *transform.StageFacts, program string) bool {
	for _, s := range shipping(sf) {
		for _, step := range s.Steps {
			for _, c := range step.Commands {
				if isCompiler(c.Effect.Argv) && (writtenBy(c, path.Base(program)) || strings.Contains(program, "target/release/") || strings.HasPrefix(program, "/go/bin/")) {
					return true
				}
			}
		}
	}
	return false
}

// writtenBy reports whether a compiler's command line names the program as its
// output, or leaves the name to the directory (go build).
func writtenBy(c effect.Step, name string) bool {
	for _, a := range c.Effect.Argv[1:] {
		if path.Base(a.Value) == name {
			return true
		}
	}
	return c.Dir != "" && path.Base(c.Dir) == name
}

// isCompiler reports whether a command writes programs that need no #! line.
func isCompiler(argv []dockerfile.Arg) bool {
	if len(argv) < 2 || !argv[0].Literal {
		return false
	}
	switch path.Base(argv[0].Value) {
	case "go", "cargo", "swift", "zig", "stack", "cabal", "dotnet":
		return slices.Contains([]string{"build", "install", "build-exe", "publish"}, argv[1].Value)
	case "gcc", "g++", "cc", "c++", "clang", "clang++", "rustc", "ghc", "gfortran", "native-image", "crystal", "nim":
		return true
	}
	return false
}

// toolDir reports whether a directory holds programs that an installer wrote, which
// puts #! lines into the scripts among them.
func toolDir(dir string) bool {
	for _, tail := range []string{"node_modules/.bin", "venv/bin", "env/bin", "conda/bin", "conda3/bin", "/.local/bin", "/usr/games"} {
		if strings.HasSuffix(dir, tail) {
			return true
		}
	}
	return strings.HasPrefix(dir, "/usr/lib/") || strings.HasPrefix(dir, "/usr/libexec/")
}
