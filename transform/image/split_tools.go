package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// localeTools make locales and time zones of what their packages bring.
var localeTools = map[string]bool{"locale-gen": true, "localedef": true, "update-locale": true, "dpkg-reconfigure": true, "update-ca-certificates": true}

// hasLocales reports whether the runtime stage has what the tool of localeTools works with.
func (s *splitPlan) hasLocales(e effect.Effect) bool {
	want := []string{"locales", "locales-all"}
	switch {
	case e.Tool == "update-ca-certificates":
		want = []string{"ca-certificates"}
	case e.Tool == "dpkg-reconfigure" && hasWord(e, "tzdata"):
		want = []string{"tzdata"}
	}
	return slices.ContainsFunc(want, func(name string) bool {
		return s.runtimeHas(name) || slices.ContainsFunc(s.final.Packages, func(p transform.Installed) bool { return p.Name == name })
	})
}

// foreignTools set repositories up.
var foreignTools = map[string]bool{"apt-key": true, "add-apt-repository": true, "yum-config-manager": true}

// installers are scripts from the network that set a repository up, or install a tool into a
// home directory: what they are for is known, by their projects' documentation.
var installers = []struct{ url, tool string }{
	{"nodesource.com/setup", ""}, {"install.python-poetry.org", "poetry"}, {"raw.githubusercontent.com/python-poetry/poetry", "poetry"}, {"raw.githubusercontent.com/sdispater/poetry", "poetry"},
	{"astral.sh/uv", "uv"}, {"bootstrap.pypa.io", "pip"}, {"get.pnpm.io", "pnpm"}, {"yarnpkg.com/install.sh", "yarn"}, {"raw.githubusercontent.com/golang/dep", "dep"}, {"glide.sh", "glide"},
}

// installer reports whether an opaque command is the script of a known installer whose tool does
// not run in the container.
func (s *splitPlan) installer(c effect.Step) bool {
	if c.Call.Script.Instruction == nil || !c.Call.Pipe && !c.Call.Subst {
		return false
	}
	text := c.Call.Script.Text
	for _, known := range installers {
		if strings.Contains(text, known.url) && (known.tool == "" || known.tool == "pip" || !s.needsTool(known.tool)) {
			return true
		}
	}
	return false
}
