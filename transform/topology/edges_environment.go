package topology

import (
	"io/fs"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
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
		for _, file := range s.EnvFiles() {
			text, ok := m.scan.read(file.Path)
			if !ok {
				if file.Required && !(x.store && knowledge.QuietStore(s.Image())) {
					x.open("its env_file " + file.Path + " is not here")
				}
				continue
			}
			for _, v := range compose.EnvLines(text) {
				m.variable(x, v.Name, strings.Trim(v.Value, quotes), local(file.Path)+" "+v.Name)
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

// quotes stand around values.
const quotes = `"'`

// readDotenv are the variables that compose puts into the file.
func (m *Map) readDotenv() map[string]string {
	out := map[string]string{}
	if m.files == nil {
		return out
	}
	if text, err := fs.ReadFile(m.files, ".env"); err == nil {
		for _, v := range compose.EnvLines(string(text)) {
			out[v.Name] = strings.Trim(v.Value, quotes)
		}
	}
	return out
}
