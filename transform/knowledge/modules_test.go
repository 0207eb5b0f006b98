package knowledge

import (
	"slices"
	"strings"
	"testing"
)

func TestModulesData(t *testing.T) {
	var list []moduleEntry
	strict(t, modulesYAML, &list)
	seen := map[string]bool{}
	for _, e := range list {
		if e.Source == "" || e.Ecosystem != "python" && e.Ecosystem != "node" || len(e.Headers)+len(e.Packages) == 0 {
			t.Errorf("%v is not complete", e.Names)
		}
		for _, name := range e.Names {
			key := e.Ecosystem + " " + name
			if seen[key] {
				t.Errorf("%s stands twice", key)
			}
			seen[key] = true
			if e.Ecosystem == "python" && name != strings.ToLower(moduleSeparators.ReplaceAllString(name, "-")) {
				t.Errorf("%s is not as it is looked up", name)
			}
		}
		for _, release := range []string{"bookworm", "trixie"} {
			for _, header := range e.Headers {
				if p := LookupPackage("apt", release, header); len(p.Libraries) == 0 && header != "libgirepository1.0-dev" {
					t.Errorf("%v: %s has no libraries in %s", e.Names, header, release)
				}
			}
		}
	}
}

func TestLibrariesOfModule(t *testing.T) {
	for _, c := range []struct{ ecosystem, name, release, want string }{
		{"python", "psycopg2", "bookworm", "libpq5"},
		{"python", "Psycopg2", "alpine3.20", "libpq"},
		{"python", "psycopg2-binary", "bookworm", ""},
		{"python", "psycopg", "bookworm", "libpq5"},
		{"python", "psycopg-binary", "bookworm", ""},
		{"python", "mysqlclient", "trixie", "libmariadb3"},
		{"python", "python_magic", "trixie", "libmagic1t64"},
		{"python", "pillow", "trixie", ""},
		{"python", "lxml", "trixie", ""},
		{"python", "pdf2image", "trixie", "poppler-utils"},
		{"python", "opencv-python", "bookworm", "libgl1 libglib2.0-0"},
		{"node", "sharp", "bookworm", ""},
		{"node", "pg-native", "bookworm", "libpq5"},
		{"node", "psycopg2", "bookworm", ""},
	} {
		if got := strings.Join(LibrariesOfModule(c.ecosystem, c.name, c.release), " "); got != c.want {
			t.Errorf("%s %s on %s: %q, want %q", c.ecosystem, c.name, c.release, got, c.want)
		}
	}
}

func TestModulesInstead(t *testing.T) {
	if got := ModulesInstead("python", "Psycopg"); !slices.Equal(got, []string{"psycopg-binary"}) {
		t.Errorf("instead of psycopg: %v", got)
	}
	if got := ModulesInstead("python", "psycopg-c"); got != nil {
		t.Errorf("nothing comes instead of what was compiled: %v", got)
	}
}

func TestLostLibrariesOfModule(t *testing.T) {
	if got := LostLibrariesOfModule("python:3.12", "python", "weasyprint", "bookworm"); !slices.Contains(got, "libpango-1.0-0") {
		t.Errorf("weasyprint loses %v", got)
	}
	if got := LostLibrariesOfModule("node:20", "node", "@prisma/client", "bookworm"); !slices.Equal(got, []string{"openssl", "libssl3"}) {
		t.Errorf("Prisma loses %v", got)
	}
	if got := LostLibrariesOfModule("python:3.12", "python", "pdf2image", "bookworm"); len(got) > 0 {
		t.Errorf("the full image has no poppler: %v", got)
	}
	if got := LostLibrariesOfModule("python:3.12-slim", "python", "psycopg2", "bookworm"); len(got) > 0 {
		t.Errorf("nothing is lost from slim: %v", got)
	}
}
