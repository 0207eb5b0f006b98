package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// Markdown is the report as the body of a pull request: what changes and why, what to do
// before it is deployed, and what is left. It keeps below what GitHub takes as a body: where
// the diffs are too long for that, the last ones are left out, and it says so.
type Markdown struct{}

// maxBody is what GitHub takes as the body of a pull request, less a margin for the program
// that opens it.
const maxBody = 65536 - 4096

func (Markdown) render(w io.Writer, r Report) error {
	head, tail := r.markdownHead(), r.markdownTail()
	var b strings.Builder
	b.WriteString(head)
	left := maxBody - len(head) - len(tail)
	if diffs := r.markdownDiffs(left); diffs != "" {
		b.WriteString("## Changes\n\n" + diffs)
	}
	b.WriteString(tail)
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownHead is the summary, the table and what to do first.
func (r Report) markdownHead() string {
	var b strings.Builder
	b.WriteString("# Hardened by Bulkhead\n\n" + escaped(summary(r)) + ".\n")
	if rows := r.markdownTable(); rows != "" {
		b.WriteString("\n" + rows)
	}
	if steps := r.BeforeDeploy(); len(steps) > 0 {
		b.WriteString("\n## Before you deploy\n")
		for _, s := range steps {
			fmt.Fprintf(&b, "\n%s (%s)\n", escaped(oneLine(s.What)), escaped(files(s.Files)))
			if s.Do != "" {
				b.WriteString("\n" + fenced("sh", s.Do+"\n"))
			}
			if s.Undo != "" {
				b.WriteString("\nTo take it back:\n\n" + fenced("sh", s.Undo+"\n"))
			}
		}
	}
	b.WriteString("\n")
	for _, f := range r.Files {
		for _, g := range f.Graphs {
			if g.Outcome == transform.Applied || g.Outcome == transform.HeldBack {
				part := escaped(g.caption(f.Path)) + ":\n\n" + fenced("mermaid", g.mermaid()) + "\n"
				if b.Len()+len(part) < maxBody/4 {
					b.WriteString(part)
				}
			}
		}
	}
	return b.String()
}

// columns are the outcomes that the table counts.
var columns = []transform.Outcome{transform.Applied, transform.HeldBack, transform.Refused, transform.Yours, transform.Already}

// markdownTable counts the outcomes of each file.
func (r Report) markdownTable() string {
	var b strings.Builder
	for _, f := range r.Files {
		if len(f.Findings) == 0 {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("| file |")
			for _, o := range columns {
				b.WriteString(" " + label[o].text + " |")
			}
			b.WriteString("\n|---|" + strings.Repeat("--:|", len(columns)) + "\n")
		}
		fmt.Fprintf(&b, "| %s |", escaped(f.Path))
		for _, o := range columns {
			n := 0
			for _, x := range f.Findings {
				if x.Outcome == o {
					n++
				}
			}
			if n == 0 {
				b.WriteString(" |")
			} else {
				fmt.Fprintf(&b, " %d |", n)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// markdownDiffs are the changed files with what was done to them, as many as there is room for.
func (r Report) markdownDiffs(room int) string {
	const note = "\n_%d further files change; their diffs are too long for this text._\n\n"
	room -= len(note) + 8
	var b strings.Builder
	out := 0
	for _, f := range r.Files {
		if !f.Changed {
			continue
		}
		part := r.markdownFile(f)
		if b.Len()+len(part) > room {
			out++
			continue
		}
		b.WriteString(part)
	}
	if out > 0 {
		fmt.Fprintf(&b, note, out)
	}
	return b.String()
}

// markdownFile is what was done to a file, with its diff to unfold.
func (r Report) markdownFile(f File) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", escaped(f.Path))
	for _, x := range merged(f.Findings, transform.Applied) {
		fmt.Fprintf(&b, "- %s: %s\n", r.markdownRule(x.Rule), escaped(x.sentence()))
	}
	var diff strings.Builder
	for _, c := range f.Changes {
		diff.WriteString(c.Unified())
	}
	if diff.Len() > 0 {
		fmt.Fprintf(&b, "\n<details><summary>Diff</summary>\n\n%s\n</details>\n", fenced("diff", diff.String()))
	}
	b.WriteString("\n")
	return b.String()
}

// markdownRule is a rule with a link to its page.
func (r Report) markdownRule(id string) string {
	return fmt.Sprintf("[%s](%s)", id, page(id))
}

// markdownTail is what is left: for a person, for another level, or for nobody.
func (r Report) markdownTail() string {
	const most = 100 // of a list
	var b strings.Builder
	for _, part := range []struct {
		outcome transform.Outcome
		title   string
	}{
		{transform.Yours, "Yours to do"},
		{transform.HeldBack, "Held back: applied at another level, test before you ship"},
		{transform.Refused, "Refused"},
	} {
		lines, left := "", 0
		for _, f := range r.Files {
			for _, x := range merged(f.Findings, part.outcome) {
				line := fmt.Sprintf("- %s: %s: %s\n", escaped(place(f.Path, x.Finding)), r.markdownRule(x.Rule), escaped((Text{}).message(x.together())+x.also()))
				if strings.Count(lines, "\n") == most || len(lines)+len(line) > maxBody/6 {
					left++
					continue
				}
				lines += line
			}
		}
		if lines == "" {
			continue
		}
		fmt.Fprintf(&b, "<details><summary>%s</summary>\n\n%s", part.title, lines)
		if left > 0 {
			fmt.Fprintf(&b, "- … and %d more\n", left)
		}
		b.WriteString("\n</details>\n\n")
	}
	for _, f := range r.Files {
		if f.Err != "" {
			fmt.Fprintf(&b, "- error: %s\n", escaped(f.Err))
		}
	}
	for _, e := range r.Errors {
		fmt.Fprintf(&b, "- error: %s\n", escaped(e))
	}
	return b.String()
}

// escaped keeps Markdown from reading anything into a text, and GitHub from telling people
// that they were mentioned.
func escaped(s string) string {
	return markdownEscapes.Replace(s)
}

var markdownEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "&#64;", "#", `\#`, "~", `\~`, "$", `\$`)

// fenced is a block of code whose fence is longer than any in the text.
func fenced(language, text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return fence + language + "\n" + text + fence + "\n"
}
