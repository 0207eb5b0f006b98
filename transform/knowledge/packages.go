package knowledge

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	_ "embed" // the data

	"gopkg.in/yaml.v3"
)

//go:embed packages.yaml
var packagesYAML []byte

// Purpose is what a system package is for.
type Purpose int

const (
	// PurposeUnknown is that of a package that nothing is known of: it may be needed at run time.
	PurposeUnknown Purpose = iota
	// PurposeCompiler is that of compilers, linkers and what they cannot do without.
	PurposeCompiler
	// PurposeHeaders is that of headers and static libraries: programs are built with them, and
	// need the libraries that they belong to when they run.
	PurposeHeaders
	// PurposeBuildTool is that of tools that drive a build or serve one.
	PurposeBuildTool
	// PurposeFetch is that of tools that bring, check and unpack files: needed at run time only
	// where a program or a script calls them.
	PurposeFetch
	// PurposeRuntime is that of libraries, servers, interpreters, fonts and data that
	// programs use when they run.
	PurposeRuntime
)

var purposeNames = []string{"unknown", "compiler", "headers", "build-tool", "fetch", "runtime"}

func (p Purpose) String() string { return purposeNames[p] }

// UnmarshalYAML reads the name of a purpose.
func (p *Purpose) UnmarshalYAML(node *yaml.Node) error {
	i := slices.Index(purposeNames, node.Value)
	if i < 0 {
		return fmt.Errorf("line %d: %q is no purpose", node.Line, node.Value)
	}
	*p = Purpose(i)
	return nil
}

// BuildOnly reports whether nothing needs a package of this purpose when it runs: a
// package that is only known to fetch may be called by a script, and is not build-only.
func (p Purpose) BuildOnly() bool {
	return p == PurposeCompiler || p == PurposeHeaders || p == PurposeBuildTool
}

// Package is what is known of an operating system's package.
type Package struct {
	Name    string
	Purpose Purpose
	// Libraries are, for headers, the packages of the libraries that they belong to, in the
	// release that was asked for. They are complete when Known is set, and may be none then.
	Libraries []string
	Known     bool
	Bare      bool     // headers that belong to no library
	Runs      []string // for build tools: the packages of the interpreter that comes with them, which a program may run on where the image has no other
	Programs  []string // commands that it puts on PATH, as far as known
}

// purposeEntry gives packages a purpose.
type purposeEntry struct {
	Purpose  Purpose  `yaml:"purpose"`
	Managers []string `yaml:"managers"` // all when there are none
	Names    []string `yaml:"names"`
	Patterns []string `yaml:"patterns"` // as path.Match has them; for names that stand nowhere
	Source   string   `yaml:"source"`
}

// programEntry says which package has commands that are not called as it is.
type programEntry struct {
	Programs []string            `yaml:"programs"`
	Packages map[string][]string `yaml:"packages"` // by manager
}

// runsEntry says which packages come with build tools that programs may run on.
type runsEntry struct {
	Names    []string `yaml:"names"` // patterns
	Managers []string `yaml:"managers"`
	Runs     []string `yaml:"runs"`
	Source   string   `yaml:"source"`
}

type packageData struct {
	Purposes []purposeEntry `yaml:"purposes"`
	Runs     []runsEntry    `yaml:"runs"`
	Programs []programEntry `yaml:"programs"`
	Source   string         `yaml:"programs_source"`

	byName map[string]Purpose // by manager and name, or by name alone
}

var packages = sync.OnceValue(func() *packageData {
	d := &packageData{byName: map[string]Purpose{}}
	decode(packagesYAML, d)
	for _, e := range d.Purposes {
		for _, name := range e.Names {
			if len(e.Managers) == 0 {
				d.byName[name] = e.Purpose
			}
			for _, manager := range e.Managers {
				d.byName[manager+" "+name] = e.Purpose
			}
		}
	}
	return d
})

// LookupPackage says what is known of a package: of the manager (apt, apk, dnf, yum and their
// kin), in the release that ReleaseOf gives, by its name as it stands in an install command.
// Version, architecture and release behind the name do not count. Without a release only
// what holds in every release that is known is given.
func LookupPackage(manager, release, name string) Package {
	manager, name = familyManager(manager), bareName(name)
	p := Package{Name: name, Purpose: purposeOf(manager, name), Programs: programsOf(manager, name), Runs: runsOf(manager, name)}
	if libraries, ok := librariesOf(manager, release, name); ok {
		p.Libraries, p.Known, p.Bare = libraries, true, len(libraries) == 0
		if p.Purpose == PurposeUnknown {
			p.Purpose = PurposeHeaders
		}
	}
	if p.Purpose == PurposeCompiler { // gfortran: what it compiles is linked with its library
		p.Libraries = append(p.Libraries, slices.DeleteFunc(slices.Clone(p.Runs), func(run string) bool { return !strings.HasPrefix(run, "lib") })...)
		p.Runs = slices.DeleteFunc(p.Runs, func(run string) bool { return strings.HasPrefix(run, "lib") })
	}
	if p.Purpose == PurposeBuildTool { // python3-dev: for who embeds the interpreter
		p.Runs, p.Libraries = append(p.Runs, p.Libraries...), nil
	}
	return p
}

// PackagesOfProgram names the packages that put a command on PATH, the usual one first; any
// of them will do. A command that the data does not have is of the package of its name, if that is
// known. It is empty when none is.
func PackagesOfProgram(manager, program string) []string {
	manager, program = familyManager(manager), path.Base(program)
	for _, e := range packages().Programs {
		if slices.Contains(e.Programs, program) {
			return slices.Clone(e.Packages[manager])
		}
	}
	if ownProgram(manager, program) {
		return []string{program}
	}
	return nil
}

// ownProgram reports whether a package that is known by name may have a command of that name.
func ownProgram(manager, name string) bool {
	d := packages()
	_, ofManager := d.byName[manager+" "+name]
	_, known := d.byName[name]
	return ofManager || known
}

// runsOf gives what comes with a build tool. A star in what comes stands for what it
// stood for in the name: openjdk-17-jdk brings openjdk-17-jre.
func runsOf(manager, name string) []string {
	for _, e := range packages().Runs {
		if len(e.Managers) > 0 && !slices.Contains(e.Managers, manager) {
			continue
		}
		for _, pattern := range e.Names {
			if ok, _ := path.Match(pattern, name); !ok {
				continue
			}
			before, after, _ := strings.Cut(pattern, "*")
			star := strings.TrimSuffix(strings.TrimPrefix(name, before), after)
			out := make([]string, len(e.Runs))
			for i, run := range e.Runs {
				out[i] = strings.Replace(run, "*", star, 1)
			}
			return out
		}
	}
	return nil
}

// familyManager folds package managers of one family into the name that the data has.
func familyManager(manager string) string {
	switch manager {
	case "apt", "apt-get", "aptitude", "dpkg", "clean-install", "install_packages", "install_clean", "apt-get-install":
		return "apt"
	case "apk", "apk-install":
		return "apk"
	case "dnf", "yum", "microdnf", "tdnf", "rpm":
		return "dnf"
	}
	return manager
}

// bareName cuts what stands behind a package's name.
func bareName(name string) string {
	if i := strings.IndexAny(name, "=<>~:/@"); i > 0 {
		name = name[:i]
	}
	return name
}

func purposeOf(manager, name string) Purpose {
	d := packages()
	if p, ok := d.byName[manager+" "+name]; ok {
		return p
	}
	if p, ok := d.byName[name]; ok {
		return p
	}
	for _, e := range d.Purposes {
		if len(e.Managers) > 0 && !slices.Contains(e.Managers, manager) {
			continue
		}
		for _, pattern := range e.Patterns {
			if ok, _ := path.Match(pattern, name); ok {
				return e.Purpose
			}
		}
	}
	return PurposeUnknown
}

func programsOf(manager, name string) []string {
	var out []string
	for _, e := range packages().Programs {
		if slices.Contains(e.Packages[manager], name) {
			out = append(out, e.Programs...)
		}
	}
	if len(out) == 0 && ownProgram(manager, name) {
		out = []string{name}
	}
	return out
}
