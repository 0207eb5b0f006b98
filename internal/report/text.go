package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// Text is the report for people at a terminal: one line per finding, the file's
// own place first, so that editors can jump to it.
type Text struct {
	Verbose bool // with what is already there and the files that were skipped
	Color   bool
	Links   bool // rules lead to their pages
	Width   int  // of the terminal, where lines are to break; 0 is none
	// ErrorsOnly leaves everything but the errors out, the summary too.
	ErrorsOnly bool
}

// order is the order of outcomes below a file.
var order = []transform.Outcome{transform.Applied, transform.HeldBack, transform.Refused, transform.Yours, transform.Ignored, transform.Already, transform.Proposed}

// label says what became of a finding, color how it stands out.
var label = map[transform.Outcome]struct{ text, color string }{
	transform.Applied:  {"applied", "32"},
	transform.HeldBack: {"held back", "33"},
	transform.Refused:  {"refused", "31"},
	transform.Yours:    {"yours to do", "36"},
	transform.Ignored:  {"ignored", "2"},
	transform.Already:  {"already there", "2"},
	transform.Proposed: {"not applied", "33"},
}

// named is an outcome in words. Before anything is written, nothing is applied.
func (r Report) named(o transform.Outcome) string {
	if o == transform.Applied && !r.Written {
		return "to apply"
	}
	return label[o].text
}

const (
	bold = "1"
	dim  = "2"
	red  = "31"
)

func (t Text) render(out io.Writer, r Report) error {
	w := bufio.NewWriter(out)
	if t.ErrorsOnly {
		t.errors(w, r)
		return w.Flush()
	}
	some := false
	for _, f := range r.Files {
		some = t.file(w, r, f) || some
	}
	if t.Verbose {
		for _, s := range r.Skipped {
			fmt.Fprintf(w, "%s: %s\n", oneLine(s.Path), t.paint(dim, "skipped: "+s.Reason))
			some = true
		}
	}
	for _, e := range r.Errors {
		t.error(w, e)
		some = true
	}
	if some {
		w.WriteString("\n")
	}
	t.deploy(w, r.BeforeDeploy())
	w.WriteString(t.wrapped("", summary(r)) + "\n")
	return w.Flush()
}

func (t Text) error(w *bufio.Writer, err string) {
	fmt.Fprintf(w, "%s %s\n", t.paint(red, "error:"), err)
}

func (t Text) errors(w *bufio.Writer, r Report) {
	for _, f := range r.Files {
		if f.Err != "" {
			t.error(w, f.Err)
		}
	}
	for _, e := range r.Errors {
		t.error(w, e)
	}
}

// file writes what there is to say about a file, and reports whether there was anything.
func (t Text) file(w *bufio.Writer, r Report, f File) bool {
	if f.Err != "" {
		t.error(w, f.Err)
		return true
	}
	path := oneLine(f.Path)
	findings, further := f.Findings, []string(nil)
	if !t.Verbose {
		findings, further = f.atLevel()
	}
	var lines []group
	for _, outcome := range order {
		if outcome != transform.Already || t.Verbose {
			lines = append(lines, merged(findings, outcome)...)
		}
	}
	if len(lines) == 0 && len(further) == 0 && len(f.Warnings) == 0 {
		return false
	}
	fmt.Fprintln(w, t.paint(bold, path))
	said := map[string]bool{}
	var places, rules, outcomes int
	for _, x := range lines {
		places, rules, outcomes = max(places, utf8.RuneCountInString(place(path, x.Finding))), max(rules, len(x.Rule)), max(outcomes, len(r.named(x.Outcome)))
	}
	for _, x := range lines {
		outcome := r.named(x.Outcome)
		where := place(path, x.Finding)
		head := "  " + where + strings.Repeat(" ", places-utf8.RuneCountInString(where)) +
			"  " + t.link(page(x.Rule), x.Rule) + strings.Repeat(" ", rules-len(x.Rule)) +
			"  " + t.paint(label[x.Outcome].color, outcome) + strings.Repeat(" ", outcomes-len(outcome)) + "  "
		w.WriteString(t.wrapped(head, t.message(x.together())+t.paint(dim, x.also())) + "\n")
		if t.Verbose || x.Outcome == transform.HeldBack { // what is missing is what a reader must judge
			t.because(w, x.Evidence, said)
		}
	}
	for _, line := range further {
		w.WriteString(t.wrapped("  ", t.paint(label[transform.HeldBack].color, line)) + "\n")
	}
	for _, g := range f.Graphs {
		t.graph(w, g)
	}
	for _, warning := range f.Warnings {
		fmt.Fprintf(w, "  %s %s\n", t.paint("33", "warning:"), warning)
	}
	return true
}

// enough is how many reasons are told of a finding where nobody asked for all of them.
const enough = 3

// because writes the evidence, each sentence once for a file.
func (t Text) because(w *bufio.Writer, evidence []string, said map[string]bool) {
	told := 0
	for i, e := range evidence {
		if said[e] {
			continue
		}
		if told == enough && !t.Verbose {
			w.WriteString("      " + t.paint(dim, fmt.Sprintf("and %d more with --verbose", len(evidence)-i)) + "\n")
			return
		}
		said[e] = true
		told++
		w.WriteString(t.wrapped("      ", t.paint(dim, "because "+e)) + "\n")
	}
}

// page is where a rule is explained.
func page(rule string) string { return projectURL + "/blob/main/docs/rules/" + rule + ".md" }

func place(path string, f Finding) string { return path + ":" + f.Position.String() }

// message is the finding in words, with what to do about its outcome.
func (t Text) message(f Finding) string {
	msg := f.Message
	if f.Service != "" {
		msg = f.Service + ": " + msg
	}
	switch f.Outcome {
	case transform.HeldBack:
		if f.Detail != "" {
			msg += ": " + f.Detail
		}
		msg += t.paint(dim, " ["+f.Safety.Unlock()+" applies it]")
	case transform.Refused:
		if f.Detail != "" {
			msg += ": " + f.Detail
		}
		msg += t.paint(dim, " ["+f.Reason+"]")
	case transform.Ignored:
		msg += t.paint(dim, " [by "+f.Reason+"]")
	default:
		if f.Detail != "" {
			msg += ": " + f.Detail
		}
	}
	return msg
}

// deploy writes the section on what to do once for the data of what already runs.
func (t Text) deploy(w *bufio.Writer, steps []DeployStep) {
	if len(steps) == 0 {
		return
	}
	fmt.Fprintln(w, t.paint(bold, "Before you deploy"))
	for _, s := range steps {
		w.WriteString(t.wrapped("  ", oneLine(s.What)+t.paint(dim, " ("+files(s.Files)+")")) + "\n")
		if s.Do != "" {
			fmt.Fprintf(w, "    do:    %s\n", s.Do)
		}
		if s.Undo != "" {
			fmt.Fprintf(w, "    undo:  %s\n", s.Undo)
		}
	}
	w.WriteString("\n")
}

// files names a few files.
func files(paths []string) string {
	if len(paths) > 3 {
		return fmt.Sprintf("%s and %d more", oneLine(strings.Join(paths[:2], ", ")), len(paths)-2)
	}
	return oneLine(strings.Join(paths, ", "))
}

// summary is the last line: what was seen, what changes, what became of the findings.
func summary(r Report) string {
	s := r.Summary
	changed := "would change"
	if r.Written {
		changed = "changed"
	}
	out := fmt.Sprintf("%s, %d %s", plural(s.Files, "file"), s.Changed, changed)
	if s.Files == 0 {
		out = "no Dockerfile or compose file found"
	}
	var parts []string
	for _, o := range order {
		n := s.Outcomes[o]
		if o == transform.Refused {
			n -= s.Idle
		}
		if n == 0 {
			continue
		}
		part := fmt.Sprintf("%d %s", n, r.named(o))
		if o == transform.HeldBack {
			part += unlocks(s.Held)
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		out += ": " + strings.Join(parts, ", ")
	}
	if len(s.Skipped) > 0 {
		n := 0
		for _, c := range s.Skipped {
			n += c
		}
		out += fmt.Sprintf("; %d skipped (%s)", n, counted(s.Skipped))
	}
	if s.Warnings > 0 {
		out += "; " + plural(s.Warnings, "warning")
	}
	if s.Errors > 0 {
		out += "; " + plural(s.Errors, "error")
	}
	return out
}

// unlocks names the options that apply what was held back.
func unlocks(held map[string]int) string {
	if len(held) == 1 {
		for option := range held {
			return " (" + option + ")"
		}
	}
	return " (" + counted(held) + ")"
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func (t Text) paint(color, s string) string {
	if !t.Color || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}
