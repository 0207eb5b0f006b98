package report_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/service"
)

var allRules = slices.Concat(image.Rules(), service.Rules())

// hardened is the report of a run over a directory, with all that a report can hold.
func hardened(t *testing.T, dir string) report.Report {
	t.Helper()
	found, err := workspace.Discover(t.Context(), []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	for i := range found.Files {
		found.Files[i].Display = found.Files[i].Rel
	}
	b := report.NewBuilder(report.Options{Version: "test", Rules: allRules, Changes: true})
	opts := pipeline.Options{Rules: allRules, Transform: transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser}}
	for r := range pipeline.Run(t.Context(), found.Files, opts) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		b.Plan(report.Planned{
			Path: r.File.Display, Compose: r.File.Kind == workspace.Compose, Services: r.Services, Builds: r.Builds, Unclear: r.Unclear, Before: r.Before, After: r.After,
			Findings: r.Findings, Warnings: r.Warnings,
		})
	}
	return b.Report()
}

// app is one of the applications of the engine suite.
func app(t *testing.T, name string) report.Report {
	t.Helper()
	return hardened(t, filepath.Join("..", "..", "fixtures", "apps", name))
}

// copied is a directory of one's own with the same files.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// edit changes a file of a directory.
func edit(t *testing.T, dir, name string, change func(string) string) {
	t.Helper()
	text, err := fs.ReadFile(os.DirFS(dir), path.Clean(name))
	if err != nil {
		t.Fatal(err)
	}
	after := change(string(text))
	if after == string(text) {
		t.Fatalf("%s does not change", name)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(after), 0o600); err != nil {
		t.Fatal(err)
	}
}
