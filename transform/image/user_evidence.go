package image

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// weigh lowers the promise for everything that is not known.
func (u *userPlan) weigh(p *transform.Pass) {
	final := p.Facts.Final()
	missing := func(format string, args ...any) {
		u.safety = transform.Assumed
		u.evidence = append(u.evidence, fmt.Sprintf(format, args...))
	}
	if b := final.Base; b == nil {
		missing("the base image %s is not known", final.Stage.Base)
	} else if b.Confidence == "guessed" {
		missing("of the base image %s only the family is known", final.Stage.Base)
	}
	for _, line := range opaque(p) {
		missing("%s", line)
	}
	for _, name := range runtimeOf(p).unread {
		missing("the script %s that runs at start could not be read", name)
	}
	if !hasShell(final) && len(u.dirs) > 0 {
		missing("%s cannot be given to the user, as the image has no shell", u.dirs[0].path)
	}
	if stage := bringsFromParent(final); stage != nil && !u.numeric() {
		missing("files in %s come from the stage on line %d, which this one is built on, and stay root's", ownDir(final), p.Line(stage.Stage.From.Span.Start))
	}
	if at := homeless(p); at != 0 {
		missing("line %d: the project is copied but runs in %s, which belongs to the system: set a WORKDIR of its own", at, final.End().Workdir)
	}
	for _, s := range runtimeOf(p).scripts {
		if at := s.installs(); at != 0 {
			missing("%s:%d installs packages when the container starts", s.file, at)
		}
	}
	if isTool(final) {
		missing("nothing is copied into the image and no port is exposed: it may be a tool that works on files of its caller")
	}
	for _, m := range u.hostMounts(p) {
		missing("%s", m)
	}
	for _, name := range u.unownedArguments(p) {
		missing("the program is given %s, which may be a place to write to that the user does not own", name)
	}
	port, at := lowPort(p)
	if i := slices.IndexFunc(p.Usage.Services, func(s transform.Service) bool { return s.HostNetwork }); port != 0 && i >= 0 {
		missing("line %d: %s is in the host's network, where only root can listen on port %d", at, p.Usage.Services[i].Name, port)
	}
	if port != 0 && !p.Usage.Known() {
		missing("line %d: port %d needs Docker 20.10 or net.ipv4.ip_unprivileged_port_start, and not every Kubernetes runtime sets that", at, port)
	}
	if len(u.evidence) > 4 {
		u.evidence = append(u.evidence[:3], fmt.Sprintf("and %d more places", len(u.evidence)-3))
	}
}

// opaque lists the commands of the shipped stages whose effects are not known.
func opaque(p *transform.Pass) []string {
	var out []string
	for _, sf := range shipping(p.Facts.Final()) {
		for _, step := range sf.Steps {
			if step.Instruction.Keyword == "RUN" && step.Instruction.Script().Opaque != "" {
				out = append(out, fmt.Sprintf("line %d: %s", p.Line(step.Instruction.Span.Start), step.Instruction.Script().Opaque))
			}
			for _, c := range step.Commands {
				if c.Effect.Opaque != "" && !knownScript(p, c) {
					out = append(out, fmt.Sprintf("line %d: %s", p.Line(c.Call.Span.Start), c.Effect.Opaque))
				}
			}
		}
	}
	return out
}

// bringsFromParent finds an earlier stage of the file, below the final one, that puts
// files into the application's directory.
func bringsFromParent(final *transform.StageFacts) *transform.StageFacts {
	app := ownDir(final)
	for sf := final.Parent; sf != nil; sf = sf.Parent {
		for _, step := range sf.Steps {
			in := step.Instruction
			if in.Is("COPY", "ADD") && len(in.Args) > 1 {
				if dest, ok := step.Destination(); !ok || appDir(app, dest) {
					return sf
				}
			}
			for _, c := range step.Commands {
				for _, w := range c.Effect.Writes {
					if w.Known && w.Name != app && appDir(app, w.Name) {
						return sf
					}
				}
			}
		}
	}
	return nil
}

// installs finds a package manager of a language among the commands of a start script.
// Those of the system need root and are refused.
func (s startScript) installs() (line int) {
	for _, step := range effect.Sequence(s.script, effect.Context{}) {
		if step.Effect.Manager != "" && step.Effect.Verb == "install" {
			return 1 + strings.Count(s.text[:step.Call.Span.Start], "\n")
		}
	}
	return 0
}

// homeless finds the copy of an interpreted project into an image that gives it no
// WORKDIR of its own. A compiled program that is copied somewhere is not taken to write beside itself.
func homeless(p *transform.Pass) (line int) {
	final := p.Facts.Final()
	own := ownDir(final)
	if own != "" && !sharedRoot(own) || own == "" && final.End().Workdir != "/" || !slices.ContainsFunc(programsOf(p), func(x program) bool {
		return prompts[x.name] || pythonPrograms[x.name] || x.name == "python" || x.name == "npm" || x.name == "ruby" || strings.HasPrefix(x.argv[0], "./")
	}) {
		return 0
	}
	for _, sf := range shipping(final) {
		for _, in := range sf.Stage.Instructions {
			if _, _, from := in.Flag("from"); in.Is("COPY", "ADD") && !from && len(in.Heredocs) == 0 {
				return p.Line(in.Span.Start)
			}
		}
	}
	return 0
}

// isTool reports whether the image holds no application of its own: a program from
// packages or downloads that people run by hand, often on files that they mount.
func isTool(final *transform.StageFacts) bool {
	for _, sf := range shipping(final) {
		for _, in := range sf.Stage.Instructions {
			if in.Is("COPY", "ADD", "EXPOSE") {
				return false
			}
		}
	}
	return true
}

// unownedArguments lists the paths among the arguments of what runs that neither the
// image brings nor the user owns.
func (u *userPlan) unownedArguments(p *transform.Pass) []string {
	final := p.Facts.Final()
	var out []string
	for _, argv := range runtimeOf(p).programs {
		for _, word := range argv[1:] {
			if _, value, ok := strings.Cut(word, "="); ok {
				word = value
			}
			if !path.IsAbs(word) || strings.ContainsAny(word, " \t;|&") || appDir(ownDir(final), path.Clean(word)) || u.brought(final, path.Clean(word)) {
				continue
			}
			out = append(out, word)
		}
	}
	return out
}

// brought reports whether a path is part of every system, is copied into the image,
// or belongs to the user.
func (u *userPlan) brought(sf *transform.StageFacts, name string) bool {
	if under([]string{"/usr", "/etc", "/bin", "/sbin", "/lib", "/opt", "/dev", "/proc", "/sys", "/tmp"}, name) {
		return true
	}
	for _, d := range u.dirs {
		if under([]string{d.path}, name) {
			return true
		}
	}
	for _, t := range u.trees {
		if under(t.paths, name) {
			return true
		}
	}
	for _, step := range sf.Steps {
		if in := step.Instruction; in.Is("COPY", "ADD") && len(in.Args) > 1 {
			if dest, ok := step.Destination(); ok && (dest == "/" || under([]string{dest}, name) || path.Dir(name) == dest) {
				return true
			}
		}
	}
	return false
}

// shipping lists the stages whose files end up in the image.
func shipping(final *transform.StageFacts) []*transform.StageFacts {
	var out []*transform.StageFacts
	for sf := final; sf != nil; sf = sf.Parent {
		out = append(out, sf)
	}
	slices.Reverse(out)
	return out
}

// lowPort finds a port below 1024 that the image says it listens on.
func lowPort(p *transform.Pass) (port, line int) {
	for _, w := range dockerfile.ImageConfig(p.Facts.Final().Stage).Expose {
		number, _, _ := strings.Cut(w.Value, "/")
		number, _, _ = strings.Cut(number, "-")
		if n, err := strconv.Atoi(number); err == nil && n > 0 && n < 1024 {
			return n, p.Line(w.Span.Start)
		}
	}
	if b := p.Facts.Final().Base; b != nil && b.LowPort != 0 {
		return b.LowPort, p.Line(p.Facts.Final().Stage.From.Span.Start)
	}
	r := runtimeOf(p)
	for _, argv := range r.programs {
		for _, word := range argv {
			if i := strings.LastIndexByte(word, ':'); i >= 0 && r.span != nil {
				if n, err := strconv.Atoi(word[i+1:]); err == nil && n > 0 && n < 1024 {
					return n, p.Line(r.span.Span.Start)
				}
			}
		}
	}
	return 0, 0
}
