package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
	"mvdan.cc/sh/v3/shell"
	"mvdan.cc/sh/v3/syntax"
)

// Kind is a way in which a rewrite can fail.
type Kind string

// The kinds of failures, as the report names them.
const (
	Unparsable    Kind = "no longer parses"
	BrokenShell   Kind = "RUN no longer valid shell"
	CommentLost   Kind = "comment lost"
	NotIdempotent Kind = "not idempotent"
	ArgvAltered   Kind = "argv altered"
	ConfigLost    Kind = "configuration lost"
	Panicked      Kind = "panic"
	RefusedFile   Kind = "refused, though BuildKit takes it"
)

// Kinds lists them in the order of the report.
var Kinds = []Kind{Unparsable, BrokenShell, CommentLost, NotIdempotent, ArgvAltered, ConfigLost, Panicked, RefusedFile}

// Failure is one broken promise.
type Failure struct {
	Kind   Kind   `json:"kind"`
	Detail string `json:"detail"`
}

// judge holds a rewritten Dockerfile against the original. It shares no code with
// the rewriter: BuildKit, mvdan/sh and the raw bytes are its witnesses. applied
// are the rules that say they changed something; what they may change is written
// down in the functions below and nowhere else.
func judge(before, after []byte, applied map[string]bool) []Failure {
	var fs []Failure
	add := func(kind Kind, details ...string) {
		for _, d := range details {
			fs = append(fs, Failure{kind, d})
		}
	}
	was, err := witness(before)
	if err != nil {
		return []Failure{{Unparsable, "the original: " + err.Error()}}
	}
	add(CommentLost, missing(commentLines(before), commentLines(after))...)
	is, err := witness(after)
	if err != nil {
		add(Unparsable, err.Error())
		return fs
	}
	add(BrokenShell, missing(is.unreadable, was.unreadable)...)
	add(CommentLost, missing(was.shellComments, is.shellComments)...)
	add(ArgvAltered, argv(was, is, applied)...)
	add(ConfigLost, configuration(was, is, applied)...)
	return fs
}

// testimony is what the witnesses say of one file.
type testimony struct {
	stages        []instructions.Stage
	forms         []form
	unreadable    []string // scripts of RUN that mvdan/sh does not read
	shellComments []string // comments inside of scripts
}

// form is an instruction with a command line: exec form or shell form.
type form struct {
	keyword string
	json    bool
	argv    []string
}

func (f form) String() string { return fmt.Sprintf("%s %q", f.keyword, f.argv) }

// takes reports why BuildKit does not take a file, nil when it does.
func takes(text []byte) error {
	_, err := witness(text)
	return err
}

func witness(text []byte) (*testimony, error) {
	result, err := bk.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	w := &testimony{}
	w.stages, _, err = instructions.Parse(result.AST, linter.New(&linter.Config{SkipAll: true}))
	if err != nil {
		return nil, err
	}
	if len(w.stages) == 0 {
		return nil, errors.New("no build stage")
	}
	for _, node := range result.AST.Children {
		w.node(node)
	}
	return w, nil
}

func (w *testimony) node(node *bk.Node) {
	keyword := strings.ToUpper(node.Value)
	args := node.Next
	switch keyword {
	case "ONBUILD":
		if args != nil && len(args.Children) == 1 {
			w.node(args.Children[0])
		}
		return
	case "HEALTHCHECK":
		if args != nil {
			args = args.Next
		}
	case "RUN", "CMD", "ENTRYPOINT", "SHELL", "COPY", "ADD", "VOLUME":
	default:
		return
	}
	f := form{keyword: keyword, json: node.Attributes["json"]}
	for ; args != nil; args = args.Next {
		f.argv = append(f.argv, args.Value)
	}
	w.forms = append(w.forms, f)
	if keyword == "RUN" && !f.json && len(f.argv) == 1 {
		w.script(f.argv[0], node.Heredocs)
	}
}

// script reads a script as sh and, where that fails, as bash: neither takes all
// that the other does.
func (w *testimony) script(line string, docs []bk.Heredoc) {
	text := line + "\n"
	for _, d := range docs {
		text += d.Content + d.Name + "\n"
	}
	if rest, ok := strings.CutPrefix(line, "<<"); ok && len(docs) == 1 && !strings.ContainsAny(rest, " \t<;&|>") {
		text = docs[0].Content
		if docs[0].Chomp {
			text = bk.ChompHeredocContent(text)
		}
	}
	var file *syntax.File
	var err error
	for _, lang := range []syntax.LangVariant{syntax.LangPOSIX, syntax.LangBash} {
		file, err = syntax.NewParser(syntax.KeepComments(true), syntax.Variant(lang)).Parse(strings.NewReader(text), "")
		if err == nil {
			break
		}
	}
	if err != nil {
		w.unreadable = append(w.unreadable, squeeze(text))
		return
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		if c, ok := n.(*syntax.Comment); ok {
			w.shellComments = append(w.shellComments, strings.TrimSpace(c.Text))
		}
		return true
	})
}

// commentLines are the lines that start with #, wherever they stand.
func commentLines(text []byte) []string {
	var out []string
	for line := range bytes.SplitSeq(bytes.TrimPrefix(text, []byte("\ufeff")), []byte("\n")) {
		if line = bytes.TrimSpace(line); bytes.HasPrefix(line, []byte("#")) {
			out = append(out, string(line))
		}
	}
	return out
}

// missing lists what is in want more often than in have.
func missing(want, have []string) []string {
	n := map[string]int{}
	for _, s := range have {
		n[s]++
	}
	var out []string
	for _, s := range want {
		if n[s]--; n[s] < 0 {
			out = append(out, s)
		}
	}
	return out
}

// argv: every exec form is still there; a new one says what a shell form of the
// same instruction said.
func argv(was, is *testimony, applied map[string]bool) []string {
	list := func(w *testimony) (out []string) {
		for _, f := range w.forms {
			if f.json {
				if f.keyword == "ADD" && applied["copy-not-add"] { // the configuration tells them apart
					f.keyword = "COPY"
				}
				out = append(out, f.String())
			}
		}
		return out
	}
	var out []string
	for _, lost := range missing(list(was), list(is)) {
		out = append(out, lost+" is lost")
	}
	for _, extra := range missing(list(is), list(was)) {
		known := applied["exec-form"] && slices.ContainsFunc(was.forms, func(f form) bool {
			return !f.json && (f.keyword == "CMD" || f.keyword == "ENTRYPOINT") && slices.Contains(plainWords(f), extra)
		})
		if !known {
			out = append(out, extra+" is new")
		}
	}
	return out
}

// plainWords are the exec forms that do what a shell form does.
func plainWords(f form) []string {
	line := strings.TrimRight(strings.Join(f.argv, " "), "; \t") // `a;` does what `a` does
	words, err := shell.Fields(line, func(name string) string { return "$" + name })
	if err != nil || len(words) == 0 {
		return nil
	}
	out := []string{form{f.keyword, true, words}.String()}
	if words[0] == "exec" && len(words) > 1 {
		out = append(out, form{f.keyword, true, words[1:]}.String())
	}
	return out
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
