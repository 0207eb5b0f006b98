package topology

import (
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// dependencies: who waits for another one wants something of it.
func dependencies(m *Map, x *Member) {
	x.views(func(s *compose.Service) {
		for _, name := range s.Keys("depends_on") {
			m.edge(x, name, true, "depends_on")
		}
		for _, from := range s.List("volumes_from") {
			name, _, _ := strings.Cut(from, ":")
			m.edge(x, name, false, "volumes_from")
		}
	})
}

// links name a service, and a further name that this service alone has for it.
func links(m *Map, x *Member) {
	x.views(func(s *compose.Service) {
		for _, link := range s.List("links") {
			name, alias, _ := strings.Cut(link, ":")
			m.edge(x, name, true, "links")
			if alias != "" {
				x.links[alias] = name
			}
		}
	})
}

// commands are what the service runs: its start, its health check, its hooks.
func commands(m *Map, x *Member) {
	x.views(func(s *compose.Service) {
		m.command(x, "entrypoint", s.Entrypoint())
		m.command(x, "command", s.Command())
		m.command(x, "healthcheck", s.Healthcheck())
		for _, key := range []string{"post_start", "pre_stop"} {
			hooks, _ := s.Value(key).([]any)
			for _, h := range hooks {
				m.line(x, flat(h), key)
			}
		}
	})
}

func (m *Map) command(x *Member, key string, c compose.Command) {
	if m.line(x, c.Text+strings.Join(c.Words, " "), key); c.Text != "" {
		return
	}
	for i, word := range c.Words { // a word by itself is an argument, such as that of --host
		for _, n := range m.namedBy(x) {
			if n.word == word && i > 0 {
				m.edge(x, n.service, true, key)
			}
		}
	}
}

// line looks at a text of the compose file; words in it may be hosts.
func (m *Map) line(x *Member, text, place string) {
	text, unknown := m.resolved(text)
	for _, name := range unknown {
		if hostVariable(name) && !plainVariable(name) && !x.store {
			x.open("the variable " + name + " in its " + place + " has no value here")
		}
	}
	for _, n := range m.namedBy(x) {
		for l := range strings.Lines(text) {
			if found, certain := mention(l, n.word, words); found {
				m.edge(x, n.service, certain, place)
			}
		}
	}
}

// labels tell a proxy which services it is to lead to.
func labels(m *Map, x *Member) {
	x.views(func(s *compose.Service) {
		for _, l := range keyed(s.Value("labels")) {
			if strings.HasPrefix(l, "traefik.") && !strings.HasPrefix(l, "traefik.enable=false") || strings.HasPrefix(l, "caddy") {
				for _, proxy := range m.Members {
					image := proxy.Pass.Service.Image()
					if proxy != x && strings.Contains(image, l[:strings.IndexAny(l+"=", ".=_")]) {
						m.edge(proxy, x.Name, true, "labels of "+x.Name)
					}
				}
			}
		}
	})
}

// sockets: who asks the engine finds services that no file names to it.
func sockets(_ *Map, x *Member) {
	x.views(func(s *compose.Service) {
		for _, mount := range s.Mounts() {
			if strings.HasSuffix(mount.Source, "docker.sock") || strings.HasSuffix(mount.Source, "podman.sock") {
				x.open("it finds services through " + mount.Source)
			}
		}
		for _, v := range s.Environment() {
			if v.Name == "DOCKER_HOST" {
				x.open("it finds services through DOCKER_HOST")
			}
		}
		if strings.Contains(flat(s.Value("command")), "providers.docker") {
			x.open("it finds services through the engine's API")
		}
	})
}

// keyed are the entries of a mapping or list as KEY=VALUE.
func keyed(v any) []string {
	var out []string
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			out = append(out, k+"="+flat(x[k]))
		}
	case []any:
		for _, e := range x {
			out = append(out, flat(e))
		}
	}
	return out
}

// flat is all text of a value.
func flat(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			parts[i] = flat(e)
		}
		return strings.Join(parts, " ")
	case map[string]any:
		return strings.Join(keyed(x), " ")
	}
	return ""
}
