package knowledge

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	_ "embed" // the data
)

//go:embed modules.yaml
var modulesYAML []byte

// moduleEntry says which libraries and programs of the system modules of a language load.
type moduleEntry struct {
	Ecosystem string              `yaml:"ecosystem"` // python or node
	Names     []string            `yaml:"names"`
	Headers   []string            `yaml:"headers"`  // of Debian: the libraries that they stand for in the release
	Packages  map[string][]string `yaml:"packages"` // by manager
	Instead   []string            `yaml:"instead"`  // modules that, installed beside, bring what these need
	Source    string              `yaml:"source"`
}

var modules = sync.OnceValue(func() map[string]*moduleEntry {
	var list []moduleEntry
	decode(modulesYAML, &list)
	out := map[string]*moduleEntry{}
	for i := range list {
		for _, name := range list[i].Names {
			out[list[i].Ecosystem+" "+name] = &list[i]
		}
	}
	return out
})

var moduleSeparators = regexp.MustCompile(`[-_.]+`)

func lookupModule(ecosystem, name string) *moduleEntry {
	name = strings.ToLower(name)
	if ecosystem == "python" {
		name = moduleSeparators.ReplaceAllString(name, "-")
	}
	return modules()[ecosystem+" "+name]
}

// LibrariesOfModule gives the system's packages that a module of a language ("python" or
// "node") loads or starts when it runs: psycopg2 loads libpq5. It is empty for modules that bring all they
// need, as most wheels do. An application that runs has them from its base image
// (LostLibrariesOfModule) or installs them by name.
func LibrariesOfModule(ecosystem, name, release string) []string {
	e := lookupModule(ecosystem, name)
	if e == nil {
		return nil
	}
	manager := "apt"
	if strings.HasPrefix(release, "alpine") {
		manager = "apk"
	}
	out := slices.Clone(e.Packages[manager])
	if manager == "apt" {
		for _, header := range e.Headers {
			for _, library := range LookupPackage(manager, release, header).Libraries {
				if !slices.Contains(out, library) {
					out = append(out, library)
				}
			}
		}
	}
	return out
}

// ModulesInstead gives the modules beside which a module loads nothing of the system:
// psycopg takes the libpq of psycopg-binary.
func ModulesInstead(ecosystem, name string) []string {
	if e := lookupModule(ecosystem, name); e != nil {
		return slices.Clone(e.Instead)
	}
	return nil
}

// LostLibrariesOfModule gives those of LibrariesOfModule that the module finds in the full
// variant of image, and not in the slim one.
func LostLibrariesOfModule(image, ecosystem, name, release string) []string {
	full := FullPackages(image, release)
	return slices.DeleteFunc(LibrariesOfModule(ecosystem, name, release), func(library string) bool {
		return !slices.Contains(full, library)
	})
}
