package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// fullImages gives a line for each full image: what it has in a release and Debian's own image
// does not.
func fullImages(packages map[string]*pkg, release string) []string {
	providers := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		for _, virtual := range packages[name].provides {
			if providers[virtual] == "" {
				providers[virtual] = name
			}
		}
	}
	var base []string
	for name, p := range packages {
		if p.base {
			base = append(base, name)
		}
	}
	small := closure(packages, providers, base)
	var out []string
	installs := knowledge.FullInstalls()
	for _, image := range slices.Sorted(maps.Keys(installs)) {
		all := closure(packages, providers, installs[image])
		maps.DeleteFunc(all, func(name string, _ bool) bool { return small[name] })
		out = append(out, fmt.Sprintf("%s %s\t%s\n", image, release, strings.Join(slices.Sorted(maps.Keys(all)), " ")))
	}
	return out
}

// closure is what is installed when some packages are, without what they recommend.
func closure(packages map[string]*pkg, providers map[string]string, names []string) map[string]bool {
	out := map[string]bool{}
	for todo := slices.Clone(names); len(todo) > 0; {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if packages[name] == nil {
			name = providers[name]
		}
		if packages[name] == nil || out[name] {
			continue
		}
		out[name] = true
		for _, d := range packages[name].depends {
			todo = append(todo, d.name)
		}
	}
	return out
}
