package dockerfile

import (
	"strings"
	"sync"

	"github.com/bulkhead-dev/bulkhead/parser"
	"mvdan.cc/sh/v3/syntax"
)

// Script is what an instruction runs: a shell script with its syntax tree, or
// the argument vector of an exec form. A script that cannot be read has Opaque set
// and neither calls nor tree; rules leave it alone.
type Script struct {
	Instruction *Instruction
	Argv        []Word       // exec form
	File        *syntax.File // shell form
	Text        string       // what the shell sees; positions of File are offsets into it
	Heredoc     bool         // the script is the body of a heredoc, so that newlines separate commands
	Opaque      string       // why it cannot be read, or ""

	segs  []segment // Text → source
	calls []*Call
}

// Script gives the script of RUN, CMD, ENTRYPOINT and HEALTHCHECK, and nil for
// every other instruction.
func (in *Instruction) Script() *Script {
	if in.script == nil && in.Is("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK") {
		in.script = in.newScript()
	}
	return in.script
}

func (in *Instruction) newScript() *Script {
	s := &Script{Instruction: in}
	args := in.Args
	if in.Keyword == "HEALTHCHECK" {
		args = args[min(1, len(args)):] // CMD or NONE
	}
	if in.JSON {
		s.Argv = args
		return s
	}
	if len(args) == 0 {
		return s
	}
	shell := in.Shell()
	if s.Opaque = shell.Opaque(); s.Opaque != "" {
		return s
	}
	lang := shell.lang
	s.read(args[0], &lang)
	if s.Opaque == "" {
		s.parse(lang)
	}
	return s
}

// read sets Text and its way back to the source.
func (s *Script) read(w Word, lang *syntax.LangVariant) {
	in := s.Instruction
	s.add(w.logical[0], w.logical[1])
	if len(in.Heredocs) == 0 {
		return
	}
	if in.Keyword == "RUN" && isOnlyHeredoc(w.Text) && len(in.Heredocs) == 1 {
		s.readBody(in.Heredocs[0], lang)
		return
	}
	// BuildKit hands the heredocs to the shell behind the line.
	s.literal("\n")
	for _, h := range in.Heredocs {
		s.source(parser.Span{Start: h.Body.Start, End: h.End.End})
		s.literal("\n")
	}
}

// isOnlyHeredoc reports whether the command line is nothing but `<<WORD`.
func isOnlyHeredoc(text string) bool {
	return strings.HasPrefix(text, "<<") && !strings.ContainsAny(text, " \t;&|>()") && strings.Count(text, "<<") == 1
}

// readBody takes the body of a heredoc as the whole script.
func (s *Script) readBody(h Heredoc, lang *syntax.LangVariant) {
	s.Text, s.segs, s.Heredoc = "", nil, true
	src := s.Instruction.doc.Source
	body := src.Text(h.Body)
	if rest, ok := strings.CutPrefix(body, "#!"); ok {
		line, _, _ := strings.Cut(rest, "\n")
		if s.interpreter(line, lang); s.Opaque != "" {
			return
		}
	}
	if !h.Chomp {
		s.source(h.Body)
		return
	}
	var text strings.Builder
	at := h.Body.Start
	for line := range strings.Lines(body) {
		kept := strings.TrimLeft(line, "\t")
		s.segs = append(s.segs, segment{text.Len(), at + len(line) - len(kept), len(kept)})
		text.WriteString(kept)
		at += len(line)
	}
	s.Text = text.String()
}

// add appends text[start:end] of the logical line.
func (s *Script) add(start, end int) {
	l := &s.Instruction.logical
	for _, seg := range l.segs {
		from, to := max(start, seg.logical), min(end, seg.logical+seg.n)
		if from < to {
			s.segs = append(s.segs, segment{len(s.Text) + from - start, seg.source + from - seg.logical, to - from})
		}
	}
	s.Text += l.text[start:end]
}

func (s *Script) source(span parser.Span) {
	s.segs = append(s.segs, segment{len(s.Text), span.Start, span.Len()})
	s.Text += s.Instruction.doc.Source.Text(span)
}

// literal appends text that stands nowhere in the source.
func (s *Script) literal(text string) { s.Text += text }

var shellParsers = sync.Pool{New: func() any { return syntax.NewParser(syntax.KeepComments(true)) }}

// maxNesting bounds what may open another level of a script's tree. The shell
// parser and the walks over its trees recurse, and a stack that overflows cannot
// be recovered from; scripts that people write stay far below.
const maxNesting = 5000

// nesting bounds how deep the tree of a script can be from above: it counts
// whatever could open a level, wherever it stands.
func nesting(text string) int {
	if len(text) <= maxNesting {
		return 0
	}
	n := 0
	for i := range len(text) {
		if strings.IndexByte("({[`!-+~?=*<&|", text[i]) >= 0 {
			n++
		}
	}
	for _, word := range []string{"if", "do", "then", "else", "case", "time", "function", "coproc"} {
		n += strings.Count(text, word)
	}
	return n
}

// parse reads Text. What a POSIX shell would not take is tried as bash, for
// /bin/sh is bash on some distributions.
func (s *Script) parse(lang syntax.LangVariant) {
	if nesting(s.Text) > maxNesting {
		s.Opaque = "too much of it could be nested to read it safely"
		return
	}
	if n := len(s.Text) - len(strings.TrimRight(s.Text, "\\")); n%2 == 1 {
		s.Opaque = "it ends with a backslash, behind which a line is missing"
		return
	}
	p := shellParsers.Get().(*syntax.Parser)
	defer shellParsers.Put(p)
	var err error
	for _, try := range []syntax.LangVariant{lang, syntax.LangBash} {
		syntax.Variant(try)(p)
		err = guarded(func() (err error) {
			s.File, err = p.Parse(strings.NewReader(s.Text), "")
			return err
		})
		if err == nil {
			return
		}
	}
	s.File = nil
	s.Opaque = "not readable as a shell script: " + err.Error()
}

// Span gives the source bytes that text[start:end] of the script stands in,
// continuations and comments between them included.
func (s *Script) Span(start, end int) parser.Span {
	l := logical{text: s.Text, segs: s.segs}
	return l.span(start, end)
}

// NodeSpan gives the source bytes of a node of File.
func (s *Script) NodeSpan(n syntax.Node) parser.Span {
	return s.Span(int(n.Pos().Offset()), int(n.End().Offset()))
}

// NodeText is the text of a node of File as the shell sees it.
func (s *Script) NodeText(n syntax.Node) string {
	return s.Text[n.Pos().Offset():n.End().Offset()]
}

// NewScript reads a shell script that stands in a file of its own, such as an
// entrypoint. Spans are offsets into text. Scripts of other interpreters than
// the shells that we read are opaque.
func NewScript(text string) *Script {
	s := &Script{Text: text, Heredoc: true, segs: []segment{{0, 0, len(text)}}}
	lang := syntax.LangPOSIX
	if rest, ok := strings.CutPrefix(text, "#!"); ok {
		line, _, _ := strings.Cut(rest, "\n")
		s.interpreter(line, &lang)
	}
	if s.Opaque == "" {
		s.parse(lang)
	}
	return s
}

// interpreter judges the line behind #!.
func (s *Script) interpreter(line string, lang *syntax.LangVariant) {
	fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "/usr/bin/env "))
	if len(fields) == 0 {
		s.Opaque = "no interpreter is named behind #!"
		return
	}
	shell := newShell([]string{fields[0], "-c"})
	s.Opaque, *lang = shell.why, shell.lang
}
