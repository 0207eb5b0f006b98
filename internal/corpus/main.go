// Command corpus holds Bulkhead's promises against every Dockerfile and compose file
// below some directories: it hardens each one at each level and lets BuildKit, mvdan/sh,
// compose-go and the raw bytes judge the result.
//
//	go run ./internal/corpus [options] DIR…
//
// It exits with 1 when a promise is broken and prints where.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/transform"
)

func main() {
	pipeline.TuneMemory() // as the command does
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// options are what the command line asks for.
type options struct {
	levels  []transform.Level
	jobs    int
	list    string // rule, outcome or reason, several joined by /
	diffDir string
	json    bool
	cost    bool
	roots   []string
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("corpus", flag.ContinueOnError)
	flags.SetOutput(stderr)
	level := flags.String("level", "all", "safe, standard, strict or all")
	flags.IntVar(&o.jobs, "jobs", runtime.GOMAXPROCS(0), "files that are looked at together")
	flags.StringVar(&o.list, "list", "", "print the findings with this `REASON/OUTCOME`: any of rule, outcome and reason, joined by /")
	flags.StringVar(&o.diffDir, "diff-dir", "", "write the diff of each changed file to `DIR`/LEVEL")
	flags.BoolVar(&o.json, "json", false, "print one JSON object")
	flags.BoolVar(&o.cost, "cost", true, "measure CPU time against a bare BuildKit parse")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.levels = []transform.Level{transform.LevelSafe, transform.LevelStandard, transform.LevelStrict}
	if *level != "all" {
		l, err := transform.ParseLevel(*level)
		if err != nil {
			return o, err
		}
		o.levels = []transform.Level{l}
	}
	if o.roots = flags.Args(); len(o.roots) == 0 {
		return o, errors.New("name the directories that hold the corpus")
	}
	return o, nil
}

func run(args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "corpus:", err)
		return 2
	}
	paths, err := find(o.roots)
	var projects bool
	if err == nil {
		projects, err = hasCompose(o.roots)
	}
	if err == nil && len(paths) == 0 && !projects {
		err = fmt.Errorf("no Dockerfiles and no compose files below %q", o.roots)
	}
	if err != nil {
		fmt.Fprintln(stderr, "corpus:", err)
		return 2
	}
	r := &report{Files: len(paths)}
	for _, level := range o.levels {
		if projects {
			s, err := surveyProjects(o.roots, level, o)
			if err != nil {
				fmt.Fprintln(stderr, "corpus:", err)
				return 2
			}
			r.Projects = append(r.Projects, s)
		}
		if len(paths) == 0 {
			continue
		}
		s, err := survey(paths, level, o)
		if err != nil {
			fmt.Fprintln(stderr, "corpus:", err)
			return 2
		}
		r.Levels = append(r.Levels, s)
	}
	r.PeakMiB = peakMemory()
	if o.cost && len(paths) > 0 {
		r.Cost = measure(paths, o.jobs)
	}
	if o.cost && projects {
		if r.ComposeCost, err = measureProjects(o.roots, o.jobs); err != nil {
			fmt.Fprintln(stderr, "corpus:", err)
			return 2
		}
	}
	if o.json {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(r)
	} else {
		err = r.print(stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "corpus:", err)
		return 2
	}
	if r.failures() > 0 {
		return 1
	}
	return 0
}
