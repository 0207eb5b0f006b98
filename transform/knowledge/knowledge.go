// Package knowledge is what is known of base images, service images, packages and
// programs: embedded data, each fact with its source, behind typed lookups. Data is
// decoded when it is first asked for.
package knowledge

import (
	_ "embed" // the data
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

//go:embed bases.yaml
var basesYAML []byte

//go:embed programs.yaml
var programsYAML []byte

//go:embed recommends.yaml
var recommendsYAML []byte

// Base is what is known of the image in a FROM line.
type Base struct {
	Image          string             `yaml:"image"`
	Aliases        []string           `yaml:"aliases"`
	Family         string             `yaml:"family"`  // debian, alpine, rhel, wolfi, busybox, distroless, azurelinux, suse, arch, none
	PackageManager string             `yaml:"manager"` // apt, apk, dnf, yum, microdnf, tdnf, zypper, pacman, none
	Minimal        bool               `yaml:"minimal"` // lacks the tools that make users
	DefaultUser    string             `yaml:"user"`
	OwnUser        *OwnUser           `yaml:"own"`
	Workdir        string             `yaml:"workdir"`
	Entrypoint     []string           `yaml:"entrypoint"`
	Cmd            []string           `yaml:"cmd"`
	Passes         bool               `yaml:"passes"` // the entrypoint runs a program named by its arguments as it is
	Docs           string             `yaml:"docs"`   // "excluded" when its package manager leaves documentation out
	Drops          string             `yaml:"drops"`
	Daemon         bool               `yaml:"daemon"`
	NonRoot        bool               `yaml:"nonroot"`
	Interactive    bool               `yaml:"interactive"`
	Docker         bool               `yaml:"docker"`
	Init           bool               `yaml:"init"`   // an init system is its main process
	Lambda         bool               `yaml:"lambda"` // the platform chooses the user
	Language       string             `yaml:"language"`
	Provides       []string           `yaml:"provides"`      // packages that every tag has, beyond its distribution
	ProvidesFull   []string           `yaml:"provides_full"` // those that tags without slim and alpine have
	Env            map[string]string  `yaml:"env"`           // what later commands look at of its ENV
	Sources        []string           `yaml:"sources"`
	Confidence     string             `yaml:"confidence"` // primary, secondary, inferred; guessed when only the tag tells
	Users          map[string]OwnUser `yaml:"-"`
	LowPort        int                `yaml:"-"` // port below 1024 that its own service listens on, or 0
	Tag            string             `yaml:"-"`
	Version        string             `yaml:"-"` // leading version number of the tag, "" when it has none
	AddUser        string             `yaml:"-"` // shadow, busybox, rpm_minimal or none
}

// OwnUser is a user that an image has.
type OwnUser struct {
	Name string `yaml:"name"`
	UID  int    `yaml:"uid"`
	GID  int    `yaml:"gid"`
	Home string `yaml:"home"`
}

// bases maps repositories to what is known of them.
var bases = sync.OnceValue(func() map[string]*Base {
	var sections map[string][]*Base
	decode(basesYAML, &sections)
	out := map[string]*Base{}
	for _, list := range sections {
		for _, b := range list {
			out[b.Image] = b
			for _, a := range b.Aliases {
				out[a] = b
			}
		}
	}
	return out
})

// decode reads embedded data; a test holds it against its types.
func decode(data []byte, into any) {
	if err := yaml.Unmarshal(data, into); err != nil {
		panic(fmt.Sprintf("embedded data: %v", err)) // a broken build, not an input
	}
}

// Ref is an image reference cut into its parts.
type Ref struct {
	Repository string // official images without docker.io/library
	Tag        string
	Digest     string
}

// mirrors are prefixes below which official images stand under their own names.
var mirrors = []string{"docker.io/library/", "index.docker.io/library/", "registry-1.docker.io/library/", "public.ecr.aws/docker/library/", "mirror.gcr.io/library/", "library/"}

// registries are prefixes that stand for Docker Hub.
var registries = []string{"docker.io/", "index.docker.io/", "registry-1.docker.io/", "mirror.gcr.io/"}

// ParseRef cuts an image reference. It accepts what FROM accepts and never fails:
// what is not understood ends up in Repository.
func ParseRef(ref string) Ref {
	var r Ref
	ref, r.Digest, _ = strings.Cut(ref, "@")
	slash := strings.LastIndexByte(ref, '/')
	if colon := strings.LastIndexByte(ref, ':'); colon > slash {
		ref, r.Tag = ref[:colon], ref[colon+1:]
	}
	if i := strings.Index(ref, "/dependency_proxy/containers/"); i >= 0 {
		ref = ref[i+len("/dependency_proxy/containers/"):]
	}
	for _, m := range mirrors {
		if name, ok := strings.CutPrefix(ref, m); ok {
			r.Repository = name
			return r
		}
	}
	for _, m := range registries {
		ref = strings.TrimPrefix(ref, m)
	}
	r.Repository = ref
	return r
}

// LookupBase says what is known of an image, nil when nothing is. For an unknown
// repository whose tag names a distribution the family alone is given, with
// Confidence "guessed".
func LookupBase(image string) *Base {
	r := ParseRef(image)
	known := find(r.Repository)
	if known == nil {
		return guess(r)
	}
	b := *known
	b.Tag, b.Version = r.Tag, leadingVersion(r.Tag)
	b.variant()
	b.addUsers()
	return &b
}

// BaseNames lists the repositories of base images that something is known of.
func BaseNames() []string { return slices.Sorted(maps.Keys(bases())) }

// find looks a repository up, then the organisation that it belongs to.
func find(repository string) *Base {
	for name := strings.ToLower(repository); name != ""; {
		if b, ok := bases()[name]; ok {
			return b
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return nil
		}
		name = name[:i]
	}
	return nil
}

func guess(r Ref) *Base {
	b := &Base{Image: r.Repository, Tag: r.Tag, Confidence: "guessed", DefaultUser: ""}
	text := strings.ToLower(r.Repository + ":" + r.Tag)
	switch {
	case strings.Contains(text, "alpine"):
		b.Family, b.PackageManager = "alpine", "apk"
	case containsAny(text, "bookworm", "bullseye", "buster", "stretch", "jessie", "trixie", "debian", "ubuntu", "jammy", "focal", "bionic", "xenial", "trusty", "noble"):
		b.Family, b.PackageManager = "debian", "apt"
	case containsAny(text, "centos", "fedora", "rocky", "almalinux"):
		b.Family, b.PackageManager = "rhel", "yum"
	default:
		return nil
	}
	b.variant()
	b.addUsers()
	return b
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// variant takes into account what the tag says.
func (b *Base) variant() {
	tag := strings.ToLower(b.Tag)
	switch {
	case strings.Contains(tag, "alpine") && (b.Family == "debian" || b.Family == "rhel"):
		b.Family, b.PackageManager, b.Minimal = "alpine", "apk", false
		if b.OwnUser != nil && b.OwnUser.Name == "www-data" {
			b.OwnUser = &OwnUser{Name: "www-data", UID: 82, GID: 82, Home: b.OwnUser.Home}
		}
	case strings.Contains(tag, "ubi") && b.Family == "debian":
		b.Family, b.PackageManager, b.Minimal = "rhel", "microdnf", true
	case b.Image == "centos" && (b.Version == "" || b.Version >= "8" && len(b.Version) == 1 || strings.HasPrefix(tag, "stream")):
		b.PackageManager = "dnf"
	case b.Image == "amazonlinux" && (tag == "1" || tag == "2" || strings.HasPrefix(tag, "2.") || strings.HasPrefix(tag, "2017") || strings.HasPrefix(tag, "2018")):
		b.PackageManager = "yum"
	case (b.Image == "oraclelinux" && strings.Contains(tag, "slim")) || strings.Contains(tag, "minimal") && b.Family == "rhel":
		b.PackageManager, b.Minimal = "microdnf", b.Image != "oraclelinux"
	}
	if b.Family == "debian" && strings.Contains(tag, "slim") {
		b.Docs = "excluded"
	}
	if b.Image == "php" && strings.Contains(tag, "apache") {
		b.Cmd, b.LowPort = []string{"apache2-foreground"}, 80
	} else if b.Image == "php" && strings.Contains(tag, "fpm") {
		b.Cmd, b.Daemon = []string{"php-fpm"}, true
	}
	if b.Language == "dotnet" && b.OwnUser != nil && b.Version != "" && len(b.Version) > 1 && b.Version < "8" && b.Version[1] == '.' {
		b.OwnUser = nil // the user came with .NET 8
	}
	if strings.Contains(tag, "nonroot") || b.Language == "dotnet" && containsAny(tag, "chiseled", "distroless") {
		b.NonRoot, b.DefaultUser = true, "nonroot"
	}
	if b.Image == "gcr.io/distroless" {
		b.Entrypoint = nil
	}
	switch b.Family {
	case "debian", "rhel", "suse", "arch":
		b.AddUser = "shadow"
		if b.Minimal {
			b.AddUser = "rpm_minimal"
		}
	case "azurelinux":
		b.AddUser = "rpm_minimal"
	case "alpine", "wolfi", "busybox":
		b.AddUser = "busybox"
	default:
		b.AddUser = "none"
	}
}

// Has reports whether the image is known to bring a package.
func (b *Base) Has(pkg string) bool {
	if slices.Contains(b.Provides, pkg) {
		return true
	}
	return !containsAny(b.Tag, "slim", "alpine") && slices.Contains(b.ProvidesFull, pkg)
}

// addUsers lists the users that images of the family have.
func (b *Base) addUsers() {
	b.Users = map[string]OwnUser{"nobody": {Name: "nobody", UID: 65534, GID: 65534, Home: "/"}}
	switch b.Family {
	case "debian":
		b.Users["www-data"] = OwnUser{Name: "www-data", UID: 33, GID: 33, Home: "/var/www"}
		b.Users["daemon"] = OwnUser{Name: "daemon", UID: 1, GID: 1, Home: "/usr/sbin"}
	case "distroless":
		b.Users["nonroot"] = OwnUser{Name: "nonroot", UID: 65532, GID: 65532, Home: "/home/nonroot"}
	}
	if b.Image == "ubuntu" && (b.Version == "" || b.Version >= "23") && !containsAny(b.Tag, "jammy", "focal", "bionic", "xenial", "trusty") {
		b.Users["ubuntu"] = OwnUser{Name: "ubuntu", UID: 1000, GID: 1000, Home: "/home/ubuntu"}
	}
	if b.OwnUser != nil {
		b.Users[b.OwnUser.Name] = *b.OwnUser
	}
}

// leadingVersion is the number in front of a tag: 3.12 of 3.12-slim.
func leadingVersion(tag string) string {
	tag = strings.TrimPrefix(tag, "v")
	end := 0
	for end < len(tag) && (tag[end] >= '0' && tag[end] <= '9' || tag[end] == '.') {
		end++
	}
	return strings.Trim(tag[:end], ".")
}

// UIDTaken says which user of the image has a uid.
func (b *Base) UIDTaken(uid int) (name string, taken bool) {
	for _, u := range b.Users {
		if u.UID == uid {
			return u.Name, true
		}
	}
	return "", false
}

// AddUserCommands gives the commands that make an application user with a home
// directory of its own and no login shell, with the tools that the image has.
// ok is false where there are none: then only a number can be used.
func AddUserCommands(b *Base, name string, uid, gid int, home string) (commands []string, ok bool) {
	switch b.AddUser {
	case "shadow", "rpm_minimal":
		nologin := "/usr/sbin/nologin"
		if b.Family == "rhel" || b.Family == "azurelinux" {
			nologin = "/sbin/nologin"
		}
		commands = []string{
			fmt.Sprintf("groupadd --gid %d %s", gid, name),
			fmt.Sprintf("useradd --uid %d --gid %d --create-home --home-dir %s --shell %s %s", uid, gid, home, nologin, name),
		}
		if b.AddUser == "rpm_minimal" {
			m := b.PackageManager
			commands = append([]string{m + " install -y shadow-utils"}, append(commands, m+" clean all")...)
		}
	case "busybox":
		commands = []string{
			fmt.Sprintf("addgroup -g %d %s", gid, name),
			fmt.Sprintf("adduser -D -u %d -G %s -h %s -s /sbin/nologin %s", uid, name, home, name),
		}
	default:
		return nil, false
	}
	return commands, true
}
