package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReaders(t *testing.T) {
	want := []finding{{"a/Dockerfile", "X1", "say so"}}
	for name, c := range map[string]struct {
		read func([]byte) ([]finding, error)
		out  string
	}{
		"hadolint":         {readHadolint, `[{"file":"./a/Dockerfile","code":"X1","message":"say so","line":1}]`},
		"kics":             {readKICS, `{"queries":[{"query_name":"X1","description":"say so","files":[{"file_name":"./a/Dockerfile","line":3}]}]}`},
		"checkov":          {readCheckov, `{"results":{"failed_checks":[{"check_id":"X1","check_name":"say so","file_path":"/a/Dockerfile"}]}}`},
		"checkov, several": {readCheckov, `[{"results":{"failed_checks":[]}},{"results":{"failed_checks":[{"check_id":"X1","check_name":"say so","file_path":"/a/Dockerfile"}]}}]`},
	} {
		if got, err := c.read([]byte(c.out)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if _, err := c.read([]byte("no JSON")); err == nil {
			t.Errorf("%s reads anything", name)
		}
	}
}

func TestAdded(t *testing.T) {
	a, b := finding{"a", "X1", ""}, finding{"b", "X1", ""}
	r := result{before: []finding{a}, after: []finding{a, a, b, b}}
	if got := r.added(); !slices.Equal(got, []finding{b, b}) {
		t.Errorf("got %v", got)
	}
}

func TestTable(t *testing.T) {
	r := result{linter: linter{name: "lint"}, version: "1", before: []finding{{"a", "X1", "a | <b>"}, {"a", "X2", "y"}}, after: []finding{{"a", "X2", "y"}, {"a", "X3", "z"}, {"a", "X3", "z"}}}
	got := string(table([]result{r}))
	for _, want := range []string{"## lint 1\n\n2 findings before, 3 after; 2 of rules that had nothing to say of the file before.\n", "| X1 | 1 | 0 | a \\| &lt;b&gt; |\n", "| X3 | 0 | 2 | z |\n", "\n**New: X3** in a: z\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// TestRun judges the applications with programs that stand for the linters.
func TestRun(t *testing.T) {
	bin := t.TempDir()
	const script = "#!/bin/sh\nif [ \"$1\" = --version ]; then echo lint 9; exit; fi\ngrep -l . \"$4\" >/dev/null || exit 3\nif grep -q '^USER ' flask/Dockerfile; then echo '[]'; else echo '[{\"file\":\"flask/Dockerfile\",\"code\":\"R1\",\"message\":\"root\"}]'; exit 1; fi\n"
	if err := os.WriteFile(filepath.Join(bin, "hadolint"), []byte(script), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	grep, err := exec.LookPath("grep")
	if err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(grep, filepath.Join(bin, "grep")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	t.Chdir(filepath.Join("..", ".."))
	var out strings.Builder
	if err := run([]string{"-check"}, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if want := "hadolint 9: 1 findings before, 0 after, 0 new\n"; !strings.Contains(out.String(), want) {
		t.Errorf("got %q, want %q", &out, want)
	}
}
