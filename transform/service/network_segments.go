package service

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var (
	reasonNothingToSeparate = transform.Reason{Code: "nothing-to-separate", Text: "no data store that is known stands beside other services."}
	reasonExistingNetworks  = transform.Reason{Code: "existing-networks", Text: "the project has networks of its own, on which a data store meets services that are not its clients. Who made them knows what for."}
	reasonExternalNetwork   = transform.Reason{Code: "external-network", Text: "a network belongs to somebody else: what is on it is not part of the project."}
	reasonNetworkMode       = transform.Reason{Code: "network-mode", Text: "a service is on the host's network, the engine's default bridge or that of a container: it may reach others by their addresses."}
	reasonSegmentsSwarm     = transform.Reason{Code: "swarm-networks", Text: "docker stack deploy takes overlay networks, not bridges."}
	reasonOtherFiles        = transform.Reason{Code: "other-files", Text: "services stand in files that are not changed here (further compositions, included files), and would stay on the default network."}
	reasonExtended          = transform.Reason{Code: "extended", Text: "a service extends another one, which passes its networks on; in the other project there are none of that name."}
	reasonJoined            = transform.Reason{Code: "joined", Text: "another project uses the default network of this one, which would be gone."}
	reasonEgress            = transform.Reason{Code: "egress", Text: "the data store connects to others, or may: replication, backups, plugins, a file that could not be read. It would be cut off."}
	reasonPublishedStore    = transform.Reason{Code: "published-store", Text: "the data store publishes ports, which an internal network would close."}
	reasonNoClient          = transform.Reason{Code: "no-client", Text: "nothing tells who talks to the data store, so that somebody was overlooked."}
)

var networkSegments = &transform.Rule{
	ID:     "network-segments",
	Title:  "Data stores are on an internal network, with their clients alone",
	Safety: transform.Guarded,
	Doc: `On compose's default network every service reaches every other one, and all of them the Internet. This rule makes a bridge ` + "`frontend`" + ` and an internal network
` + "`backend`" + ` (` + "`internal: true`" + `: it leads nowhere else). Data stores that publish no port are on ` + "`backend`" + ` alone, their clients on both, and all others on ` + "`frontend`" + ` alone. A
proxy that is broken into no longer reaches the database, and the database sends nothing out.

Who talks to whom is read from ` + "`depends_on`, `links`, the environment, `env_file`" + ` (values are read here and never printed), commands, health checks, hooks, labels of proxies,
mounted and copied configuration (nginx, Caddyfile, HAProxy, Traefik, Prometheus), the source in the build context, ` + "`network_mode: service:…`" + `, aliases and container names. The report draws it.
Only what is explained is separated: a service with an image of which nothing tells what it connects to, with a variable that has no value here, that asks the
engine for addresses, or with the name of a data store anywhere in what it is built of, stays together with the data stores.

Where data stores have different clients, each gets a network with its own (` + "`backend-db`, `backend-cache`" + `); ` + "`--networks two`" + ` keeps it at one, and so do
more than four, for the engine has addresses for about thirty bridges.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.30", Title: "Ensure that Docker's default bridge 'docker0' is not used"},
		{Framework: "NIST SP 800-190", ID: "4.4.2", Title: "Unbounded network access from containers"},
		{Framework: "NIST SP 800-190", ID: "4.3.3", Title: "Poorly separated inter-container network traffic"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 5", Title: "Be mindful of Inter-Container Connectivity"},
	},
	Reasons: []transform.Reason{
		reasonNothingToSeparate, reasonExistingNetworks, reasonExternalNetwork, reasonNetworkMode, reasonSegmentsSwarm, reasonOtherFiles,
		reasonExtended, reasonJoined, reasonEgress, reasonPublishedStore, reasonNoClient,
	},
	CheckService: checkNetworkSegments,
}

// segmentsMessage is what the rule is about, where it does nothing.
const segmentsMessage = "no internal network for data stores and their clients"

func checkNetworkSegments(p *transform.ServicePass) []transform.Finding {
	plan := transform.ProjectShared(p, "segments", planSegments)
	s := plan.of[p.Service.Name]
	at := p.Service.Span("networks")
	first := p == plan.first()
	switch {
	case s == nil:
		return nil
	case plan.already != "":
		out := s.keptFinding(p, at)
		if first {
			f := p.Done(at, plan.already)
			f.Graph = plan.graph
			out = append(out, f)
		}
		return out
	case plan.refusal != nil:
		if plan.refusal.service != p.Service.Name {
			return nil
		}
		f := p.Refuse(at, segmentsMessage, plan.refusal.reason, "%s", plan.refusal.detail)
		f.Graph = plan.graph
		return []transform.Finding{f}
	case s.networks == nil:
		return nil
	}
	f := p.Propose(at, transform.Guarded, s.message(), compose.Change{Path: []string{"networks"}, Items: compose.Items(s.networks...)})
	f.Evidence = s.evidence
	f.Fix.Group, f.Fix.Each = "network-segments", true
	if first {
		f.Graph = plan.graph
		f.Deploy = []transform.Deploy{{What: "the project's default network goes: a container of elsewhere that joins it must join " + frontend + " instead"}}
		f.Fix.Changes = append(f.Fix.Changes, compose.Change{Top: "networks", Pairs: plan.sections(p.Options.NoComments)})
	}
	return append([]transform.Finding{f}, s.keptFinding(p, at)...)
}

// keptFinding says why a data store is not on internal networks alone.
func (s *segment) keptFinding(p *transform.ServicePass, at parser.Span) []transform.Finding {
	if s.kept == nil {
		return nil
	}
	return []transform.Finding{p.Refuse(at, "not on an internal network alone", s.kept.reason, "%s", s.kept.detail)}
}

// message says where a service is put.
func (s *segment) message() string {
	where := strings.Join(s.networks, ", ")
	if len(s.networks) == 1 && s.networks[0] != frontend {
		return "on the network " + where + " alone, with its clients and no way out"
	}
	if len(s.networks) == 1 && s.store {
		return "on the network " + where
	}
	if len(s.networks) == 1 {
		return "on the network " + where + " alone: it has no business with the data stores"
	}
	return "on the networks " + where
}

// sections are the networks at the top of the file.
func (plan *segments) sections(plain bool) []compose.Pair {
	out := []compose.Pair{{Key: frontend, Value: []compose.Pair{{Key: "driver", Value: "bridge"}}}}
	for _, b := range plan.backends {
		internal := compose.Pair{Key: "internal", Value: "true"}
		if !plain {
			internal.Comment = "leads nowhere else: " + strings.Join(b.stores, ", ")
		}
		out = append(out, compose.Pair{Key: b.name, Value: []compose.Pair{internal}})
	}
	return out
}
