package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// startCommand is what Docker makes of the ENTRYPOINT and CMD instructions of the
// shipped image: the ones that are in force, not merely the last ones written.
type startCommand struct {
	entrypoint, cmd *dockerfile.Instruction // nil when none of the file's is in force
	baseEntrypoint  bool                    // the base image's ENTRYPOINT is in force
	baseCmd         bool                    // the base image's CMD is in force
}

// startCommandOf follows the stages that the final one is built on. An ENTRYPOINT
// drops a CMD that comes from below, but not one that its own stage sets before it
// (BuildKit: dispatchEntrypoint).
func startCommandOf(final *transform.StageFacts) startCommand {
	s := startCommand{baseEntrypoint: true, baseCmd: true}
	for _, sf := range shipping(final) {
		own := false
		for _, in := range sf.Stage.Instructions {
			switch in.Keyword {
			case "CMD":
				s.cmd, s.baseCmd, own = in, false, true
			case "ENTRYPOINT":
				s.entrypoint, s.baseEntrypoint = in, false
				if !own {
					s.cmd, s.baseCmd = nil, false
				}
			}
		}
	}
	return s
}

// program is one command that runs when a container starts, with the wrappers in
// front of it (env, exec, tini, sh -c …) taken off.
type program struct {
	name string                  // base name of its first word
	argv []string                // its words; those that only a shell can tell as they are written
	in   *dockerfile.Instruction // CMD or ENTRYPOINT; nil for what the base, compose or a script starts
}

// programsOf lists what runs at start: ENTRYPOINT and CMD, the base image's where
// they are in force, compose's, and the scripts of the build context among them.
func programsOf(p *transform.Pass) []program {
	return transform.Shared(p, "start programs", newPrograms)
}

func newPrograms(p *transform.Pass) []program {
	final := p.Facts.Final()
	s := startCommandOf(final)
	end := final.End()
	ctx := effect.Context{Dir: end.Workdir, Lookup: end.Lookup}
	var out []program
	if s.entrypoint != nil {
		out = appendPrograms(out, s.entrypoint.Script(), ctx, s.entrypoint, 0)
	} else if s.baseEntrypoint && final.Base != nil {
		out = appendArgv(out, final.Base.Entrypoint, nil)
	}
	if s.cmd != nil {
		out = appendPrograms(out, s.cmd.Script(), ctx, s.cmd, 0)
	} else if s.baseCmd && final.Base != nil {
		out = appendArgv(out, final.Base.Cmd, nil)
	}
	for _, svc := range p.Usage.Services {
		out = appendArgv(out, svc.Entrypoint, nil)
		out = appendArgv(out, svc.Command, nil)
	}
	for _, script := range runtimeOf(p).scripts {
		out = appendPrograms(out, script.script, ctx, nil, 0)
	}
	return out
}

// maxNested bounds sh -c inside of sh -c.
const maxNested = 3

func appendPrograms(out []program, script *dockerfile.Script, ctx effect.Context, in *dockerfile.Instruction, depth int) []program {
	if script == nil {
		return out
	}
	for _, call := range script.Calls() {
		argv := effect.Of(call, ctx).Argv
		if len(argv) == 0 || call.Subst {
			continue
		}
		if text, ok := inlineScript(argv); ok && depth < maxNested {
			out = appendPrograms(out, dockerfile.NewScript(text), ctx, in, depth+1)
			continue
		}
		out = appendArgv(out, argValues(argv), in)
	}
	return out
}

// appendArgv adds an argument vector, and what stands behind a "--" in it, for that
// is where wait-for scripts and inits take the command to start.
func appendArgv(out []program, argv []string, in *dockerfile.Instruction) []program {
	for len(argv) > 0 && argv[0] != "" {
		out = append(out, program{path.Base(argv[0]), argv, in})
		i := slices.Index(argv, "--")
		if i < 0 {
			break
		}
		argv = argv[i+1:]
	}
	return out
}

// inlineScript gives the script of sh -c 'script'.
func inlineScript(argv []dockerfile.Arg) (string, bool) {
	if !argv[0].Literal || !shellName(path.Base(argv[0].Value)) {
		return "", false
	}
	for i, a := range argv[1:] {
		if !strings.HasPrefix(a.Value, "-") {
			return "", false
		}
		if !strings.HasPrefix(a.Value, "--") && strings.HasSuffix(a.Value, "c") && i+2 < len(argv) {
			return argv[i+2].Value, argv[i+2].Literal
		}
	}
	return "", false
}

// shellName reports whether a program is a shell that takes scripts with -c.
func shellName(name string) bool {
	return slices.Contains([]string{"sh", "bash", "ash", "dash", "zsh", "ksh"}, name)
}

func argValues(args []dockerfile.Arg) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a.Value
	}
	return out
}
