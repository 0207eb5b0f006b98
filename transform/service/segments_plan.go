package service

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"github.com/bulkhead-dev/bulkhead/transform/topology"
)

// The names of the networks; with tiers, a data store's name follows.
const (
	frontend = "frontend"
	backend  = "backend"
)

// maxTiers is how many networks data stores are spread over: each is a bridge of the host,
// and the engine has addresses for about thirty of all projects together.
const maxTiers = 4

// segments is the plan for a project.
type segments struct {
	of       map[string]*segment // by service
	backends []tier
	graph    *transform.Graph

	already string // why there is nothing to do
	refusal *segmentsRefusal

	order []*segment
	found *topology.Map
}

// segment is what becomes of one service.
type segment struct {
	member   *topology.Member
	store    bool             // it stays on internal networks alone
	kept     *segmentsRefusal // why a data store does not
	networks []string         // nil: it is in the network of another one
	evidence []string
}

// tier is an internal network.
type tier struct {
	name    string
	stores  []string
	clients []string
}

// segmentsRefusal is why something is not done, and the service that is to tell.
type segmentsRefusal struct {
	service string
	reason  transform.Reason
	detail  string
}

func refused(service string, reason transform.Reason, detail string) *segmentsRefusal {
	return &segmentsRefusal{service, reason, detail}
}

// planSegments makes the plan once for all services.
func planSegments(p *transform.ServicePass) *segments {
	plan := &segments{of: map[string]*segment{}}
	stores := false
	for _, sibling := range p.Siblings {
		stores = stores || dataStore(sibling)
	}
	if !stores || len(p.Siblings) < 2 {
		return plan.nothing(p)
	}
	plan.found = topology.Of(p.Siblings, p.Files, dataStore)
	for _, x := range plan.found.Members {
		s := &segment{member: x, store: dataStore(x.Pass)}
		plan.of[x.Name], plan.order = s, append(plan.order, s)
	}
	defer plan.draw()
	if plan.refusal = plan.refuse(p); plan.refusal != nil {
		if plan.refusal.reason.Code == reasonExistingNetworks.Code {
			plan.judgeExisting()
		}
		return plan
	}
	if plan.keepStores(); plan.refusal != nil {
		return plan
	}
	if plan.tiers(p.Options.Networks); len(plan.backends) > maxTiers {
		plan.backends = nil
		plan.tiers(transform.NetworksTwo)
	}
	plan.place()
	return plan
}

// nothing is the plan for a project without a data store, or with one service alone.
func (plan *segments) nothing(p *transform.ServicePass) *segments {
	for _, sibling := range p.Siblings {
		s := &segment{member: &topology.Member{Pass: sibling, Name: sibling.Service.Name}}
		plan.of[s.member.Name], plan.order = s, append(plan.order, s)
	}
	first := plan.first().Service.Name
	if len(p.Siblings) < 2 {
		plan.already = "there is one service, and nobody to keep from it"
		return plan
	}
	plan.refusal = refused(first, reasonNothingToSeparate, "no service is known to be a data store")
	return plan
}

// first is the first service that may be changed here: it tells what holds for all.
func (plan *segments) first() *transform.ServicePass {
	for _, s := range plan.order {
		if s.member.Pass.Editable {
			return s.member.Pass
		}
	}
	return nil
}

// stores are those that go on internal networks alone.
func (plan *segments) stores() []*segment {
	var out []*segment
	for _, s := range plan.order {
		if s.store && s.kept == nil {
			out = append(out, s)
		}
	}
	return out
}

// tiers gives each data store a network with its clients; those that have the same
// clients, or talk to each other, share one.
func (plan *segments) tiers(choice transform.Networks) {
	for _, s := range plan.stores() {
		clients := plan.clients(s)
		i := slices.IndexFunc(plan.backends, func(t tier) bool {
			return choice == transform.NetworksTwo || slices.Equal(t.clients, clients) || plan.linkedTo(s, t)
		})
		if i < 0 {
			plan.backends = append(plan.backends, tier{stores: []string{s.member.Name}, clients: clients})
			continue
		}
		t := &plan.backends[i]
		t.stores, t.clients = append(t.stores, s.member.Name), union(t.clients, clients)
	}
	plan.join()
	for i := range plan.backends {
		plan.backends[i].name = backend
		if len(plan.backends) > 1 {
			plan.backends[i].name = backend + "-" + plan.backends[i].stores[0]
		}
	}
}

// join makes one of networks whose clients became the same, or whose data stores talk.
func (plan *segments) join() {
	for i := 0; i < len(plan.backends); i++ {
		for j := len(plan.backends) - 1; j > i; j-- {
			a, b := &plan.backends[i], plan.backends[j]
			talks := slices.ContainsFunc(b.stores, func(name string) bool { return plan.linkedTo(plan.of[name], *a) })
			if talks || slices.Equal(a.clients, b.clients) {
				a.stores, a.clients = append(a.stores, b.stores...), union(a.clients, b.clients)
				plan.backends = slices.Delete(plan.backends, j, j+1)
				j = len(plan.backends)
			}
		}
	}
}

func (plan *segments) linkedTo(s *segment, t tier) bool {
	return slices.ContainsFunc(t.stores, func(name string) bool { return plan.found.Linked(s.member, plan.of[name].member) })
}

// clients are the services that are to share a network with a data store, sorted: those
// that talk to it or may.
func (plan *segments) clients(store *segment) []string {
	var out []string
	for _, s := range plan.order {
		if s == store || s.store && s.kept == nil || !s.placed() {
			continue
		}
		if plan.found.Linked(s.member, store.member) || plan.openOf(s) != "" {
			out = append(out, s.member.Name)
		}
	}
	slices.Sort(out)
	return out
}

// openOf says why a service, or one in its network, may talk to more than its edges show.
func (plan *segments) openOf(s *segment) string {
	for _, o := range plan.order {
		if o.member.Host == s.member && len(o.member.Open) > 0 && !o.store {
			return o.member.Open[0]
		}
	}
	return ""
}

// place puts every service on its networks.
func (plan *segments) place() {
	for _, s := range plan.order {
		if !s.placed() {
			continue
		}
		if !s.store || s.kept != nil {
			s.networks = append(s.networks, frontend)
		}
		for _, t := range plan.backends {
			if slices.Contains(t.stores, s.member.Name) || slices.Contains(t.clients, s.member.Name) {
				s.networks = append(s.networks, t.name)
			}
		}
		s.evidence = plan.evidence(s)
	}
}

// placed reports whether a service is on networks of its own.
func (s *segment) placed() bool { return s.member.Pass.Service.Text("network_mode") == "" }

// evidence says what the place of a service rests on.
func (plan *segments) evidence(s *segment) []string {
	var out []string
	for _, o := range plan.order {
		if o.member.Host != s.member {
			continue
		}
		for _, e := range plan.found.EdgesOf(o.member) {
			verb := " talks to "
			if !e.Certain {
				verb = " may talk to "
			}
			if to := plan.of[e.To]; e.Certain || to != nil && to.store {
				out = append(out, e.From+verb+e.To+" ("+strings.Join(e.Evidence, ", ")+")")
			}
		}
	}
	if why := plan.openOf(s); why != "" && !s.store {
		out = append(out, why+": it stays together with every data store")
	}
	if source := knowledge.StoreSource(s.member.Pass.Service.Image()); s.store && source != "" {
		out = append(out, "it is a data store: "+source)
	}
	if len(out) == 0 && !s.store {
		out = append(out, "nothing that it is made of names a data store")
	}
	return out
}

// union is both sorted lists, sorted, each value once.
func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// dataStore reports whether a service is a data store in every composition: its image is
// one, and what it starts is what the image is for, no client that the image has besides.
func dataStore(p *transform.ServicePass) bool {
	image := p.Service.Image()
	if p.Image != nil {
		image = p.Image.Base
	}
	known := profile(p)
	inherits := p.Image == nil || p.Image.Inherited || p.Image.KeepsEntrypoint
	if (known == nil || !known.DataStore) && (!inherits || !knowledge.DataStore(image)) {
		return false
	}
	return !anyView(p, func(s *compose.Service) bool { return !startsStore(s, image) })
}

// runsStore reports whether a command line holds the program that is the data store.
func runsStore(c compose.Command, image string) bool {
	return slices.ContainsFunc(strings.Fields(strings.Join(words(c), " ")), func(w string) bool { return knowledge.RunsStore(image, path.Base(w)) })
}

// startsStore reports whether the service's command is left to the image, is options for
// it, or runs the data store itself.
func startsStore(s *compose.Service, image string) bool {
	if s.Has("post_start") || s.Has("entrypoint") && !runsStore(s.Entrypoint(), image) && !runsStore(s.Command(), image) {
		return false
	}
	list := words(s.Command())
	return len(list) == 0 || strings.HasPrefix(list[0], "-") || strings.Contains(list[0], "=") || runsStore(s.Command(), image)
}
