package service

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// limitStyle is where a file has its limits.
type limitStyle struct {
	service bool // at the service: mem_limit, pids_limit, cpus
	swarm   bool
	noPIDs  bool // the schema of the file has no limit of processes
}

// styleOf finds the style of the file; ok is false when compositions differ in it.
func styleOf(p *transform.ServicePass) (style limitStyle, ok bool) {
	version := ""
	if n := compose.Child(p.Service.Doc().Root, "version"); n != nil {
		version = n.Value
	}
	atService, inDeploy := false, false
	for _, s := range p.Views() {
		for _, key := range []string{"mem_limit", "mem_reservation", "memswap_limit", "pids_limit", "cpus"} {
			atService = atService || s.Has(key)
		}
		inDeploy = inDeploy || s.Has("deploy", "resources", "limits")
	}
	if !atService && !inDeploy { // what the other services of the file do
		for _, s := range p.Project.Services {
			atService = atService || s.Has("mem_limit") || s.Has("pids_limit") || s.Has("cpus")
		}
	}
	style.swarm = swarm(p)
	style.service = (atService || strings.HasPrefix(version, "2")) && !inDeploy && !style.swarm
	style.noPIDs = style.swarm && strings.HasPrefix(version, "3") && version != "3.9"
	return style, !(atService && inDeploy && !equalLimits(p.Service))
}

// equalLimits reports whether a service has limits in both styles, and the same ones.
func equalLimits(s *compose.Service) bool {
	for _, key := range []struct{ service, deploy string }{{"mem_limit", "memory"}, {"pids_limit", "pids"}, {"cpus", "cpus"}} {
		if at := s.Text(key.service); at != "" && at != s.Text("deploy", "resources", "limits", key.deploy) {
			return false
		}
	}
	return s.Has("deploy", "resources", "limits")
}

// changes are the keys that a style has for limits. A quarter of the memory is
// reserved, where nothing reserves it yet and no swarm would plan by it.
func (style limitStyle) changes(s *compose.Service, l limits) []compose.Change {
	pair := func(key, value string) []compose.Pair {
		if value == "" {
			return nil
		}
		return []compose.Pair{{Key: key, Value: value}}
	}
	reservation := ""
	if n := bytesOf(l.memory.value); n > 0 && !style.swarm && !s.Has("mem_reservation") && !s.Has("deploy", "resources", "reservations", "memory") {
		reservation = amount(n / 4)
	}
	if style.service {
		pairs := slices.Concat(pair("mem_limit", l.memory.value), pair("mem_reservation", reservation), pair("pids_limit", l.pids.value), pair("cpus", l.cpus.value))
		return []compose.Change{{Pairs: pairs}}
	}
	cpus := l.cpus.value
	if cpus != "" {
		cpus = `"` + cpus + `"` // a text, by the schema of docker stack deploy
	}
	limit := slices.Concat(pair("memory", l.memory.value), pair("pids", l.pids.value), pair("cpus", cpus))
	return deployChanges(s, limit, pair("memory", reservation))
}

// deployChanges puts keys below deploy.resources, one change for each mapping that is there.
func deployChanges(s *compose.Service, limit, reservation []compose.Pair) []compose.Change {
	resources := compose.Child(compose.Child(s.Node, "deploy"), "resources")
	var changes []compose.Change
	var missing []compose.Pair
	for _, part := range []struct {
		key   string
		pairs []compose.Pair
	}{{"limits", limit}, {"reservations", reservation}} {
		switch {
		case len(part.pairs) == 0:
		case compose.Child(resources, part.key) != nil:
			changes = append(changes, compose.Change{Path: []string{"deploy", "resources", part.key}, Pairs: part.pairs})
		default:
			missing = append(missing, compose.Pair{Key: part.key, Value: part.pairs})
		}
	}
	if missing != nil {
		changes = append(changes, compose.Change{Path: []string{"deploy", "resources"}, Pairs: missing})
	}
	return changes
}
