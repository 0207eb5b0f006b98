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
	"github.com/bulkhead-dev/bulkhead/transform/service"
)

// report is all that the command prints.
type report struct {
	Files  int        `json:"files"`
	Levels []*summary `json:"levels"`
	// Projects are the compose files, hardened with the Dockerfiles that they build.
	Projects    []*summary   `json:"projects,omitempty"`
	ComposeCost *composeCost `json:"compose_cost,omitempty"`
	PeakMiB     float64      `json:"peak_memory_mib"`
	Cost        *cost        `json:"cost,omitempty"`
}

func (r *report) failures() int {
	n := 0
	for _, s := range slices.Concat(r.Levels, r.Projects) {
		n += len(s.Failures)
	}
	return n
}

func (r *report) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	for _, s := range r.Levels {
		s.print(w, "Dockerfiles", image.Rules())
	}
	for _, s := range r.Projects {
		s.print(w, "compose files", service.Rules())
	}
	fmt.Fprintf(w, "peak memory: %.0f MiB\n", r.PeakMiB)
	if c := r.Cost; c != nil {
		fmt.Fprintf(w, "CPU time: BuildKit's parsers %.0f ms, our parser %.0f ms (%.2f×), parse and harden %.0f ms (%.2f×)\n",
			c.BareMillis, c.ParseMillis, c.ParseMillis/c.BareMillis, c.HardenMillis, c.Ratio)
		fmt.Fprintf(w, "speed: %.0f files/s with 1 job, %.0f files/s with %d\n", c.PerSecond, c.PerSecondJobs, c.Jobs)
	}
	if c := r.ComposeCost; c != nil {
		fmt.Fprintf(w, "compose files: CPU time of loading each twice by compose-go %.0f ms, of hardening %.0f ms (%.2f×); %.0f files/s\n",
			c.BareMillis, c.HardenMillis, c.Ratio, c.PerSecond)
	}
	return w.Flush()
}

func (s *summary) print(w *tabwriter.Writer, what string, rules []*transform.Rule) {
	fmt.Fprintf(w, "== level %s: %d %s, %d refused by the parser, %d changed, %d failures; %.0f files/s with all checks\n",
		s.Level, s.Files, what, s.Refused, s.Changed, len(s.Failures), s.PerSecond)
	if s.Slowest != "" {
		fmt.Fprintf(w, "slowest: %s\n", s.Slowest)
	}
	fmt.Fprintln(w)
	outcomes := []transform.Outcome{transform.Applied, transform.Already, transform.HeldBack, transform.Refused, transform.Yours, transform.Ignored, transform.Proposed}
	fmt.Fprint(w, "rule\t")
	for _, o := range outcomes {
		fmt.Fprintf(w, "%s\t", o)
	}
	fmt.Fprintln(w)
	for _, rule := range rules {
		fmt.Fprintf(w, "%s\t", rule.ID)
		for _, o := range outcomes {
			fmt.Fprintf(w, "%d\t", s.Outcomes[rule.ID][o.String()])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "\nrefused for\trule\tfindings\t\n")
	for _, rule := range rules {
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
