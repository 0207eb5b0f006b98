package report_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/transform"
)

func TestGitHub(t *testing.T) {
	r := sample(t).Report()
	r.Prefix = "a,b/"
	got := render(t, r, report.GitHub{})
	want := `::error file=a%2Cb/bad/Dockerfile,title=Bulkhead::bad/Dockerfile:2:1: unknown [31m instruction RUNE
::error title=Bulkhead::gone: no such file
::warning file=a%2Cb/api/Dockerfile,title=Bulkhead::api/Dockerfile:2:1: unused: package-docs; delete it
::warning file=a%2Cb/api/Dockerfile,line=1,endLine=1,col=1,endColumn=2,title=pinned-base (yours to do)::name a version: debian:12
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("got:\n%s\nwant first:\n%s", got, want)
	}
	if !strings.Contains(got, "\n::notice file=a%2Cb/api/Dockerfile,line=3,endLine=3,col=1,endColumn=2,title=exec-form (refused)::keeps the shell form: y is an alias [needs-shell]\n") {
		t.Errorf("no notice of the refusal in:\n%s", got)
	}
	if strings.Contains(got, "has one") || strings.Contains(got, "package-docs (ignored)") {
		t.Errorf("what is settled is annotated:\n%s", got)
	}
	if strings.Contains(got, "setuid-bits") || strings.Contains(got, "security-updates") || !strings.Contains(got, "non-root-user (held back)") {
		t.Errorf("what only another level does is annotated, or what this one held back is not:\n%s", got)
	}
}

// TestGitHubIsOneLineEach: no text ends a command or begins another one.
func TestGitHubIsOneLineEach(t *testing.T) {
	b := report.NewBuilder(report.Options{})
	b.Fail("a:b\n::set-output", errors.New("50%\r\n::error::x"))
	for line := range strings.Lines(render(t, b.Report(), report.GitHub{})) {
		if strings.HasPrefix(line, "::") && !strings.HasPrefix(line, "::error file=a%3Ab%0A%3A%3Aset-output,title=Bulkhead::50%25 ::error::x") {
			t.Errorf("got %q", line)
		}
	}
}

func TestGitLab(t *testing.T) {
	r := sample(t).Report()
	r.Prefix = "x/"
	var issues []struct {
		Description string
		CheckName   string `json:"check_name"`
		Fingerprint string
		Severity    string
		Location    struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	if err := json.Unmarshal([]byte(render(t, r, report.GitLab{})), &issues); err != nil {
		t.Fatal(err)
	}
	open, seen := 0, map[string]bool{}
	for _, o := range []transform.Outcome{transform.Applied, transform.HeldBack, transform.Refused, transform.Yours} {
		open += r.Summary.Outcomes[o]
	}
	open -= r.Summary.Idle // nobody waits for these
	if len(issues) != open || r.Summary.Idle == 0 {
		t.Errorf("%d issues, want %d without %d", len(issues), open, r.Summary.Idle)
	}
	for _, x := range issues {
		if x.Description == "" || x.CheckName == "" || seen[x.Fingerprint] || !strings.HasPrefix(x.Location.Path, "x/") || x.Location.Lines.Begin < 1 {
			t.Errorf("%+v", x)
		}
		seen[x.Fingerprint] = true
		if want := map[string]string{"package-cache": "major", "pinned-base": "minor", "exec-form": "info"}[x.CheckName]; want != "" && x.Severity != want {
			t.Errorf("%s is %s", x.CheckName, x.Severity)
		}
	}
	if got := render(t, report.NewBuilder(report.Options{}).Report(), report.GitLab{}); got != "[]\n" {
		t.Errorf("an empty report is %q", got)
	}
}

func TestDiff(t *testing.T) {
	got := render(t, app(t, "django"), report.Diff{})
	if !strings.HasPrefix(got, "--- a/Dockerfile\n+++ b/Dockerfile\n@@ ") || !strings.Contains(got, "\n--- a/docker-compose.yml\n") {
		t.Errorf("got\n%s", got)
	}
	if colored := render(t, app(t, "django"), report.Diff{Color: true}); !strings.Contains(colored, "\x1b[32m+") {
		t.Error("no colours")
	}
}
