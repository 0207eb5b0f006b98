package report_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

func TestHTML(t *testing.T) {
	got := render(t, app(t, "vite"), report.HTML{})
	for _, want := range []string{
		`<html lang="en">`, "prefers-color-scheme: dark", `<a href="#file-1">api/Dockerfile</a>`, `(stays as it is)`, "Before you deploy",
		`aria-label="Show findings by outcome"`, `<span class="hidden">removed: </span>COPY . .</td>`, `<caption>docker-compose.yml: before and after</caption>`,
		"CIS Docker Benchmark", "NIST SP 800-190", "not met → met",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// TestHTMLLoadsNothing: nothing in the page makes a browser fetch anything, and its policy
// would not let it.
func TestHTMLLoadsNothing(t *testing.T) {
	got := render(t, sample(t).Report(), report.HTML{})
	if !strings.Contains(got, "content=\"default-src &#39;none&#39;; ") && !strings.Contains(got, `content="default-src 'none'; `) {
		t.Error("the page has no policy")
	}
	for _, load := range []string{`\ssrc=`, `<link`, `@import`, `url\(`, `<iframe`, `<object`, `fetch\(`, `XMLHttpRequest`, `\son[a-z]+=`} {
		if regexp.MustCompile(load).MatchString(got) {
			t.Errorf("the page has %s", load)
		}
	}
}

// TestHTMLEscapes: no text of a file, a name or a message becomes markup.
func TestHTMLEscapes(t *testing.T) {
	const evil = `</td></script><script>alert(1)</script><img src=x onerror="alert(1)">`
	b := report.NewBuilder(report.Options{Changes: true})
	before := parser.NewSource("Dockerfile", []byte("FROM x\n# "+evil+"\n"))
	b.Plan(report.Planned{
		Path: evil, Before: before, After: parser.NewSource("Dockerfile", []byte("FROM y\n# "+evil+evil+"\n")),
		Findings: []transform.Finding{{Rule: "x", Outcome: transform.Yours, Message: evil, Evidence: []string{evil}, Detail: evil, Span: parser.Span{End: 1}}},
	})
	b.Skip(evil, evil)
	got := render(t, b.Report(), report.HTML{})
	if strings.Contains(got, "<script>alert") || strings.Contains(got, "<img") {
		t.Error("markup came through")
	}
	if strings.Count(got, "<script>") != 1 || !strings.Contains(got, "&lt;script&gt;alert(1)") {
		t.Error("the text is gone, or there is another script")
	}
}

// inBrowser opens a page in Chromium, and gives what it is when its scripts ran. Without a
// browser the test is skipped.
func inBrowser(t *testing.T, page string) string {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
		}
	}
	if program == "" {
		t.Skip("no Chromium is installed")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file).Output()
	if err != nil {
		t.Skipf("%s does not run here: %v", program, err)
	}
	return string(out)
}

// withScript adds a script to a page, whose policy would stop it.
func withScript(page, script string) string {
	page = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`).ReplaceAllString(page, "")
	return strings.Replace(page, "</body>", "<script>"+script+"</script></body>", 1)
}

// TestHTMLFilter clicks buttons of the filter in a browser, and unfolds lines.
func TestHTMLFilter(t *testing.T) {
	dom := inBrowser(t, withScript(render(t, app(t, "vite"), report.HTML{}), `
		const visible = (o) => [...document.querySelectorAll("[data-outcome=" + o + "]")].filter((e) => e.checkVisibility()).length;
		const click = (o) => document.querySelector("#filter button[value=" + o + "]").click();
		const seen = [];
		const look = () => seen.push(["applied", "yours", "already"].map((o) => visible(o) > 0 ? o : "-").join(" ") + " / " + document.getElementById("shown").textContent.replace(/\d+/g, "N"));
		look(); click("applied"); look(); click("already"); look(); click("applied"); look();
		const fold = document.querySelector(".fold button");
		if (fold) { seen.push("folded " + fold.getAttribute("aria-expanded")); fold.click(); seen.push("then " + fold.getAttribute("aria-expanded")); }
		document.body.dataset.seen = seen.join("; ");
	`))
	m := regexp.MustCompile(`data-seen="([^"]*)"`).FindStringSubmatch(dom)
	if m == nil {
		t.Fatal("the script of the page failed")
	}
	shown := " / N of N findings shown"
	want := "applied yours -" + shown + "; - yours -" + shown + "; - yours already" + shown + "; applied yours already" + shown
	if got, _, _ := strings.Cut(m[1], "; folded"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if strings.Contains(m[1], "folded") && !strings.Contains(m[1], "folded false; then true") {
		t.Errorf("lines do not unfold: %s", m[1])
	}
}

// TestHTMLPolicy: the page's own script runs under its policy, and no other.
func TestHTMLPolicy(t *testing.T) {
	page := render(t, app(t, "vite"), report.HTML{})
	if !regexp.MustCompile(`\d+ of \d+ findings shown`).MatchString(inBrowser(t, page)) {
		t.Error("the script did not run")
	}
	blocked := inBrowser(t, strings.Replace(page, "</body>", `<script>document.body.dataset.seen = "yes"</script></body>`, 1))
	if strings.Contains(blocked, `data-seen="yes"`) {
		t.Error("another script runs, too")
	}
}
