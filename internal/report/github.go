package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// GitHub is the report as workflow commands, which GitHub Actions shows as annotations
// beside the lines. GitHub shows the first ten of each kind of a step, so that those which
// ask for more come first, and what is a matter of another level does not stand there.
type GitHub struct{}

// annotation is one workflow command.
type annotation struct {
	kind    string // error, warning or notice
	file    string
	finding Finding // its place, where there is one
	title   string
	text    string
}

func (GitHub) render(out io.Writer, r Report) error {
	var all []annotation
	for _, f := range r.Files {
		file := r.inRepository(f.Path)
		if f.Err != "" {
			all = append(all, annotation{kind: "error", file: file, title: "Bulkhead", text: f.Err})
		}
		for _, w := range f.Warnings {
			all = append(all, annotation{kind: "warning", file: file, title: "Bulkhead", text: w})
		}
		for _, x := range f.Findings {
			if !r.Open(x) || x.Beyond && x.Outcome == transform.HeldBack {
				continue
			}
			kind := "warning"
			if level(x) == "note" {
				kind = "notice"
			}
			all = append(all, annotation{kind, file, x, x.Rule + " (" + r.named(x.Outcome) + ")", (Text{}).message(x)})
		}
	}
	for _, e := range r.Errors {
		all = append(all, annotation{kind: "error", title: "Bulkhead", text: e})
	}
	w := bufio.NewWriter(out)
	for _, kind := range []string{"error", "warning", "notice"} {
		for _, a := range all {
			if a.kind == kind {
				a.write(w)
			}
		}
	}
	w.WriteString(summary(r) + "\n")
	return w.Flush()
}

func (a annotation) write(w *bufio.Writer) {
	var properties []string
	if a.file != "" {
		properties = append(properties, "file="+property.Replace(a.file))
	}
	if x := a.finding; x.Line > 0 {
		properties = append(properties, fmt.Sprintf("line=%d,endLine=%d", x.Line, x.lastLine()))
		if x.End.Line == x.Line && x.EndChar > x.Char { // columns go with one line alone
			properties = append(properties, fmt.Sprintf("col=%d,endColumn=%d", x.Char, x.EndChar))
		}
	}
	properties = append(properties, "title="+property.Replace(a.title))
	fmt.Fprintf(w, "::%s %s::%s\n", a.kind, strings.Join(properties, ","), data.Replace(a.text))
}

// lastLine is the last line that a finding has characters on.
func (x Finding) lastLine() int {
	if x.End.Line > x.Line && x.End.Column == 1 {
		return x.End.Line - 1
	}
	return x.End.Line
}

// data and property escape what workflow commands are made of.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
