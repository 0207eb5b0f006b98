package transform

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// Ownership is how much of the image the application's user owns.
type Ownership int

// The values of --ownership.
const (
	OwnsWorkdir Ownership = iota // its WORKDIR and what is copied into it
	OwnsState                    // only what it must write
)

// Networks is how many networks data stores are put on.
type Networks int

// The values of --networks.
const (
	NetworksTiers Networks = iota // one for each group of data stores with the same clients
	NetworksTwo                   // one for all of them, beside the one for everything else
)

// ParseNetworks reads a value of --networks.
func ParseNetworks(name string) (Networks, error) {
	switch name {
	case "tiers":
		return NetworksTiers, nil
	case "two":
		return NetworksTwo, nil
	}
	return 0, fmt.Errorf("unknown networks %q: use tiers or two", name)
}

// User is the unprivileged user that is made where an image has none.
type User struct {
	Name     string
	UID, GID int
	Home     string
}

// DefaultUser is app, 10001:10001: above the ids of system users and of people,
// so that it meets no id of the host.
var DefaultUser = User{Name: "app", UID: 10001, GID: 10001, Home: "/home/app"}

// ParseBase reads how the base of a runtime stage is chosen.
func ParseBase(name string) (knowledge.RuntimeStyle, error) {
	if style := knowledge.RuntimeStyle(name); slices.Contains(knowledge.RuntimeStyles, style) {
		return style, nil
	}
	return "", fmt.Errorf("unknown base %q: use keep, slim, alpine, ubuntu or distroless", name)
}

// Options are the user's choices that rules look at.
type Options struct {
	Level     Level
	User      User
	Ownership Ownership
	Networks  Networks
	// Base is how the base of a runtime stage is chosen; "" is slim.
	Base knowledge.RuntimeStyle
	// Enabled reports whether a rule runs; nil means all do.
	Enabled func(rule string) bool
	// SecretsToEnv moves credentials that no image reads from a file into .env.
	SecretsToEnv bool
	// Digest gives the digest that an image's tag stands for today. It is nil, unless the user
	// asked for digests: rules look nothing up by themselves.
	Digest func(ref string) (digest string, err error)
	// NoComments leaves out the comments that say why a service gets a setting.
	NoComments bool
	// Service says what is known of a service's image; nil is the embedded knowledge alone.
	Service func(image string) *knowledge.Service
	// Limits are the project's own, by service; the empty name is for all others.
	Limits map[string]Limits
	// IgnoredService reports who asked for silence about a rule at a service of a
	// compose file, "" when nobody did. It may be nil.
	IgnoredService func(doc *compose.Document, rule string, at *compose.Service) string
	// Ignored reports who asked for silence about a rule at an instruction of the
	// document, "" when nobody did. It may be nil.
	Ignored func(doc *dockerfile.Document, rule string, at *dockerfile.Instruction) string
}

// Limits is a policy for what a service may use. Empty is "no opinion".
type Limits struct {
	Memory string `yaml:"memory"` // bytes, with compose's units
	PIDs   int    `yaml:"pids"`
	CPUs   string `yaml:"cpus"`
}

func (o Options) enabled(rule string) bool { return o.Enabled == nil || o.Enabled(rule) }

// Usage is how compose runs the image that the file ships. The zero value is
// "nothing is known".
type Usage struct {
	Services []Service // that build the image
	Target   string    // the stage that they build; "" for the last
	// Elsewhere: they build it in another directory than the one that is looked at.
	Elsewhere bool
}

// DevelopmentStage reports whether a stage's name says that a person works in it.
func DevelopmentStage(name string) bool {
	switch strings.ToLower(name) {
	case "dev", "dev-env", "dev-envs", "devenv", "devel", "develop", "development", "devcontainer", "dev-container", "local":
		return true
	}
	return false
}

// shipped is the index of the stage that ships.
func (u Usage) shipped(doc *dockerfile.Document) int {
	for _, s := range doc.Stages {
		if u.Target != "" && strings.EqualFold(s.Name, u.Target) {
			return s.Index
		}
	}
	return len(doc.Stages) - 1
}

// Known reports whether a compose file builds the image.
func (u Usage) Known() bool { return len(u.Services) > 0 }

// Service is a compose service that runs the image.
type Service struct {
	Name       string
	File       string   // its compose file, as the user would type it
	Line       int      // where it starts
	Dir        string   // directory of the compose file, as the user would type it
	Command    []string // replaces CMD; nil keeps it
	Entrypoint []string // replaces ENTRYPOINT; nil keeps it
	User       string   // replaces USER; "" keeps it
	Mounts     []Mount
	// Healthcheck is what its health check runs, command by command.
	Healthcheck [][]string
	// Context is the directory that it builds the image in, below the top of the repository.
	Context string
	// HostNetwork: its ports are the host's, where only root can listen below 1024.
	HostNetwork bool
}

// Mount is something that a service mounts into its containers.
type Mount struct {
	Path     string // in the container
	Source   string // name of a volume or path on the host; "" for an anonymous volume
	Bind     bool   // a path on the host
	File     bool   // the path on the host is one file
	Private  bool   // the path on the host is there, and closed to other users
	ReadOnly bool
	// OtherWriter is a service of another image that may write to the volume as a user of
	// its own; "" for none.
	OtherWriter string
}

// Pass is one look at one Dockerfile.
type Pass struct {
	Doc     *dockerfile.Document
	Facts   *Facts
	Usage   Usage
	Files   fs.FS // the build context, bounded and ignore-aware; nil when there is none
	Options Options
	shared  map[string]any
	line    func(offset int) int
}

// Line is the line on which an offset of Doc stands in the file as its author has it: the one that
// messages name, for Doc may be changed already.
func (p *Pass) Line(offset int) int {
	if p.line == nil {
		return p.Doc.Source.LineAt(offset)
	}
	return p.line(offset)
}

// Enabled reports whether another rule runs in the same pass.
func (p *Pass) Enabled(rule string) bool { return p.Options.enabled(rule) }

// Shared returns what build makes, once per pass, so that rules that rest on the
// same analysis do it once.
func Shared[T any](p *Pass, key string, build func(*Pass) T) T {
	return sharedValue(&p.shared, key, func() T { return build(p) })
}

func sharedValue[T any](all *map[string]any, key string, build func() T) T {
	if v, ok := (*all)[key]; ok {
		return v.(T)
	}
	v := build()
	if *all == nil {
		*all = map[string]any{}
	}
	(*all)[key] = v
	return v
}
