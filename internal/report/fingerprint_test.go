package report_test

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/report"
)

// prints maps the fingerprints of a report to what they stand for.
func prints(t *testing.T, r report.Report) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range r.Files {
		for _, x := range f.Findings {
			what := strings.Join([]string{f.Path, x.Rule, x.Service}, " ")
			if other, ok := out[x.Fingerprint]; ok {
				t.Errorf("%s and %s have one fingerprint", what, other)
			}
			out[x.Fingerprint] = what
		}
	}
	return out
}

// TestFingerprints: edits of other parts of a file leave them as they are.
func TestFingerprints(t *testing.T) {
	original := filepath.Join("..", "..", "fixtures", "apps", "django")
	want := prints(t, hardened(t, original))
	for name, change := range map[string]struct {
		file string
		edit func(string) string
	}{
		"lines in front":    {"Dockerfile", func(s string) string { return "# one\n# two\n\n" + s }},
		"other base tag":    {"Dockerfile", func(s string) string { return strings.Replace(s, "FROM python:3.12", "FROM python:3.13", 1) }},
		"a label":           {"Dockerfile", func(s string) string { return strings.Replace(s, `title="guestbook"`, `title="visitors"`, 1) }},
		"a further package": {"Dockerfile", func(s string) string { return strings.Replace(s, "    curl \\\n", "    curl \\\n    jq \\\n", 1) }},
		"lines in compose":  {"docker-compose.yml", func(s string) string { return "# one\n\n" + s }},
		"another tag":       {"docker-compose.yml", func(s string) string { return strings.Replace(s, "postgres:16", "postgres:17", 1) }},
	} {
		dir := copied(t, original)
		edit(t, dir, change.file, change.edit)
		if got := prints(t, hardened(t, dir)); !maps.Equal(got, want) {
			t.Errorf("%s: got %v\nwant %v", name, got, want)
		}
	}
}

// TestFingerprintsTellApart: what is about something else has another one.
func TestFingerprintsTellApart(t *testing.T) {
	original := filepath.Join("..", "..", "fixtures", "apps", "django")
	want := prints(t, hardened(t, original))
	dir := copied(t, original)
	edit(t, dir, "docker-compose.yml", func(s string) string {
		return strings.NewReplacer("  db:", "  base:", "      db:", "      base:").Replace(s)
	})
	got := prints(t, hardened(t, dir))
	for id, what := range got {
		if strings.HasSuffix(what, " base") && want[id] != "" {
			t.Errorf("%s has the fingerprint of %s", what, want[id])
		}
	}
}
