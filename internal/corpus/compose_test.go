package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/service"
	"golang.org/x/tools/txtar"
)

// serviceCases are the compose files of the rules' golden cases.
func serviceCases(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, r := range service.Rules() {
		paths, err := filepath.Glob(filepath.Join("..", "..", "fixtures", "rules", r.ID, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range a.Files {
				if f.Name == "before" {
					out[path] = f.Data
				}
			}
		}
	}
	if len(out) == 0 {
		t.Fatal("there are no golden cases of services")
	}
	return out
}

// FuzzProject: whatever compose file is taken, at every level, no promise breaks.
func FuzzProject(f *testing.F) {
	for _, text := range serviceCases(f) {
		for level := range levels {
			f.Add(string(text), uint8(level))
		}
	}
	f.Fuzz(func(t *testing.T, text string, level uint8) {
		opts := pipeline.Options{Transform: transform.Options{Level: levels[int(level)%len(levels)], User: transform.DefaultUser},
			Rules: slices.Concat(image.Rules(), service.Rules())}
		file := workspace.File{Kind: workspace.Compose, Root: ".", Rel: "compose.yaml", Display: "compose.yaml"}
		r := pipeline.Text(file, []byte(text), nil, opts)
		if r.Err != nil {
			if bytes.Contains([]byte(r.Err.Error()), []byte("internal error")) {
				t.Fatal(r.Err)
			}
			return
		}
		if r.Skipped != "" || !r.Changed() {
			return
		}
		for _, x := range judgeCompose(r.Before.Bytes(), r.After.Bytes()) {
			t.Errorf("%s: %s", x.Kind, x.Detail)
		}
		second := pipeline.Text(file, r.After.Bytes(), nil, opts)
		switch {
		case second.Err != nil:
			t.Errorf("the second run: %v", second.Err)
		case second.Changed():
			t.Errorf("a second run makes\n%s\nof", second.After.Bytes())
		}
		if t.Failed() {
			t.Logf("result:\n%s", r.After.Bytes())
		}
	})
}

// TestSurveyProjects: the command finds, hardens, judges and counts compose files.
func TestSurveyProjects(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a/compose.yaml":    "services:\n  # why\n  web:\n    build: .\n  db:\n    image: postgres:16\n",
		"a/Dockerfile":      "FROM python:3.12\nWORKDIR /app\nCOPY . .\nCMD [\"python\", \"a.py\"]\n",
		"b/compose.yaml":    "services:\n  a: {imagine: x}\n",
		".git/compose.yaml": "services:\n  a: {image: x}\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"-json", "-level", "standard", dir}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit %d: %s%s", code, &stderr, &stdout)
	}
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Projects) != 1 {
		t.Fatalf("%d surveys of projects", len(r.Projects))
	}
	p := r.Projects[0]
	if p.Files != 2 || p.Refused != 1 || p.Changed != 1 || p.Outcomes["no-new-privileges"]["applied"] != 2 || r.ComposeCost.Files != 2 || r.ComposeCost.Ratio <= 0 {
		t.Errorf("unexpected report:\n%s", &stdout)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "a", "compose.yaml")); err != nil || bytes.Contains(text, []byte("security_opt")) {
		t.Errorf("the corpus itself was changed: %s, %v", text, err)
	}
}

func TestFromFiles(t *testing.T) {
	tests := []struct {
		was, is any
		want    bool
	}{
		{map[string]any{"A": "1", "P": "x"}, map[string]any{"A": "1", "P_FILE": "/run/secrets/p"}, true},
		{[]any{"A=1", "P=x"}, []any{"A=1", "P__FILE=/run/secrets/p"}, true},
		{map[string]any{"P": "x"}, map[string]any{"P_FILE": "/etc/passwd"}, false},
		{map[string]any{"P": "x"}, map[string]any{}, false},
		{map[string]any{"P": "x"}, map[string]any{"P": "y"}, false},
		{map[string]any{"P": "x"}, map[string]any{"P": "x", "Q": "y"}, false},
		{map[string]any{"P": "x"}, map[string]any{"P": "x", "P_FILE": "/run/secrets/p"}, false},
	}
	for _, tt := range tests {
		if got := fromFiles(tt.was, tt.is); got != tt.want {
			t.Errorf("%v to %v: %v", tt.was, tt.is, got)
		}
	}
}

// TestJudgeCompose: each promise broken on purpose is seen.
func TestJudgeCompose(t *testing.T) {
	const before = "# top\nservices:\n  a:\n    image: x # pinned\n    cap_add: [CHOWN]\n    ports: ['80:80']\n"
	for name, c := range map[string]struct {
		after string
		want  Kind
	}{
		"a comment":       {"services:\n  a:\n    image: x # pinned\n    cap_add: [CHOWN]\n    ports: ['80:80']\n", CommentLost},
		"an end comment":  {"# top\nservices:\n  a:\n    image: x\n    cap_add: [CHOWN]\n    ports: ['80:80']\n", CommentLost},
		"the image":       {"# top\nservices:\n  a:\n    image: y # pinned\n    cap_add: [CHOWN]\n    ports: ['80:80']\n", ConfigLost},
		"a capability":    {"# top\nservices:\n  a:\n    image: x # pinned\n    ports: ['80:80']\n", ConfigLost},
		"a port":          {"# top\nservices:\n  a:\n    image: x # pinned\n    cap_add: [CHOWN]\n    ports: ['81:80']\n", ConfigLost},
		"another service": {"# top\nservices:\n  b: {image: x}\n  a:\n    image: x # pinned\n    cap_add: [CHOWN]\n    ports: ['80:80']\n", ConfigLost},
		"a volume":        {"# top\nservices:\n  a:\n    image: x # pinned\n    cap_add: [CHOWN]\n    ports: ['80:80']\nvolumes: {v: {}}\n", ConfigLost},
		"the form":        {"# top\nservices:\n  a:\n    image: x # pinned\n    cap_add: CHOWN\n    ports: ['80:80']\n", Unparsable},
		"a variable":      {"# top\nservices:\n  a:\n    image: x # pinned\n    environment: {A: b}\n    cap_add: [CHOWN]\n    ports: ['80:80']\n", ConfigLost},
		"nothing":         {"# top\nservices:\n  a:\n    image: x # pinned\n    cap_add: [CHOWN, KILL]\n    ports: ['127.0.0.1:80:80']\n    read_only: true\n", ""},
	} {
		got := Kind("")
		if fs := judgeCompose([]byte(before), []byte(c.after)); len(fs) > 0 {
			got = fs[0].Kind
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
