package main

import (
	"slices"
	"testing"
)

const library = `Maintainers: somebody

Tags: 1.2.3-trixie, 1.2-trixie
SharedTags: 1.2.3, 1.2, latest
Architectures: amd64
Directory: 1.2/trixie

Tags: 1.2.3-alpine3.22, 1.2-alpine
Directory: 1.2/alpine3.22

Tags: 1.2-windowsservercore-ltsc2025
SharedTags: 1.2.3, 1.2
Directory: 1.2/windows/windowsservercore-ltsc2025
`

func TestBuilds(t *testing.T) {
	got := builds("example", library)
	if len(got) != 2 || got[0].release != "trixie" || got[1].release != "alpine3.22" || !slices.Contains(got[0].tags, "latest") {
		t.Errorf("%+v", got)
	}
	if got := builds("alpine", "Tags: 3.22.1, 3.22, 3, latest\nDirectory: x86_64\n"); len(got) != 1 || got[0].release != "alpine3.22" {
		t.Errorf("%+v", got)
	}
}

func TestNamed(t *testing.T) {
	for _, c := range []struct {
		tag, release string
		want         bool
	}{
		{"1.2-trixie", "trixie", true},
		{"1.2", "trixie", false},
		{"1.2-alpine3.22", "alpine3.22", true},
		{"1.2-alpine", "alpine3.22", false},
		{"3.22", "alpine3.22", false},
	} {
		if named(c.tag, c.release) != c.want {
			t.Errorf("%s, %s", c.tag, c.release)
		}
	}
}
