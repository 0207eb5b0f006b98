package knowledge

import (
	"slices"
	"sync"
)

// recommendsTable is what packages lose without their Recommends.
type recommendsTable struct {
	Source   string              `yaml:"source"`
	Needs    map[string][]string `yaml:"needs"`
	Brings   map[string][]string `yaml:"brings"`
	Harmless []string            `yaml:"harmless"`

	known map[string]bool
}

var recommends = sync.OnceValue(func() *recommendsTable {
	t := &recommendsTable{known: map[string]bool{}}
	decode(recommendsYAML, t)
	for _, p := range t.Harmless {
		t.known[p] = true
	}
	for p := range t.Needs {
		t.known[p] = true
	}
	return t
})

// Recommends gives the recommended packages that real use of an apt package needs,
// for they are not installed with --no-install-recommends. known is false for a
// package that the table does not have.
func Recommends(pkg string) (needs []string, known bool) {
	t := recommends()
	return t.Needs[pkg], t.known[pkg]
}

// Brings reports whether installing a package installs another one with it.
func Brings(pkg, other string) bool { return slices.Contains(recommends().Brings[pkg], other) }
