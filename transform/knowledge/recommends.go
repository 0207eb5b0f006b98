package knowledge

import "sync"

// recommends is the table of what packages lose without their Recommends.
var recommends = sync.OnceValue(func() map[string][]string {
	var data struct {
		Source   string              `yaml:"source"`
		Needs    map[string][]string `yaml:"needs"`
		Harmless []string            `yaml:"harmless"`
	}
	decode(recommendsYAML, &data)
	out := make(map[string][]string, len(data.Needs)+len(data.Harmless))
	for _, p := range data.Harmless {
		out[p] = nil
	}
	for p, needs := range data.Needs {
		out[p] = needs
	}
	return out
})

// Recommends gives the recommended packages that real use of an apt package needs,
// for they are not installed with --no-install-recommends. known is false for a
// package that the table does not have.
func Recommends(pkg string) (needs []string, known bool) {
	needs, known = recommends()[pkg]
	return needs, known
}
