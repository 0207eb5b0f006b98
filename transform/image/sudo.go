package image

import (
	"fmt"
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

var noSudo = &transform.Rule{
	ID:     "sudo",
	Title:  "Images do without sudo",
	Safety: transform.Manual,
	Doc: "sudo in an image is a setuid program whose configuration often lets the application's user become root without a password:" + `
whoever takes over the application owns the container. A build has no use for it: RUN is root until USER says otherwise. At run time a program
is better started as the right user at once.

The findings name the line and what to write instead:

* RUN as root: the same command without the word;
* RUN behind a USER: ` + "`USER root`" + ` in front of the instruction and the user again behind it;
* sudo -u somebody: ` + "`USER somebody`" + `, or ` + "`setpriv`" + `, ` + "`gosu`" + ` or ` + "`su-exec`" + ` in an entrypoint script, which give up root for good;
* a line in sudoers: grant the one file or capability that is needed.

Taking the package away could break scripts that are not part of the file, so nothing is changed.

References: Docker documentation, "Best practices: USER"; CIS Docker Benchmark 4.1, 4.8 (setuid programs).`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.8", Title: "Ensure setuid and setgid permissions are removed"},
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
	},
	Check: checkSudo,
}

func checkSudo(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	final := p.Facts.Final()
	for _, sf := range p.Facts.Stages {
		for _, step := range sf.Steps {
			out = append(out, sudoRun(p, sf, step)...)
		}
	}
	for _, pkg := range final.Packages {
		if pkg.Name == "sudo" {
			out = append(out, transform.Manually(pkg.Arg.Span, "do not install sudo (line %d): RUN is root already, and USER, gosu or setpriv start a program as another user",
				p.Line(pkg.Arg.Span.Start)))
		}
	}
	s := startCommandOf(final)
	for _, in := range []*dockerfile.Instruction{s.entrypoint, s.cmd, dockerfile.ImageConfig(final.Stage).Healthcheck} {
		if in != nil && in.Script() != nil {
			out = append(out, sudoStart(p, in)...)
		}
	}
	return out
}

// sudoRun words what a RUN does with sudo: one finding an instruction, and one for
// each line that goes into sudoers.
func sudoRun(p *transform.Pass, sf *transform.StageFacts, step transform.Step) []transform.Finding {
	var out []transform.Finding
	var first *effect.Step
	uses := 0
	for i, c := range step.Commands {
		if sudoWord(c.Call) {
			if uses++; first == nil {
				first = &step.Commands[i]
			}
		}
		for _, w := range c.Effect.Writes {
			if w.Name == "/etc/sudoers" || strings.HasPrefix(w.Name, "/etc/sudoers.d/") {
				out = append(out, transform.Manually(c.Call.Span, "do not let a user become root (line %d writes %s): give it the files that it needs instead", p.Line(c.Call.Span.Start), w.Name))
				break
			}
		}
	}
	if first == nil {
		return out
	}
	at, more := first.Call.Span, ""
	if uses > 1 {
		more = fmt.Sprintf(" (and %d more in this RUN)", uses-1)
	}
	n := p.Line(at.Start)
	var f transform.Finding
	switch user := first.Effect.AsUser; {
	case user != "" && !transform.IsRoot(user):
		f = transform.Manually(at, "run the command of line %d as %s by writing USER %s in front of its RUN instead of sudo%s", n, user, user, more)
	case step.Before.User == "" && unknownUser(sf):
		f = transform.Manually(at, "drop sudo on line %d: write %s, with USER root in front of this RUN if the base image has another user%s", n, withoutSudo(first.Call), more)
	case step.Before.Root():
		f = transform.Manually(at, "drop sudo on line %d: RUN is root here; write %s%s", n, withoutSudo(first.Call), more)
	default:
		f = transform.Manually(at, "drop sudo on line %d: write USER root in front of this RUN and USER %s behind it, then %s%s", n, step.Before.EffectiveUser(), withoutSudo(first.Call), more)
	}
	return append(out, f)
}

// sudoWord reports whether a command starts with sudo.
func sudoWord(c *dockerfile.Call) bool { return c.Name() == "sudo" && len(c.Args) > 1 }

// unknownUser reports whether nothing is known of the user of the base image.
func unknownUser(sf *transform.StageFacts) bool { return sf.Base == nil || sf.Base.DefaultUser == "" }

// withoutSudo writes the command without sudo and its options, cut to one line.
func withoutSudo(c *dockerfile.Call) string {
	words := argTexts(c.Args[1:])
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		takes := len(words[0]) == 2 && strings.IndexByte("ughpCrtTUDR", words[0][1]) >= 0
		words = words[1:]
		if takes && len(words) > 0 {
			words = words[1:]
		}
	}
	text := dedent(strings.Join(words, " "))
	if runes := []rune(text); len(runes) > 80 {
		text = string(runes[:80]) + "…"
	}
	return text
}

func argTexts(args []dockerfile.Arg) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a.Text
	}
	return out
}

// sudoStart words what starts through sudo when the container runs.
func sudoStart(p *transform.Pass, in *dockerfile.Instruction) []transform.Finding {
	for _, c := range in.Script().Calls() {
		if !mentionsSudo(c) {
			continue
		}
		user := effect.Of(c, effect.Context{}).AsUser
		n := lineOf(p, in)
		if user != "" && !transform.IsRoot(user) {
			return []transform.Finding{transform.Manually(span(c, in), "start the program as %s with USER %s in front of %s (line %d) instead of sudo", user, user, in.Keyword, n)}
		}
		return []transform.Finding{transform.Manually(span(c, in), "drop sudo from %s (line %d): a container that needs root starts as root, and gosu, su-exec or setpriv give root up in its entrypoint script", in.Keyword, n)}
	}
	return nil
}

// mentionsSudo looks into sh -c scripts of an exec form, too.
func mentionsSudo(c *dockerfile.Call) bool {
	for _, a := range c.Args {
		if path.Base(a.Value) == "sudo" || strings.HasPrefix(a.Value, "sudo ") || strings.Contains(a.Value, " sudo ") {
			return true
		}
	}
	return false
}

func span(c *dockerfile.Call, in *dockerfile.Instruction) parser.Span {
	if c.Span.Empty() {
		return in.Span
	}
	return c.Span
}
