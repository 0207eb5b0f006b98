package main

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestNeedsBuild(t *testing.T) {
	packages, err := parseIndex(strings.NewReader(`Package: gcc
Section: devel
Depends: gcc-12-base

Package: gcc-12-base
Section: libs

Package: libssl-dev
Section: libdevel
Depends: libssl3

Package: libnode-dev
Section: libdevel
Depends: libssl-dev

Package: npm
Section: javascript
Depends: libnode-dev

Package: varnish
Section: web
Depends: libvarnishapi3, gcc

Package: varnish-modules
Section: web
Depends: varnish

Package: libssl3
Section: libs
Depends: gcc-12-base
`))
	if err != nil {
		t.Fatal(err)
	}
	got := needsBuild(packages, "bookworm")
	for name, want := range map[string]string{"varnish": "gcc", "varnish-modules": "gcc", "npm": "libnode-dev libssl-dev", "libssl3": "", "libnode-dev": ""} {
		slices.Sort(got[name])
		if list := strings.Join(got[name], " "); list != want {
			t.Errorf("%s needs %q, not %q", name, list, want)
		}
	}
	if text, want := renderNeeds(map[string][]string{"b": {"gcc", "gcc"}, "a": slices.Repeat([]string{"x"}, 2)}), "a\tx\nb\tgcc\n"; text != want {
		t.Errorf("it writes %q, not %q", text, want)
	}
	many := map[string][]string{"k": nil}
	for i := range maxBuild + 1 {
		many["k"] = append(many["k"], string(rune('a'+i)))
	}
	if text := renderNeeds(maps.Clone(many)); text != "k\t*\n" {
		t.Errorf("of many it writes %q", text)
	}
}
