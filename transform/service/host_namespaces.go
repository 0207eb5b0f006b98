package service

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var hostNamespaces = &transform.Rule{
	ID:     "host-namespaces",
	Title:  "Services have namespaces of their own",
	Safety: transform.Manual,
	Doc: `In the host's network a service reaches everything that listens on the host's 127.0.0.1, and everything that it opens is open to the world without
` + "`ports`" + `. Among the host's processes it reads their environment and can signal those of its user; with the host's shared memory it reads that of databases and
desktops; with the host's user namespace root in it is root outside even where the engine maps users.

The rule names ` + "`network_mode`, `pid`, `ipc`, `uts`, `userns_mode` and `cgroup`" + ` when they are ` + "`host`" + `, the external network ` + "`host`" + ` and ` + "`build.network: host`" + `, with the lines that stand
for them: the ports that the service listens on, where they are known from its Dockerfile or its image. ` + "`service:NAME` and `container:NAME`" + ` are fine.

Other services may look for it at the host's address, so nothing is changed.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.10", Title: "Ensure that the host's network namespace is not shared"},
		{Framework: "CIS Docker Benchmark", ID: "5.16", Title: "Ensure that the host's process namespace is not shared"},
		{Framework: "CIS Docker Benchmark", ID: "5.17", Title: "Ensure that the host's IPC namespace is not shared"},
		{Framework: "CIS Docker Benchmark", ID: "5.21", Title: "Ensure that the host's UTS namespace is not shared"},
		{Framework: "CIS Docker Benchmark", ID: "5.31", Title: "Ensure that the host's user namespaces are not shared"},
		{Framework: "NIST SP 800-190", ID: "4.4.3", Title: "Insecure container runtime configurations"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: Host Namespaces", Title: "Sharing the host namespaces must be disallowed"},
	},
	CheckService: checkHostNamespaces,
}

// otherNamespaces is what stands for a namespace of the host, by the key that gives it.
var otherNamespaces = []struct{ key, advice string }{
	{"ipc", "drop ipc: host, which shows it the shared memory of every process of the host: write shm_size: 1gb if it runs out of its own, or ipc: shareable in one service and ipc: service:<name> in the other to share it"},
	{"uts", "drop uts: host: write hostname: <name> if it is about the name"},
	{"userns_mode", "drop userns_mode: host: where the engine maps users (userns-remap), root in the container would stay root on the host"},
	{"cgroup", "write cgroup: private instead of cgroup: host, which shows it the limits of every container"},
}

func checkHostNamespaces(p *transform.ServicePass) []transform.Finding {
	return reviewed(p, func(r *review) {
		if key, item := hostNetwork(r); key != "" {
			sharedNetwork(r, key, item)
		}
		if r.text("pid") == "host" {
			use, _ := knowledge.NamespacesOf(r.image())
			if use.PID != "" {
				r.yours("pid", "", []string{use.Source}, "pid: host of %s is for %s: keep it for that alone, else drop it", knowledge.ImageName(r.image()), use.PID)
			} else {
				r.yours("pid", "", nil, "drop pid: host, which shows it every process of the host with its environment: write pid: service:<name> to see one other service")
			}
		}
		for _, n := range otherNamespaces {
			if r.text(n.key) == "host" {
				r.yours(n.key, "", nil, "%s", n.advice)
			}
		}
		if r.text("build", "network") == "host" {
			r.yours("build", "network", nil, "drop network: host from build: steps of the Dockerfile reach everything that listens on the builder")
		}
	})
}

// hostNetwork finds the key, and its item, that puts a service into the host's network.
func hostNetwork(r *review) (key, item string) {
	if r.text("network_mode") == "host" {
		return "network_mode", ""
	}
	networks, _ := r.s.Project().Model["networks"].(map[string]any)
	for _, name := range r.s.Keys("networks") {
		n, _ := networks[name].(map[string]any)
		external := n["external"]
		if external == true && (n["name"] == "host" || n["name"] == nil && name == "host") {
			return "networks", name
		}
	}
	return "", ""
}

// sharedNetwork says what stands for the host's network.
func sharedNetwork(r *review, key, item string) {
	what := "network_mode: host"
	if key == "networks" {
		what = "the network " + item + ", which is the host's,"
	}
	name := knowledge.ImageName(r.image())
	use, _ := knowledge.NamespacesOf(r.image())
	ports := listens(r, use)
	sources := []string{use.Source}
	switch {
	case use.Network != "":
		r.yours(key, item, sources, "%s of %s is for %s: without that, replace it by %s", strings.TrimSuffix(what, ","), name, use.Network, portsLine(ports))
	case len(r.s.Ports()) > 0:
		r.yours(key, item, sources, "drop %s: the service then has a network of its own, and the ports that it lists count; other services reach it as %s", what, r.s.Name)
	case use.Lost != "":
		r.yours(key, item, sources, "replace %s by %s; lost is %s", what, portsLine(ports), use.Lost)
	default:
		r.yours(key, item, sources, "replace %s by %s: in the host's network it reaches everything that listens there; other services then reach it as %s", what, portsLine(ports), r.s.Name)
	}
}

// listens are the ports that a service listens on, as ports: publishes them.
func listens(r *review, use knowledge.HostNamespace) []string {
	if len(use.Ports) > 0 {
		return use.Ports
	}
	var known []string
	address := ""
	switch {
	case r.p.Image != nil:
		known = r.p.Image.Ports
	case r.p.Known != nil:
		if known = r.p.Known.Ports; r.p.Known.DataStore {
			address = "127.0.0.1:"
		}
	}
	var out []string
	for _, p := range known {
		port, protocol, _ := strings.Cut(p, "/")
		line := address + port + ":" + port
		if protocol != "" && protocol != "tcp" {
			line += "/" + protocol
		}
		if port != "" && strings.Trim(port, "0123456789") == "" && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

func portsLine(ports []string) string {
	if len(ports) == 0 {
		return `ports: ["<port>:<port>"] for what it listens on (ss -ltnup on the host shows it)`
	}
	return flowList("ports", ports)
}
