package dockerfile

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"mvdan.cc/sh/v3/syntax"
)

// Call is one simple command of a script, wherever it stands in it.
type Call struct {
	Script *Script
	Stmt   *syntax.Stmt // the innermost statement
	Args   []Arg        // command word and arguments, before expansion
	Assign []*syntax.Assign
	Redirs []*syntax.Redirect // its own and those of the statements around it
	Span   parser.Span        // the statement in the source
	Where                     // how its execution is tied to the rest of the script

	outer []*syntax.Stmt // enclosing statements, outermost first, Stmt last
	op    string         // what joins it to the command before: "", "&&", "||", "|", ";"
}

// Where says in what constructs a call stands.
type Where struct {
	Conditional bool // behind ||, in if, case or while: may not run
	Loop        bool // may run several times
	Function    bool // in the body of a function
	Subst       bool // in $(…) or <(…)
	Subshell    bool // in (…): changes of directory and variables end with it
	Background  bool // started with &
	Pipe        bool // part of a pipeline
	Negated     bool // behind !
}

// Arg is one word of a command.
type Arg struct {
	Text    string // as written
	Value   string // what the command gets when Literal, else Text
	Literal bool   // no expansion of variables, commands, braces or ~ is needed
	Glob    bool   // holds an unquoted *, ? or [
	Span    parser.Span
	Word    *syntax.Word // nil for the words of an exec form
}

// Name is the command word as it is written, without its directory; "" when unknown.
func (c *Call) Name() string {
	if len(c.Args) == 0 || !c.Args[0].Literal {
		return ""
	}
	return c.Args[0].Value[strings.LastIndexByte(c.Args[0].Value, '/')+1:]
}

// Text is the statement as the shell sees it, without the `;` or `&` behind it.
func (c *Call) Text() string {
	if c.Stmt == nil {
		return strings.Join(argTexts(c.Args), " ")
	}
	return c.Script.Text[c.Stmt.Pos().Offset():c.Script.stmtEnd(c.Stmt)]
}

// Operator is what joins the call to the command in front of it: "&&", "||",
// "|", ";" (a newline too), or "" for the first of a script or of a body.
func (c *Call) Operator() string { return c.op }

// Calls lists every command of the script in the order of the text. An exec
// form is one call. An opaque script has none.
func (s *Script) Calls() []*Call {
	if s.calls == nil {
		if s.Argv != nil {
			s.calls = []*Call{s.execCall()}
		} else if s.File != nil {
			w := callWalker{script: s, substitutes: strings.ContainsAny(s.Text, "`(")}
			w.stmts(s.File.Stmts, Where{}, nil, nil)
			s.calls = w.calls
		}
	}
	return s.calls
}

func (s *Script) execCall() *Call {
	c := &Call{Script: s}
	for _, w := range s.Argv {
		c.Args = append(c.Args, Arg{Text: w.Text, Value: w.Value, Literal: true, Span: w.Span})
	}
	if n := len(s.Argv); n > 0 {
		c.Span = parser.Span{Start: s.Argv[0].Span.Start, End: s.Argv[n-1].Span.End}
	}
	return c
}

type callWalker struct {
	script      *Script
	substitutes bool // there may be substitutions
	calls       []*Call
}

func (w *callWalker) stmts(list []*syntax.Stmt, at Where, redirs []*syntax.Redirect, outer []*syntax.Stmt) {
	op := ""
	for _, st := range list {
		w.stmt(st, at, redirs, outer, op)
		op = ";"
	}
}

func (w *callWalker) stmt(st *syntax.Stmt, at Where, redirs []*syntax.Redirect, outer []*syntax.Stmt, op string) {
	if st == nil {
		return
	}
	at.Background = at.Background || st.Background
	at.Negated = at.Negated || st.Negated
	outer = append(outer[:len(outer):len(outer)], st)
	if len(st.Redirs) > 0 {
		redirs = append(redirs[:len(redirs):len(redirs)], st.Redirs...)
	}
	w.command(st.Cmd, st, at, redirs, outer, op)
}

func (w *callWalker) command(cmd syntax.Command, st *syntax.Stmt, at Where, redirs []*syntax.Redirect, outer []*syntax.Stmt, op string) {
	inner := at
	switch x := cmd.(type) {
	case *syntax.BinaryCmd:
		w.binary(x, at, redirs, outer, op)
	case *syntax.Subshell:
		inner.Subshell = true
		w.stmts(x.Stmts, inner, redirs, outer)
	case *syntax.Block:
		w.stmts(x.Stmts, at, redirs, outer)
	case *syntax.IfClause:
		for ; x != nil; x = x.Else {
			w.stmts(x.Cond, at, redirs, outer)
			at.Conditional = true
			w.stmts(x.Then, at, redirs, outer)
		}
	case *syntax.WhileClause:
		inner.Loop = true
		w.stmts(x.Cond, inner, redirs, outer)
		inner.Conditional = true
		w.stmts(x.Do, inner, redirs, outer)
	case *syntax.ForClause:
		inner.Loop = true
		w.words(x, inner, outer)
		w.stmts(x.Do, inner, redirs, outer)
	case *syntax.CaseClause:
		inner.Conditional = true
		for _, item := range x.Items {
			w.stmts(item.Stmts, inner, redirs, outer)
		}
	case *syntax.FuncDecl:
		inner.Function = true
		w.stmt(x.Body, inner, redirs, outer, "")
	case *syntax.TimeClause:
		w.stmt(x.Stmt, at, redirs, outer, op)
	case *syntax.CoprocClause:
		inner.Background = true
		w.stmt(x.Stmt, inner, redirs, outer, op)
	default:
		w.simple(cmd, st, at, redirs, outer, op)
	}
}

func (w *callWalker) binary(x *syntax.BinaryCmd, at Where, redirs []*syntax.Redirect, outer []*syntax.Stmt, op string) {
	inner := at
	switch x.Op {
	case syntax.AndStmt:
		w.stmt(x.X, at, redirs, outer, op)
		w.stmt(x.Y, at, redirs, outer, "&&")
	case syntax.OrStmt:
		w.stmt(x.X, at, redirs, outer, op)
		inner.Conditional = true
		w.stmt(x.Y, inner, redirs, outer, "||")
	default:
		inner.Pipe = true
		w.stmt(x.X, inner, redirs, outer, op)
		w.stmt(x.Y, inner, redirs, outer, "|")
	}
}

// simple records a command that holds no other statements but in substitutions.
func (w *callWalker) simple(cmd syntax.Command, st *syntax.Stmt, at Where, redirs []*syntax.Redirect, outer []*syntax.Stmt, op string) {
	c := &Call{Script: w.script, Stmt: st, Redirs: redirs, Where: at, outer: outer, op: op}
	c.Span = w.script.NodeSpan(st)
	switch x := cmd.(type) {
	case *syntax.CallExpr:
		c.Assign = x.Assigns
		c.Args = make([]Arg, 0, len(x.Args))
		for _, word := range x.Args {
			c.Args = append(c.Args, w.script.arg(word))
		}
	case *syntax.DeclClause:
		c.Args = append(c.Args, Arg{Text: x.Variant.Value, Value: x.Variant.Value, Literal: true, Span: w.script.NodeSpan(x.Variant)})
		c.Assign = x.Args
	case nil:
	default: // [[ ]], (( )), let
		text := w.script.NodeText(cmd)
		c.Args = append(c.Args, Arg{Text: text, Value: text, Span: c.Span})
	}
	w.words(st, at, outer)
	w.calls = append(w.calls, c)
}

// words finds the commands in the substitutions of a node's words.
func (w *callWalker) words(node syntax.Node, at Where, outer []*syntax.Stmt) {
	if !w.substitutes {
		return
	}
	at.Subst, at.Subshell = true, true
	if f, ok := node.(*syntax.ForClause); ok {
		node = f.Loop
	}
	syntax.Walk(node, func(n syntax.Node) bool {
		switch x := n.(type) {
		case *syntax.CmdSubst:
			w.stmts(x.Stmts, at, nil, outer)
			return false
		case *syntax.ProcSubst:
			w.stmts(x.Stmts, at, nil, outer)
			return false
		}
		return true
	})
}

func (s *Script) arg(word *syntax.Word) Arg {
	a := Arg{Text: s.NodeText(word), Span: s.NodeSpan(word), Word: word, Literal: true}
	a.Value, a.Literal, a.Glob = staticValue(word.Parts, false, nil)
	if !a.Literal {
		a.Value = a.Text
	}
	return a
}

// Expand gives the value of the argument with the variables that lookup knows.
func (a Arg) Expand(lookup func(name string) (string, bool)) (string, bool) {
	if a.Literal || a.Word == nil {
		return a.Value, a.Literal
	}
	value, ok, _ := staticValue(a.Word.Parts, false, lookup)
	return value, ok
}

// WordValue is the static value of a word of a script's tree, as Arg.Value.
func WordValue(word *syntax.Word, lookup func(string) (string, bool)) (string, bool) {
	if word == nil {
		return "", true
	}
	v, ok, _ := staticValue(word.Parts, false, lookup)
	return v, ok
}

// staticValue evaluates word parts without running anything.
func staticValue(parts []syntax.WordPart, quoted bool, lookup func(string) (string, bool)) (value string, ok, glob bool) {
	if len(parts) == 1 {
		if lit, ok := parts[0].(*syntax.Lit); ok {
			value, glob, ok = unescape(lit.Value, quoted, true)
			return value, ok, glob
		}
	}
	var out strings.Builder
	for i, part := range parts {
		switch x := part.(type) {
		case *syntax.Lit:
			v, g, plain := unescape(x.Value, quoted, i == 0)
			if !plain || strings.HasSuffix(x.Value, "$") && i+1 < len(parts) { // $"…" is one thing to bash, two to dash
				return "", false, false
			}
			glob = glob || g
			out.WriteString(v)
		case *syntax.SglQuoted:
			if x.Dollar {
				return "", false, false
			}
			out.WriteString(x.Value)
		case *syntax.DblQuoted:
			v, ok, _ := staticValue(x.Parts, true, lookup)
			if !ok || x.Dollar {
				return "", false, false
			}
			out.WriteString(v)
		case *syntax.ParamExp:
			plain := x.Param != nil && x.Exp == nil && x.Repl == nil && x.Slice == nil && x.Index == nil && !x.Length && !x.Excl && !x.Width
			if !plain || lookup == nil {
				return "", false, false
			}
			v, known := lookup(x.Param.Value)
			if !known || (!quoted && strings.ContainsAny(v, " \t\n*?[")) {
				return "", false, false
			}
			if out.WriteString(v); out.Len() > maxExpanded {
				return "", false, false
			}
		default:
			return "", false, false
		}
	}
	return out.String(), true, glob
}

// maxExpanded bounds a word that variables are filled into, in bytes.
const maxExpanded = 64 << 10

// unescape takes the backslashes out of a literal. plain is false where the
// shell would expand ~ or braces.
func unescape(lit string, quoted, first bool) (value string, glob, plain bool) {
	if !strings.ContainsAny(lit, "\\*?[{~") {
		return lit, false, true
	}
	if !quoted && (first && lit[0] == '~' || strings.Contains(lit, "{") && strings.Contains(lit, "}") && strings.ContainsAny(lit, ",.")) {
		return "", false, false
	}
	var out strings.Builder
	for i := 0; i < len(lit); i++ {
		c := lit[i]
		if c == '\\' && i+1 < len(lit) && (!quoted || strings.IndexByte("$`\"\\\n", lit[i+1]) >= 0) {
			i++
			if lit[i] != '\n' {
				out.WriteByte(lit[i])
			}
			continue
		}
		if !quoted && (c == '*' || c == '?' || c == '[') {
			glob = true
		}
		out.WriteByte(c)
	}
	return out.String(), glob, true
}

func argTexts(args []Arg) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a.Text
	}
	return out
}
