package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"runtime/debug"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
)

// file is one Dockerfile of the corpus.
type file struct {
	name    string
	text    []byte
	context fs.FS // what lies around it; may be nil
	usage   transform.Usage
}

func (f file) parse(text []byte) (*dockerfile.Document, error) {
	return dockerfile.Parse(parser.NewSource(f.name, text))
}

// harden is the pipeline whose results are judged.
func (f file) harden(level transform.Level, text []byte) (*transform.Plan, error) {
	doc, err := f.parse(text)
	if err != nil {
		return nil, err
	}
	return transform.Harden(transform.Input{
		Document: doc,
		Usage:    f.usage,
		Files:    f.context,
		Options:  transform.Options{Level: level, User: transform.DefaultUser},
	}, image.Rules()), nil
}

// verdict is what became of one file at one level.
type verdict struct {
	file     file
	level    transform.Level
	refused  error // by our parser
	plan     *transform.Plan
	failures []Failure
}

// try hardens a file, judges the result and hardens it once more. A panic is a
// failure like any other.
func (f file) try(level transform.Level) (v *verdict) {
	v = &verdict{file: f, level: level}
	defer func() {
		if p := recover(); p != nil {
			v.failures = append(v.failures, Failure{Panicked, fmt.Sprintf("%v\n%s", p, trace())})
		}
	}()
	if v.plan, v.refused = f.harden(level, f.text); v.refused != nil {
		if takes(f.text) == nil {
			v.failures = append(v.failures, Failure{RefusedFile, v.refused.Error()})
		}
		return v
	}
	if !v.plan.Changed() && len(v.plan.Files()) == 0 {
		return v
	}
	after := v.plan.After.Source.Bytes()
	v.failures = append(v.failures, judge(f.text, after, v.applied())...)
	again := f
	again.context = pipeline.Overlay(f.context, v.plan.Files())
	second, err := again.harden(level, after)
	switch {
	case err != nil:
		v.failures = append(v.failures, Failure{Unparsable, "the second run: " + err.Error()})
	case second.Changed() || len(second.Files()) > 0:
		v.failures = append(v.failures, Failure{NotIdempotent, firstDifference(after, second)})
	}
	return v
}

func (v *verdict) applied() map[string]bool {
	rules := map[string]bool{}
	for _, f := range v.plan.Findings {
		if f.Outcome == transform.Applied {
			rules[f.Rule] = true
		}
	}
	return rules
}

// firstDifference names the first line that a second run changes, and by whom.
func firstDifference(once []byte, second *transform.Plan) string {
	var rules []string
	for _, f := range second.Findings {
		if f.Outcome == transform.Applied {
			rules = append(rules, f.Rule)
		}
	}
	a, b := bytes.Split(once, []byte("\n")), bytes.Split(second.After.Source.Bytes(), []byte("\n"))
	for i := range a {
		if i >= len(b) || !bytes.Equal(a[i], b[i]) {
			other := ""
			if i < len(b) {
				other = string(b[i])
			}
			return fmt.Sprintf("%s: line %d: %q became %q", strings.Join(rules, ", "), i+1, a[i], other)
		}
	}
	return fmt.Sprintf("%s: lines were added at the end", strings.Join(rules, ", "))
}

// trace is the stack without the frames of recovering.
func trace() string {
	lines := strings.Split(string(debug.Stack()), "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "panic(") {
			lines = lines[i+2:]
			break
		}
	}
	return strings.Join(lines[:min(len(lines), 24)], "\n")
}
