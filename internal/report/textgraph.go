package report

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// graph draws who talks to whom, a service a line: its networks, then whom it talks to and
// where that stands. Where nothing changes it is for those who ask for more.
func (t Text) graph(w *bufio.Writer, g Graph) {
	if !t.Verbose && g.Outcome != transform.Applied && g.Outcome != transform.HeldBack {
		return
	}
	fmt.Fprintf(w, "  %s\n", t.paint(dim, "who talks to whom, and on which networks:"))
	var names, networks int
	on := make([]string, len(g.Nodes))
	for i, n := range g.Nodes {
		on[i] = g.on(n)
		names, networks = max(names, utf8.RuneCountInString(n.Service)), max(networks, utf8.RuneCountInString(on[i]))
	}
	for i, n := range g.Nodes {
		line := fmt.Sprintf("    %-*s  %-*s  %s", names, oneLine(n.Service), networks, oneLine(on[i]), oneLine(strings.Join(g.from(n), "; ")))
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// on lists the networks of a node.
func (g Graph) on(n transform.GraphNode) string {
	var out []string
	for _, name := range n.Networks {
		if slices.ContainsFunc(g.Networks, func(x transform.GraphNetwork) bool { return x.Name == name && x.Internal }) {
			name += " (internal)"
		}
		out = append(out, name)
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// from says whom a node talks to.
func (g Graph) from(n transform.GraphNode) []string {
	var out []string
	for _, e := range g.Edges {
		if e.From != n.Service {
			continue
		}
		arrow := "-> "
		if !e.Certain {
			arrow = "-> perhaps "
		}
		out = append(out, arrow+e.To+" ("+strings.Join(e.Evidence, ", ")+")")
	}
	if n.Open != "" {
		out = append(out, "-> perhaps others: "+n.Open)
	}
	return out
}
