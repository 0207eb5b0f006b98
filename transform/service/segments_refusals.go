package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// refuse says why the project is left as it is, nil when it is not.
func (plan *segments) refuse(p *transform.ServicePass) *segmentsRefusal {
	first := plan.first().Service.Name
	for _, s := range plan.order {
		if swarm(s.member.Pass) {
			return plan.tell(s, reasonSegmentsSwarm, "the file is written for docker stack deploy")
		}
	}
	if r := plan.refuseNetworks(p, first); r != nil {
		return r
	}
	for _, s := range plan.order {
		if r := plan.refuseService(s); r != nil {
			return r
		}
	}
	if r := plan.refuseFiles(p, first); r != nil {
		return r
	}
	return plan.refuseJoined(p, first)
}

// tell makes the refusal of a service; where it cannot tell, the first one does.
func (plan *segments) tell(s *segment, reason transform.Reason, detail string) *segmentsRefusal {
	if s.member.Pass.Editable {
		return refused(s.member.Name, reason, detail)
	}
	return refused(plan.first().Service.Name, reason, detail)
}

// refuseNetworks looks at the networks that are there.
func (plan *segments) refuseNetworks(p *transform.ServicePass, first string) *segmentsRefusal {
	for _, project := range append([]*compose.Project{p.Project}, p.Compositions...) {
		all, _ := project.Model["networks"].(map[string]any)
		for _, name := range sortedKeys(all) {
			n, _ := all[name].(map[string]any)
			if n["external"] != nil && n["external"] != false {
				return refused(first, reasonExternalNetwork, "the network "+name+" is external")
			}
		}
		if names := sortedKeys(all); len(names) > 0 {
			return refused(first, reasonExistingNetworks, "the project has "+flowList("networks", names))
		}
	}
	for _, s := range plan.order {
		if anyView(s.member.Pass, func(v *compose.Service) bool { return v.Has("networks") }) {
			return plan.tell(s, reasonExistingNetworks, s.member.Name+" has networks")
		}
	}
	return nil
}

func (plan *segments) refuseService(s *segment) *segmentsRefusal {
	name := s.member.Name
	for _, v := range s.member.Pass.Views() {
		mode := v.Text("network_mode")
		switch {
		case compose.Child(v.Node, "extends") != nil || s.member.Pass.Extended:
			return plan.tell(s, reasonExtended, "extends stands at "+name)
		case mode != "" && mode != "none" && (!strings.HasPrefix(mode, "service:") || s.member.Host == s.member || mode != s.member.Pass.Service.Text("network_mode")):
			return plan.tell(s, reasonNetworkMode, "network_mode: "+mode)
		case v.Has("external_links"):
			return plan.tell(s, reasonJoined, "external_links lead to containers of another project")
		}
	}
	for _, other := range plan.order { // two in a row are not followed
		if s.member.Host != s.member && other.member == s.member.Host && other.member.Host != other.member {
			return plan.tell(s, reasonNetworkMode, "it is in the network of a service that is itself in the network of another one")
		}
	}
	return nil
}

// refuseFiles looks at what other files bring.
func (plan *segments) refuseFiles(p *transform.ServicePass, first string) *segmentsRefusal {
	if list := p.Project.Includes(); len(list) > 0 {
		return refused(first, reasonOtherFiles, "the file includes "+list[0])
	}
	for _, s := range plan.order {
		if !s.member.Pass.Editable {
			return refused(first, reasonOtherFiles, s.member.Name+" stands in "+s.member.Pass.Service.Doc().Source.Name())
		}
	}
	for _, s := range p.Project.Services {
		if plan.of[s.Name] == nil {
			return refused(first, reasonOtherFiles, s.Name+" has neither image nor build here")
		}
	}
	for _, project := range p.Compositions {
		for _, s := range project.Services {
			if plan.of[s.Name] == nil {
				return refused(first, reasonOtherFiles, s.Doc().Source.Name()+" adds "+s.Name)
			}
		}
	}
	return nil
}

// refuseJoined looks for others on the default network.
func (plan *segments) refuseJoined(p *transform.ServicePass, first string) *segmentsRefusal {
	if p.Joined != nil {
		if who := p.Joined(); who != "" {
			return refused(first, reasonJoined, who+" uses it")
		}
	}
	for _, project := range p.Beside {
		if plan.instead(project) {
			continue
		}
		for _, s := range project.Services {
			if s.Text("network_mode") != "" || s.Has("networks") || plan.of[s.Name] != nil {
				continue
			}
			return refused(first, reasonJoined, fmt.Sprintf("%s of %s is started on it", s.Name, s.Doc().Source.Name()))
		}
	}
	return nil
}

// instead reports whether a project beside this one has all of its data stores: then it
// takes its place, and does not join it.
func (plan *segments) instead(project *compose.Project) bool {
	return !slices.ContainsFunc(plan.order, func(s *segment) bool { return s.store && project.Service(s.member.Name) == nil })
}

// keepStores finds the data stores that must stay reachable or must reach others. When
// none is left, the first of them tells for all.
func (plan *segments) keepStores() {
	var last *segmentsRefusal
	for _, s := range plan.order {
		if !s.store {
			continue
		}
		if s.kept = plan.keep(s); s.kept != nil && last == nil {
			last = s.kept
		}
	}
	if len(plan.stores()) == 0 {
		plan.refusal = last
		return
	}
	others := slices.ContainsFunc(plan.order, func(s *segment) bool { return !s.store || s.kept != nil })
	if !others {
		plan.refusal = refused(plan.first().Service.Name, reasonNothingToSeparate, "all services are data stores")
	}
}

// keep says why a data store cannot do with internal networks alone.
func (plan *segments) keep(s *segment) *segmentsRefusal {
	name, p := s.member.Name, s.member.Pass
	for _, o := range plan.order { // what is published for it may stand at the owner of its network
		if o.member.Host == s.member.Host && anyView(o.member.Pass, func(v *compose.Service) bool { return len(v.Ports()) > 0 }) {
			return refused(name, reasonPublishedStore, "it publishes "+portText(firstPort(o.member.Pass)))
		}
	}
	if s.member.Host != s.member || slices.ContainsFunc(plan.order, func(o *segment) bool { return o != s && o.member.Host == s.member }) {
		return refused(name, reasonEgress, "it shares its network with another service")
	}
	for _, v := range p.Views() {
		if why := plan.fetches(s, v); why != "" {
			return refused(name, reasonEgress, why)
		}
	}
	if len(s.member.Open) > 0 {
		return refused(name, reasonEgress, s.member.Open[0])
	}
	if len(plan.clients(s)) == 0 && !plan.talks(s) {
		return refused(name, reasonNoClient, "no service names "+name)
	}
	return nil
}

func firstPort(p *transform.ServicePass) compose.Port {
	for _, v := range p.Views() {
		for _, port := range v.Ports() {
			return port
		}
	}
	return compose.Port{}
}

// talks reports whether a data store and another one talk to each other.
func (plan *segments) talks(s *segment) bool {
	return slices.ContainsFunc(plan.order, func(o *segment) bool { return o != s && plan.found.Linked(o.member, s.member) })
}

// judgeExisting looks whether the networks that are there already keep the data stores
// with their clients.
func (plan *segments) judgeExisting() {
	if plan.keepStores(); plan.refusal.reason.Code != reasonExistingNetworks.Code {
		return
	}
	for _, s := range plan.stores() {
		if plan.inside(s) {
			continue
		}
		for _, o := range plan.order {
			if o == s || o.store || !meet(s, o) || plan.found.Linked(o.member, s.member) || plan.openOf(o) != "" {
				continue
			}
			plan.refusal.detail += ", and " + s.member.Name + " meets " + o.member.Name + ", which does not talk to it"
			return
		}
	}
	plan.refusal, plan.already = nil, "on the networks that are there each data store meets its clients alone"
}

// inside reports whether a service is on internal networks alone.
func (plan *segments) inside(s *segment) bool {
	all, _ := s.member.Pass.Project.Model["networks"].(map[string]any)
	return !slices.ContainsFunc(networksOf(s.member.Pass.Service), func(name string) bool {
		n, _ := all[name].(map[string]any)
		return n["internal"] != true
	})
}

// meet reports whether two services share a network.
func meet(a, b *segment) bool {
	of := networksOf(b.member.Pass.Service)
	return slices.ContainsFunc(networksOf(a.member.Pass.Service), func(n string) bool { return slices.Contains(of, n) })
}
