package report_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

func TestMarkdown(t *testing.T) {
	got := render(t, app(t, "django"), report.Markdown{})
	for _, want := range []string{
		"# What Bulkhead would change\n\n2 files, 2 would change: ",
		"\n| file | to apply | held back | refused | yours to do | already there |\n|---|--:|", "\n| Dockerfile | ",
		"\n## Before you deploy\n",
		"\n## Networks\n\nNetworks of docker-compose.yml, after this run:\n",
		"\n```sh\ndocker compose run ", "\nTo take it back:\n",
		"\n<details><summary>Diff</summary>\n\n```diff\n--- a/Dockerfile\n",
		"\n<details><summary>Held back: applied at another level, test before you ship</summary>\n",
		"web, db: no process may gain privileges",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if again := render(t, app(t, "flask"), report.Markdown{}); !strings.Contains(again, "the copied files belong to 10001:10001 (also on line ") {
		t.Errorf("what holds for several places is not said once:\n%s", again)
	}
	if strings.Count(got, "<details>") != strings.Count(got, "</details>") {
		t.Error("what unfolds does not end")
	}
}

// TestMarkdownEscapes: no text is taken for Markdown, HTML, a mention or the end of a block.
func TestMarkdownEscapes(t *testing.T) {
	b := report.NewBuilder(report.Options{Changes: true})
	before := parser.NewSource("Dockerfile", []byte("FROM x\n# ```\n"))
	b.Plan(report.Planned{
		Path: "a|b/Docker_file_", Before: before, After: parser.NewSource("Dockerfile", []byte("FROM y\n# ```\n# ````\n")),
		Findings: []transform.Finding{{Rule: "x", Outcome: transform.Yours, Message: "write FROM <image>:<tag> @you *now*"}},
	})
	got := render(t, b.Report(), report.Markdown{})
	for _, want := range []string{`| a\|b/Docker\_file\_ |`, "&lt;image&gt;:&lt;tag&gt; &#64;you \\*now\\*", "\n`````diff\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// TestMarkdownFits: however much changes, the text stays below what GitHub takes, and says
// what it leaves out.
func TestMarkdownFits(t *testing.T) {
	b := report.NewBuilder(report.Options{Changes: true})
	for i := range 3000 {
		before := parser.NewSource("Dockerfile", []byte("FROM x\n"))
		b.Plan(report.Planned{
			Path: fmt.Sprintf("services/%d/Dockerfile", i), Before: before, After: parser.NewSource("Dockerfile", []byte(strings.Repeat("RUN something\n", 50))),
			Findings: []transform.Finding{
				{Rule: "x", Outcome: transform.Yours, Message: strings.Repeat("much to say ", 20)},
				{Rule: "x", Outcome: transform.Applied, Message: "done", Deploy: []transform.Deploy{{What: fmt.Sprintf("volume %d", i), Do: "chown", Undo: "chown back"}}},
			},
		})
		b.Fail(fmt.Sprintf("bad/%d", i), errors.New(strings.Repeat("wrong ", 10)))
	}
	got := render(t, b.Report(), report.Markdown{})
	if len(got) > 65536 {
		t.Errorf("%d characters", len(got))
	}
	for _, want := range []string{"further files change; their diffs are too long", "more files.", "more steps: `bulkhead check` lists them all.", "more errors", "\n- … and "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
}
