package service

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// unmet says which of the conditions of a fact does not hold for the service in one of its
// compositions, "" when all do. What nobody can see does not hold.
func unmet(p *transform.ServicePass, known *knowledge.Service, n knowledge.Needs) string {
	if n.Manual {
		return "it depends on what the files do not tell"
	}
	if n.NoSocket && engineSocket(p) {
		return "the engine's socket is mounted"
	}
	for _, name := range n.Capabilities {
		if !slices.ContainsFunc(known.FileCaps, func(f knowledge.FileCap) bool { return slices.Contains(f.Caps, name) }) {
			return "it needs " + name
		}
	}
	for _, s := range p.Views() {
		if why := unmetBy(s, n); why != "" {
			return why
		}
	}
	return ""
}

func unmetBy(s *compose.Service, n knowledge.Needs) string {
	for _, v := range n.Volumes {
		if !keeps(s, v) {
			return v + " is no named volume"
		}
	}
	for _, w := range n.Writable {
		if !keeps(s, w) && !slices.ContainsFunc(s.Tmpfs(), func(t compose.Tmpfs) bool {
			return canonical(t.Path) == canonical(w) && strings.Contains(t.Options, "uid=")
		}) {
			return w + " would not be the user's"
		}
	}
	env := map[string]string{}
	for _, v := range s.Environment() {
		env[v.Name] = v.Value
	}
	for _, name := range slices.Sorted(maps.Keys(n.Env)) {
		if value, given := env[name]; !given || n.Env[name] != "" && value != n.Env[name] {
			return strings.TrimSuffix(name+"="+n.Env[name], "=") + " is not set"
		}
	}
	for _, name := range n.WithoutEnv {
		if _, given := env[name]; given {
			return name + " is set"
		}
	}
	if len(n.WithoutEnv) > 0 && s.Has("env_file") {
		return "env_file may set " + n.WithoutEnv[0]
	}
	for _, w := range words(s.Command()) {
		if name, _, _ := strings.Cut(w, "="); slices.Contains(n.WithoutArgs, name) {
			return "it is started with " + name
		}
	}
	return ""
}

// keeps reports whether a plain named volume is mounted at a path.
func keeps(s *compose.Service, at string) bool {
	return slices.ContainsFunc(s.Mounts(), func(m compose.Mount) bool {
		return canonical(m.Target) == canonical(at) && m.Type == "volume" && m.Source != "" && oddVolume(s, m) == ""
	})
}

// customData says which place for data the service names that is not the image's own, ""
// when there is none: in an environment variable or a flag.
func customData(p *transform.ServicePass, known *knowledge.Service) string {
	places := dataPaths(known)
	for _, s := range p.Views() {
		for _, v := range s.Environment() {
			if custom(v.Name, v.Value, places) {
				return v.Name + "=" + v.Value
			}
		}
		list := words(s.Command())
		for i, w := range list {
			name, value, found := strings.Cut(w, "=")
			if !found && i+1 < len(list) {
				value = list[i+1]
			}
			if strings.HasPrefix(w, "-") && custom(name, value, places) {
				return name + " " + value
			}
		}
	}
	return ""
}

// custom reports whether a setting puts data at a place that is not below the image's own.
func custom(name, value string, places []string) bool {
	name = strings.ToUpper(name)
	if !path.IsAbs(value) || strings.HasSuffix(name, "_FILE") {
		return false
	}
	if !slices.ContainsFunc([]string{"DATA", "DIR", "DBPATH", "STORAGE", "STORE", "HOME"}, func(part string) bool { return strings.Contains(name, part) }) {
		return false
	}
	return !slices.ContainsFunc(places, func(place string) bool { return below(place, canonical(value)) })
}
