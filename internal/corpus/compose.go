package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/service"
)

// surveyProjects hardens whole directories as `bulkhead fix` does, Dockerfiles and
// compose files in one run, on a copy; judges the compose files; and runs again, which
// must change nothing of either kind.
func surveyProjects(roots []string, level transform.Level, o options) (*summary, error) {
	s := newSummary(level)
	for _, root := range roots {
		dir, err := os.MkdirTemp("", "corpus")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if err := copyTree(dir, root); err != nil {
			return nil, err
		}
		if err := s.project(dir, level, o); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// project hardens one copy and judges what became of it.
func (s *summary) project(dir string, level transform.Level, o options) error {
	found, err := workspace.Discover(context.Background(), []string{dir})
	if err != nil {
		return err
	}
	opts := pipeline.Options{
		Transform: transform.Options{Level: level, User: transform.DefaultUser},
		Rules:     slices.Concat(image.Rules(), service.Rules()), Jobs: o.jobs,
	}
	start := time.Now()
	for r := range pipeline.Run(context.Background(), found.Files, opts) {
		if err := s.takeResult(dir, r, o); err != nil {
			return err
		}
	}
	s.Seconds += time.Since(start).Seconds()
	for r := range pipeline.Run(context.Background(), found.Files, opts) {
		if r.Err == nil && r.Skipped == "" && r.Changed() {
			var rules []string
			for _, f := range r.Findings {
				if f.Outcome == transform.Applied {
					rules = append(rules, f.Service+" "+f.Rule)
				}
			}
			s.fail(dir, r.File.Display, Failure{NotIdempotent, "a second run applies " + strings.Join(rules, ", ")})
		}
	}
	s.PerSecond = float64(s.Files) / s.Seconds
	return nil
}

// takeResult counts a result, judges it and writes it.
func (s *summary) takeResult(dir string, r pipeline.Result, o options) error {
	compose := r.File.Kind == workspace.Compose
	if compose {
		s.Files++
	}
	if r.Err != nil && compose {
		s.refuse(dir, r, o)
	}
	if r.Err != nil || r.Skipped != "" {
		return nil //nolint:nilerr // a file that cannot be read is counted, not a failure of the survey
	}
	if compose {
		s.count(r.Before, r.Findings, o)
	}
	if !r.Changed() {
		return nil
	}
	if compose {
		s.Changed++
		for _, f := range judgeCompose(r.Before.Bytes(), r.After.Bytes()) {
			s.fail(dir, r.File.Display, f)
		}
		if err := writeDiff(o.diffDir, s.Level, relative(dir, r.File.Display), r.Before.Bytes(), r.After.Bytes()); err != nil {
			return err
		}
	}
	if _, err := pipeline.WriteFiles(r.Files); err != nil {
		return err
	}
	root, err := fsx.Open(r.File.Root)
	if err != nil {
		return err
	}
	return errors.Join(root.WriteFile(r.File.Rel, r.After.Bytes(), fsx.WriteOptions{Expect: r.Before.Bytes()}), root.Close())
}

// refuse counts a file that could not be read.
func (s *summary) refuse(dir string, r pipeline.Result, o options) {
	s.Refused++
	if strings.Contains(r.Err.Error(), "internal error") {
		s.fail(dir, r.File.Display, Failure{Panicked, r.Err.Error()})
	}
	if o.list == "errors" {
		s.Listed = append(s.Listed, r.Err.Error())
	}
}

func (s *summary) fail(dir, name string, f Failure) {
	s.Failures = append(s.Failures, placed{relative(dir, name), f})
}

func relative(dir, name string) string {
	if rel, err := filepath.Rel(dir, name); err == nil {
		return rel
	}
	return name
}

// copyTree copies what the pipeline may look at: directories and files of its size.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch info, err := d.Info(); {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case !info.Mode().IsRegular() || info.Size() > fsx.MaxFile:
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
}

// composeCost times the hardening of all compose files below directories beside what
// compose-go takes to load each of them twice, in CPU time.
type composeCost struct {
	Files        int     `json:"files"`
	BareMillis   float64 `json:"double_load_cpu_ms"`
	HardenMillis float64 `json:"harden_cpu_ms"`
	Ratio        float64 `json:"ratio"`
	PerSecond    float64 `json:"files_per_second"`
}

func measureProjects(roots []string, jobs int) (*composeCost, error) {
	found, err := workspace.Discover(context.Background(), roots)
	if err != nil {
		return nil, err
	}
	var files []workspace.File
	var texts [][]byte
	for _, f := range found.Files {
		if f.Kind != workspace.Compose {
			continue
		}
		text, err := os.ReadFile(filepath.Join(f.Root, f.Rel))
		if err != nil {
			return nil, err
		}
		files, texts = append(files, f), append(texts, text)
	}
	c := &composeCost{Files: len(files)}
	if len(files) == 0 {
		return c, nil
	}
	opts := pipeline.Options{Transform: transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser},
		Rules: slices.Concat(image.Rules(), service.Rules()), Jobs: jobs}
	harden := func() {
		for r := range pipeline.Run(context.Background(), files, opts) {
			_ = r
		}
	}
	double := func() {
		for _, text := range texts {
			_, _ = composeModel(text)
			_, _ = composeModel(text)
		}
	}
	harden() // once to warm up: schema and knowledge are loaded when they are asked for
	var bare, full []float64
	for range repetitions {
		runtime.GC()
		start := cpu()
		double()
		bare = append(bare, float64(cpu()-start)/float64(time.Millisecond))
		runtime.GC()
		start = cpu()
		begin := time.Now()
		harden()
		c.PerSecond = max(c.PerSecond, float64(len(files))/time.Since(begin).Seconds())
		full = append(full, float64(cpu()-start)/float64(time.Millisecond))
	}
	c.BareMillis, c.HardenMillis = median(bare), median(full)
	c.Ratio = c.HardenMillis / c.BareMillis
	return c, nil
}
