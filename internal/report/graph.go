package report

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// caption says what a graph shows of a file.
func (g Graph) caption(path string) string {
	when := "as they are"
	switch g.Outcome {
	case transform.Applied:
		when = "after this run"
	case transform.HeldBack:
		when = "as they would be at another level"
	}
	return "Networks of " + oneLine(path) + ", " + when
}

// mermaid is the graph for Mermaid, which draws it in Markdown. Shapes tell roles, a dotted line
// is a connection that may be.
func (g Graph) mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	id := map[string]string{}
	for i, n := range g.Nodes {
		id[n.Service] = fmt.Sprintf("s%d", i)
		shape := [2]string{"[", "]"}
		switch n.Role {
		case transform.RolePublisher:
			shape = [2]string{"([", "])"}
		case transform.RoleStore:
			shape = [2]string{"[(", ")]"}
		}
		fmt.Fprintf(&b, "  %s%s\"%s<br/>%s\"%s\n", id[n.Service], shape[0], mermaidText(n.Service), mermaidText(g.on(n)), shape[1])
	}
	for _, n := range g.Nodes {
		if n.Role == transform.RolePublisher {
			fmt.Fprintf(&b, "  host((host)) --> %s\n", id[n.Service])
		}
	}
	for _, e := range g.Edges {
		arrow := "-->"
		if !e.Certain {
			arrow = "-.->"
		}
		if id[e.From] != "" && id[e.To] != "" {
			fmt.Fprintf(&b, "  %s %s %s\n", id[e.From], arrow, id[e.To])
		}
	}
	return b.String()
}

// mermaidText writes what Mermaid could read something into by its number.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range oneLine(s) {
		if strings.ContainsRune(" ._-(),", r) || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

// The measures of the picture, in pixels.
const (
	boxWidth, lineHeight, boxGap, columnGap, margin = 190, 17, 22, 110, 12
)

// box is where a service stands in the picture.
type box struct {
	transform.GraphNode
	x, y, height int
	lines        []string // below the name
}

// svg draws the graph: what publishes ports on the left, data stores on the right.
func (g Graph) svg(caption string) string {
	boxes, width, height := g.boxes()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg role="img" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="13" fill="none" stroke="currentColor">`, width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>", html.EscapeString(caption))
	b.WriteString(`<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8Z" fill="currentColor" stroke="none"/></marker></defs>`)
	for _, e := range g.Edges {
		from, to := slices.IndexFunc(boxes, func(x box) bool { return x.Service == e.From }), slices.IndexFunc(boxes, func(x box) bool { return x.Service == e.To })
		if from >= 0 && to >= 0 {
			b.WriteString(edge(boxes[from], boxes[to], e.Certain))
		}
	}
	for _, x := range boxes {
		dash := ""
		if x.Open != "" {
			dash = ` stroke-dasharray="4 3"`
		}
		rounded := 4
		if x.Role == transform.RoleStore {
			rounded = 16
		}
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="%d"%s/>`, x.x, x.y, boxWidth, x.height, rounded, dash)
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="currentColor" stroke="none" font-weight="600">%s</text>`, x.x+10, x.y+20, html.EscapeString(short(x.Service)))
		for i, line := range x.lines {
			fmt.Fprintf(&b, `<text x="%d" y="%d" fill="currentColor" stroke="none" font-size="11" opacity="0.8">%s</text>`, x.x+10, x.y+20+lineHeight*(i+1), html.EscapeString(short(line)))
		}
	}
	b.WriteString("</svg>")
	return b.String()
}

// boxes places the services in columns by their roles.
func (g Graph) boxes() (boxes []box, width, height int) {
	column := 0
	for _, role := range []transform.Role{transform.RolePublisher, transform.RoleApplication, transform.RoleStore} {
		y := margin
		for _, n := range g.Nodes {
			if n.Role != role {
				continue
			}
			x := box{GraphNode: n, x: margin + column*(boxWidth+columnGap), y: y, lines: strings.Split(g.on(n), ", ")}
			if n.Role == transform.RolePublisher {
				x.lines = append(x.lines, "publishes ports")
			}
			x.height = 30 + lineHeight*len(x.lines)
			y += x.height + boxGap
			boxes = append(boxes, x)
		}
		if y > margin {
			column++
			height = max(height, y-boxGap+margin)
		}
	}
	return boxes, margin + column*(boxWidth+columnGap), height
}

// edge is an arrow from one box to another: to the next column straight, else around.
func edge(from, to box, certain bool) string {
	dash := ""
	if !certain {
		dash = ` stroke-dasharray="5 4"`
	}
	x1, y1, y2 := from.x+boxWidth, from.y+from.height/2, to.y+to.height/2
	x2, bend1, bend2 := to.x, x1+columnGap/2, to.x-columnGap/2
	if to.x <= from.x {
		x2 = to.x + boxWidth
		bend1 = max(x1, x2) + columnGap/2
		bend2 = bend1
	}
	return fmt.Sprintf(`<path d="M%d %dC%d %d %d %d %d %d" marker-end="url(#arrow)" opacity="0.7"%s/>`, x1, y1, bend1, y1, bend2, y2, x2, y2, dash)
}

// short is a text that fits a box.
func short(s string) string {
	const most = 28
	r := []rune(oneLine(s))
	if len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return string(r)
}

// told are the connections of a graph in words, a service each.
func (g Graph) told() []string {
	var out []string
	for _, n := range g.Nodes {
		line := n.Service + " (" + string(n.Role) + ") on " + g.on(n)
		if to := g.from(n); len(to) > 0 {
			line += "; " + strings.Join(to, "; ")
		}
		out = append(out, oneLine(strings.ReplaceAll(line, "->", "→")))
	}
	return out
}
