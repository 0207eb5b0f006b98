package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
)

// report is all that the command prints.
type report struct {
	Files   int        `json:"files"`
	Levels  []*summary `json:"levels"`
	PeakMiB float64    `json:"peak_memory_mib"`
	Cost    *cost      `json:"cost,omitempty"`
}

func (r *report) failures() int {
	n := 0
	for _, s := range r.Levels {
		n += len(s.Failures)
	}
	return n
}

func (r *report) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	for _, s := range r.Levels {
		s.print(w, r.Files)
	}
	fmt.Fprintf(w, "peak memory: %.0f MiB\n", r.PeakMiB)
	if c := r.Cost; c != nil {
		fmt.Fprintf(w, "CPU time: BuildKit's parsers %.0f ms, our parser %.0f ms (%.2f×), parse and harden %.0f ms (%.2f×)\n",
			c.BareMillis, c.ParseMillis, c.ParseMillis/c.BareMillis, c.HardenMillis, c.Ratio)
		fmt.Fprintf(w, "speed: %.0f files/s with 1 job, %.0f files/s with %d\n", c.PerSecond, c.PerSecondJobs, c.Jobs)
	}
	return w.Flush()
}

func (s *summary) print(w *tabwriter.Writer, files int) {
	fmt.Fprintf(w, "== level %s: %d files, %d refused by the parser, %d changed, %d failures; %.0f files/s with all checks\n",
		s.Level, files, s.Refused, s.Changed, len(s.Failures), s.PerSecond)
	fmt.Fprintf(w, "slowest: %s\n\n", s.Slowest)
	outcomes := []transform.Outcome{transform.Applied, transform.Already, transform.HeldBack, transform.Refused, transform.Yours, transform.Ignored, transform.Proposed}
	fmt.Fprint(w, "rule\t")
	for _, o := range outcomes {
		fmt.Fprintf(w, "%s\t", o)
	}
	fmt.Fprintln(w)
	for _, rule := range image.Rules() {
		fmt.Fprintf(w, "%s\t", rule.ID)
		for _, o := range outcomes {
			fmt.Fprintf(w, "%d\t", s.Outcomes[rule.ID][o.String()])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "\nrefused for\trule\tfindings\t\n")
	for _, rule := range image.Rules() {
		for _, reason := range slices.Sorted(maps.Keys(s.Reasons[rule.ID])) {
			fmt.Fprintf(w, "%s\t%s\t%d\t\n", reason, rule.ID, s.Reasons[rule.ID][reason])
		}
	}
	fmt.Fprint(w, "\nfailure\tfiles\t\n")
	for _, kind := range Kinds {
		n := 0
		for _, f := range s.Failures {
			if f.Kind == kind {
				n++
			}
		}
		fmt.Fprintf(w, "%s\t%d\t\n", kind, n)
	}
	fmt.Fprintln(w)
	for _, f := range s.Failures {
		fmt.Fprintf(w, "FAILURE %s: %s: %s\n", f.File, f.Kind, strings.ReplaceAll(f.Detail, "\t", " "))
	}
	for _, l := range s.Listed {
		fmt.Fprintln(w, strings.ReplaceAll(l, "\t", " "))
	}
}
