package service

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// dataPaths are the places where an image keeps what must survive.
func dataPaths(known *knowledge.Service) []string {
	var out []string
	for _, v := range known.Volumes {
		out = append(out, canonical(v))
	}
	for _, w := range known.Writable {
		if w.Kind != "tmpfs" && w.Path != "" {
			out = append(out, canonical(w.Path))
		}
	}
	return out
}

// foreignData says what keeps the owner of a service's data from being known, "" when
// all of it lies where the image itself has put its owner on: in plain named volumes at
// the image's own places, or in no mount at all.
func foreignData(p *transform.ServicePass, known *knowledge.Service) string {
	places := dataPaths(known)
	for _, s := range p.Views() {
		if s.Has("volumes_from") {
			return "volumes_from brings mounts that are not seen here"
		}
		for _, t := range allTmpfs(s) {
			if overlaps(places, t.Path) != "" && !strings.Contains(t.Options, "uid=") {
				return "the tmpfs on " + t.Path + " is root's at every start"
			}
		}
		for _, m := range s.Mounts() {
			if m.Type == "tmpfs" {
				continue
			}
			if why := foreignMount(s, m, places); why != "" {
				return why
			}
		}
	}
	return ""
}

func foreignMount(s *compose.Service, m compose.Mount, places []string) string {
	switch {
	case overlaps(places, m.Target) == "":
		return ""
	case m.Type != "volume":
		return m.Source + " of the host is mounted on " + m.Target
	case !slices.Contains(places, canonical(m.Target)):
		return "the volume on " + m.Target + " is not at a place that the image prepares"
	}
	return oddVolume(s, m)
}

// overlaps finds the place that a path is in or holds, "" when there is none.
func overlaps(places []string, name string) string {
	name = canonical(name)
	for _, place := range places {
		if below(place, name) || below(name, place) {
			return place
		}
	}
	return ""
}

// allTmpfs lists those of `tmpfs:` and of the mounts, which can say nothing of an owner.
func allTmpfs(s *compose.Service) []compose.Tmpfs {
	list := s.Tmpfs()
	for _, m := range s.Mounts() {
		if m.Type == "tmpfs" {
			list = append(list, compose.Tmpfs{Path: m.Target})
		}
	}
	return list
}

// oddVolume says why a named volume does not take the image's owner over, "" when it does.
func oddVolume(s *compose.Service, m compose.Mount) string {
	if m.Source == "" {
		return ""
	}
	list, _ := s.Value("volumes").([]any)
	for _, e := range list {
		v, _ := e.(map[string]any)
		options, _ := v["volume"].(map[string]any)
		if v["target"] == m.Target && (options["nocopy"] != nil || options["subpath"] != nil) {
			return "the volume " + m.Source + " does not take over what the image has at " + m.Target
		}
	}
	all, _ := s.Project().Model["volumes"].(map[string]any)
	options, _ := all[m.Source].(map[string]any)
	switch {
	case strings.Contains(m.Source, "$"):
		return "which volume is mounted on " + m.Target + " depends on a variable"
	case options["external"] != nil && options["external"] != false:
		return "the volume " + m.Source + " is external: its owner is not known"
	case options["driver_opts"] != nil:
		return "the volume " + m.Source + " has driver_opts: its owner is not known"
	case options["driver"] != nil && options["driver"] != "local":
		return "the volume " + m.Source + " has a driver of its own: its owner is not known"
	}
	for _, o := range s.Project().Services {
		if o.Name != s.Name && mounts(o, m.Source) {
			return "the volume " + m.Source + " is " + o.Name + "'s too, which may have been the first to fill it"
		}
	}
	return ""
}

func mounts(s *compose.Service, volume string) bool {
	for _, m := range s.Mounts() {
		if m.Type == "volume" && m.Source == volume {
			return true
		}
	}
	return false
}

// hostBind finds a mount from the host that a process may have to be its owner for: not the
// engine's socket and not what every system shares with its containers.
func hostBind(p *transform.ServicePass, readOnlyToo bool) string {
	for _, s := range p.Views() {
		for _, m := range s.Mounts() {
			if m.Type != "bind" || m.ReadOnly && !readOnlyToo || systemMount(s, m) {
				continue
			}
			return m.Source + " of the host is mounted on " + m.Target
		}
	}
	return ""
}

// foreignWork finds files of the host that a process works on which stays root, and which
// without DAC_OVERRIDE may do no more than any other user. Where all but its children are
// root, files of configuration and what is only served do not count.
func foreignWork(p *transform.ServicePass, known *knowledge.Service) string {
	switch {
	case known.Drop.Kind == "none":
		return cmp.Or(hostBind(p, false), privateFile(p))
	case known.RunsAs == nil || !known.RunsAs.Workers:
		return ""
	}
	for _, s := range p.Views() {
		for _, m := range s.Mounts() {
			served := slices.Contains([]string{"html", "htdocs", "www", "public"}, path.Base(m.Target))
			if m.Type == "bind" && !m.ReadOnly && !systemMount(s, m) && !served && path.Ext(m.Target) == "" {
				return m.Source + " on " + m.Target
			}
		}
	}
	return ""
}

// privateFile finds a file from the host that only its owner may be able to read: compose
// mounts secrets and configurations with the owner and mode that they have there.
func privateFile(p *transform.ServicePass) string {
	for _, s := range p.Views() {
		for _, kind := range []string{"secrets", "configs"} {
			all, _ := s.Project().Model[kind].(map[string]any)
			for _, name := range s.Keys(kind) {
				if options, _ := all[name].(map[string]any); options["environment"] == nil && options["content"] == nil && options["external"] == nil {
					return strings.TrimSuffix(kind, "s") + " " + name
				}
			}
		}
		for _, m := range s.Mounts() {
			if m.Type == "bind" && !systemMount(s, m) && looksPrivate(m) {
				return m.Source
			}
		}
	}
	return ""
}

// looksPrivate reports whether a file's name says that its owner may have closed it to others.
func looksPrivate(m compose.Mount) bool {
	for _, name := range []string{path.Base(m.Source), path.Base(m.Target)} {
		name = strings.ToLower(name)
		for _, part := range []string{".pem", ".key", "secret", "passw", "htpasswd", "acme", "cert", "ssl", "tls", "private", "credential", "keyfile"} {
			if strings.Contains(name, part) {
				return true
			}
		}
	}
	return false
}

// systemMount reports whether a mount is of the host's system, root's and readable for all.
func systemMount(s *compose.Service, m compose.Mount) bool {
	if socketKind(m.Source) != "" || socketKind(m.Target) != "" {
		return true
	}
	for _, dir := range []string{"/etc/localtime", "/etc/timezone", "/proc", "/sys", "/dev", "/lib/modules", "/usr/share/zoneinfo"} {
		if below(dir, hostSource(s, m)) {
			return true
		}
	}
	return false
}

// engineSocket reports whether the service talks to the engine.
func engineSocket(p *transform.ServicePass) bool {
	for _, s := range p.Views() {
		if s.True("use_api_socket") {
			return true
		}
		for _, m := range s.Mounts() {
			if socketKind(m.Source) != "" || socketKind(m.Target) != "" {
				return true
			}
		}
	}
	return false
}
