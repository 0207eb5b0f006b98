package effect

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"mvdan.cc/sh/v3/syntax"
)

// Step is one command of a script with its effect and the directory it runs in.
type Step struct {
	Call   *dockerfile.Call
	Effect Effect
	Dir    string // "" when unknown
}

// Sequence gives the effects of all commands of a script in order. Directory and
// variables pass from one to the next and end with their subshell. What the
// script defines as a function is known where it is called: its commands are
// steps of their own, where they are written. An opaque script has none.
func Sequence(script *dockerfile.Script, ctx Context) []Step {
	if script == nil {
		return nil
	}
	calls := script.Calls()
	if len(calls) == 0 {
		return nil
	}
	steps := make([]Step, len(calls))
	s := sequence{ctx: ctx, outer: ctx.Lookup}
	s.survey(script, calls)
	for i, call := range calls {
		s.enter(call)
		steps[i].Call, steps[i].Dir = call, s.ctx.Dir
		s.effect(call, &steps[i].Effect)
		s.leave(call, &steps[i].Effect)
	}
	return steps
}

// sequence carries what one command leaves for the next.
type sequence struct {
	ctx       Context
	outer     func(string) (string, bool)
	vars      map[string]string
	functions map[string]bool // defined by the script; true: they change the directory
	scopes    []scope         // subshells, substitutions and function bodies, by their start
	open      []savedScope
}

// scope is a piece of the script whose directory and variables end with it.
type scope struct {
	start, end uint
	function   bool
}

type savedScope struct {
	scope
	dir  string
	vars map[string]string
}

// survey finds what the calls do not tell: where scopes begin and end, the names
// of functions and of loop variables.
func (s *sequence) survey(script *dockerfile.Script, calls []*dockerfile.Call) {
	if script.File == nil || !slices.ContainsFunc(calls, func(c *dockerfile.Call) bool { return c.Subshell || c.Function || c.Loop }) {
		return
	}
	syntax.Walk(script.File, func(n syntax.Node) bool {
		switch x := n.(type) {
		case *syntax.Subshell, *syntax.CmdSubst, *syntax.ProcSubst:
			s.scopes = append(s.scopes, scope{start: n.Pos().Offset(), end: n.End().Offset()})
		case *syntax.FuncDecl:
			if s.functions == nil {
				s.functions = map[string]bool{}
			}
			if x.Name != nil { // bash takes a redirection for a body: RUN ()2
				s.functions[x.Name.Value] = strings.Contains(script.NodeText(x.Body), "cd ")
			}
			s.scopes = append(s.scopes, scope{x.Pos().Offset(), x.End().Offset(), true})
		case *syntax.WordIter:
			if x.Name != nil {
				s.set(x.Name.Value, unknown)
			}
		}
		return true
	})
}

// effect is the effect of a call; that of a function is in the steps of its body.
func (s *sequence) effect(call *dockerfile.Call, e *Effect) {
	if changes, ok := s.functions[call.Name()]; ok && call.Name() != "" {
		e.Tool, e.Verb, e.Argv = call.Name(), "function", call.Args
		if changes {
			e.Chdir = "?"
		}
		return
	}
	of(call, &s.ctx, e)
}

// enter leaves the scopes that ended in front of the call and opens those it stands in.
func (s *sequence) enter(call *dockerfile.Call) {
	if len(s.scopes) == 0 || call.Stmt == nil {
		return
	}
	at := call.Stmt.Pos().Offset()
	for n := len(s.open); n > 0; n = len(s.open) {
		last := s.open[n-1]
		if at >= last.start && at < last.end {
			break
		}
		s.ctx.Dir, s.vars = last.dir, last.vars
		s.open = s.open[:n-1]
	}
	for _, sc := range s.scopes {
		if at < sc.start || at >= sc.end || slices.ContainsFunc(s.open, func(o savedScope) bool { return o.scope == sc }) {
			continue
		}
		saved := savedScope{sc, s.ctx.Dir, s.vars}
		s.open = append(s.open, saved)
		s.vars = cloned(s.vars)
		if sc.function {
			s.ctx.Dir = "" // wherever it is called
		}
	}
}

func cloned(vars map[string]string) map[string]string {
	out := make(map[string]string, len(vars))
	for k, v := range vars {
		out[k] = v
	}
	return out
}

func (s *sequence) leave(call *dockerfile.Call, e *Effect) {
	switch {
	case e.Chdir == "?" || len(e.Chdir) > MaxValue || e.Chdir != "" && (call.Conditional || call.Loop):
		s.ctx.Dir = ""
	case e.Chdir != "":
		s.ctx.Dir = e.Chdir
	}
	switch name := call.Name(); {
	case name == "read" || name == "unset" || name == "getopts" || name == "mapfile":
		for _, a := range call.Args[1:] {
			if syntax.ValidName(a.Value) {
				s.set(a.Value, unknown)
			}
		}
		return
	case name == "." || name == "source":
		return
	case len(call.Args) > 0 && name != "export" && name != "local" && name != "declare" && name != "typeset" && name != "readonly":
		return
	}
	certain := !call.Conditional && !call.Loop && !call.Function
	for _, a := range call.Args[min(1, len(call.Args)):] { // export NAME=value, as POSIX shells read it
		text, ok := a.Expand(s.lookup)
		if !ok {
			text = a.Text
		}
		if key, value, given := strings.Cut(text, "="); given && syntax.ValidName(key) {
			if !ok || !certain {
				value = unknown
			}
			s.set(key, value)
		}
	}
	for _, a := range call.Assign {
		if a.Name == nil || a.Value == nil {
			continue
		}
		v, ok := dockerfile.WordValue(a.Value, s.lookup)
		if !ok || !certain || a.Append || a.Index != nil {
			v = unknown
		}
		s.set(a.Name.Value, v)
	}
}

func (s *sequence) set(name, value string) {
	if len(value) > MaxValue {
		value = unknown
	}
	if s.vars == nil {
		s.vars = map[string]string{}
	}
	s.vars[name] = value
	s.ctx.Lookup = s.lookup
}

// MaxValue bounds what is remembered of a variable or a directory, in bytes: a few
// lines that each name the line before twice would fill the memory. What is longer
// counts as unknown.
const MaxValue = 1024

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
