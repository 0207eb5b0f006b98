package config

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// Project is what a first .bulkhead.yaml is fitted to.
type Project struct {
	Dockerfiles, ComposeFiles int
	Dir                       string   // an example of a directory with files of the project
	Services                  []string // in the order of their files
	Unknown                   []string // images of services of which nothing is known
}

// Template is a .bulkhead.yaml that says of a project what holds without one. All else stands
// in it as examples with the project's own names, in lines that begin with # and no blank.
func Template(p Project) []byte {
	service, dir, image := "web", "legacy", "registry.example.com/team/queue"
	if len(p.Services) > 0 {
		service = p.Services[0]
	}
	if p.Dir != "" {
		dir = p.Dir
	}
	unknown := ""
	if len(p.Unknown) > 0 {
		image = p.Unknown[0]
		unknown = "\n# Of these of the project it does not: " + strings.Join(p.Unknown, ", ") + "."
	}
	return fmt.Appendf(nil, template, SchemaURL, p.found(), word(dir), word(service), word(service), word(image), unknown)
}

// found says in words what the project has.
func (p Project) found() string {
	out := count(p.Dockerfiles, "Dockerfile") + " and " + count(p.ComposeFiles, "compose file")
	if p.ComposeFiles > 0 {
		out += " with " + count(len(p.Services), "service")
	}
	return out
}

func count(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// word is a text as YAML writes it.
func word(text string) string {
	out, err := yaml.Marshal(text)
	if err != nil {
		return `""`
	}
	return strings.TrimSpace(string(out))
}

const template = `# yaml-language-server: $schema=%[1]s

# How Bulkhead treats this project: %[2]s.
# "bulkhead config" shows what holds for a file, and where it comes from. Lines that begin with #
# and no blank are examples.

# How far to go: safe, standard or strict.
level: standard

# The user that is made where an image has none.
#user:
#  uid: 10001
#  gid: 10001

# What that user owns in the image: workdir (its WORKDIR and what is copied into it), or state
# (what it must write) alone.
#ownership: workdir

# What a runtime stage is built on: keep, slim, alpine, ubuntu or distroless.
#base: slim

# Networks for data stores: tiers (one for each set of clients), or two (one for all of them,
# beside the frontend).
#networks: tiers

# Where credentials of compose files go: file (what the image reads from one), or env (all others
# to .env, which git ignores).
#secrets: file

# Whether what services get carries a comment that says why.
#comments: on

# Rules that are off; "bulkhead rules" lists them. In one place alone a comment above it does:
# bulkhead: ignore=RULE the reason
#rules:
#  package-docs: off

# Other settings for some files or directories. The last entry that matches counts.
#paths:
#  - path: %[3]s
#    reason: is replaced next year
#    level: safe
#    rules:
#      non-root-user: off

# What services may use at most. Without it, limits follow from what was measured.
#limits:
#  default: {memory: 512m, pids: 200}
#  %[4]s: {memory: 2g}

# What services were seen to need, or to do without: writes, read-only, capability,
# no-capabilities, memory or pids.
#observations:
#  - source: who saw it, and when
#    target: %[5]s
#    kind: writes
#    value: /app/cache
#    reason: thumbnails

# What is known of images that Bulkhead does not know.%[7]s
#knowledge:
#  services:
#    - image: %[6]s
#      user: root
#      sources: [its Dockerfile]
#      confidence: primary
`
