package service

import (
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var (
	reasonPortsElsewhere = transform.Reason{Code: "ports-elsewhere", Text: "the list of ports comes from another place (an anchor, an extended service, several files), or has ranges: its entries cannot be told apart."}
	reasonPortVariable   = transform.Reason{Code: "port-variable", Text: "a variable may decide on which address the port is published."}
	reasonPortsSwarm     = transform.Reason{Code: "swarm-ports", Text: "a swarm publishes ports on every node and takes no address."}
)

var loopbackPorts = &transform.Rule{
	ID:     "loopback-ports",
	Title:  "Data stores and admin pages are published on the host's loopback address alone",
	Safety: transform.Assumed,
	Doc: `A port that is published without an address is open on every interface of the host, and Docker's own rules stand in front of most
firewalls. For databases, caches, queues and the pages that administer them (the knowledge of service images says which these are) this rule writes
` + "`127.0.0.1:`" + ` in front of the port. Other containers of the project reach the service by its name, as before, and so do programs on the host.

Who connects from another machine no longer can. Nothing in the files tells whether anyone does, so the change is made at ` + "`--level strict`" + `
only and reported below it. An address that the file gives is left alone, unless it stands for all of them (` + "`0.0.0.0`, `[::]`" + `).`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.14", Title: "Ensure that incoming container traffic is bound to a specific host interface"},
		{Framework: "NIST SP 800-190", ID: "4.4.2", Title: "Unbounded network access from containers"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 5a", Title: "Be careful when mapping container ports to the host with firewalls like UFW"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: Host Ports", Title: "HostPorts should be disallowed entirely (recommended) or restricted to a known list"},
	},
	Reasons:      []transform.Reason{reasonPortsElsewhere, reasonPortVariable, reasonPortsSwarm},
	CheckService: checkLoopbackPorts,
}

const loopback = "127.0.0.1"

func checkLoopbackPorts(p *transform.ServicePass) []transform.Finding {
	known := profile(p)
	if known == nil || p.Service.Text("network_mode") == "host" {
		return nil
	}
	at := p.Service.Span("ports")
	message := "published on " + loopback + " alone: a data store is not for other machines"
	if !known.DataStore {
		message = "published on " + loopback + " alone: an admin page is not for other machines"
	}
	published := false
	var changes []compose.Change
	for i, port := range p.Service.Ports() {
		if !inner(known, port) {
			continue
		}
		published = true
		if port.HostIP != "" && !everywhere(port.HostIP) && !strings.Contains(port.HostIP, "$") {
			continue
		}
		change, reason := toLoopback(p.Service, port, i)
		if reason != nil {
			return []transform.Finding{p.Refuse(at, "stays published as it is", *reason, "port %s", portText(port))}
		}
		changes = append(changes, change)
	}
	switch {
	case !published:
		return nil
	case changes == nil:
		return []transform.Finding{p.Done(at, "its ports are published on addresses that the file names")}
	case swarm(p):
		return []transform.Finding{p.Refuse(at, "stays published as it is", reasonPortsSwarm, "the file is written for docker stack deploy")}
	}
	f := p.Propose(at, transform.Assumed, message, changes...)
	f.Evidence = []string{"nothing tells whether a program on another machine connects; containers and programs of this host still can"}
	return []transform.Finding{f}
}

// inner reports whether a port is one that other machines have no business with.
func inner(known *knowledge.Service, port compose.Port) bool {
	if known.DataStore || known.AdminPage && len(known.AdminPorts) == 0 {
		return true
	}
	for _, admin := range known.AdminPorts {
		n, proto, _ := strings.Cut(admin, "/")
		if known.AdminPage && n == port.Target && (port.Protocol == "" || port.Protocol == proto) {
			return true
		}
	}
	return false
}

// everywhere reports whether an address stands for all of the host's.
func everywhere(ip string) bool {
	switch strings.Trim(ip, "[]") {
	case "0.0.0.0", "::", "*":
		return true
	}
	return false
}

// portText is a port for a message.
func portText(port compose.Port) string {
	text := port.Target
	if port.Published != "" {
		text = port.Published + ":" + text
	}
	if port.HostIP != "" {
		text = port.HostIP + ":" + text
	}
	return text
}

// toLoopback is the change that publishes the entry at a place of the model on the
// loopback address, or why there is none.
func toLoopback(s *compose.Service, port compose.Port, place int) (compose.Change, *transform.Reason) {
	list := compose.Child(s.Node, "ports")
	if port.Index < 0 || list == nil || port.Index >= len(list.Content) {
		return compose.Change{}, &reasonPortsElsewhere
	}
	index := strconv.Itoa(port.Index)
	item := list.Content[port.Index]
	switch {
	case strings.Contains(port.HostIP, "$"):
		return compose.Change{}, &reasonPortVariable
	case len(item.Content) > 0 && port.HostIP != "":
		return compose.Change{Path: []string{"ports", index, "host_ip"}, Word: loopback}, nil
	case len(item.Content) > 0:
		return compose.Change{Path: []string{"ports", index}, Pairs: []compose.Pair{{Key: "host_ip", Value: loopback}}}, nil
	}
	word := ""
	switch parts := splitPort(item.Value); {
	case len(parts) == 3:
		word = loopback + ":" + parts[1] + ":" + parts[2]
	case len(parts) == 2:
		word = loopback + ":" + item.Value
	case strings.Contains(item.Value, "$"):
		return compose.Change{}, &reasonPortVariable
	default:
		word = loopback + "::" + item.Value
	}
	if text := s.Doc().Source.Text(s.Span("ports", index)); strings.HasPrefix(text, `"`) || strings.HasPrefix(text, "'") {
		word = `"` + word + `"`
	}
	means := compose.Meaning{Path: []string{"ports", strconv.Itoa(place), "host_ip"}, Value: loopback}
	return compose.Change{Path: []string{"ports", index}, Word: word, Means: []compose.Meaning{means}}, nil
}

// splitPort splits an entry in the short form at its colons, but not inside of
// ${VAR:-default} and [::].
func splitPort(short string) []string {
	var parts []string
	start, depth := 0, 0
	for i := range len(short) {
		switch short[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ':':
			if depth <= 0 {
				parts = append(parts, short[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, short[start:])
}
