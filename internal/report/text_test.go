package report_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

func plan(t *testing.T, changed bool, findings ...transform.Finding) *transform.Plan {
	t.Helper()
	parse := func() *dockerfile.Document {
		doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte("FROM debian\nRUN x\nCMD y\n")))
		if err != nil {
			t.Fatal(err)
		}
		return doc
	}
	p := &transform.Plan{Before: parse(), Findings: findings}
	p.After = p.Before
	if changed {
		p.After = parse()
	}
	return p
}

func addPlan(b *report.Builder, name string, p *transform.Plan, warnings []*parser.Error) {
	b.Plan(report.Planned{Path: name, Before: p.Before.Source, After: p.After.Source, Findings: p.Findings, Warnings: warnings})
}

func at(start int) parser.Span { return parser.Span{Start: start, End: start + 1} }

var handOver = transform.Deploy{What: "the volume data belongs to root", Do: "docker run --rm -v data:/v busybox chown -R 10001:10001 /v", Undo: "docker run --rm -v data:/v busybox chown -R 0:0 /v"}

func sample(t *testing.T) *report.Builder {
	b := report.NewBuilder(report.Options{})
	addPlan(b, "api/Dockerfile", plan(t, true,
		transform.Finding{Rule: "pinned-base", Span: at(0), Outcome: transform.Yours, Safety: transform.Manual, Message: "name a version: debian:12"},
		transform.Finding{Rule: "package-cache", Span: at(12), Outcome: transform.Applied, Message: "removes the package lists"},
		transform.Finding{Rule: "exec-form", Span: at(18), Outcome: transform.Refused, Reason: "needs-shell", Message: "keeps the shell form", Detail: "y is\nan alias"},
		transform.Finding{Rule: "non-root-user", Span: at(18), Outcome: transform.HeldBack, Safety: transform.Assumed, Message: "runs as app"},
		transform.Finding{Rule: "package-docs", Span: at(12), Outcome: transform.Ignored, Reason: "line 2: we read them", Message: "removes documentation"},
		transform.Finding{Rule: "setuid-bits", Span: at(18), Outcome: transform.HeldBack, Safety: transform.Assumed, Beyond: true, Message: "drops the bits"},
		transform.Finding{Rule: "security-updates", Span: at(18), Outcome: transform.Refused, Reason: "no-install", Beyond: true, Message: "keeps old packages"},
		transform.Finding{Rule: "healthcheck", Span: at(18), Outcome: transform.Already, Message: "has one"},
	), []*parser.Error{{File: "api/Dockerfile", Position: parser.Position{Line: 2, Column: 1}, Msg: "unused: package-docs", Hint: "delete it"}})
	addPlan(b, "web/Dockerfile", plan(t, true,
		transform.Finding{Rule: "owned-copies", Span: at(12), Outcome: transform.Applied, Message: "owns its data", Deploy: []transform.Deploy{handOver, handOver}}), nil)
	addPlan(b, "job/Dockerfile", plan(t, true,
		transform.Finding{Rule: "owned-copies", Span: at(12), Outcome: transform.Applied, Message: "owns its data", Deploy: []transform.Deploy{handOver}},
		transform.Finding{Rule: "owned-copies", Span: at(12), Outcome: transform.HeldBack, Safety: transform.Assumed, Message: "owns more", Detail: "of what is there", Deploy: []transform.Deploy{{What: "not done"}}}), nil)
	addPlan(b, "quiet/Dockerfile", plan(t, false), nil)
	b.Fail("bad/Dockerfile", errors.New("bad/Dockerfile:2:1: unknown\x1b[31m instruction\nRUNE"))
	b.Skip("x.j2", "is a template (.j2)")
	b.Skip("y", "is a template ({{)")
	b.Skip("big", "too large")
	b.Error(errors.New("gone: no such file"))
	return b
}

func render(t *testing.T, r report.Report, f report.Format) string {
	t.Helper()
	var out strings.Builder
	if err := report.Render(&out, r, f); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestText(t *testing.T) {
	want := `api/Dockerfile
  api/Dockerfile:2:1  package-cache  to apply     removes the package lists
  api/Dockerfile:3:1  non-root-user  held back    runs as app [--level strict applies it]
  api/Dockerfile:3:1  exec-form      refused      keeps the shell form: y is an alias [needs-shell]
  api/Dockerfile:1:1  pinned-base    yours to do  name a version: debian:12
  api/Dockerfile:2:1  package-docs   ignored      removes documentation [by line 2: we read them]
  --level strict adds setuid-bits
  warning: api/Dockerfile:2:1: unused: package-docs; delete it
web/Dockerfile
  web/Dockerfile:2:1  owned-copies  to apply  owns its data
job/Dockerfile
  job/Dockerfile:2:1  owned-copies  to apply   owns its data
  job/Dockerfile:2:1  owned-copies  held back  owns more: of what is there [--level strict applies it]
error: bad/Dockerfile:2:1: unknown [31m instruction RUNE
error: gone: no such file

Before you deploy
  the volume data belongs to root (web/Dockerfile, job/Dockerfile)
    do:    docker run --rm -v data:/v busybox chown -R 10001:10001 /v
    undo:  docker run --rm -v data:/v busybox chown -R 0:0 /v

5 files, 3 would change: 3 to apply, 3 held back (--level strict), 1 refused, 1 yours to do, 1 ignored, 1 already there; 3 skipped (2 template, 1 too large); 1 warning; 2 errors
`
	if got := render(t, sample(t).Report(), report.Text{}); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestTextVerbose(t *testing.T) {
	b := sample(t)
	b.Written()
	got := render(t, b.Report(), report.Text{Verbose: true, Color: true})
	for _, want := range []string{"already there", "has one", "x.j2: \x1b[2mskipped: is a template (.j2)\x1b[0m\n", "\x1b[32mapplied\x1b[0m", "5 files, 3 changed"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
}

func TestTextNothing(t *testing.T) {
	b := report.NewBuilder(report.Options{})
	if got := render(t, b.Report(), report.Text{}); got != "no Dockerfile or compose file found\n" {
		t.Errorf("got %q", got)
	}
	addPlan(b, "Dockerfile", plan(t, false), nil)
	if got := render(t, b.Report(), report.Text{}); got != "1 file, 0 would change\n" {
		t.Errorf("got %q", got)
	}
}

// TestDrop: what is dropped is counted, but not kept.
func TestDrop(t *testing.T) {
	b := report.NewBuilder(report.Options{Drop: func(o transform.Outcome) bool { return o == transform.Already }})
	addPlan(b, "Dockerfile", plan(t, false, transform.Finding{Rule: "healthcheck", Span: at(18), Outcome: transform.Already, Message: "has one"}), nil)
	r := b.Report()
	if len(r.Files) != 0 || r.Summary.Outcomes[transform.Already] != 1 {
		t.Errorf("%+v", r)
	}
}

// TestTextEvidence: three reasons of what was held back, and all of them for who asks; what no file is given at
// this level is named with what it is about.
func TestTextEvidence(t *testing.T) {
	b := report.NewBuilder(report.Options{})
	p := plan(t, false,
		transform.Finding{Rule: "drop-capabilities", Span: at(12), Outcome: transform.HeldBack, Safety: transform.Assumed, Message: "no capabilities", Evidence: []string{"a", "b", "c", "d", "e"}},
		transform.Finding{Rule: "resource-limits", Span: at(12), Outcome: transform.HeldBack, Safety: transform.Assumed, Service: "db", About: []string{"cpus"}, Beyond: true, Message: "limits processors to 1"},
		transform.Finding{Rule: "resource-limits", Span: at(18), Outcome: transform.HeldBack, Safety: transform.Assumed, Service: "web", About: []string{"cpus"}, Beyond: true, Message: "limits processors to 1"})
	addPlan(b, "compose.yaml", p, nil)
	got := render(t, b.Report(), report.Text{})
	for _, want := range []string{"      because c\n      and 2 more with --verbose\n", "\n  --level strict adds resource-limits for cpus (db, web)\n", "3 held back"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if all := render(t, b.Report(), report.Text{Verbose: true}); !strings.Contains(all, "because e\n") || strings.Contains(all, "more with") || !strings.Contains(all, "db, web: limits processors") {
		t.Errorf("got\n%s", all)
	}
}
