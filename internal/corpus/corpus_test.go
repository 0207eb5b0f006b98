package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkhead-dev/bulkhead/internal/hazards"
	"github.com/bulkhead-dev/bulkhead/transform"
	"golang.org/x/tools/txtar"
)

var levels = []transform.Level{transform.LevelSafe, transform.LevelStandard, transform.LevelStrict}

// TestCorpus holds the promises against every Dockerfile below the directory that
// BULKHEAD_CORPUS names.
func TestCorpus(t *testing.T) {
	root := os.Getenv("BULKHEAD_CORPUS")
	if root == "" {
		t.Skip("BULKHEAD_CORPUS names no directory")
	}
	paths, err := find([]string{root})
	if err != nil || len(paths) == 0 {
		t.Fatalf("no Dockerfiles below %s: %v", root, err)
	}
	for _, level := range levels {
		s, err := survey(paths, level, options{jobs: 2})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("level %s: %d files, %d refused, %d changed", level, len(paths), s.Refused, s.Changed)
		for _, f := range s.Failures {
			t.Errorf("%s: %s: %s: %s", level, f.File, f.Kind, f.Detail)
		}
	}
}

// TestFixtures does so for the Dockerfiles of the project's own tests.
func TestFixtures(t *testing.T) {
	files := fixtures(t)
	for _, level := range levels {
		changed := 0
		for _, f := range files {
			v := f.try(level)
			for _, x := range v.failures {
				t.Errorf("%s: %s: %s: %s", level, f.name, x.Kind, x.Detail)
			}
			if v.plan != nil && v.plan.Changed() {
				changed++
			}
		}
		if changed == 0 {
			t.Errorf("level %s changes none of %d files: the test tests nothing", level, len(files))
		}
	}
}

// fixtures are the hazards, the golden cases before and after, and the applications.
func fixtures(t testing.TB) []file {
	t.Helper()
	var out []file
	for _, h := range append(hazards.Files, hazards.Refused...) {
		out = append(out, file{name: h.Name, text: []byte(h.Text)})
	}
	cases, err := filepath.Glob("../../fixtures/rules/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range cases {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fromArchive(path, a)...)
	}
	apps, err := filepath.Glob("../../fixtures/apps/*/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range apps {
		f, err := load(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

func fromArchive(path string, a *txtar.Archive) []file {
	context := fstest.MapFS{}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "context/"); ok {
			context[name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
		}
	}
	var out []file
	for _, f := range a.Files {
		if f.Name == "before" || f.Name == "after" {
			text := f.Data
			if cut, ok := bytes.CutSuffix(text, []byte("$\n")); ok { // how a golden says "no final newline"
				text = cut
			}
			out = append(out, file{name: path + ":" + f.Name, text: text, context: context})
		}
	}
	return out
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a/Dockerfile.17":   "FROM debian:12\nRUN apt-get update && apt-get install -y curl\n",
		"b/x.dockerfile":    "FROM\n",
		"b/README":          "no",
		".git/x/Dockerfile": "FROM debian:12\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	diffs := filepath.Join(dir, "diffs")
	var stdout, stderr bytes.Buffer
	args := []string{"-json", "-level", "standard", "-list", "package-cache/applied", "-diff-dir", diffs, filepath.Join(dir, "a"), filepath.Join(dir, "b")}
	if code := run(args, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Files != 2 || len(r.Levels) != 1 || r.Levels[0].Refused != 1 || r.Levels[0].Changed != 1 || len(r.Levels[0].Listed) != 1 || r.Cost.Ratio <= 0 || r.PeakMiB <= 0 {
		t.Errorf("unexpected report:\n%s", &stdout)
	}
	written, err := filepath.Glob(filepath.Join(diffs, "standard", "*.diff"))
	if err != nil || len(written) != 1 {
		t.Fatalf("diffs: %v, %v", written, err)
	}
	if text, err := os.ReadFile(written[0]); err != nil || !strings.Contains(string(text), "\n+") {
		t.Errorf("the diff shows nothing: %q, %v", text, err)
	}
	if code := run([]string{"-level", "most", dir}, &stdout, &stderr); code != 2 {
		t.Errorf("an unknown level gives exit %d", code)
	}
	if code := run([]string{t.TempDir()}, &stdout, &stderr); code != 2 {
		t.Errorf("an empty directory gives exit %d", code)
	}
}

// FuzzHarden: on whatever parses, at every level, no promise breaks.
func FuzzHarden(f *testing.F) {
	for i, x := range fixtures(f) {
		f.Add(string(x.text), uint8(i))
	}
	f.Fuzz(func(t *testing.T, text string, level uint8) {
		v := file{name: "Dockerfile", text: []byte(text)}.try(levels[int(level)%len(levels)])
		for _, x := range v.failures {
			if x.Kind != RefusedFile { // the parser may refuse what it does not understand
				t.Errorf("%s: %s", x.Kind, x.Detail)
			}
		}
		if t.Failed() && v.plan != nil {
			t.Logf("result:\n%s", v.plan.After.Source.Bytes())
		}
	})
}
