package knowledge

import (
	_ "embed" // the data
	"slices"
	"sync"

	"gopkg.in/yaml.v3"
)

//go:embed controls.yaml
var controlsYAML []byte

// Framework is a list of controls that others wrote.
type Framework struct {
	Name     string    `yaml:"name"`
	Short    string    `yaml:"short"` // as it is typed
	Edition  string    `yaml:"edition"`
	Editions []Edition `yaml:"editions"` // in which the numbers are the same, the newest first
	Note     string    `yaml:"note"`     // for readers of the list, a sentence or two
	Controls []Control `yaml:"controls"`
}

// Edition is one of a framework's editions.
type Edition struct {
	Name   string            `yaml:"name"`
	Source string            `yaml:"source"` // where its numbers and titles were read
	Titles map[string]string `yaml:"titles"` // of controls that have another title there
}

// Control is an entry of a framework.
type Control struct {
	ID    string   `yaml:"id"`
	Title string   `yaml:"title"`
	Of    []string `yaml:"of"` // what it is about: image, service or host
	// Partial: the rules can tell that it is not met, but not that it is.
	Partial bool      `yaml:"partial"`
	Decided []Decider `yaml:"decided"`
}

// Decider is a rule that has to be content for a control to be met.
type Decider struct {
	Rule string `yaml:"rule"`
	// About narrows the rule to findings about one of these things, or about nothing in particular;
	// empty is all of its findings.
	About []string `yaml:"about"`
	// Image is the rule of Dockerfiles whose fix makes this one content with a service.
	Image string `yaml:"image"`
	// Silence: the rule is content when it ran and had nothing to say, and Keys, what it
	// looks at in a service, do not hang on variables.
	Silence bool     `yaml:"silence"`
	Keys    []string `yaml:"keys"`
}

var frameworks = sync.OnceValue(func() []Framework {
	var doc struct {
		Frameworks []Framework `yaml:"frameworks"`
	}
	if err := yaml.Unmarshal(controlsYAML, &doc); err != nil {
		panic("knowledge/controls.yaml: " + err.Error()) // embedded: a test reads it
	}
	return doc.Frameworks
})

// Frameworks are those that are known, in the order in which they are told.
func Frameworks() []Framework { return frameworks() }

// LookupFramework finds a framework by its name or the short one.
func LookupFramework(name string) (Framework, bool) {
	i := slices.IndexFunc(frameworks(), func(f Framework) bool { return f.Name == name || f.Short == name })
	if i < 0 {
		return Framework{}, false
	}
	return frameworks()[i], true
}

// Control finds a control by its id.
func (f Framework) Control(id string) (Control, bool) {
	i := slices.IndexFunc(f.Controls, func(c Control) bool { return c.ID == id })
	if i < 0 {
		return Control{}, false
	}
	return f.Controls[i], true
}

// Is reports whether the control is about an image, a service or the host.
func (c Control) Is(of string) bool { return slices.Contains(c.Of, of) }
