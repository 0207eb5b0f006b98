package enginetest

import (
	"context"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/engine"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// segmented holds the networks of a running project against what network-segments
// promises: who is on no internal network does not reach what is on those alone, by name or by
// address; a client does; and what is there reaches nothing outside.
func (a *app) segmented(p *engine.Project) {
	networks, err := p.Networks(a.ctx)
	a.must("its networks cannot be read", err)
	open := slices.DeleteFunc(sortedNames(networks.Internal), func(n string) bool { return networks.Internal[n] })
	for _, service := range p.Services() {
		on := networks.Of[service]
		if len(on) == 0 || slices.ContainsFunc(on, func(n string) bool { return !networks.Internal[n] }) {
			continue
		}
		port := storePort(p.Image(service))
		address, err := p.Address(a.ctx, service, on[0])
		a.must("it has no address", err)
		a.probe(p, on[0], service, port, true)
		for _, n := range open {
			a.probe(p, n, service, port, false)
			a.probe(p, n, address, port, false)
		}
		a.outside(p, on[0], open)
		a.t.Logf("%s: %s:%d is reached from %s and not from %s", a.name, service, port, on[0], strings.Join(open, ", "))
	}
}

// probe fails the test when a network reaches a host, or does not, against what is wanted.
func (a *app) probe(p *engine.Project, network, host string, port int, want bool) {
	a.t.Helper()
	got, err := p.Reaches(a.ctx, network, host, port)
	a.must("a probe does not run", err)
	if got != want {
		a.t.Errorf("%s: from %s, %s:%d is reached: %v", a.name, network, host, port, got)
	}
}

// outside tries to reach a port of this machine, from an internal network and, to know that
// it can be reached at all, from the others.
func (a *app) outside(p *engine.Project, internal string, open []string) {
	a.t.Helper()
	address := ownAddress()
	if address == "" {
		a.t.Log("this machine has no address to be reached at")
		return
	}
	l, err := (&net.ListenConfig{}).Listen(a.ctx, "tcp", net.JoinHostPort(address, "0"))
	a.must("nothing can listen", err)
	defer func() { _ = l.Close() }()
	_, text, err := net.SplitHostPort(l.Addr().String())
	a.must("it has no port", err)
	port, err := strconv.Atoi(text)
	a.must("it has no port", err)
	for _, n := range open {
		a.probe(p, n, address, port, true)
	}
	a.probe(p, internal, address, port, false)
}

// ownAddress is an address of this machine that is not one of the engine's bridges, ""
// without one.
func ownAddress() string {
	c, err := (&net.Dialer{}).DialContext(context.Background(), "udp4", "192.0.2.1:9") // sends nothing
	if err != nil {
		return ""
	}
	defer func() { _ = c.Close() }()
	host, _, err := net.SplitHostPort(c.LocalAddr().String())
	if err != nil {
		return ""
	}
	return host
}

// storePort is the first port that the knowledge has of a data store's image.
func storePort(image string) int {
	if known := knowledge.LookupService(image); known != nil {
		for _, text := range known.Ports {
			number, _, _ := strings.Cut(text, "/")
			if n, err := strconv.Atoi(number); err == nil {
				return n
			}
		}
	}
	return 1
}

func sortedNames(m map[string]bool) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
