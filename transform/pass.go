package transform

import (
	"io/fs"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// Ownership is how much of the image the application's user owns.
type Ownership int

// The values of --ownership.
const (
	OwnsWorkdir Ownership = iota // its WORKDIR and what is copied into it
	OwnsState                    // only what it must write
)

// User is the unprivileged user that is made where an image has none.
type User struct {
	Name     string
	UID, GID int
	Home     string
}

// DefaultUser is app, 10001:10001: above the ids of system users and of people,
// so that it meets no id of the host.
var DefaultUser = User{Name: "app", UID: 10001, GID: 10001, Home: "/home/app"}

// Options are the user's choices that rules look at.
type Options struct {
	Level     Level
	User      User
	Ownership Ownership
	// Enabled reports whether a rule runs; nil means all do.
	Enabled func(rule string) bool
	// Ignored reports who asked for silence about a rule at an instruction of the
	// document, "" when nobody did. It may be nil.
	Ignored func(doc *dockerfile.Document, rule string, at *dockerfile.Instruction) string
}

func (o Options) enabled(rule string) bool { return o.Enabled == nil || o.Enabled(rule) }

// Usage is what is known of how containers of the image are run, from compose.
// The zero value is "nothing is known".
type Usage struct {
	Known      bool     // a compose file runs this image
	Command    []string // replaces CMD; nil keeps it
	Entrypoint []string // replaces ENTRYPOINT; nil keeps it
	User       string
	Binds      []string // container paths that host directories are mounted on
	Volumes    []string // container paths that named volumes are mounted on
	HostNet    bool
}

// Pass is one look at one Dockerfile.
type Pass struct {
	Doc     *dockerfile.Document
	Facts   *Facts
	Usage   Usage
	Files   fs.FS // the build context, bounded and ignore-aware; nil when there is none
	Options Options
	shared  map[string]any
}

// Enabled reports whether another rule runs in the same pass.
func (p *Pass) Enabled(rule string) bool { return p.Options.enabled(rule) }

// Shared returns what build makes, once per pass, so that rules that rest on the
// same analysis do it once.
func Shared[T any](p *Pass, key string, build func(*Pass) T) T {
	if v, ok := p.shared[key]; ok {
		return v.(T)
	}
	v := build(p)
	if p.shared == nil {
		p.shared = map[string]any{}
	}
	p.shared[key] = v
	return v
}
