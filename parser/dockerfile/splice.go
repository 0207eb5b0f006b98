package dockerfile

import (
	"errors"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"mvdan.cc/sh/v3/syntax"
)

// Reasons why a script cannot be extended at a place.
var (
	ErrFunction   = errors.New("the command stands in a function")
	ErrBackground = errors.New("the command runs in the background")
	ErrNegated    = errors.New("the exit status of the command is negated")
	ErrHeredoc    = errors.New("the command reads a here-document")
	ErrEither     = errors.New("the command is one side of ||")
	ErrExec       = errors.New("the instruction is in exec form")
	ErrExit       = errors.New("the script ends with exit or exec")
	ErrList       = errors.New("the command is one of several that may fail unnoticed")
)

// place is where in a script a command can be added.
type place struct {
	top  *syntax.Stmt // statement of the script's own list
	link *syntax.Stmt // the part of top's && chain that the new command joins
	last bool         // top is the last statement: its status is the status of RUN
}

// lineLimit is the width up to which a one-line RUN grows on its line.
const lineLimit = 100

// After makes the edit that runs commands once call has succeeded, in such a
// way that every exit status means what it meant before:
//
//   - inside of an && chain the commands become further links;
//   - behind the last statement they join with &&, so that its failure stays the failure of RUN;
//   - behind any other statement they become statements of their own: joined with &&
//     they would hide its failure from `set -e`.
//
// The edit takes over how the script breaks and indents its lines.
func (s *Script) After(call *Call, commands ...string) (parser.Edit, error) {
	p, err := s.place(call)
	if err != nil {
		return parser.Edit{}, err
	}
	end := s.Span(0, s.stmtEnd(p.link)).End
	and := p.last || s.stmtEnd(p.link) != s.stmtEnd(p.top)
	return parser.Insert(end, s.joined(end, commands, and)), nil
}

// AtEnd makes the edit that runs commands when all of the script has succeeded.
func (s *Script) AtEnd(commands ...string) (parser.Edit, error) {
	calls := s.Calls()
	if s.File == nil || len(calls) == 0 {
		return parser.Edit{}, ErrExec
	}
	for _, c := range calls {
		if name := c.Name(); !c.Subshell && !c.Function && (name == "exit" || name == "exec" || name == "return") {
			return parser.Edit{}, ErrExit
		}
	}
	top := s.File.Stmts[len(s.File.Stmts)-1]
	for _, c := range calls {
		if len(c.outer) > 0 && c.outer[0] == top {
			if top.Background || top.Negated {
				return s.After(c, commands...)
			}
			if hasHeredoc(top) {
				return parser.Edit{}, ErrHeredoc
			}
			end := s.Span(0, s.stmtEnd(top)).End
			return parser.Insert(end, s.joined(end, commands, true)), nil
		}
	}
	return parser.Edit{}, ErrExec
}

// Before makes the edit that runs commands in front of call, which then runs only
// if they succeeded. Several get a line each.
func (s *Script) Before(call *Call, commands ...string) (parser.Edit, error) {
	p, err := s.place(call)
	if err != nil {
		return parser.Edit{}, err
	}
	if p.link != p.top && isOr(p.link) || isOr(p.top) {
		return parser.Edit{}, ErrEither
	}
	if !p.last && p.link == p.top {
		return parser.Edit{}, ErrList
	}
	return parser.Insert(s.NodeSpan(p.link).Start, s.inFront(commands)), nil
}

// inFront is commands with what joins them to each other and to the text behind them.
func (s *Script) inFront(commands []string) string {
	style, sep := s.style(), " && "
	escape := " " + string(s.Instruction.doc.Escape) + s.Instruction.newline() + style.indent
	switch {
	case s.Heredoc || len(commands) == 1:
	case style.leading:
		sep = escape + "&&" + style.gap
	default:
		sep = " &&" + escape
	}
	return strings.Join(commands, sep) + sep
}

// place finds the link of the script's && chain that holds call.
func (s *Script) place(call *Call) (place, error) {
	if s.File == nil || len(call.outer) == 0 {
		return place{}, ErrExec
	}
	switch {
	case call.Function:
		return place{}, ErrFunction
	case call.Background:
		return place{}, ErrBackground
	}
	top := call.outer[0]
	if top.Negated {
		return place{}, ErrNegated
	}
	link := top
	for _, st := range call.outer {
		link = st
		b, ok := st.Cmd.(*syntax.BinaryCmd)
		if !ok || b.Op != syntax.AndStmt || len(st.Redirs) > 0 {
			break
		}
	}
	if link.Negated {
		return place{}, ErrNegated
	}
	if hasHeredoc(link) {
		return place{}, ErrHeredoc
	}
	stmts := s.File.Stmts
	return place{top: top, link: link, last: top == stmts[len(stmts)-1]}, nil
}

func isOr(st *syntax.Stmt) bool {
	b, ok := st.Cmd.(*syntax.BinaryCmd)
	return ok && b.Op == syntax.OrStmt
}

func hasHeredoc(st *syntax.Stmt) bool {
	found := false
	syntax.Walk(st, func(n syntax.Node) bool {
		if r, ok := n.(*syntax.Redirect); ok && r.Hdoc != nil {
			found = true
		}
		return !found
	})
	return found
}

// stmtEnd is the offset behind the statement without its `;`.
func (s *Script) stmtEnd(st *syntax.Stmt) int {
	end := int(st.End().Offset())
	if st.Semicolon.IsValid() && end > int(st.Semicolon.Offset()) {
		end = int(st.Semicolon.Offset())
	}
	text := strings.TrimRight(s.Text[:end], " \t")
	if slashes := len(text) - len(strings.TrimRight(text, `\`)); slashes%2 == 1 && len(text) < end {
		return len(text) + 1 // an escaped blank is part of the last word
	}
	return len(text)
}

// joined is commands with what joins them to the text in front of end and to each other.
func (s *Script) joined(end int, commands []string, and bool) string {
	style, nl := s.style(), s.Instruction.newline()
	var b strings.Builder
	width := s.lineWidth(end)
	for _, command := range commands {
		text := s.join(style, nl, command, and, width+len(command)+4 <= lineLimit)
		b.WriteString(text)
		if i := strings.LastIndexByte(text, '\n'); i >= 0 {
			width = len(text) - i - 1
		} else {
			width += len(text)
		}
	}
	return b.String()
}

// join is one command with what stands in front of it; fits says that the line holds it.
func (s *Script) join(style style, nl, command string, and, fits bool) string {
	op := ";"
	if and {
		op = "&&"
	}
	switch {
	case s.Heredoc && !and:
		return nl + style.indent + command
	case s.Heredoc && !fits:
		return " &&" + nl + style.indent + "    " + command
	case s.Heredoc || style.oneLine && fits:
		if and {
			return " && " + command
		}
		return "; " + command
	case and && style.leading:
		return " " + string(s.Instruction.doc.Escape) + nl + style.indent + op + style.gap + command
	case and:
		return " " + op + " " + string(s.Instruction.doc.Escape) + nl + style.indent + command
	}
	return op + " " + string(s.Instruction.doc.Escape) + nl + style.indent + command
}

// style is how a script is laid out over lines.
type style struct {
	oneLine bool
	leading bool   // operators stand at the start of lines
	indent  string // of the lines that hold operators or commands
	gap     string // between a leading operator and its command
}

// style reads the layout off the script's first operator that stands next to a
// line break, else off its continuation lines.
func (s *Script) style() style {
	src := s.Instruction.doc.Source
	span := s.Instruction.Span
	first := src.LineAt(span.Start)
	last := src.LineAt(max(span.Start, s.Span(0, len(strings.TrimRight(s.Text, " \t\r\n"))).End-1))
	if s.Heredoc {
		return style{indent: s.heredocIndent()}
	}
	st := style{oneLine: first == last, leading: true, indent: s.Instruction.Indent() + "    ", gap: " "}
	plain := true
	for n := first + 1; n <= last; n++ {
		line := strings.TrimRight(src.Text(src.Line(n)), "\r\n")
		text := strings.TrimLeft(line, " \t")
		before := strings.TrimRight(strings.TrimRight(strings.TrimRight(src.Text(src.Line(n-1)), "\r\n"), " \t"), string(s.Instruction.doc.Escape))
		before = strings.TrimRight(before, " \t")
		if text == "" || text[0] == '#' {
			continue
		}
		indent := line[:len(line)-len(text)]
		if rest, ok := strings.CutPrefix(text, "&&"); ok {
			st.indent, st.leading = indent, true
			st.gap = rest[:len(rest)-len(strings.TrimLeft(rest, " \t"))]
			return st
		}
		if strings.HasSuffix(before, "&&") || strings.HasSuffix(before, ";") {
			st.indent, st.leading = indent, !strings.HasSuffix(before, "&&")
			return st
		}
		if plain && indent != "" {
			st.indent, plain = indent, false
		}
	}
	return st
}

// heredocIndent is the white space in front of the script's first line.
func (s *Script) heredocIndent() string {
	body := s.Instruction.doc.Source.Text(s.Instruction.Heredocs[0].Body)
	return body[:len(body)-len(strings.TrimLeft(body, " \t"))]
}

// lineWidth is the number of bytes on the line in front of end.
func (s *Script) lineWidth(end int) int {
	return s.Instruction.doc.Source.Position(end).Column - 1
}

// newline is the line ending that the instruction's own lines use.
func (in *Instruction) newline() string {
	line := in.doc.Source.Text(in.doc.Source.Line(in.doc.Source.LineAt(in.Span.Start)))
	switch {
	case strings.HasSuffix(line, "\r\n"):
		return "\r\n"
	case strings.HasSuffix(line, "\n"):
		return "\n"
	}
	return in.doc.Source.Newline()
}
