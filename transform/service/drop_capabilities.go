package service

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var (
	reasonPrivilegedCaps = transform.Reason{Code: "privileged", Text: "the service is privileged, which gives it everything whatever is dropped."}
	reasonAllCaps        = transform.Reason{Code: "all-capabilities", Text: "the file adds ALL capabilities on purpose."}
	reasonExistingCapAdd = transform.Reason{Code: "existing-cap-add", Text: "the file adds capabilities to Docker's usual ones, and what else the image needs is not known: with `cap_drop: [ALL]` it would have little more than the added ones."}
	reasonHostTool       = transform.Reason{Code: "host-tool", Text: "the image is made to reach into the host, or lives by more capabilities than can be listed."}
)

var dropCapabilities = &transform.Rule{
	ID:     dropCapabilitiesID,
	Title:  "A service has the capabilities that it is known to use, and no others",
	Safety: transform.Guarded,
	Doc: `Adds ` + "`cap_drop: [ALL]`" + ` and, in ` + "`cap_add`" + `, the smallest set that the service works with; each entry says at the end of
its line what it is for.

A service that starts without root needs none: its Dockerfile ends as another user, the file has ` + "`user:`" + ` (or *service-user* adds it), or the
image is known to. Guides often add SETGID and SETUID to every service: that is for entrypoints that start as root and give it up. A
process that never was root cannot use them. What stays even then are file capabilities: a program with one does not start at all when that one is dropped.

An image that is known to start as root gets what its entry says, for the way in which it is run here. Most of them change the owner of
their data and then their user; with too few capabilities that works at the first start and fails at the second, when the data belongs to the
other user. ` + "`init: true`" + ` adds KILL, data on the host CHOWN and DAC_OVERRIDE, a secret that only its owner can read DAC_OVERRIDE, the
host's network NET_BIND_SERVICE (in a network of containers any user can listen on ports below 1024), ping in a health check NET_RAW.

For an image that nothing is known of, and for a Dockerfile whose image stays root, the change is *assumed*: it keeps what most such images need.
A run shows what it really is, and ` + "`observations` in `.bulkhead.yaml`" + ` record it. What the file adds itself stays, and nothing is added that it drops itself.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.4", Title: "Ensure that Linux kernel capabilities are restricted within containers"},
		{Framework: "NIST SP 800-190", ID: "4.4.3", Title: "Insecure container runtime configurations"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 3", Title: "Limit capabilities (Grant only specific capabilities, needed by a container)"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Restricted: Capabilities", Title: "Containers must drop ALL capabilities, and are only permitted to add back the NET_BIND_SERVICE capability"},
	},
	Reasons:      []transform.Reason{reasonPrivilegedCaps, reasonAllCaps, reasonExistingCapAdd, reasonHostTool},
	CheckService: checkDropCapabilities,
}

func checkDropCapabilities(p *transform.ServicePass) []transform.Finding {
	a := privilegesOf(p)
	added, dropped := capsOf(p, "cap_add"), capsOf(p, "cap_drop")
	place := p.Service.Span("cap_drop")
	missing := slices.DeleteFunc(slices.Clone(a.needs), func(n need) bool {
		return slices.Contains(added, n.name) || slices.Contains(dropped, n.name)
	})
	message := "no capabilities" + but(missing) + " (cap_drop: ALL)"
	switch {
	case isPrivileged(p):
		return []transform.Finding{p.Refuse(place, "keeps its capabilities", reasonPrivilegedCaps, "privileged: true gives it all of them")}
	case slices.Contains(added, "ALL"):
		return []transform.Finding{p.Refuse(p.Service.Span("cap_add"), "keeps its capabilities", reasonAllCaps, "cap_add: ALL gives it all of them")}
	case slices.Contains(dropped, "ALL"):
		return allDropped(p, a, missing)
	case a.known != nil && a.known.Recommend.Strategy == "report":
		return []transform.Finding{p.Refuse(place, "keeps its capabilities", reasonHostTool, "%s: %s", a.known.Image, a.known.Recommend.Why)}
	case len(added) > 0 && a.start.root && !a.becomes(p) && !a.knows(p):
		return []transform.Finding{p.Refuse(p.Service.Span("cap_add"), "keeps its capabilities", reasonExistingCapAdd, "what else it needs beside %s is not known", strings.Join(added, ", "))}
	}
	changes := []compose.Change{{Path: []string{"cap_drop"}, Items: compose.Items("ALL")}}
	if len(missing) > 0 {
		changes = append(changes, compose.Change{Path: []string{"cap_add"}, Items: items(p, missing)})
	}
	if len(changes) > 1 && compose.Child(p.Service.Node, "cap_add") != nil { // a list that is there grows before a key follows it
		slices.Reverse(changes)
	}
	f := p.Propose(place, a.safety, message, changes...)
	f.Evidence = a.evidence
	f.Evidence = append(f.Evidence, reasons(missing)...)
	if kept := judged(a, p, added); kept != "" {
		f.Evidence = append(f.Evidence, kept)
	}
	if a.becomes(p) {
		f.Fix.Group = a.group(p)
	}
	return []transform.Finding{f}
}

// knows reports whether all that the service needs is known: of a family of images only
// what they have in common is.
func (a *privileges) knows(p *transform.ServicePass) bool {
	return a.safety <= transform.Guarded && (a.known == nil || a.known.Kind != "family" || len(p.Observations(transform.ObservedNoCapabilities)) > 0)
}

// allDropped is what there is to say of a service whose file drops them all.
func allDropped(p *transform.ServicePass, a *privileges, missing []need) []transform.Finding {
	place := p.Service.Span("cap_drop")
	if len(missing) == 0 || a.safety == transform.Assumed {
		return []transform.Finding{p.Done(place, "all capabilities are dropped")}
	}
	f := p.Manually(place, "all capabilities are dropped, and it is known to use more than are added back: add %s to cap_add if it starts only once, or not as it should", but(missing)[len(" but "):])
	f.Evidence = append(slices.Clone(a.evidence), reasons(missing)...)
	return []transform.Finding{f}
}

// reasons says of each capability why it must stay.
func reasons(needs []need) []string {
	var out []string
	for _, n := range needs {
		if n.why != "" {
			out = append(out, n.name+": "+n.why)
		}
	}
	return out
}

// judged says of capabilities that the file adds itself what becomes of them.
func judged(a *privileges, p *transform.ServicePass, added []string) string {
	var idle []string
	for _, name := range added {
		if !slices.ContainsFunc(a.needs, func(n need) bool { return n.name == name }) {
			idle = append(idle, name)
		}
	}
	switch {
	case len(idle) == 0:
		return ""
	case !a.start.root || a.becomes(p):
		return strings.Join(idle, ", ") + " of the file stay, and do nothing for a process that never is root"
	}
	return strings.Join(idle, ", ") + " of the file stay: nothing is known that needs them"
}

// but names what stays, "" when nothing does.
func but(needs []need) string {
	var names []string
	for _, n := range needs {
		names = append(names, n.name)
	}
	if names == nil {
		return ""
	}
	return " but " + strings.Join(names, ", ")
}

func items(p *transform.ServicePass, needs []need) []compose.Item {
	var out []compose.Item
	for _, n := range needs {
		item := compose.Item{Text: n.name}
		if !p.Options.NoComments {
			item.Comment = n.comment
		}
		out = append(out, item)
	}
	return out
}

// capsOf lists the capabilities of a key in all compositions, each once, without CAP_.
func capsOf(p *transform.ServicePass, key string) []string {
	var out []string
	for _, s := range p.Views() {
		for _, c := range s.List(key) {
			if name := knowledge.CapName(c); !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}
