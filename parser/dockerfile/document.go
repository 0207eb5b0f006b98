// Package dockerfile is a lossless Dockerfile: BuildKit's parser says what it
// means, this package says which bytes mean it.
//
// Parse runs BuildKit's own parser and instruction parser and then finds, for
// everything that they report, the bytes it stands in: keyword, flags,
// arguments, continuations, comments between them and heredoc bodies. Where
// the two disagree the file is refused; nothing is guessed.
package dockerfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Document is one parsed Dockerfile. It does not change; an edit of its Source
// is parsed into another Document.
type Document struct {
	Source     *parser.Source
	Directives []Directive    // `# syntax=`, `# escape=`, `# check=` at the top
	Comments   []parser.Span  // every comment line, without its indentation and line ending
	Global     []*Instruction // ARGs in front of the first FROM
	Stages     []*Stage       // at least one
	Escape     byte           // the escape character: '\\' or '`'

	instructions []*Instruction    // all of them, in file order
	named        map[string]*Stage // the last stage of each name
}

// Instructions lists every instruction of the file in order, those in front of
// the first stage included.
func (d *Document) Instructions() []*Instruction { return d.instructions }

// Final is the stage that a build without --target ships.
func (d *Document) Final() *Stage { return d.Stages[len(d.Stages)-1] }

// Directive is a parser directive: a comment at the top that configures the build.
type Directive struct {
	Name, Value string
	Span        parser.Span
}

// Stage is a FROM instruction and all that follows it up to the next one.
type Stage struct {
	Index        int            // position in the file, from 0
	Name         string         // lower-case name given by AS, or ""
	Base         string         // the image or stage as it is written, variables included
	Platform     string         // the value of --platform as it is written, or ""
	Parent       *Stage         // the earlier stage that Base names, or nil
	From         *Instruction   // the FROM instruction
	Instructions []*Instruction // From, then the others in order

	doc     *Document
	windows bool
	shell   Shell // in force behind its last instruction
}

// Document is the file that the stage belongs to.
func (s *Stage) Document() *Document { return s.doc }

// Word is one piece of an instruction with the bytes it stands in. A word may
// run over a continuation; its Text has none, its Span covers it.
type Word struct {
	Text    string // as written, quotes and variables included, continuations taken out
	Value   string // Text; for an item of a JSON array the decoded string
	Span    parser.Span
	logical [2]int
}

// Instruction is one instruction with everything that belongs to it.
type Instruction struct {
	Keyword     string      // upper case
	Span        parser.Span // from the keyword to the last byte, heredocs included, without the last line ending
	KeywordSpan parser.Span
	Flags       []Word // --name or --name=value
	// Args are the arguments in the way that the keyword splits them: one word
	// per item of a JSON array; one word with all of a shell command line;
	// NAME=value pairs of ENV, LABEL and ARG; else what blanks separate. The
	// legacy form `ENV name some value` gives two words, HEALTHCHECK its type
	// and then its command.
	Args     []Word
	JSON     bool // arguments are a JSON array (exec form)
	Heredocs []Heredoc
	Comments []parser.Span        // comment lines inside the continuations
	Node     *bk.Node             // BuildKit's view
	Command  instructions.Command // BuildKit's typed view; nil for FROM
	OnBuild  *Instruction         // the instruction that ONBUILD keeps for later
	Stage    *Stage               // nil in front of the first FROM

	doc     *Document
	logical logical
	shell   Shell // in force at the instruction
	script  *Script
}

// Heredoc is an inline file of RUN, COPY or ADD.
type Heredoc struct {
	Name   string      // the terminator
	Expand bool        // variables are expanded: the word is not quoted
	Chomp  bool        // `<<-`: leading tabs are taken off
	Body   parser.Span // all lines between, the last line ending included
	End    parser.Span // the terminator without its line ending
}

// Document is the file that the instruction belongs to.
func (in *Instruction) Document() *Document { return in.doc }

// Is reports whether the instruction has one of these keywords.
func (in *Instruction) Is(keywords ...string) bool {
	for _, k := range keywords {
		if in.Keyword == k {
			return true
		}
	}
	return false
}

// Flag gives the value of --name and whether the flag is there.
func (in *Instruction) Flag(name string) (Word, string, bool) {
	for _, f := range in.Flags {
		key, value, _ := strings.Cut(strings.TrimPrefix(f.Text, "--"), "=")
		if key == name {
			return f, value, true
		}
	}
	return Word{}, "", false
}

// Argv is the list of the arguments' values.
func (in *Instruction) Argv() []string { return values(in.Args) }

// ArgsText is everything behind the keyword and the flags, continuations taken out.
func (in *Instruction) ArgsText() string {
	if len(in.Args) == 0 && !in.JSON {
		return ""
	}
	return strings.TrimSpace(in.logical.text[in.logical.args:])
}

// ArgsSpan covers the bytes of ArgsText.
func (in *Instruction) ArgsSpan() parser.Span {
	text := in.logical.text
	end := len(strings.TrimRightFunc(text, unicode.IsSpace))
	start := min(in.logical.args+leadingSpace(text[in.logical.args:]), end)
	return in.logical.span(start, end)
}

// LineSpan covers the whole lines of the instruction, indentation and the last
// line ending included.
func (in *Instruction) LineSpan() parser.Span {
	src := in.doc.Source
	first := src.Line(src.LineAt(in.Span.Start))
	last := src.Line(src.LineAt(max(in.Span.Start, in.Span.End-1)))
	return parser.Span{Start: first.Start, End: last.End}
}

// Indent is the white space in front of the keyword.
func (in *Instruction) Indent() string {
	line := in.LineSpan()
	return strings.TrimPrefix(in.doc.Source.Text(parser.Span{Start: line.Start, End: in.Span.Start}), bom)
}

const bom = "\ufeff"

// Parse reads a Dockerfile. The error is a *parser.Error: BuildKit's own
// complaint with its line, or the one place where the text is not understood.
func Parse(src *parser.Source) (*Document, error) { return parse(src, nil) }

func parse(src *parser.Source, typed map[string]instructions.Command) (*Document, error) {
	var result *bk.Result
	err := guarded(func() (err error) {
		result, err = bk.Parse(bytes.NewReader(src.Bytes()))
		return err
	})
	if err != nil {
		return nil, buildkitError(src, err)
	}
	return build(src, result, typed)
}

// build finds the bytes of what BuildKit read.
func build(src *parser.Source, result *bk.Result, typed map[string]instructions.Command) (*Document, error) {
	if n := len(result.AST.Children); n > maxInstructions {
		return nil, src.Errorf(0, "split the file", "%d instructions are more than the %d that are read", n, maxInstructions)
	}
	doc := &Document{Source: src, Escape: byte(result.EscapeToken), named: map[string]*Stage{}}
	lines := &lineReader{src: src, escape: doc.Escape, doc: doc}
	for _, node := range result.AST.Children {
		if keepsOnBuild(node) {
			return nil, src.Errorf(src.Line(node.StartLine).Start, "Docker cannot build this file either; mend it first", "ONBUILD may not keep ONBUILD")
		}
		in, err := lines.instruction(node)
		if err != nil {
			return nil, err
		}
		if err := doc.add(in, typed[node.Original]); err != nil {
			return nil, err
		}
	}
	lines.between(src.Lines() + 1)
	if len(doc.Stages) == 0 {
		return nil, src.Errorf(0, "add a FROM instruction", "there is no build stage")
	}
	return doc, nil
}

// maxInstructions bounds the work on one file. Images have a few hundred layers
// at most, and no Dockerfile that anybody builds comes near.
const maxInstructions = 10_000

// maxStages does so for stages, which may be built on each other.
const maxStages = 500

// silent is the linter that BuildKit asks for: without one it panics at a
// comment `# check=skip=…` in front of an instruction.
var silent = linter.New(&linter.Config{SkipAll: true})

// guarded calls into a parser that is not ours and makes an error of a panic.
func guarded(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the parser fails: %v", p)
		}
	}()
	return call()
}

// keepsOnBuild reports ONBUILD ONBUILD, which Docker does not allow. It is told
// early, for BuildKit's own check takes quadratic time on a long chain.
func keepsOnBuild(node *bk.Node) bool {
	next := node.Next
	return strings.EqualFold(node.Value, "ONBUILD") && next != nil && len(next.Children) == 1 &&
		strings.EqualFold(next.Children[0].Value, "ONBUILD")
}

// add types the instruction with BuildKit's instruction parser, unless that was
// done already, and puts it in its stage.
func (d *Document) add(in *Instruction, cmd instructions.Command) error {
	d.instructions = append(d.instructions, in)
	if cmd == nil || len(in.Heredocs) > 0 {
		var typed any
		err := guarded(func() (err error) {
			typed, err = instructions.ParseInstructionWithLinter(in.Node, silent)
			return err
		})
		if err != nil {
			return buildkitError(d.Source, err)
		}
		if stage, ok := typed.(*instructions.Stage); ok {
			d.addStage(in, stage)
			return nil
		}
		cmd, _ = typed.(instructions.Command)
	}
	in.Command = cmd
	if len(d.Stages) > maxStages {
		return d.Source.Errorf(in.Span.Start, "split the file", "there are more than %d stages", maxStages)
	}
	if len(d.Stages) == 0 {
		if in.Keyword != "ARG" {
			return d.Source.Errorf(in.Span.Start, "only ARG may stand in front of the first FROM", "%s before any build stage", in.Keyword)
		}
		d.Global = append(d.Global, in)
		return nil
	}
	stage := d.Final()
	in.setStage(stage)
	if in.Keyword == "SHELL" && len(in.Args) > 0 {
		stage.shell = newShell(in.Argv())
	}
	stage.Instructions = append(stage.Instructions, in)
	return nil
}

func (d *Document) addStage(in *Instruction, typed *instructions.Stage) {
	s := &Stage{Index: len(d.Stages), Name: typed.Name, Base: typed.BaseName, Platform: typed.Platform, From: in, Instructions: []*Instruction{in}, doc: d}
	s.Parent = d.named[strings.ToLower(s.Base)]
	s.shell = defaultShell
	if s.Parent != nil {
		s.shell = s.Parent.shell
	}
	s.windows = s.isWindows()
	in.setStage(s)
	d.Stages = append(d.Stages, s)
	if s.Name != "" {
		d.named[strings.ToLower(s.Name)] = s
	}
}

func (in *Instruction) setStage(s *Stage) {
	in.Stage, in.shell = s, s.shell
	if in.OnBuild != nil {
		in.OnBuild.setStage(s)
	}
}

// buildkitError gives BuildKit's complaint the place that it has.
func buildkitError(src *parser.Source, err error) error {
	line := 1
	if loc := new(bk.LocationError); errors.As(err, &loc) && len(loc.Locations) > 0 && len(loc.Locations[0]) > 0 {
		line = loc.Locations[0][0].Start.Line
	}
	line = min(max(line, 1), src.Lines())
	msg := strings.Join(strings.Fields(err.Error()), " ")
	if len(msg) > 200 {
		msg = msg[:200] + "…"
	}
	return src.Errorf(src.Line(line).Start, "Docker cannot build this file either; mend it first", "%s", msg)
}
