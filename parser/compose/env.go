package compose

import "strings"

// EnvFile is a file that a service takes variables from.
type EnvFile struct {
	Path     string // as it is written
	Required bool   // the service does not start without it
}

// EnvFiles lists the env_file entries of the service.
func (s *Service) EnvFiles() []EnvFile {
	list, _ := s.Value("env_file").([]any)
	if name, ok := s.Value("env_file").(string); ok {
		list = []any{name}
	}
	var out []EnvFile
	for _, e := range list {
		file := EnvFile{Path: text(e), Required: true}
		if m, ok := e.(map[string]any); ok {
			file = EnvFile{Path: text(m["path"]), Required: m["required"] != false}
		}
		out = append(out, file)
	}
	return out
}

// EnvLines reads the NAME=value lines of a file such as .env, in their order. Values stand
// as they are written, quotes included.
func EnvLines(text string) []Variable {
	var out []Variable
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if ok && !strings.HasPrefix(line, "#") {
			out = append(out, Variable{strings.TrimSpace(name), strings.TrimSpace(value), true})
		}
	}
	return out
}
