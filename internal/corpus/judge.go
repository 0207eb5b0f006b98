package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
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

// configuration: every stage is built on what it was built on, copies what it
// copied, and has the configuration that it had.
func configuration(was, is *testimony, applied map[string]bool) []string {
	if applied["split-stages"] && len(is.stages) == len(was.stages)+1 {
		return splitConfiguration(was, is, applied)
	}
	if len(was.stages) != len(is.stages) {
		return []string{fmt.Sprintf("%d stages became %d", len(was.stages), len(is.stages))}
	}
	var out []string
	for i := range was.stages {
		final := i == len(was.stages)-1
		old, now := fold(was.stages, i), fold(is.stages, i)
		if applied["copy-not-add"] {
			copiedAdds(old, now)
		}
		keys := slices.Sorted(maps.Keys(old))
		for key := range now {
			if _, ok := old[key]; !ok {
				keys = append(keys, key)
			}
		}
		for _, key := range keys {
			o, n := old[key], now[key]
			if o != n && !(final && (mayChange(key, o, applied) || key == "FROM" && applied["runtime-base"])) {
				out = append(out, fmt.Sprintf("stage %d: %s: %q became %q", i, key, o, n))
			}
		}
	}
	return out
}

// splitConfiguration: the last stage became two. The new last one ships what the old one
// did; all that was copied is copied still, in one of them.
func splitConfiguration(was, is *testimony, applied map[string]bool) []string {
	var out []string
	n := len(was.stages) - 1
	for i := range n {
		if old, now := fold(was.stages, i), fold(is.stages, i); !maps.Equal(old, now) {
			out = append(out, fmt.Sprintf("stage %d: %q became %q", i, old, now))
		}
	}
	old, builder, now := fold(was.stages, n), fold(is.stages, n), fold(is.stages, n+1)
	if applied["copy-not-add"] {
		for _, c := range []map[string]string{old, builder, now} {
			c["COPY and ADD"] = strings.ReplaceAll(c["COPY and ADD"], `["ADD" `, `["COPY" `)
		}
	}
	for _, key := range []string{"COPY and ADD", "ARG"} {
		have := strings.Split(builder[key]+now[key], "\n")
		for _, lost := range missing(strings.Split(strings.TrimSuffix(old[key], "\n"), "\n"), have) {
			if lost != "" {
				out = append(out, fmt.Sprintf("%s: %s is lost", key, lost))
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(mergeKeys(old, now))) {
		o, v := old[key], now[key]
		switch {
		case o == v, mayChange(key, o, applied), key == "COPY and ADD", key == "ARG":
		case key == "FROM": // the base is what the rules choose
		case key == "ENV VIRTUAL_ENV" && o == "", key == "ENV PATH" && strings.HasSuffix(v, ":$PATH"):
		default:
			out = append(out, fmt.Sprintf("the last stage: %s: %q became %q", key, o, v))
		}
	}
	return out
}

func mergeKeys(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// mayChange reports whether a rule that was applied may give a key of the
// shipped image's configuration another value.
func mayChange(key, old string, applied map[string]bool) bool {
	switch key {
	case "USER":
		return applied["non-root-user"]
	case "CMD", "ENTRYPOINT":
		return applied["exec-form"] && strings.HasPrefix(old, "shell ")
	case "ENV PYTHONUNBUFFERED", "ENV PYTHONDONTWRITEBYTECODE", "ENV PYTHONHASHSEED":
		return applied["python-env"] && old == ""
	}
	return false
}

// fold is the configuration that a stage ends with, over the stages that it is
// built on.
func fold(stages []instructions.Stage, n int) map[string]string {
	c := map[string]string{}
	for i := n - 1; i >= 0; i-- {
		if stages[i].Name != "" && strings.EqualFold(stages[i].Name, stages[n].BaseName) {
			c = fold(stages, i)
			delete(c, "ONBUILD")
			break
		}
	}
	c["FROM"] = stages[n].BaseName + " " + stages[n].Platform + " " + stages[n].Name
	for _, cmd := range stages[n].Commands {
		foldCommand(c, cmd)
	}
	return c
}

func foldCommand(c map[string]string, cmd instructions.Command) {
	list := func(key string, values ...string) { c[key] += fmt.Sprintf("%q\n", values) }
	switch x := cmd.(type) {
	case *instructions.CmdCommand:
		c["CMD"] = shellOrExec(x.PrependShell, x.CmdLine)
	case *instructions.EntrypointCommand:
		c["ENTRYPOINT"] = shellOrExec(x.PrependShell, x.CmdLine)
	case *instructions.EnvCommand:
		for _, kv := range x.Env {
			c["ENV "+kv.Key] = "=" + kv.Value
		}
	case *instructions.LabelCommand:
		for _, kv := range x.Labels {
			c["LABEL "+kv.Key] = "=" + kv.Value
		}
	case *instructions.ExposeCommand:
		for _, p := range x.Ports {
			c["EXPOSE "+p] = p
		}
	case *instructions.VolumeCommand:
		for _, v := range x.Volumes {
			c["VOLUME "+v] = v
		}
	case *instructions.StopSignalCommand:
		c["STOPSIGNAL"] = x.Signal
	case *instructions.ShellCommand:
		c["SHELL"] = fmt.Sprintf("%q", x.Shell)
	case *instructions.HealthCheckCommand:
		c["HEALTHCHECK"] = fmt.Sprintf("%q %v %v %v %d", x.Health.Test, x.Health.Interval, x.Health.Timeout, x.Health.StartPeriod, x.Health.Retries)
	case *instructions.WorkdirCommand:
		list("WORKDIR", x.Path)
	case *instructions.UserCommand:
		c["USER"] = x.User
	case *instructions.MaintainerCommand:
		c["MAINTAINER"] = x.Maintainer
	case *instructions.OnbuildCommand:
		list("ONBUILD", squeeze(x.Expression))
	case *instructions.ArgCommand:
		for _, a := range x.Args {
			list("ARG", a.Key, a.ValueString())
		}
	case *instructions.CopyCommand:
		list("COPY and ADD", append([]string{"COPY", x.From, x.Chmod, x.DestPath}, x.SourcePaths...)...)
	case *instructions.AddCommand:
		list("COPY and ADD", append([]string{"ADD", x.Checksum, x.Chmod, x.DestPath}, x.SourcePaths...)...)
	}
}

// copiedAdds makes an ADD that became COPY the same on both sides, when its sources may
// be copied: neither addresses nor archives by their names.
func copiedAdds(old, now map[string]string) {
	const key = "COPY and ADD"
	was, is := strings.Split(old[key], "\n"), strings.Split(now[key], "\n")
	for i := range min(len(was), len(is)) {
		rest, add := strings.CutPrefix(was[i], `["ADD" `)
		if add && !strings.Contains(rest, "://") && !strings.Contains(rest, ".tar") && !strings.Contains(rest, ".tgz") && is[i] == `["COPY" `+rest {
			was[i] = is[i]
		}
	}
	old[key] = strings.Join(was, "\n")
}

func shellOrExec(isShell bool, argv []string) string {
	if isShell {
		return fmt.Sprintf("shell %q", argv)
	}
	return fmt.Sprintf("exec %q", argv)
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
