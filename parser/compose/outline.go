// Package compose reads compose files, and changes them without touching a byte that
// no edit names.
package compose

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"

	"gopkg.in/yaml.v3"
)

// Outline is what a compose file says of a service, as far as it concerns the image
// that the service builds. Values that hold a variable stay as they are written.
type Outline struct {
	Name       string
	Line       int
	Image      string
	Build      *Build // nil when the image is not built here
	Command    Command
	Entrypoint Command
	User       string
	Mounts     []Mount
}

// Build is how a service's image is built.
type Build struct {
	Context    string // "." when it is not given
	Dockerfile string // path below Context; "Dockerfile" when it is not given
	Inline     bool   // the Dockerfile stands in the compose file
	Target     string
}

// Command is a command line: words, or one text that is split as a shell does.
type Command struct {
	Words []string
	Text  string
}

// Mount is an entry of volumes.
type Mount struct {
	Type     string // volume, bind, tmpfs …
	Source   string
	Target   string
	ReadOnly bool
}

// Outlines lists the services of a compose file in its order.
func Outlines(text []byte) (services []Outline, err error) {
	defer func() { // yaml.v3 panics at some broken documents
		if p := recover(); p != nil {
			services, err = nil, fmt.Errorf("the YAML parser fails: %v", p)
		}
	}()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	all := child(&doc, "services")
	if all == nil || all.Kind != yaml.MappingNode {
		return nil, errors.New("there are no services")
	}
	for i := 0; i+1 < len(all.Content); i += 2 {
		var raw rawService
		if err := all.Content[i+1].Decode(&raw); err != nil {
			return nil, fmt.Errorf("service %s: %w", all.Content[i].Value, err)
		}
		services = append(services, raw.service(all.Content[i]))
	}
	return services, nil
}

// child is the value of a key at the top of a document.
func child(doc *yaml.Node, key string) *yaml.Node {
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	for top := doc.Content[0].Content; len(top) > 1; top = top[2:] {
		if top[0].Value == key {
			if top[1].Alias != nil {
				return top[1].Alias
			}
			return top[1]
		}
	}
	return nil
}

// rawService is a service as YAML writes it.
type rawService struct {
	Image      string     `yaml:"image"`
	Build      *rawBuild  `yaml:"build"`
	Command    rawCommand `yaml:"command"`
	Entrypoint rawCommand `yaml:"entrypoint"`
	User       string     `yaml:"user"`
	Volumes    []rawMount `yaml:"volumes"`
}

func (r rawService) service(name *yaml.Node) Outline {
	s := Outline{Name: name.Value, Line: name.Line, Image: r.Image, Command: Command(r.Command), Entrypoint: Command(r.Entrypoint), User: r.User}
	if r.Build != nil {
		b := Build(*r.Build)
		if b.Context == "" {
			b.Context = "."
		}
		if b.Dockerfile == "" {
			b.Dockerfile = "Dockerfile"
		}
		s.Build = &b
	}
	for _, m := range r.Volumes {
		s.Mounts = append(s.Mounts, Mount(m))
	}
	return s
}

type rawBuild Build

// UnmarshalYAML reads `build: DIR` and the long form.
func (b *rawBuild) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		b.Context = n.Value
		return nil
	}
	var long struct {
		Context    string `yaml:"context"`
		Dockerfile string `yaml:"dockerfile"`
		Inline     string `yaml:"dockerfile_inline"`
		Target     string `yaml:"target"`
	}
	err := n.Decode(&long)
	*b = rawBuild{long.Context, long.Dockerfile, long.Inline != "", long.Target}
	return err
}

type rawCommand Command

// UnmarshalYAML reads a list of words or one text.
func (c *rawCommand) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		if n.Tag != "!!null" {
			c.Text = n.Value
		}
		return nil
	}
	return n.Decode(&c.Words)
}

type rawMount Mount

// UnmarshalYAML reads SOURCE:TARGET[:MODE], TARGET alone, and the long form.
func (m *rawMount) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*m = shortMount(n.Value)
		return nil
	}
	var long struct {
		Type     string `yaml:"type"`
		Source   string `yaml:"source"`
		Target   string `yaml:"target"`
		ReadOnly bool   `yaml:"read_only"`
	}
	err := n.Decode(&long)
	*m = rawMount(long)
	return err
}

func shortMount(text string) rawMount {
	parts := splitMount(text)
	m := rawMount{Type: "volume", Target: parts[0]}
	if len(parts) > 1 {
		m.Source, m.Target = parts[0], parts[1]
		if strings.ContainsAny(m.Source[:min(1, len(m.Source))], "./~$") || strings.Contains(m.Source, "/") || len(m.Source) > 1 && m.Source[1] == ':' {
			m.Type = "bind"
		}
	}
	if len(parts) > 2 {
		for option := range strings.SplitSeq(parts[2], ",") {
			m.ReadOnly = m.ReadOnly || option == "ro"
		}
	}
	m.Target = path.Clean(m.Target)
	return m
}

// splitMount splits at colons, but not inside of ${VAR:-default} and not behind the
// letter of a Windows drive.
func splitMount(text string) []string {
	var parts []string
	start, depth := 0, 0
	for i := range len(text) {
		switch {
		case text[i] == '{':
			depth++
		case text[i] == '}':
			depth--
		case text[i] == ':' && depth <= 0 && !(i == start+1 && unicode.IsLetter(rune(text[start]))):
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}
