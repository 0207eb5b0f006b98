package knowledge

import (
	_ "embed" // the data
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed host.yaml
var hostYAML []byte

// SocketUse is what an image does with the engine's socket.
type SocketUse struct {
	Images   []string `yaml:"images"`
	Sections []string `yaml:"sections"` // of the API, as socket proxies name them
	// Connect is the line that leads it to a proxy, with {endpoint}, {address} or {host} in place
	// of tcp://HOST:PORT, HOST:PORT and HOST.
	Connect string `yaml:"connect"`
	Writes  bool   `yaml:"writes"`  // it starts or changes containers
	Instead string `yaml:"instead"` // what to do where a proxy would keep nothing out
	Note    string `yaml:"note"`
	Source  string `yaml:"source"`
}

// SocketProxies are the images that stand in front of the engine's socket.
type SocketProxies struct {
	Images   []string `yaml:"images"`
	Sections []string `yaml:"sections"` // those that take the names of sections as variables
	Use      string   `yaml:"use"`      // the one to write where there is none
	Source   string   `yaml:"source"`
}

// HostPath is what a place of the host holds.
type HostPath struct {
	Path    string `yaml:"path"`
	Below   bool   `yaml:"below"` // everything below it is of the same kind
	Holds   string `yaml:"holds"`
	Enough  bool   `yaml:"enough"`  // read-only is enough
	Always  bool   `yaml:"always"`  // there is nothing to say of it, writable or not
	Device  bool   `yaml:"device"`  // devices: is the key for it
	Sockets bool   `yaml:"sockets"` // what is there does its work read-only, too
	Instead string `yaml:"instead"`
	Source  string `yaml:"source"`
}

// HomeSecret is a name in a home directory that holds keys.
type HomeSecret struct {
	Name    string `yaml:"name"`
	Holds   string `yaml:"holds"`
	Instead string `yaml:"instead"`
}

// HostReader is an image that reads the host by design.
type HostReader struct {
	Images []string `yaml:"images"`
	Paths  []string `yaml:"paths"`
	What   string   `yaml:"what"`
	Source string   `yaml:"source"`
}

// HostNamespace is what an image does with the host's namespaces.
type HostNamespace struct {
	Images  []string `yaml:"images"`
	PID     string   `yaml:"pid"`     // what it uses the host's processes for, by design
	Network string   `yaml:"network"` // … the host's network
	// Ports are what it publishes on a network of its own; Lost is what it then does without.
	Ports  []string `yaml:"ports"`
	Lost   string   `yaml:"lost"`
	Source string   `yaml:"source"`
}

// ProfileUse is an image that is often run without a security profile.
type ProfileUse struct {
	Images  []string `yaml:"images"`
	Option  string   `yaml:"option"`  // seccomp, apparmor
	Needs   string   `yaml:"needs"`   // what it cannot do with Docker's profile
	Instead string   `yaml:"instead"` // what does as well
	Source  string   `yaml:"source"`
}

type hostData struct {
	Sockets    []SocketUse     `yaml:"sockets"`
	Proxies    SocketProxies   `yaml:"proxies"`
	Mounts     []HostPath      `yaml:"mounts"`
	Secrets    []HomeSecret    `yaml:"secrets"`
	Readers    []HostReader    `yaml:"readers"`
	Namespaces []HostNamespace `yaml:"namespaces"`
	Profiles   []ProfileUse    `yaml:"profiles"`
}

var host = sync.OnceValue(func() *hostData {
	d := &hostData{}
	decode(hostYAML, d)
	return d
})

// repository is what an image is looked up by, "" when a variable hides it. The images
// of linuxserver.io stand under one of their names.
func repository(image string) string {
	ref, ok := expandRef(image)
	if !ok {
		return ""
	}
	name := strings.ToLower(ref.Repository)
	for _, registry := range []string{"lscr.io/", "ghcr.io/"} {
		if rest, ok := strings.CutPrefix(name, registry); ok && strings.HasPrefix(rest, "linuxserver/") {
			return rest
		}
	}
	return name
}

// SocketUseOf says what an image does with the engine's socket.
func SocketUseOf(image string) (SocketUse, bool) {
	name := repository(image)
	for _, s := range host().Sockets {
		if slices.Contains(s.Images, name) {
			return s, true
		}
	}
	return SocketUse{}, false
}

// SocketProxy reports whether an image is a proxy in front of the engine's socket, and
// whether variables named like sections of the API open it.
func SocketProxy(image string) (proxy, sections bool) {
	name := repository(image)
	return slices.Contains(host().Proxies.Images, name), slices.Contains(host().Proxies.Sections, name)
}

// SocketProxyImage is the repository of the proxy to write where there is none.
func SocketProxyImage() string { return host().Proxies.Use }

// ReadsHost says that an image mounts a place of the host by design, and for what.
func ReadsHost(image, place string) (HostReader, bool) {
	name := repository(image)
	for _, r := range host().Readers {
		if slices.Contains(r.Images, name) && slices.Contains(r.Paths, place) {
			return r, true
		}
	}
	return HostReader{}, false
}

// NamespacesOf says what an image does with the host's namespaces.
func NamespacesOf(image string) (HostNamespace, bool) {
	name := repository(image)
	for _, n := range host().Namespaces {
		if slices.Contains(n.Images, name) {
			return n, true
		}
	}
	return HostNamespace{}, false
}

// ProfileUseOf says why an image is run without a profile: seccomp, apparmor.
func ProfileUseOf(image, option string) (ProfileUse, bool) {
	name := repository(image)
	for _, p := range host().Profiles {
		if p.Option == option && slices.Contains(p.Images, name) {
			return p, true
		}
	}
	return ProfileUse{}, false
}

// CleanHostPath writes an absolute path as the data has it: without . and .., and /run for /var/run.
func CleanHostPath(name string) string {
	name = path.Clean(name)
	if rest, ok := strings.CutPrefix(name, "/var/run"); ok && (rest == "" || rest[0] == '/') {
		return "/run" + rest
	}
	return name
}

// homeDirectory is the home of a user at the beginning of a path.
var homeDirectory = regexp.MustCompile(`^(~|\$HOME\b|\$\{HOME[^}]*\}|/root|/home/[^/]+|/Users/[^/]+)(/.*)?$`)

// HostPathAt says what a place of the host holds. The source of a mount may start with a
// home directory (~, $HOME); other variables stand for their defaults.
func HostPathAt(source string) (HostPath, bool) {
	if m := homeDirectory.FindStringSubmatch(strings.TrimRight(source, "/")); m != nil {
		if p, ok := inHome(m[1], strings.Trim(m[2], "/")); ok {
			return p, true
		}
	}
	name, ok := ExpandDefaults(source)
	if !ok || !path.IsAbs(name) {
		return HostPath{}, false
	}
	name = CleanHostPath(name)
	var best HostPath
	for _, p := range host().Mounts {
		if (name == p.Path || p.Below && strings.HasPrefix(name, p.Path+"/")) && len(p.Path) > len(best.Path) {
			best = p
		}
	}
	return best, best.Path != ""
}

// inHome says what a name in a home directory holds; the whole of it holds everything.
func inHome(home, name string) (HostPath, bool) {
	if name == "" {
		return HostPath{Path: home, Holds: "keys, history and settings of a user", Instead: "mount the directory that it needs", Source: "hier(7)"}, true
	}
	for _, s := range host().Secrets {
		if name == s.Name || strings.HasPrefix(name, s.Name+"/") {
			return HostPath{Path: home + "/" + name, Holds: s.Holds, Instead: s.Instead, Source: "hier(7)"}, true
		}
	}
	return HostPath{}, false
}
