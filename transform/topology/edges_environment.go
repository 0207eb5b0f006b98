package topology

import (
	"io/fs"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// environment are variables of the compose file.
func environment(m *Map, x *Member) {
	x.views(func(s *compose.Service) {
		for _, v := range s.Environment() {
			value := v.Value
			if !v.Given {
				value = "${" + v.Name + "}"
			}
			m.variable(x, v.Name, value, "environment "+v.Name)
		}
		if args := s.Value("build", "args"); args != nil {
			for _, arg := range keyed(args) {
				name, value, _ := strings.Cut(arg, "=")
				m.variable(x, name, value, "build argument "+name)
			}
		}
	})
}

// environmentFiles are the variables of env_file. Their values are read here, and never
// leave: an edge says the file and the name.
func environmentFiles(m *Map, x *Member) {
	x.views(func(s *compose.Service) {
		list, _ := s.Value("env_file").([]any)
		if name, ok := s.Value("env_file").(string); ok {
			list = []any{name}
		}
		for _, e := range list {
			name, required := flat(e), true
			if file, ok := e.(map[string]any); ok {
				name, required = flat(file["path"]), file["required"] != false
			}
			text, ok := m.scan.read(name)
			if !ok {
				if required {
					x.open("its env_file " + name + " is not here")
				}
				continue
			}
			for _, v := range variables(text) {
				m.variable(x, v.name, v.value, local(name)+" "+v.name)
			}
		}
	})
}

// variable looks at one variable.
func (m *Map) variable(x *Member, name, value, place string) {
	text, unknown := m.resolved(value)
	plain := plainVariable(name)
	for _, u := range unknown {
		if !x.store && !plain && !plainVariable(u) && (hostVariable(name) || hostVariable(u)) {
			x.open("the variable " + u + " in its " + place + " has no value here")
		}
	}
	for _, n := range m.namedBy(x) {
		for l := range strings.Lines(text) {
			l = strings.TrimSpace(l)
			found, certain := mention(l, n.word, words)
			if found {
				m.edge(x, n.service, certain || !plain && listed(l, n.word), place)
			}
		}
	}
}

// listed reports whether a value is a name, or a list of names.
func listed(value, name string) bool {
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		if host, _, _ := strings.Cut(part, ":"); host == name {
			return true
		}
	}
	return false
}

type setting struct{ name, value string }

// variables reads NAME=VALUE lines.
func variables(text string) []setting {
	var out []setting
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if name, value, ok := strings.Cut(line, "="); ok {
			name = strings.TrimSpace(strings.TrimPrefix(name, "export "))
			out = append(out, setting{name, strings.Trim(strings.TrimSpace(value), `"'`)})
		}
	}
	return out
}

// readDotenv are the variables that compose puts into the file.
func (m *Map) readDotenv() map[string]string {
	out := map[string]string{}
	if m.files == nil {
		return out
	}
	if text, err := fs.ReadFile(m.files, ".env"); err == nil {
		for _, v := range variables(string(text)) {
			out[v.name] = v.value
		}
	}
	return out
}
