package effect

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"mvdan.cc/sh/v3/syntax"
)

// command is one command while it is looked at.
type command struct {
	*Effect
	ctx  *Context
	args []dockerfile.Arg // behind the command word
	call *dockerfile.Call
	// vars are the assignments in front of the command.
	vars map[string]string
}

// handler fills in the effect of a program.
type handler func(*command)

// programs is the registry: what each program does, by its name.
var programs = map[string]handler{}

// register adds a handler for programs, blank-separated.
func register(names string, h handler) bool {
	for name := range strings.FieldsSeq(names) {
		programs[name] = h
	}
	return true
}

func of(call *dockerfile.Call, ctx *Context, e *Effect) {
	c := &command{Effect: e, ctx: ctx, call: call}
	c.look()
}

// look fills in the effect.
func (c *command) look() {
	call, ctx := c.call, c.ctx
	for _, a := range call.Assign {
		if a.Name == nil || a.Value == nil {
			continue
		}
		if v, ok := dockerfile.WordValue(a.Value, ctx.Lookup); ok {
			if c.vars == nil {
				c.vars = map[string]string{}
			}
			c.vars[a.Name.Value] = v
		}
	}
	c.redirections()
	c.run(call.Args)
}

// lookup gives a variable as the command sees it.
func (c *command) lookup(name string) (string, bool) {
	if v, ok := c.vars[name]; ok {
		return v, true
	}
	if c.ctx.Lookup != nil {
		return c.ctx.Lookup(name)
	}
	return "", false
}

// run looks at a command line: wrappers first, then the program.
func (c *command) run(argv []dockerfile.Arg) {
	for {
		if len(argv) == 0 {
			c.Pure = len(c.Writes) == 0
			return
		}
		c.Effect.Argv = argv
		if !argv[0].Literal {
			if v, ok := argv[0].Expand(c.lookup); ok {
				argv = slices.Clone(argv) // the call keeps its words
				argv[0].Value, argv[0].Literal = v, true
				continue
			}
			c.Opaque = "the command " + argv[0].Text + " is not known before the build"
			return
		}
		name := path.Base(argv[0].Value)
		inner, wrapped := c.unwrap(name, argv[1:])
		if !wrapped {
			break
		}
		argv = inner
	}
	name := path.Base(argv[0].Value)
	c.args = argv[1:]
	c.Tool = name
	if alias, ok := aliases[name]; ok {
		name = alias
		c.Tool = alias
	}
	h, ok := programs[name]
	if !ok {
		h, ok = versioned(name)
	}
	if !ok {
		c.Opaque = "unknown command " + name
		return
	}
	h(c)
}

// versioned finds the handler of a program with a version at the end of its
// name: pip3.11, python3, gcc-12.
func versioned(name string) (handler, bool) {
	base := strings.TrimRight(name, "0123456789.-")
	if base == name || base == "" {
		return nil, false
	}
	h, ok := programs[base]
	return h, ok
}

var aliases = map[string]string{"apt": "apt-get", "aptitude": "apt-get", "egrep": "grep", "fgrep": "grep", "[": "test"}

// path makes a Path of an argument.
func (c *command) path(a dockerfile.Arg, kind PathKind) Path {
	text, ok := a.Expand(c.lookup)
	if !ok && strings.HasPrefix(a.Text, "~/") && c.ctx.Home != "" && !strings.ContainsAny(a.Text, "$`*?[{") {
		text, ok = c.ctx.Home+a.Text[1:], true
	}
	if !ok {
		return Path{Name: a.Text, Kind: kind}
	}
	if a.Glob {
		kind = Glob
	}
	return c.resolve(text, kind)
}

// resolve makes a path absolute.
func (c *command) resolve(text string, kind PathKind) Path {
	if !path.IsAbs(text) {
		if c.ctx.Dir == "" || c.ctx.Dir == "?" {
			return Path{Name: text, Kind: kind}
		}
		text = c.ctx.Dir + "/" + text
	}
	return Path{Name: path.Clean(text), Kind: kind, Known: true}
}

func (c *command) paths(args []dockerfile.Arg, kind PathKind) []Path {
	out := make([]Path, 0, len(args))
	for _, a := range args {
		out = append(out, c.path(a, kind))
	}
	return out
}

// redirections are writes and reads of the files behind > and <.
func (c *command) redirections() {
	for _, r := range c.call.Redirs {
		if r.Word == nil || r.Hdoc != nil {
			continue
		}
		switch r.Op {
		case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrAll, syntax.AppAll, syntax.RdrInOut:
			c.writeTo(c.wordPath(r.Word))
		case syntax.RdrIn:
			c.Reads = append(c.Reads, c.wordPath(r.Word))
		}
	}
}

func (c *command) writeTo(p Path) {
	if !strings.HasPrefix(p.Name, "/dev/") {
		c.Writes = append(c.Writes, p)
	}
}

func (c *command) wordPath(w *syntax.Word) Path {
	text, ok := dockerfile.WordValue(w, c.lookup)
	if !ok {
		return Path{Name: "?"}
	}
	return c.resolve(text, File)
}

// fills notes caches that the command leaves behind.
func (c *command) fills(names ...string) { c.Caches = append(c.Caches, names...) }

// Step is one command of a script with its effect and the directory it runs in.
type Step struct {
	Call   *dockerfile.Call
	Effect Effect
	Dir    string // "" when unknown
}

// Sequence gives the effects of all commands of a script in order. Directory and
// variables pass from one to the next and end with their subshell. An opaque
// script has none.
func Sequence(script *dockerfile.Script, ctx Context) []Step {
	if script == nil {
		return nil
	}
	calls := script.Calls()
	steps := make([]Step, len(calls))
	s := sequence{ctx: ctx, outer: ctx.Lookup}
	var c command
	for i, call := range calls {
		s.enter(call)
		steps[i].Call, steps[i].Dir = call, s.ctx.Dir
		c = command{Effect: &steps[i].Effect, ctx: &s.ctx, call: call}
		c.look()
		s.leave(call, &steps[i].Effect)
	}
	return steps
}

// sequence carries what one command leaves for the next.
type sequence struct {
	ctx      Context
	outer    func(string) (string, bool)
	vars     map[string]string
	subshell bool
	saved    string // directory in front of the subshell
}

func (s *sequence) enter(call *dockerfile.Call) {
	if call.Subshell && !s.subshell {
		s.saved = s.ctx.Dir
	} else if !call.Subshell && s.subshell {
		s.ctx.Dir = s.saved
	}
	s.subshell = call.Subshell
}

func (s *sequence) leave(call *dockerfile.Call, e *Effect) {
	switch {
	case e.Chdir == "?" || e.Chdir != "" && call.Conditional:
		s.ctx.Dir = ""
	case e.Chdir != "":
		s.ctx.Dir = e.Chdir
	}
	if len(call.Args) > 0 && call.Name() != "export" {
		return
	}
	for _, a := range call.Assign {
		if a.Name == nil || a.Value == nil {
			continue
		}
		if s.vars == nil {
			s.vars = map[string]string{}
			s.ctx.Lookup = s.lookup
		}
		if v, ok := dockerfile.WordValue(a.Value, s.lookup); ok && !call.Conditional && !call.Loop {
			s.vars[a.Name.Value] = v
		} else {
			s.vars[a.Name.Value] = unknown
		}
	}
}

// unknown marks a variable whose value cannot be told.
const unknown = "\x00"

func (s *sequence) lookup(name string) (string, bool) {
	if v, ok := s.vars[name]; ok {
		return v, v != unknown
	}
	if s.outer != nil {
		return s.outer(name)
	}
	return "", false
}
