package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// networked is a report with a graph of every role, certain and other edges, and names that
// markup could be read into.
func networked() report.Report {
	graph := &transform.Graph{
		Networks: []transform.GraphNetwork{{Name: "frontend"}, {Name: "data", Internal: true}},
		Nodes: []transform.GraphNode{
			{Service: "web", Role: transform.RolePublisher, Networks: []string{"frontend"}},
			{Service: `a"<b>`, Role: transform.RoleApplication, Networks: []string{"frontend", "data"}, Open: "a variable names a host"},
			{Service: "db", Role: transform.RoleStore, Networks: []string{"data"}},
		},
		Edges: []transform.GraphEdge{
			{From: "web", To: `a"<b>`, Certain: true, Evidence: []string{"nginx.conf:3"}},
			{From: `a"<b>`, To: "db", Evidence: []string{"environment DB"}},
			{From: "db", To: "web", Certain: true},
		},
	}
	b := report.NewBuilder(report.Options{})
	src := parser.NewSource("compose.yaml", []byte("services:\n  web:\n"))
	b.Plan(report.Planned{
		Path: "compose.yaml", Compose: true, Services: []string{"web"}, Before: src, After: src,
		Findings: []transform.Finding{{Rule: "network-segments", Service: "web", Outcome: transform.HeldBack, Safety: transform.Assumed, Message: "networks", Graph: graph}},
	})
	return b.Report()
}

func TestGraphMermaid(t *testing.T) {
	got := render(t, networked(), report.Markdown{})
	want := "Networks of compose.yaml, as they would be at another level:\n\n```mermaid\nflowchart LR\n" +
		`  s0(["web<br/>frontend"])
  s1["a#34;#60;b#62;<br/>frontend, data (internal)"]
  s2[("db<br/>data (internal)")]
  host((host)) --> s0
  s0 --> s1
  s1 -.-> s2
  s2 --> s0
` + "```\n"
	if !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGraphSVG(t *testing.T) {
	got := render(t, networked(), report.HTML{})
	_, svg, _ := strings.Cut(got, "<svg")
	svg, _, _ = strings.Cut(svg, "</svg>")
	svg = "<svg" + svg + "</svg>"
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
	}
	if n := strings.Count(svg, "<rect"); n != 3 {
		t.Errorf("%d boxes", n)
	}
	if n := strings.Count(svg, "marker-end"); n != 3 {
		t.Errorf("%d arrows", n)
	}
	for _, want := range []string{`role="img"`, "<title>Networks of compose.yaml", "data (internal)", "publishes ports", "a&#34;&lt;b&gt;"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is missing in %s", want, svg)
		}
	}
	for _, want := range []string{`<a href="#networks">Networks</a>`, "web (publisher) on frontend; → a&#34;&lt;b&gt; (nginx.conf:3)", "→ perhaps others: a variable names a host"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
}
