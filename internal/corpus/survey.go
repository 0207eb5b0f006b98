package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/bulkhead-dev/bulkhead/internal/diff"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// summary is what a run over a corpus at one level showed.
type summary struct {
	Level     string                    `json:"level"`
	Files     int                       `json:"files"`
	Refused   int                       `json:"refused"` // files that the parser does not take
	Changed   int                       `json:"changed"`
	Outcomes  map[string]map[string]int `json:"outcomes"` // rule → outcome → findings
	Reasons   map[string]map[string]int `json:"reasons"`  // rule → reason of refusal → findings
	Failures  []placed                  `json:"failures"`
	Listed    []string                  `json:"listed,omitempty"`
	Seconds   float64                   `json:"seconds"`
	PerSecond float64                   `json:"files_per_second"` // with all checks
	Slowest   string                    `json:"slowest"`
}

// placed is a failure with its file.
type placed struct {
	File string `json:"file"`
	Failure
}

// survey hardens and judges all files at a level. Results are counted and
// dropped one by one, so that memory does not grow with the corpus.
func survey(paths []string, level transform.Level, o options) (*summary, error) {
	s := newSummary(level)
	s.Files = len(paths)
	var (
		mu      sync.Mutex
		wg      sync.WaitGroup
		failed  error
		slowest time.Duration
	)
	work := make(chan string)
	start := time.Now()
	for range max(1, o.jobs) {
		wg.Go(func() {
			for path := range work {
				begin := time.Now()
				f, err := load(path)
				var v *verdict
				if err == nil {
					v = f.try(level)
				}
				took := time.Since(begin)
				mu.Lock()
				if err == nil {
					err = s.take(v, o)
				}
				if took > slowest {
					slowest, s.Slowest = took, fmt.Sprintf("%s (%v)", path, took.Round(time.Millisecond))
				}
				if failed == nil {
					failed = err
				}
				mu.Unlock()
			}
		})
	}
	for _, path := range paths {
		work <- path
	}
	close(work)
	wg.Wait()
	s.Seconds = time.Since(start).Seconds()
	s.PerSecond = float64(len(paths)) / s.Seconds
	sort.Slice(s.Failures, func(i, j int) bool { return s.Failures[i].File < s.Failures[j].File })
	sort.Strings(s.Listed)
	return s, failed
}

func newSummary(level transform.Level) *summary {
	return &summary{Level: level.String(), Outcomes: map[string]map[string]int{}, Reasons: map[string]map[string]int{}, Failures: []placed{}}
}

// count counts the findings of a file.
func (s *summary) count(src *parser.Source, findings []transform.Finding, o options) {
	for _, f := range findings {
		count(s.Outcomes, f.Rule, f.Outcome.String())
		if f.Outcome == transform.Refused {
			count(s.Reasons, f.Rule, f.Reason)
		}
		if o.list != "" && matches(f, o.list) {
			pos := src.Position(f.Span.Start)
			text := strings.TrimSpace(src.Text(src.Line(pos.Line)))
			s.Listed = append(s.Listed, fmt.Sprintf("%s:%s: %s %s %s: %s: %s\n    %s", src.Name(), pos, f.Rule, f.Outcome, f.Reason, f.Message, f.Detail, text))
		}
	}
}

// take counts one result.
func (s *summary) take(v *verdict, o options) error {
	for _, f := range v.failures {
		s.Failures = append(s.Failures, placed{v.file.name, f})
	}
	if v.refused != nil {
		s.Refused++
	}
	if v.plan == nil {
		return nil
	}
	s.count(v.plan.Before.Source, v.plan.Findings, o)
	if !v.plan.Changed() {
		return nil
	}
	s.Changed++
	return writeDiff(o.diffDir, s.Level, v.file.name, v.file.text, v.plan.After.Source.Bytes())
}

func count(m map[string]map[string]int, rule, what string) {
	if m[rule] == nil {
		m[rule] = map[string]int{}
	}
	m[rule][what]++
}

// matches reports whether each part of query is the finding's rule, outcome or reason.
func matches(f transform.Finding, query string) bool {
	for part := range strings.SplitSeq(query, "/") {
		if !slices.Contains([]string{f.Rule, f.Outcome.String(), f.Reason}, part) {
			return false
		}
	}
	return true
}

// writeDiff writes the diff of a file for a reader, when a directory is given for them.
func writeDiff(dir, level, name string, before, after []byte) error {
	if dir == "" {
		return nil
	}
	dir = filepath.Join(dir, level)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text := diff.Unified(name, before, after, diff.Context)
	file := strings.Trim(strings.NewReplacer("/", "_", "\\", "_", ":", "_").Replace(name), "_.") + ".diff"
	return os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644)
}
