package compose

import (
	"fmt"
	"sort"
	"strings"

	"gopkg.in/yaml.v3"
)

// Service is a service as compose runs it: what all files of the project, fragments and
// extended services say together. Values that hold a variable stay as they are written.
type Service struct {
	Name      string
	File      int   // index of the file that defines it
	Overrides []int // further files that say something of it
	// Key and Node are its name and its mapping in that file.
	Key, Node *yaml.Node

	project  *Project
	model    map[string]any
	extended *Service // the service of the project that it extends; nil when there is none
}

// Doc is the file that defines the service.
func (s *Service) Doc() *Document { return s.project.Files[s.File] }

// Project is what the service belongs to.
func (s *Service) Project() *Project { return s.project }

// Value is a part of what the service means; nil when it is not there.
func (s *Service) Value(path ...string) any {
	var v any = s.model
	for _, key := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// Has reports whether the service says anything of a key.
func (s *Service) Has(path ...string) bool { return s.Value(path...) != nil }

// Text is a scalar, "" when it is not there.
func (s *Service) Text(path ...string) string { return text(s.Value(path...)) }

// True reports whether a key is given and true, in any spelling that compose takes.
func (s *Service) True(path ...string) bool { return True(s.Text(path...)) }

// True reports whether a scalar is one of the spellings of true that compose takes.
func True(text string) bool {
	switch strings.ToLower(text) {
	case "true", "yes", "y", "on":
		return true
	}
	return false
}

// List is a list of scalars, or the one that stands for a list of itself.
func (s *Service) List(path ...string) []string {
	switch v := s.Value(path...).(type) {
	case nil:
		return nil
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			out[i] = text(e)
		}
		return out
	case map[string]any:
		return nil
	default:
		return []string{text(v)}
	}
}

// Image is the image that the service runs; with a build it is the name that it gets.
func (s *Service) Image() string { return s.Text("image") }

// Build is how the service's image is built, nil when it is not.
func (s *Service) Build() *Build {
	b, ok := s.Value("build").(map[string]any)
	if !ok {
		return nil
	}
	out := &Build{Context: text(b["context"]), Dockerfile: text(b["dockerfile"]), Inline: b["dockerfile_inline"] != nil, Target: text(b["target"])}
	if out.Context == "" {
		out.Context = "."
	}
	if out.Dockerfile == "" {
		out.Dockerfile = "Dockerfile"
	}
	return out
}

// Command replaces the image's CMD; it is empty when it does not.
func (s *Service) Command() Command { return s.command("command") }

// Entrypoint replaces the image's ENTRYPOINT; it is empty when it does not.
func (s *Service) Entrypoint() Command { return s.command("entrypoint") }

func (s *Service) command(key string) Command {
	switch v := s.Value(key).(type) {
	case nil:
		return Command{}
	case []any:
		return Command{Words: s.List(key)}
	default:
		return Command{Text: text(v)}
	}
}

// Mounts lists what the service mounts: volumes, binds, and tmpfs in the long form.
func (s *Service) Mounts() []Mount {
	list, _ := s.Value("volumes").([]any)
	var out []Mount
	for _, e := range list {
		switch v := e.(type) {
		case map[string]any:
			out = append(out, longMount(v))
		case string: // with a variable that hides its form
			out = append(out, shortMount(v))
		}
	}
	return out
}

// Tmpfs is an entry of `tmpfs:`.
type Tmpfs struct {
	Path    string
	Options string
}

// Tmpfs lists the service's entries of `tmpfs:`.
func (s *Service) Tmpfs() []Tmpfs {
	var out []Tmpfs
	for _, e := range s.List("tmpfs") {
		path, options, _ := strings.Cut(e, ":")
		out = append(out, Tmpfs{path, options})
	}
	return out
}

// Port is a published port.
type Port struct {
	HostIP    string
	Published string // "" for one that the engine chooses
	Target    string
	Protocol  string
	// Index is its place in the service's own list, -1 when the list is not its own or
	// the entry stands for several ports.
	Index int
}

// Ports lists the published ports.
func (s *Service) Ports() []Port {
	list, _ := s.Value("ports").([]any)
	index := -1
	if seq := own(s.Node, "ports"); seq != nil && seq.Kind == yaml.SequenceNode && len(seq.Content) == len(list) && len(s.Overrides) == 0 {
		index = 0
	}
	var out []Port
	for i, e := range list {
		p := Port{Index: index}
		if index >= 0 {
			p.Index = i
		}
		if v, ok := e.(map[string]any); ok {
			p.HostIP, p.Published, p.Target, p.Protocol = text(v["host_ip"]), text(v["published"]), text(v["target"]), text(v["protocol"])
		} else { // compose-go leaves the short form where one of the list holds a variable
			p.short(text(e))
		}
		out = append(out, p)
	}
	return out
}

// short reads [[HOST:]PUBLISHED:]TARGET[/PROTOCOL].
func (p *Port) short(word string) {
	parts := splitMount(word)
	if strings.HasPrefix(word, "[") { // an address of version 6
		if host, rest, ok := strings.Cut(word[1:], "]:"); ok {
			parts = append([]string{host}, splitMount(rest)...)
		}
	}
	last := len(parts) - 1
	p.Target, p.Protocol, _ = strings.Cut(parts[last], "/")
	if last > 0 {
		p.Published = parts[last-1]
	}
	if last > 1 {
		p.HostIP = strings.Join(parts[:last-1], ":")
	}
}

// Variable is an environment variable of a service.
type Variable struct {
	Name, Value string
	Given       bool // with a value, rather than taken from the caller's environment
}

// Environment lists the variables in the order of their names.
func (s *Service) Environment() []Variable {
	var out []Variable
	switch v := s.Value("environment").(type) {
	case map[string]any:
		for name, value := range v {
			out = append(out, Variable{name, text(value), value != nil})
		}
	case []any:
		for _, e := range v {
			name, value, given := strings.Cut(text(e), "=")
			out = append(out, Variable{name, value, given})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Healthcheck is the command of the service's own health check.
func (s *Service) Healthcheck() Command {
	switch v := s.Value("healthcheck", "test").(type) {
	case nil:
		return Command{}
	case []any:
		return Command{Words: s.List("healthcheck", "test")}
	default:
		return Command{Text: text(v)}
	}
}

// Keys lists the names below a key: networks, depends_on, secrets in either form.
func (s *Service) Keys(path ...string) []string {
	var out []string
	switch v := s.Value(path...).(type) {
	case map[string]any:
		for name := range v {
			out = append(out, name)
		}
	case []any:
		for _, e := range v {
			if m, ok := e.(map[string]any); ok {
				out = append(out, text(m["source"]))
			} else {
				out = append(out, text(e))
			}
		}
	}
	sort.Strings(out)
	return out
}

// Editable reports why the service's mapping cannot be changed, nil when it can.
func (s *Service) Editable() error {
	switch n := s.Node; {
	case n.Kind == yaml.AliasNode:
		return fmt.Errorf("%w: the service is an alias of %s", ErrShared, n.Value)
	case n.Kind != yaml.MappingNode:
		return fmt.Errorf("%w: the service is empty", ErrPlace)
	case n.Style&yaml.FlowStyle != 0 && len(n.Content) > 0 && n.Content[len(n.Content)-1].Line != n.Line:
		return ErrFlow
	}
	return nil
}
