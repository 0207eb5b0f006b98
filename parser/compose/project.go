package compose

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// Project is the compose files that docker compose reads as one: a base and the files
// that override it.
type Project struct {
	Files    []*Document // in the order of their weight, the base first
	Model    Model       // what they mean together
	Services []*Service  // in the order of the files

	read        Reader
	swarm       bool
	complaints  map[string]string // see troubles
	complaining sync.Once
}

// Refusals of files that are no project.
var (
	// ErrVersion1 is the refusal of files from before there were services.
	ErrVersion1 = errors.New("it has no services: it is a compose file of version 1, which docker compose no longer reads")
	// ErrNoServices is the refusal of files that add to others, such as networks alone.
	ErrNoServices = errors.New("it has no services")
)

// maxServices bounds the work: compose-go takes about a millisecond for each service, and
// the largest public files have some hundred.
const maxServices = 1000

// Load reads files as one project. It fails where docker compose would, but for what
// depends on variables, and on files that are included: those are not read.
func Load(files []*Document, read Reader) (*Project, error) {
	if len(files) == 0 {
		return nil, errors.New("no compose file")
	}
	if err := version1(files[0]); err != nil {
		return nil, err
	}
	for _, d := range files {
		if n := len(d.Services()); n > maxServices {
			return nil, d.Source.Errorf(0, "split the file", "it has %d services, more than the %d that are looked at", n, maxServices)
		}
	}
	model, err := loadModel(files, read)
	if err != nil {
		return nil, complaint(files, err)
	}
	if model.services() == nil && model["include"] == nil {
		return nil, ErrNoServices
	}
	p := &Project{Files: files, Model: model, read: read}
	p.findServices()
	p.swarm = p.forSwarm()
	return p, nil
}

// Includes lists the files that the project includes, as they are written. They are
// projects of their own, which docker compose copies into this one.
func (p *Project) Includes() []string {
	var out []string
	for _, d := range p.Files {
		for _, i := range d.Includes() {
			out = append(out, i.Name)
		}
	}
	return out
}

// Include is a file that another one includes.
type Include struct {
	Name string // as it is written: a path from the directory of the other, or an address
	At   int    // where
}

// Local gives the path when the file is one of this machine and no variable decides which.
func (i Include) Local() (name string, ok bool) {
	if i.Name == "" || strings.ContainsAny(i.Name, "$:@") || path.IsAbs(i.Name) || strings.HasPrefix(i.Name, "github.com/") {
		return "", false
	}
	return path.Clean(i.Name), true
}

// Includes lists the files that a file includes.
func (d *Document) Includes() []Include {
	var out []Include
	add := func(n *yaml.Node) { out = append(out, Include{deref(n).Value, d.offset(n)}) }
	list := Child(d.Root, "include")
	if list == nil {
		return nil
	}
	for _, n := range list.Content {
		if n = deref(n); n.Kind == yaml.MappingNode {
			n = Child(n, "path")
		}
		switch {
		case n == nil:
		case n.Kind == yaml.ScalarNode:
			add(n)
		case n.Kind == yaml.SequenceNode:
			for _, file := range n.Content {
				add(file)
			}
		}
	}
	return out
}

// Swarm reports whether the project is written for docker stack deploy, which takes it as
// a whole: a service says where and how its copies are placed, updated or reached, which
// compose alone never reads, or a network reaches over several hosts.
func (p *Project) Swarm() bool { return p.swarm }

func (p *Project) forSwarm() bool {
	for _, s := range p.Services {
		for _, key := range []string{"placement", "update_config", "rollback_config", "endpoint_mode", "mode"} {
			if s.Has("deploy", key) {
				return true
			}
		}
	}
	networks, _ := p.Model["networks"].(map[string]any)
	for _, n := range networks {
		if n, ok := n.(map[string]any); ok && text(n["driver"]) == "overlay" {
			return true
		}
	}
	return false
}

// findServices ties each service of the model to the first file that has it.
func (p *Project) findServices() {
	seen := map[string]*Service{}
	for i, d := range p.Files {
		all := Child(d.Root, "services")
		if all == nil || all.Kind != yaml.MappingNode {
			continue
		}
		for j := 0; j+1 < len(all.Content); j += 2 {
			name := all.Content[j].Value
			if s := seen[name]; s != nil {
				s.Overrides = append(s.Overrides, i)
				continue
			}
			model, _ := p.Model.services()[name].(map[string]any)
			s := &Service{Name: name, File: i, Key: all.Content[j], Node: all.Content[j+1], project: p, model: model}
			seen[name] = s
			p.Services = append(p.Services, s)
		}
	}
	for _, s := range p.Services {
		s.extended = seen[s.extendsName()]
	}
}

// Service finds a service by its name; nil when there is none.
func (p *Project) Service(name string) *Service {
	for _, s := range p.Services {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Sharers lists the services that take a key of a service over, through YAML's merge
// keys or by extending it: what is added to the one is added to them too.
func (p *Project) Sharers(s *Service, key string) []*Service {
	var out []*Service
	for _, o := range p.Services {
		if o != s && (o.merges(s, key) || o.Extends(s, key)) {
			out = append(out, o)
		}
	}
	return out
}

// merges reports whether a service merges a key of another one's mapping in.
func (s *Service) merges(from *Service, key string) bool {
	return from.Node.Anchor != "" && s.File == from.File && own(s.Node, key) == nil && mergesFrom(s.Node, from.Node)
}

// Extends reports whether a service extends another one of its project, directly or
// not, and takes a key over from it: compose appends to lists, merges mappings and
// lets a scalar be replaced.
func (s *Service) Extends(from *Service, key string) bool {
	for range maxExtends {
		v := own(s.Node, key)
		if v == nil {
			v = merged(s.Node, key)
		}
		if v != nil && (deref(v).Kind == yaml.ScalarNode && !empty(v) || v.Tag == "!override" || v.Tag == "!reset") {
			return false
		}
		if s = s.extended; s == nil || s == from {
			return s != nil
		}
	}
	return false
}

// extendsName names the service of the same project that a service extends, "" when there
// is none.
func (s *Service) extendsName() string {
	ref := own(s.Node, "extends")
	if ref == nil {
		ref = merged(s.Node, "extends")
	}
	switch ref = deref(ref); {
	case ref == nil:
		return ""
	case ref.Kind == yaml.ScalarNode:
		return ref.Value
	case Child(ref, "file") == nil && Child(ref, "service") != nil:
		return Child(ref, "service").Value
	}
	return ""
}

// mergesFrom reports whether a mapping merges another one in, directly or not.
func mergesFrom(m, from *yaml.Node) bool {
	return slices.Contains(allFragments(m), from)
}

// allFragments lists the mappings that a mapping merges in, directly or through others,
// each once, the strongest first.
func allFragments(m *yaml.Node) []*yaml.Node {
	var out []*yaml.Node
	var visit func(*yaml.Node)
	visit = func(n *yaml.Node) {
		for _, f := range fragments(n) {
			if !slices.Contains(out, f) {
				out = append(out, f)
				visit(f)
			}
		}
	}
	visit(m)
	return out
}

// fragments lists the mappings that a mapping merges in, the strongest first.
func fragments(m *yaml.Node) []*yaml.Node {
	if m == nil || m.Kind != yaml.MappingNode {
		return nil
	}
	var out []*yaml.Node
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value != "<<" || m.Content[i].Style != 0 {
			continue
		}
		if v := deref(m.Content[i+1]); v.Kind == yaml.MappingNode {
			out = append(out, v)
		} else {
			for _, c := range v.Content {
				out = append(out, deref(c))
			}
		}
	}
	return out
}

// own is the value of a key that a mapping has itself, as it is written: an alias is
// not followed and nothing is merged in.
func own(m *yaml.Node, key string) *yaml.Node {
	if m == nil || m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

// merged is the value of a key that a mapping gets from the fragments it merges in.
func merged(m *yaml.Node, key string) *yaml.Node {
	for _, f := range allFragments(m) {
		if v := own(f, key); v != nil {
			return deref(v)
		}
	}
	return nil
}

// Span is the place of a key of a service in its file, of the service's name when the
// service does not have the key itself. Path elements are keys and, for items of lists, numbers.
func (s *Service) Span(path ...string) parser.Span {
	d := s.Doc()
	key, node := s.Key, s.Node
	for _, step := range path {
		k, v := childNode(node, step)
		if v == nil {
			break
		}
		key, node = k, v
	}
	at := d.offset(key)
	end, err := d.end(key, 0)
	if err != nil {
		end = at
	}
	return parser.Span{Start: at, End: end}
}

// childNode finds a key or an item; for an item, it is its own place.
func childNode(n *yaml.Node, step string) (key, value *yaml.Node) {
	switch n = deref(n); {
	case n == nil:
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	case n.Kind == yaml.SequenceNode:
		var i int
		if _, err := fmt.Sscanf(step, "%d", &i); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}

// With is the project with other files in the place of its own.
func (p *Project) With(files []*Document) (*Project, error) { return Load(files, p.read) }

// Over is the project over other texts of files that it extends, by their names relative
// to its directory.
func (p *Project) Over(texts map[string][]byte) (*Project, error) {
	return Load(p.Files, func(name string) ([]byte, error) {
		if text, ok := texts[name]; ok {
			return text, nil
		}
		return p.read(name)
	})
}
