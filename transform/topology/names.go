package topology

import (
	"maps"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// namesOf are the names that other services reach a service by, on any network that they
// share.
func namesOf(p *transform.ServicePass) []string {
	names := []string{p.Service.Name}
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, s := range p.Views() {
		add(s.Text("container_name"))
		add(s.Text("hostname"))
		for _, network := range s.Keys("networks") {
			for _, alias := range s.List("networks", network, "aliases") {
				add(alias)
			}
		}
	}
	return names
}

// named is a word that means a service.
type named struct{ word, service string }

// namedBy lists the words that mean other services to one.
func (m *Map) namedBy(x *Member) []named {
	var out []named
	for _, o := range m.Members {
		if o == x {
			continue
		}
		for _, name := range o.Names {
			out = append(out, named{name, o.Name})
		}
	}
	for _, alias := range slices.Sorted(maps.Keys(x.links)) {
		out = append(out, named{alias, x.links[alias]})
	}
	return out
}

// views lets look see the service in every composition.
func (x *Member) views(look func(*compose.Service)) {
	for _, s := range x.Pass.Views() {
		look(s)
	}
}
