package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Controls tells, for each Dockerfile and each service, how it stands to the controls of the
// frameworks that were asked for, before and after.
type Controls struct{ Color bool }

func (c Controls) render(out io.Writer, r Report) error {
	w := bufio.NewWriter(out)
	t := Text{Color: c.Color}
	for i, a := range r.assessments() {
		if i > 0 {
			w.WriteString("\n")
		}
		fmt.Fprintf(w, "%s (%s)\n", t.paint(bold, a.Framework.Name), a.Framework.Edition)
		for _, target := range a.Targets {
			fmt.Fprintf(w, "\n%s\n", t.paint(bold, oneLine(target.Name())))
			width := 0
			for _, x := range target.Controls {
				width = max(width, len(x.ID))
			}
			for _, x := range target.Controls {
				fmt.Fprintf(w, "  %-*s  %-17s  %s%s  %s%s\n", width, x.ID, x.State.move(), t.paint(x.State.color(), x.State.String()), strings.Repeat(" ", len("fixed by us")-len(x.State.String())),
					x.Title, t.paint(dim, " ["+strings.Join(x.Rules, ", ")+"]"))
			}
		}
		fmt.Fprintf(w, "\n%s\n", a.totals())
		if len(a.NotJudged) > 0 {
			fmt.Fprintf(w, "not judged, for no rule decides them or they are about the host: %s\n", ids(a.NotJudged))
		}
	}
	return w.Flush()
}

// move is what becomes of a control.
func (s State) move() string {
	switch s {
	case Met:
		return "met → met"
	case Fixed:
		return "not met → met"
	case NotKnown:
		return "unknown → unknown"
	}
	return "not met → not met"
}

func (s State) color() string {
	return [...]string{"2", "32", "2", "2", "33", "31", "36"}[s]
}

// totals is one line of numbers that add up.
func (a Assessment) totals() string {
	var parts []string
	for s := range states {
		if a.Counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", a.Counts[s], s))
		}
	}
	if len(parts) == 0 {
		return "no controls to judge"
	}
	return fmt.Sprintf("%s of %s: %d met before, %d after: %s", plural(a.Total(), "control"), targets(len(a.Targets)), a.Before(), a.After(), strings.Join(parts, ", "))
}

func targets(n int) string {
	if n == 1 {
		return "1 file or service"
	}
	return fmt.Sprintf("%d files and services", n)
}
