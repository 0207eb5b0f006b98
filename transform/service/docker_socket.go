package service

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var dockerSocket = &transform.Rule{
	ID:     "docker-socket",
	Title:  "Services do not reach the engine's socket",
	Safety: transform.Manual,
	Doc: `Whoever can talk to the engine can start a container with the host's file system in it: the Docker socket is root on the host. Mounting it read-only
does not change that, for ` + "`:ro`" + ` protects the name of the socket and not what is sent through it; nor does a user without privileges, once it is in the socket's group.

The rule finds the sockets of Docker, Podman, containerd and CRI-O under any name in the mounts, behind named volumes that bind them, and
` + "`use_api_socket`; `DOCKER_HOST` that leads to an engine over plain TCP; and a published port 2375" + `. For images whose use of the API is known it has the lines for a socket
proxy that lets through those sections alone, on a network that nothing else is on. Where an image needs everything, a proxy would keep nothing
out, and the finding says so.

A proxy must be named to the application (a variable, an option, a line in its settings), so nothing is changed.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "5.32", Title: "Ensure that the Docker socket is not mounted inside any containers"},
		{Framework: "NIST SP 800-190", ID: "4.4.3", Title: "Insecure container runtime configurations"},
		{Framework: "NIST SP 800-190", ID: "4.5.5", Title: "Host file system tampering"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 1", Title: "Do not expose the Docker daemon socket (even to the containers)"},
		{Framework: "Kubernetes Pod Security Standards", ID: "Baseline: HostPath Volumes", Title: "HostPath volumes must be forbidden"},
	},
	CheckService: checkDockerSocket,
}

func checkDockerSocket(p *transform.ServicePass) []transform.Finding {
	return reviewed(p, func(r *review) {
		proxy, sections := knowledge.SocketProxy(r.image())
		if proxy {
			socketProxy(r, sections)
			return
		}
		for _, m := range r.s.Mounts() {
			source := hostSource(r.s, m)
			kind := socketKind(source)
			if kind == "" {
				kind = socketKind(m.Target)
			}
			switch kind {
			case "":
			case "docker", "podman":
				mountedSocket(r, m, source)
			default:
				r.yours("volumes", m.Target, nil, "take %s out of volumes: who reaches %s is root on the host, also with :ro, and no proxy stands in front of it; "+
					"run the program on the host, or the command that needs it (crictl, ctr)", m.Target, kind)
			}
		}
		if r.s.True("use_api_socket") {
			apiSocket(r, "use_api_socket", "", "drop use_api_socket: true", "/var/run/docker.sock", false)
		}
		plainHost(r)
		publishedAPI(r)
	})
}

// mountedSocket says what stands for a socket that the service mounts.
func mountedSocket(r *review, m compose.Mount, source string) {
	at, _ := r.place("volumes", m.Target)
	text := cmp.Or(at.Text, m.Source+":"+m.Target)
	what := "take " + text + " out of volumes"
	if m.Type == "volume" {
		what = "take " + text + ", which is " + source + ", out of volumes"
	} else {
		source = m.Source // with its variables
	}
	apiSocket(r, "volumes", m.Target, what, source, m.ReadOnly)
}

// apiSocket says what stands for the engine's socket in a service.
func apiSocket(r *review, key, item, what, source string, readOnly bool) {
	name := r.s.Name
	if r.s.Build() == nil {
		name = knowledge.ImageName(r.image())
	}
	use, known := knowledge.SocketUseOf(r.image())
	if known && use.Instead != "" {
		r.yours(key, item, []string{use.Source}, "%s reaches the engine through %s, which makes it root on the host%s; %s", name, source, roNote(readOnly), use.Instead)
		return
	}
	if !known {
		use = knowledge.SocketUse{Sections: []string{"CONTAINERS"}, Connect: `environment: {DOCKER_HOST: "{endpoint}"}`,
			Note: "an answer 403 in the proxy's log names what else " + name + " asks for"}
	}
	message := what + ": who reaches it is root on the host" + roNote(readOnly) + "; write " + enumerate(proxyLines(r, use, source))
	if use.Writes {
		message += "; with POST it can still start any container, so keep it off public networks"
	}
	if use.Note != "" {
		message += "; " + use.Note
	}
	r.yours(key, item, []string{use.Source}, "%s", message)
}

func roNote(readOnly bool) string {
	if readOnly {
		return " (:ro does not change that)"
	}
	return ""
}

// proxyLines are what leads a service to the engine through a proxy.
func proxyLines(r *review, use knowledge.SocketUse, source string) []string {
	mode := r.s.Text("network_mode")
	if have := projectProxy(r.s.Project()); have != nil && mode == "" {
		return linesForProxy(r, use, have)
	}
	proxy := freeName(r.s.Project(), "docker-proxy")
	service := "the service " + proxy + `: {image: "` + knowledge.SocketProxyImage() + `:<version>", environment: {` + sectionsOf(use.Sections) + `}, ` +
		flowList("volumes", []string{source + ":/var/run/docker.sock"})
	if mode == "host" {
		return []string{service + `, ports: ["127.0.0.1:2375:2375"]}`, connectLine(use, "127.0.0.1") + " (it is on the host's network)"}
	}
	lines := []string{service + ", " + flowList("networks", []string{proxy}) + "}", "the network " + proxy + ": {internal: true}"}
	switch mode {
	case "":
		lines = append(lines, flowList("networks", append(networksOf(r.s), proxy))+" here")
	case "none":
		lines = append(lines, flowList("networks", []string{proxy})+" here in place of network_mode: none")
	default:
		lines = append(lines, flowList("networks", []string{"default", proxy})+" in the service whose network it is in ("+mode+")")
	}
	return append(lines, connectLine(use, proxy))
}

// linesForProxy are what leads a service to the engine through a proxy that the project has.
func linesForProxy(r *review, use knowledge.SocketUse, proxy *compose.Service) []string {
	var lines, closed []string
	for _, section := range use.Sections {
		if !opened(proxy, section) {
			closed = append(closed, section)
		}
	}
	if len(closed) > 0 {
		lines = append(lines, "environment: {"+sectionsOf(closed)+"} in "+proxy.Name)
	}
	if nets := missing(networksOf(proxy), networksOf(r.s)); len(nets) == len(networksOf(proxy)) {
		lines = append(lines, flowList("networks", append(networksOf(r.s), nets[0]))+" here")
	}
	return append(lines, connectLine(use, proxy.Name))
}

func sectionsOf(names []string) string { return strings.Join(names, ": 1, ") + ": 1" }

// connectLine is the line that leads a service to the proxy on a host.
func connectLine(use knowledge.SocketUse, host string) string {
	line := strings.NewReplacer("{endpoint}", "tcp://"+host+":2375", "{address}", host+":2375", "{host}", host).Replace(use.Connect)
	if hasPrefixAny(line, "environment:", "command:") {
		line += " here"
	}
	return line
}

// networksOf are the networks of a service; without any it is on default.
func networksOf(s *compose.Service) []string {
	if nets := s.Keys("networks"); len(nets) > 0 {
		return nets
	}
	return []string{"default"}
}

// projectProxy is a socket proxy that the project has and that takes sections.
func projectProxy(p *compose.Project) *compose.Service {
	for _, s := range p.Services {
		if _, sections := knowledge.SocketProxy(s.Image()); sections {
			return s
		}
	}
	return nil
}

// freeName is a name that no service of the project has.
func freeName(p *compose.Project, name string) string {
	for p.Service(name) != nil {
		name = "engine-" + name
	}
	return name
}

// socketProxy judges a proxy in front of the socket.
func socketProxy(r *review, sections bool) {
	published := false
	for _, port := range r.s.Ports() {
		if port.Target == "2375" && !hasPrefixAny(port.HostIP+port.Published, "127.", "::1", "localhost") {
			published = true
			r.yours("ports", "2375", nil, "drop port 2375 of %s from ports: services of the project reach it as tcp://%s:2375 on a network that it shares with them, and nobody else may", r.s.Name, r.s.Name)
		}
	}
	if sections && opened(r.s, "POST") && opened(r.s, "CONTAINERS") && neighbours(r.s) > 1 {
		r.yours("environment", "POST", nil, "POST and CONTAINERS of %s let everything on its networks start a container with the host's files: "+
			"write POST: 0 (ALLOW_START, ALLOW_STOP and ALLOW_RESTARTS stay possible), or give the service that needs it a proxy and a network of its own", r.s.Name)
		return
	}
	if !published {
		r.done("image", "", "the engine's socket is behind a proxy")
	}
}

// neighbours counts the services that share a network with one.
func neighbours(s *compose.Service) int {
	n := 0
	for _, o := range s.Project().Services {
		if o != s && len(missing(networksOf(s), networksOf(o))) < len(networksOf(s)) {
			n++
		}
	}
	return n
}

// opened reports whether a proxy lets a section of the API through.
func opened(s *compose.Service, section string) bool {
	for _, v := range s.Environment() {
		if v.Name == section {
			value, _ := knowledge.ExpandDefaults(v.Value)
			return value == "1" || value == "true"
		}
	}
	return false
}

// plainHost finds an engine that is reached without TLS.
func plainHost(r *review) {
	env := map[string]string{}
	for _, v := range r.s.Environment() {
		env[v.Name], _ = knowledge.ExpandDefaults(v.Value)
	}
	host, ok := strings.CutPrefix(env["DOCKER_HOST"], "tcp://")
	if !ok || env["DOCKER_TLS_VERIFY"] != "" && env["DOCKER_TLS_VERIFY"] != "0" || env["DOCKER_TLS"] != "" {
		return
	}
	name, _, _ := strings.Cut(host, ":")
	if peer := r.s.Project().Service(name); peer != nil {
		if proxy, _ := knowledge.SocketProxy(peer.Image()); proxy || peer.Build() != nil {
			return
		}
		r.yours("environment", "DOCKER_HOST", nil, "reach the engine of %s by TLS: write DOCKER_HOST: tcp://%s:2376, DOCKER_TLS_VERIFY: 1 and DOCKER_CERT_PATH: /certs/client here, "+
			"DOCKER_TLS_CERTDIR: /certs in %s, and a volume for /certs/client in both (read-only here)", name, name, name)
		return
	}
	if !strings.Contains(name, ".") && strings.Contains(name, "proxy") {
		return // a socket proxy of another project
	}
	r.yours("environment", "DOCKER_HOST", nil, "who reaches %s is root on it, for plain TCP asks for no key: write DOCKER_HOST: ssh://<user>@%s, or tcp://%s:2376 with DOCKER_TLS_VERIFY: 1 and "+
		"DOCKER_CERT_PATH: /certs/client", host, name, name)
}

// publishedAPI finds the engine's own port among those that are published.
func publishedAPI(r *review) {
	if slices.ContainsFunc(r.s.Ports(), func(p compose.Port) bool { return p.Target == "2375" }) {
		r.yours("ports", "2375", nil, "drop port 2375 from ports: it is an engine's port without TLS, and who reaches it is root there; services of the project reach it without, others by 2376 with TLS")
	}
}
