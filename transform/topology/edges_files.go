package topology

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// inlineConfigs are configs and secrets: files of the project, or texts in the compose file.
func inlineConfigs(m *Map, x *Member) {
	x.views(func(s *compose.Service) {
		for _, section := range []string{"configs", "secrets"} {
			all, _ := s.Project().Model[section].(map[string]any)
			for _, name := range s.Keys(section) {
				entry, _ := all[name].(map[string]any)
				switch {
				case entry["content"] != nil:
					m.line(x, flat(entry["content"]), section+" "+name)
				case entry["file"] != nil:
					if !m.tree(x, flat(entry["file"])) && section == "configs" {
						x.open("its config " + flat(entry["file"]) + " is not here")
					}
				case entry["environment"] == nil && section == "configs":
					x.open("its config " + name + " is not here")
				}
			}
		}
	})
}

// mounts are files of the host that the service sees: configuration, its source.
func mounts(m *Map, x *Member) {
	x.views(func(s *compose.Service) {
		for _, mount := range s.Mounts() {
			switch {
			case mount.Type == "volume" && mount.Source != "" && configures(mount.Target):
				x.open("its configuration may be in the volume " + mount.Source)
			case mount.Type != "bind" || system(mount.Source):
			case !m.tree(x, mount.Source) && configures(mount.Target):
				x.open("what it mounts on " + mount.Target + " is not here")
			}
		}
	})
}

// system reports whether a place is the host's own: it names no service.
func system(source string) bool {
	for _, dir := range []string{"/var/run", "/run", "/proc", "/sys", "/dev", "/etc/localtime", "/etc/timezone", "/usr/share/zoneinfo"} {
		if source == dir || strings.HasPrefix(source, dir+"/") {
			return true
		}
	}
	return false
}

// configures reports whether a place in a container is for configuration.
func configures(target string) bool {
	if strings.HasPrefix(target, "/etc/") || strings.Contains(target, "conf") {
		return true
	}
	return slices.Contains([]string{".conf", ".cfg", ".ini", ".yaml", ".yml", ".toml", ".json", ".properties", ".xml", ".env", ".cnf", ".hcl"}, path.Ext(target))
}

// tree looks at a file or a directory of the project, and reports whether it was all there.
func (m *Map) tree(x *Member, name string) bool {
	files, complete := m.scan.walk(name)
	for _, f := range files {
		m.file(x, f)
	}
	return complete
}

// file looks at a file.
func (m *Map) file(x *Member, f *file) {
	if x.store {
		x.files = append(x.files, f)
	}
	for _, n := range m.namedBy(x) {
		if !strings.Contains(f.text, n.word) {
			continue
		}
		number := 0
		for line := range strings.Lines(f.text) {
			number++
			if comment(line) {
				continue
			}
			if found, certain := mention(strings.TrimRight(line, "\r\n"), n.word, f.dialect); found {
				m.edge(x, n.service, certain, f.place(number))
				if certain {
					break
				}
			}
		}
	}
}
