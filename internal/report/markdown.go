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

// bounded gathers parts of a text as long as there is room, and counts the others.
type bounded struct {
	text strings.Builder
	room int
	left int
}

func (b *bounded) add(part string) {
	if b.text.Len()+len(part) > b.room {
		b.left++
		return
	}
	b.text.WriteString(part)
}

// said is what was gathered, and behind it how many parts are not there.
func (b *bounded) said(note string) string {
	if b.left > 0 {
		return b.text.String() + fmt.Sprintf(note, b.left)
	}
	return b.text.String()
}

// markdownHead is the summary, the table and what to do first.
func (r Report) markdownHead() string {
	head := "# " + r.title() + "\n\n" + escaped(summary(r)) + ".\n"
	if rows := r.markdownTable(); rows != "" {
		head += "\n" + rows
	}
	steps := bounded{room: maxBody / 5}
	for _, s := range r.BeforeDeploy() {
		part := fmt.Sprintf("\n%s (%s)\n", escaped(oneLine(s.What)), escaped(files(s.Files)))
		if s.Do != "" {
			part += "\n" + fenced("sh", s.Do+"\n")
		}
		if s.Undo != "" {
			part += "\nTo take it back:\n\n" + fenced("sh", s.Undo+"\n")
		}
		steps.add(part)
	}
	if text := steps.said("\n**… and %d more steps: `bulkhead check` lists them all.**\n"); text != "" {
		head += "\n## Before you deploy\n" + text
	}
	graphs := bounded{room: maxBody / 10}
	for _, f := range r.Files {
		for _, g := range f.Graphs {
			if g.Outcome == transform.Applied || g.Outcome == transform.HeldBack {
				graphs.add(escaped(g.caption(f.Path)) + ":\n\n" + fenced("mermaid", g.mermaid()) + "\n")
			}
		}
	}
	if text := graphs.said("_%d further graphs of networks are too long for this text._\n\n"); text != "" {
		return head + "\n## Networks\n\n" + text
	}
	return head + "\n"
}

// title is what the report is about: what was done, or what would be.
func (r Report) title() string {
	if r.Written {
		return "Hardened by Bulkhead"
	}
	return "What Bulkhead would change"
}

// columns are the outcomes that the table counts.
var columns = []transform.Outcome{transform.Applied, transform.HeldBack, transform.Refused, transform.Yours, transform.Already}

// markdownTable counts the outcomes of each file.
func (r Report) markdownTable() string {
	rows := bounded{room: maxBody / 10}
	for _, f := range r.Files {
		if len(f.Findings) == 0 {
			continue
		}
		row := "| " + escaped(f.Path) + " |"
		for _, o := range columns {
			if n := f.kept(o); n > 0 {
				row += fmt.Sprintf(" %d", n)
			}
			row += " |"
		}
		rows.add(row + "\n")
	}
	text := rows.said("\n… and %d more files.\n")
	if text == "" {
		return ""
	}
	head := "| file |"
	for _, o := range columns {
		head += " " + r.named(o) + " |"
	}
	return head + "\n|---|" + strings.Repeat("--:|", len(columns)) + "\n" + text
}

// markdownDiffs are the changed files with what was done to them, as many as there is room for.
func (r Report) markdownDiffs(room int) string {
	const note = "\n_%d further files change; their diffs are too long for this text._\n\n"
	diffs := bounded{room: room - len(note) - 8}
	for _, f := range r.Files {
		if f.Changed {
			diffs.add(r.markdownFile(f))
		}
	}
	return diffs.said(note)
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
	var b strings.Builder
	for _, part := range []struct {
		outcome transform.Outcome
		title   string
	}{
		{transform.Yours, "Yours to do"},
		{transform.HeldBack, "Held back: applied at another level, test before you ship"},
		{transform.Refused, "Refused"},
	} {
		lines := bounded{room: maxBody / 8}
		for _, f := range r.Files {
			findings, further := f.atLevel()
			for _, x := range merged(findings, part.outcome) {
				lines.add(fmt.Sprintf("- %s: %s: %s\n", escaped(place(f.Path, x.Finding)), r.markdownRule(x.Rule), escaped((Text{}).message(x.together())+x.also())))
			}
			for _, line := range further {
				if part.outcome == transform.HeldBack {
					lines.add(fmt.Sprintf("- %s: %s\n", escaped(f.Path), escaped(line)))
				}
			}
		}
		if text := lines.said("- … and %d more\n"); text != "" {
			fmt.Fprintf(&b, "<details><summary>%s</summary>\n\n%s\n</details>\n\n", part.title, text)
		}
	}
	errs := bounded{room: maxBody / 16}
	for _, f := range r.Files {
		if f.Err != "" {
			errs.add("- error: " + escaped(f.Err) + "\n")
		}
	}
	for _, e := range r.Errors {
		errs.add("- error: " + escaped(e) + "\n")
	}
	b.WriteString(errs.said("- … and %d more errors\n"))
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
