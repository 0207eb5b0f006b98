package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Failures, by name: what must never happen to a file.
const (
	failParse      = "no longer parses"
	failShell      = "RUN no longer valid shell"
	failComment    = "comment lost"
	failIdempotent = "second run changes it"
	failArgv       = "exec-form arguments altered"
	failConfig     = "configuration lost"
	failPanic      = "panic"
	failRefused    = "refused although BuildKit accepts it"
)

// failure is one broken promise.
type failure struct{ kind, detail string }

// judge holds a result against the original by means of BuildKit alone: nothing of
// our own parser is trusted here.
func judge(before, after []byte, plan *transform.Plan) []failure {
	var out []failure
	fail := func(kind, format string, args ...any) {
		out = append(out, failure{kind, fmt.Sprintf(format, args...)})
	}
	was, err := read(before)
	if err != nil {
		return nil // not a Dockerfile before either
	}
	is, err := read(after)
	if err != nil {
		fail(failParse, "%v", err)
		return out
	}
	for text, n := range lostComments(before, after, was) {
		fail(failComment, "%d × %s", n, text)
	}
	applied := map[string]bool{}
	for _, f := range plan.Findings {
		if f.Outcome == transform.Applied {
			applied[f.Rule] = true
		}
	}
	if text := alteredArgv(was, is); text != "" {
		fail(failArgv, "%s", text)
	}
	for _, text := range lostConfig(was, is, applied) {
		fail(failConfig, "%s", text)
	}
	if n, m := unreadable(plan.Before), unreadable(plan.After); m > n {
		fail(failShell, "%d unreadable scripts instead of %d", m, n)
	}
	return out
}

// file is a Dockerfile as BuildKit reads it.
type file struct {
	ast    *bk.Node
	stages []instructions.Stage
}

func read(data []byte) (*file, error) {
	r, err := bk.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	stages, _, err := instructions.Parse(r.AST, nil)
	if err != nil {
		return nil, err
	}
	if len(stages) == 0 {
		return nil, fmt.Errorf("no stage")
	}
	return &file{r.AST, stages}, nil
}

// lostComments counts the lines that start with # outside of heredocs.
func lostComments(before, after []byte, f *file) map[string]int {
	heredoc := map[string]bool{}
	for _, n := range f.ast.Children {
		for _, h := range n.Heredocs {
			for line := range strings.Lines(h.Content) {
				heredoc[strings.TrimSpace(line)] = true
			}
		}
	}
	count := func(data []byte) map[string]int {
		m := map[string]int{}
		for line := range bytes.Lines(data) {
			text := string(bytes.TrimSpace(line))
			if strings.HasPrefix(text, "#") && !heredoc[text] {
				m[text]++
			}
		}
		return m
	}
	lost := count(before)
	for text, n := range count(after) {
		lost[text] -= n
	}
	maps.DeleteFunc(lost, func(_ string, n int) bool { return n <= 0 })
	return lost
}

// alteredArgv says which exec form of the original is not there any more.
func alteredArgv(was, is *file) string {
	forms := func(f *file) []string {
		var out []string
		for _, n := range f.ast.Children {
			if !n.Attributes["json"] {
				continue
			}
			text := strings.ToUpper(n.Value)
			for arg := n.Next; arg != nil; arg = arg.Next {
				text += "\x00" + arg.Value
			}
			out = append(out, text)
		}
		return out
	}
	have := forms(is)
	for _, form := range forms(was) {
		i := slices.Index(have, form)
		if i < 0 {
			return strings.ReplaceAll(form, "\x00", " | ")
		}
		have = slices.Delete(have, i, i+1)
	}
	return ""
}

// lostConfig compares the configuration of the final stages.
func lostConfig(was, is *file, applied map[string]bool) []string {
	var out []string
	a, b := config(was.stages), config(is.stages)
	for key, value := range a {
		now, ok := b[key]
		if ok && now == value {
			continue
		}
		switch {
		case key == "USER" && applied["non-root-user"]:
		case (key == "CMD" || key == "ENTRYPOINT") && applied["exec-form"] && sameWords(value, now):
		default:
			out = append(out, fmt.Sprintf("%s was %q, is %q", key, value, now))
		}
	}
	for key, value := range b {
		if _, ok := a[key]; ok {
			continue
		}
		switch {
		case key == "USER" && applied["non-root-user"]:
		case strings.HasPrefix(key, "ENV PYTHON") && applied["python-env"]:
		default:
			out = append(out, fmt.Sprintf("%s is new: %q", key, value))
		}
	}
	slices.Sort(out)
	return out
}

// sameWords compares a shell form of plain words with the exec form made of it.
func sameWords(shellForm, execForm string) bool {
	clean := func(s string) string {
		s = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s, "shell "), "exec "), "exec ")
		return strings.Join(strings.Fields(strings.NewReplacer(`"`, "", "'", "", `\`, "", "\x00", " ").Replace(s)), " ")
	}
	return clean(shellForm) == clean(execForm)
}

// config folds the last stage and those it is built on.
func config(stages []instructions.Stage) map[string]string {
	out := map[string]string{}
	var fold func(i int)
	fold = func(i int) {
		for j := i - 1; j >= 0; j-- {
			if stages[j].Name != "" && strings.EqualFold(stages[j].Name, stages[i].BaseName) {
				fold(j)
				break
			}
		}
		for _, c := range stages[i].Commands {
			foldCommand(out, c)
		}
	}
	fold(len(stages) - 1)
	return out
}

func foldCommand(out map[string]string, c instructions.Command) {
	line := func(l instructions.ShellDependantCmdLine) string {
		if l.PrependShell {
			return "shell " + strings.Join(l.CmdLine, " ")
		}
		return "exec " + strings.Join(l.CmdLine, "\x00")
	}
	switch c := c.(type) {
	case *instructions.CmdCommand:
		out["CMD"] = line(c.ShellDependantCmdLine)
	case *instructions.EntrypointCommand:
		out["ENTRYPOINT"] = line(c.ShellDependantCmdLine)
	case *instructions.EnvCommand:
		for _, kv := range c.Env {
			out["ENV "+kv.Key] = kv.Value
		}
	case *instructions.LabelCommand:
		for _, kv := range c.Labels {
			out["LABEL "+kv.Key] = kv.Value
		}
	case *instructions.ExposeCommand:
		out["EXPOSE"] += strings.Join(c.Ports, " ") + " "
	case *instructions.VolumeCommand:
		out["VOLUME"] += strings.Join(c.Volumes, " ") + " "
	case *instructions.StopSignalCommand:
		out["STOPSIGNAL"] = c.Signal
	case *instructions.ShellCommand:
		out["SHELL"] = strings.Join(c.Shell, " ")
	case *instructions.HealthCheckCommand:
		out["HEALTHCHECK"] = fmt.Sprint(*c.Health)
	case *instructions.WorkdirCommand:
		out["WORKDIR"] += c.Path + " "
	case *instructions.OnbuildCommand:
		out["ONBUILD"] += c.Expression + "\n"
	case *instructions.UserCommand:
		out["USER"] = c.User
	}
}

// unreadable counts the scripts that a shell parser does not read.
func unreadable(doc *dockerfile.Document) int {
	n := 0
	for _, in := range doc.Instructions() {
		if s := in.Script(); in.Is("RUN") && s.Opaque != "" {
			n++
		}
	}
	return n
}

// parse is our own reading of a file.
func parse(name string, data []byte) (*dockerfile.Document, error) {
	return dockerfile.Parse(parser.NewSource(name, data))
}
