package service

import (
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// hostSource is the place of the host that a mount shows, "" when it shows none. A named
// volume that binds one (driver_opts: o: bind) is seen through; variables stand for their
// defaults.
func hostSource(s *compose.Service, m compose.Mount) string {
	source := m.Source
	if m.Type == "volume" {
		if source = boundVolume(s.Project(), m.Source); source == "" {
			return ""
		}
	}
	if text, ok := knowledge.ExpandDefaults(source); ok {
		source = text
	}
	if strings.HasPrefix(source, "//var/") || strings.HasPrefix(source, "//run/") { // what Git Bash on Windows wants
		source = source[1:]
	}
	if path.IsAbs(source) {
		return path.Clean(source)
	}
	return source
}

// boundVolume is the directory of the host that a named volume is, "" when it is a volume proper.
func boundVolume(p *compose.Project, name string) string {
	volumes, _ := p.Model["volumes"].(map[string]any)
	volume, _ := volumes[name].(map[string]any)
	opts, _ := volume["driver_opts"].(map[string]any)
	device, _ := opts["device"].(string)
	options, _ := opts["o"].(string)
	for option := range strings.SplitSeq(options, ",") {
		if option == "bind" || option == "rbind" {
			return device
		}
	}
	return ""
}

// socketKind says which engine's socket a path is: docker, podman, containerd, cri-o; "" for none.
func socketKind(name string) string {
	switch base := path.Base(strings.ReplaceAll(name, `\`, "/")); base {
	case "docker.sock", "docker_engine":
		return "docker"
	case "podman.sock":
		return "podman"
	case "containerd.sock":
		return "containerd"
	case "crio.sock":
		return "cri-o"
	}
	return ""
}
