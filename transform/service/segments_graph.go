package service

import (
	"maps"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// draw makes the graph: the networks as they become, or as they are where nothing is done.
func (plan *segments) draw() {
	g := &transform.Graph{}
	if len(plan.backends) > 0 {
		g.Networks = append(g.Networks, transform.GraphNetwork{Name: frontend})
		for _, t := range plan.backends {
			g.Networks = append(g.Networks, transform.GraphNetwork{Name: t.name, Internal: true})
		}
	}
	for _, s := range plan.order {
		n := transform.GraphNode{Service: s.member.Name, Role: plan.role(s), Networks: plan.of[s.member.Host.Name].networks}
		if len(plan.backends) == 0 {
			n.Networks = networksOf(s.member.Host.Pass.Service)
		}
		if n.Role != transform.RoleStore && len(s.member.Open) > 0 {
			n.Open = s.member.Open[0]
		}
		g.Nodes = append(g.Nodes, n)
	}
	if len(plan.backends) == 0 {
		g.Networks = plan.networksThere()
	}
	for _, e := range plan.found.Edges {
		if to := plan.of[e.To]; to != nil && (e.Certain || to.store) {
			g.Edges = append(g.Edges, *e)
		}
	}
	plan.graph = g
}

func (plan *segments) role(s *segment) transform.Role {
	switch {
	case s.store:
		return transform.RoleStore
	case anyView(s.member.Pass, func(v *compose.Service) bool { return len(v.Ports()) > 0 }):
		return transform.RolePublisher
	}
	return transform.RoleApplication
}

// networksThere are those that the services are on.
func (plan *segments) networksThere() []transform.GraphNetwork {
	var out []transform.GraphNetwork
	all, _ := plan.first().Project.Model["networks"].(map[string]any)
	for _, s := range plan.order {
		for _, name := range networksOf(s.member.Host.Pass.Service) {
			n, _ := all[name].(map[string]any)
			network := transform.GraphNetwork{Name: name, Internal: n["internal"] == true}
			if !slices.Contains(out, network) {
				out = append(out, network)
			}
		}
	}
	return out
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
