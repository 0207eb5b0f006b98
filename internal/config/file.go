package config

import (
	"fmt"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"gopkg.in/yaml.v3"
)

// settingsFile is .bulkhead.yaml as YAML writes it. These types are the one description of the
// file: what is read, what is refused as unknown, and the schema that editors use follow from
// them. The tag doc says what a setting is for, pattern what a word has to look like, min the
// least number, and required marks what cannot be left out.
type settingsFile struct {
	layer        `yaml:",inline"`
	Paths        []pathLayer           `yaml:"paths" doc:"Other settings for some of the files. Where several match, the last one that says something counts."`
	Limits       map[string]limitsText `yaml:"limits" doc:"What services may use at most, by the name of the service; \"default\" is for all others."`
	Observations []observation         `yaml:"observations" doc:"Evidence of what services need, from a run or from a person."`
	Knowledge    additions             `yaml:"knowledge" doc:"What is known of images that Bulkhead does not know, or knows otherwise."`
}

// layer is what holds for all files, or for those of a path.
type layer struct {
	Level     *levelName        `yaml:"level" doc:"How far to go."`
	Ownership *ownershipName    `yaml:"ownership" doc:"What the application's user owns in an image: its WORKDIR and what is copied into it, or what it must write alone."`
	Base      *baseName         `yaml:"base" doc:"What a runtime stage is built on."`
	Networks  *networksName     `yaml:"networks" doc:"Networks for data stores: one for each set of clients (tiers), or one for all of them (two)."`
	Secrets   *secretsName      `yaml:"secrets" doc:"Where credentials of compose files go: to files alone, or to .env (env) what can be read from no file."`
	Comments  *Switch           `yaml:"comments" doc:"Whether settings that services get carry a comment that says why."`
	User      userIDs           `yaml:"user" doc:"The unprivileged user that is made where an image has none."`
	Rules     map[string]Switch `yaml:"rules" doc:"Rules that are off, or on again where the whole project has them off."`
}

type userIDs struct {
	UID *int `yaml:"uid" doc:"Its user id." min:"1"`
	GID *int `yaml:"gid" doc:"The id of its group." min:"1"`
}

// pathLayer is a layer for the files that a glob finds.
type pathLayer struct {
	Path   globs  `yaml:"path" required:"true" doc:"Files or directories, from the directory of this file: a glob, in which ** stands for any directories, or a list of some. A directory stands for all below it."`
	Reason string `yaml:"reason" doc:"Why. The report names it beside what is ignored."`
	layer  `yaml:",inline"`
}

// limitsText is transform.Limits with what the schema says of it.
type limitsText struct {
	Memory string `yaml:"memory" pattern:"^[0-9]+([.][0-9]+)? *([bkmgBKMG][bB]?)?$" doc:"Memory, with compose's units: 512m, 1.5g."`
	PIDs   int    `yaml:"pids" min:"1" doc:"Processes and threads."`
	CPUs   string `yaml:"cpus" pattern:"^[0-9]+([.][0-9]+)?$" doc:"Processors, such as 0.5."`
}

// observation is transform.Observation with what the schema says of it.
type observation struct {
	Source string                    `yaml:"source" required:"true" doc:"Who saw it: an engine run with its date, a person."`
	Target string                    `yaml:"target" required:"true" doc:"The service."`
	Kind   transform.ObservationKind `yaml:"kind" required:"true" doc:"What was seen."`
	Value  string                    `yaml:"value" doc:"The path, the capability, the bytes (with a unit) or the number of processes; none for read-only and no-capabilities."`
	Reason string                    `yaml:"reason" doc:"What needs it."`
}

type additions struct {
	Services entries `yaml:"services" doc:"Entries in the form of docs/knowledge.md."`
}

// entries are knowledge.Service values whose lines are still needed.
type entries struct{ node *yaml.Node }

// UnmarshalYAML keeps the tree, which knowledge reads itself.
func (e *entries) UnmarshalYAML(n *yaml.Node) error {
	e.node = n
	return nil
}

type (
	levelName     string
	ownershipName string
	baseName      string
	networksName  string
	secretsName   string
)

// Switch is on or off. Both are words to a reader of YAML 1.2 and truth values to one of
// YAML 1.1, and either is taken.
type Switch bool

// UnmarshalYAML reads on, off, true or false.
func (s *Switch) UnmarshalYAML(n *yaml.Node) error {
	switch strings.ToLower(n.Value) {
	case "on", "true":
		*s = true
	case "off", "false":
		*s = false
	default:
		return fmt.Errorf("line %d: %q is neither on nor off", n.Line, n.Value)
	}
	return nil
}

func (s Switch) String() string {
	if s {
		return "on"
	}
	return "off"
}

// globs are one pattern or a list.
type globs []string

// UnmarshalYAML reads a word or a list of words.
func (g *globs) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*g = globs{n.Value}
		return nil
	}
	return n.Decode((*[]string)(g))
}

// The words that some settings are one of.
var (
	levels       = []string{transform.LevelSafe.String(), transform.LevelStandard.String(), transform.LevelStrict.String()}
	ownerships   = []string{"workdir", "state"}
	networks     = []string{"tiers", "two"} // in the order of transform.Networks
	secretPlaces = []string{"file", "env"}
	// observed are the kinds of observations, each with whether it needs a value.
	observed = []struct {
		kind   transform.ObservationKind
		valued bool
	}{
		{transform.ObservedReadOnly, false}, {transform.ObservedWrite, true}, {transform.ObservedCapability, true},
		{transform.ObservedNoCapabilities, false}, {transform.ObservedMemory, true}, {transform.ObservedPIDs, true},
	}
)

// Levels are the words of --level and of the setting level.
func Levels() []string { return levels }

// Ownerships are the words of --ownership and of the setting ownership.
func Ownerships() []string { return ownerships }

// ParseOwnership reads one of them.
func ParseOwnership(name string) (transform.Ownership, error) {
	switch name {
	case ownerships[0]:
		return transform.OwnsWorkdir, nil
	case ownerships[1]:
		return transform.OwnsState, nil
	}
	return 0, fmt.Errorf("unknown ownership %q: use workdir or state", name)
}

// Networks are the words of --networks and of the setting networks.
func Networks() []string { return networks }

// Secrets are the words of --secrets and of the setting secrets.
func Secrets() []string { return secretPlaces }

// ParseSecrets reads one of them: whether credentials that are read from no file go to .env.
func ParseSecrets(name string) (toEnv bool, err error) {
	switch name {
	case secretPlaces[0]:
		return false, nil
	case secretPlaces[1]:
		return true, nil
	}
	return false, fmt.Errorf("unknown place for secrets %q: use file or env", name)
}

// Bases are the words of --base and of the setting base.
func Bases() []string {
	var out []string
	for _, style := range knowledge.RuntimeStyles {
		out = append(out, string(style))
	}
	return out
}

func kinds() []string {
	var out []string
	for _, o := range observed {
		out = append(out, string(o.kind))
	}
	return out
}

// known is what the entries are made of.
type known = []knowledge.Service
