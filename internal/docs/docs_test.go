package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/transform/image"
)

// TestUpToDate is `go run ./internal/docs -check`.
func TestUpToDate(t *testing.T) {
	var stderr bytes.Buffer
	if code := run([]string{"-check"}, ".", &stderr); code != 0 {
		t.Errorf("exit %d:\n%s", code, &stderr)
	}
}

// TestEveryPageIsWhole: a page says what, shows an example and lists refusals.
func TestEveryPageIsWhole(t *testing.T) {
	all, err := pages("../../fixtures/rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range image.Rules() {
		text := string(all[r.ID+".md"])
		for _, want := range []string{"# " + r.ID + "\n", r.Title, "**" + r.Safety.String() + "**", "\n## Example\n", "ignore=" + r.ID} {
			if !strings.Contains(text, want) {
				t.Errorf("the page of %s lacks %q", r.ID, want)
			}
		}
		for _, reason := range r.Reasons {
			if !strings.Contains(text, "`"+reason.Code+"`") {
				t.Errorf("the page of %s lacks the refusal %s", r.ID, reason.Code)
			}
		}
		if !strings.Contains(string(all["README.md"]), "("+r.ID+".md)") {
			t.Errorf("the list of rules lacks %s", r.ID)
		}
	}
}

func TestWriteAndCheck(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "go.mod"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "README.md"), []byte("# x\n```diff\nold\n```\n<!-- engine -->\n<!-- /engine -->\nend\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	app := filepath.Join(root, filepath.FromSlash(readmeExample), "Dockerfile")
	if err := os.MkdirAll(filepath.Dir(app), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(app, []byte("FROM debian:12\nRUN apt-get update && apt-get install -y make\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	table := filepath.Join(root, filepath.FromSlash(engineTable))
	if err := os.MkdirAll(filepath.Dir(table), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(table, []byte("| app |\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	below := filepath.Join(root, "internal", "docs")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	step := func(what string, want int, args ...string) {
		t.Helper()
		var stderr bytes.Buffer
		if code := run(args, below, &stderr); code != want {
			t.Fatalf("%s: exit %d, want %d: %s", what, code, want, &stderr)
		} else if want == 1 && !strings.Contains(stderr.String(), "go run ./internal/docs") {
			t.Errorf("%s: it does not say what to do: %s", what, &stderr)
		}
	}
	page := filepath.Join(root, "docs", "rules", image.Rules()[0].ID+".md")
	stray := filepath.Join(root, "docs", "rules", "no-such-rule.md")
	step("nothing written", 1, "-check")
	step("write", 0)
	step("written", 0, "-check")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil || !strings.Contains(string(readme), "+RUN apt-get update") || !strings.HasSuffix(string(readme), "```\n<!-- engine -->\n| app |\n<!-- /engine -->\nend\n") {
		t.Errorf("the README is\n%s", readme)
	}
	controls, err := os.ReadFile(filepath.Join(root, "docs", "controls.md"))
	if err != nil || !strings.Contains(string(controls), "\n| 5.26 | Ensure that the container is restricted from acquiring additional privileges | service | [no-new-privileges](rules/no-new-privileges.md) |  |\n") {
		t.Errorf("the page of controls is\n%s", controls)
	}
	if err := os.WriteFile(page, []byte("edited"), 0o644); err != nil {
		t.Fatal(err)
	}
	step("edited", 1, "-check")
	step("write again", 0)
	if err := os.WriteFile(stray, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	step("stray page", 1, "-check")
	step("write a third time", 0)
	if _, err := os.Stat(stray); err == nil {
		t.Error("the page of no rule is still there")
	}
	step("clean", 0, "-check")
}

func TestExampleOfManualRule(t *testing.T) {
	dir := t.TempDir()
	text := "-- before --\nFROM debian\r\n-- unchanged --\n-- findings --\n1:1 pinned-base yours: name a version\n"
	if err := os.WriteFile(filepath.Join(dir, "x.txtar"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := dockerfile.example(dir)
	if err != nil || !strings.Contains(got, "FROM debian\n```") || !strings.Contains(got, "yours: name a version") {
		t.Errorf("got %q, %v", got, err)
	}
}
