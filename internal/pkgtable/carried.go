package main

import (
	"slices"
	"strings"
)

// everywhere are libraries of every Debian image.
var everywhere = []string{"libc6", "libgcc-s1", "libgcc1", "libcrypt1"}

// carried maps header packages to the packages of their libraries. These are what the
// header package depends on, if it is a library and of the same source or of that very
// version. Header packages of the same source are followed, since they hold parts of it; where there
// is no library of its own, all of them are, since it only chooses among others (as
// default-libmysqlclient-dev does). A name that one header package alone provides stands
// for it, as it does for apt.
func carried(packages map[string]*pkg) map[string][]string {
	out := map[string][]string{}
	providers := map[string][]string{}
	for name, p := range packages {
		if !headers(p) || elsewhere(name) {
			continue
		}
		libraries := slices.Sorted(slices.Values(librariesOf(packages, p, map[string]bool{})))
		out[name] = slices.Compact(libraries)
		for _, virtual := range p.provides {
			if strings.HasSuffix(virtual, "-dev") && packages[virtual] == nil {
				providers[virtual] = append(providers[virtual], name)
			}
		}
	}
	for virtual, names := range providers {
		if len(names) == 1 && !elsewhere(virtual) {
			out[virtual] = out[names[0]]
		}
	}
	return out
}

// elsewhere reports whether a header package is of a language that links its libraries
// into the program, or of the compiler: whose programs carry nothing.
func elsewhere(name string) bool {
	for _, prefix := range []string{"libc6-dev", "linux-libc-dev", "golang-", "librust-", "libghc-", "libgcc-", "libstdc++-", "node-", "elpa-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return strings.HasSuffix(name, "-ocaml-dev") || strings.HasSuffix(name, "-cross-dev") || strings.Contains(name, "-cross")
}

func librariesOf(packages map[string]*pkg, p *pkg, seen map[string]bool) []string {
	if seen[p.name] || elsewhere(p.name) {
		return nil
	}
	seen[p.name] = true
	var own, parts, others []string
	for _, d := range p.depends {
		other := packages[d.name]
		switch {
		case other == nil:
		case headers(other) && other.source == p.source:
			parts = append(parts, d.name)
		case headers(other):
			others = append(others, d.name)
		case library(other) && (other.source == p.source || d.exact) && !slices.Contains(everywhere, d.name):
			own = append(own, d.name)
		}
	}
	if len(own) == 0 {
		parts = append(parts, others...)
	}
	for _, name := range parts {
		own = append(own, librariesOf(packages, packages[name], seen)...)
	}
	return own
}

// headers reports whether programs are built with a package.
func headers(p *pkg) bool {
	return strings.HasSuffix(p.name, "-dev") || p.section == "libdevel" || strings.HasSuffix(p.name, "-multidev")
}

// library reports whether a package holds shared libraries.
func library(p *pkg) bool {
	if p.section != "libs" && p.section != "oldlibs" || strings.HasPrefix(p.name, "gcc-") {
		return false
	}
	for _, suffix := range []string{"-bin", "-data", "-common", "-doc"} {
		if strings.HasSuffix(p.name, suffix) {
			return false
		}
	}
	return true
}
