// Command corpus holds Bulkhead's promises against every Dockerfile below a
// directory: it hardens each one at each level and lets BuildKit judge the result.
//
//	go run ./internal/corpus [-level all] [-list rule/outcome] [-diffs DIR] DIR…
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
)

func main() {
	level := flag.String("level", "all", "safe, standard, strict or all")
	list := flag.String("list", "", "print the findings of `rule/outcome[/reason]`")
	diffs := flag.String("diffs", "", "write a diff of each changed file to `DIR`")
	flag.Parse()
	levels := []transform.Level{transform.LevelSafe, transform.LevelStandard, transform.LevelStrict}
	if *level != "all" {
		l, err := transform.ParseLevel(*level)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		levels = []transform.Level{l}
	}
	files, err := find(flag.Args())
	if err != nil || len(files) == 0 {
		fmt.Fprintln(os.Stderr, "no Dockerfiles found:", err)
		os.Exit(2)
	}
	failures := 0
	for _, l := range levels {
		r := run(files, l, *diffs)
		r.print(os.Stdout, *list)
		failures += len(r.failures)
	}
	cost(os.Stdout, files)
	if failures > 0 {
		os.Exit(1)
	}
}

// result is what a run over a corpus at one level showed.
type result struct {
	sync.Mutex
	level    transform.Level
	files    int
	refused  int // files that BuildKit cannot build
	changed  int
	outcomes map[string]map[string]int // rule → outcome → findings
	reasons  map[string]int            // rule/reason → findings
	failures []string
	listed   map[string][]string // rule/outcome/reason → places
	took     time.Duration
}

func run(files []string, level transform.Level, diffs string) *result {
	r := &result{level: level, outcomes: map[string]map[string]int{}, reasons: map[string]int{}, listed: map[string][]string{}}
	start := time.Now()
	work := make(chan string)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for name := range work {
				r.one(name, diffs)
			}
		})
	}
	for _, f := range files {
		work <- f
	}
	close(work)
	wg.Wait()
	r.took = time.Since(start)
	sort.Strings(r.failures)
	return r
}

// one hardens a file and judges the result.
func (r *result) one(name, diffs string) {
	data, err := os.ReadFile(name)
	if err != nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			r.fail(name, failure{failPanic, fmt.Sprintf("%v\n%s", p, debug.Stack())})
		}
	}()
	r.count(func() { r.files++ })
	doc, err := parse(name, data)
	if err != nil {
		r.count(func() { r.refused++ })
		if _, bkErr := read(data); bkErr == nil {
			r.fail(name, failure{failRefused, err.Error()})
		}
		return
	}
	rules := image.Rules()
	in := input(name, doc, r.level)
	plan := transform.Harden(in, rules)
	after := plan.After.Source.Bytes()
	for _, f := range judge(data, after, plan) {
		r.fail(name, f)
	}
	in.Document = plan.After
	if second := transform.Harden(in, rules); second.Changed() {
		r.fail(name, failure{failIdempotent, firstApplied(second)})
	}
	r.take(name, plan)
	if diffs != "" && plan.Changed() {
		writeDiff(diffs, name, data, after)
	}
}

func firstApplied(p *transform.Plan) string {
	for _, f := range p.Findings {
		if f.Outcome == transform.Applied {
			return f.Rule + ": " + f.Message
		}
	}
	return ""
}

func (r *result) count(f func()) {
	r.Lock()
	defer r.Unlock()
	f()
}

func (r *result) fail(name string, f failure) {
	r.count(func() { r.failures = append(r.failures, fmt.Sprintf("%s: %s: %s", f.kind, name, f.detail)) })
}

// take counts the findings of a plan.
func (r *result) take(name string, plan *transform.Plan) {
	r.Lock()
	defer r.Unlock()
	if plan.Changed() {
		r.changed++
	}
	for _, f := range plan.Findings {
		if r.outcomes[f.Rule] == nil {
			r.outcomes[f.Rule] = map[string]int{}
		}
		r.outcomes[f.Rule][f.Outcome.String()]++
		key := f.Rule + "/" + f.Outcome.String()
		if f.Outcome == transform.Refused {
			r.reasons[f.Rule+"/"+f.Reason]++
			key += "/" + f.Reason
		}
		src := plan.Before.Source
		r.listed[key] = append(r.listed[key], fmt.Sprintf("%s:%s: %s: %s", name, src.Position(f.Span.Start), f.Message, f.Detail))
	}
}

// cost compares the CPU time of the pipeline with that of BuildKit's own parsers.
func cost(w *os.File, files []string) {
	var texts [][]byte
	for _, name := range files {
		if data, err := os.ReadFile(name); err == nil {
			texts = append(texts, data)
		}
	}
	rules := image.Rules()
	const rounds = 3
	var bare, ours time.Duration
	for range rounds {
		start := cpu()
		for _, data := range texts {
			_, _ = read(data)
		}
		bare += cpu() - start
		start = cpu()
		for i, data := range texts {
			if doc, err := parse(files[i], data); err == nil {
				transform.Harden(input("", doc, transform.LevelStandard), rules)
			}
		}
		ours += cpu() - start
	}
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	fmt.Fprintf(w, "\nCPU: BuildKit's parsers alone %v, parse and harden %v: %.2f times; peak memory %d MiB\n",
		(bare / rounds).Round(time.Millisecond), (ours / rounds).Round(time.Millisecond), float64(ours)/float64(bare), usage.Maxrss/1024)
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func (r *result) print(w *os.File, list string) {
	fmt.Fprintf(w, "\nlevel %s: %d files, %d that Docker cannot build, %d changed, %d failures, %.0f files/s with all checks\n",
		r.level, r.files, r.refused, r.changed, len(r.failures), float64(r.files)/r.took.Seconds())
	columns := []string{"applied", "already", "held back", "refused", "yours", "ignored"}
	fmt.Fprintf(w, "%-20s", "rule")
	for _, c := range columns {
		fmt.Fprintf(w, "%10s", c)
	}
	fmt.Fprintln(w)
	for _, rule := range image.Rules() {
		fmt.Fprintf(w, "%-20s", rule.ID)
		for _, c := range columns {
			fmt.Fprintf(w, "%10d", r.outcomes[rule.ID][c])
		}
		fmt.Fprintln(w)
	}
	for _, k := range sortedKeys(r.reasons) {
		fmt.Fprintf(w, "  refused %-45s %6d\n", k, r.reasons[k])
	}
	for _, f := range r.failures {
		fmt.Fprintln(w, "FAILURE", f)
	}
	if list != "" {
		for _, k := range sortedKeys(r.listed) {
			if strings.HasPrefix(k, list) {
				sort.Strings(r.listed[k])
				fmt.Fprintf(w, "%s\n  %s\n", k, strings.Join(r.listed[k], "\n  "))
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
