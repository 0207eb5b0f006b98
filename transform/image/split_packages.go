package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// planPackages chooses the packages of the system that the runtime stage installs: those
// of the builder that are not for building, the libraries of those with headers, and what
// the builder's base has, the runtime's has not, and something needs.
func (s *splitPlan) planPackages() {
	manager := s.systemManager()
	needed := s.neededPackages(manager)
	var list []string
	add := func(names ...string) {
		for _, name := range names {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	foreign := s.foreignSource()
	for i, step := range s.steps() {
		for _, c := range step.Commands {
			e := c.Effect
			if !slices.Contains(systemManagers, e.Manager) || e.Verb != "install" {
				continue
			}
			if e.Manager != manager && !(rpmManager(e.Manager) && rpmManager(manager)) {
				s.refuse(c.Call.Span, reasonUnknownPackage, "%s installs, and the base is one of %s", e.Manager, manager)
				return
			}
			for _, pkg := range e.Installs {
				if s.takenAway(step.Instruction, e.Manager, pkg.Name) {
					continue
				}
				keep := s.keeps(pkg, needed, c)
				if s.verdict != nil {
					return
				}
				if len(keep) > 0 && foreign != nil && foreign.index <= i {
					s.refuse(foreign.call.Call.Span, reasonRepository, "%s may come from the repository of %q", strings.Join(keep, ", "), shortened(foreign.call.Call.Text()))
					return
				}
				add(keep...)
			}
		}
	}
	if !s.base.Same {
		for _, pkg := range s.base.Lost {
			if who, ok := needed[pkg]; ok && !s.comesLater(pkg) {
				add(pkg)
				s.evidence = append(s.evidence, who+" starts "+pkg)
			}
		}
		add(s.lostLibraries()...)
	}
	add(s.companions()...)
	if s.venv != nil && s.venv.system { // the environment's interpreter is a link to it
		add("python3")
	}
	for _, name := range slices.Clone(list) {
		if needs, _ := knowledge.Recommends(name); manager == "apt" {
			add(needs...) // nothing else comes with it
		}
	}
	list = slices.DeleteFunc(list, s.comesLater)
	s.packages = list
}

// lookup says what is known of a package. Alpine's names hardly change: releases that are newer than
// the table are looked up without theirs.
func (s *splitPlan) lookup(pkg effect.Package) knowledge.Package {
	known := knowledge.LookupPackage(pkg.Manager, s.release, pkg.Name)
	if !known.Known && pkg.Manager == "apk" {
		known = knowledge.LookupPackage(pkg.Manager, "", pkg.Name)
	}
	return known
}

// keeps gives what the runtime stage installs for a package of the builder.
func (s *splitPlan) keeps(pkg effect.Package, needed map[string]string, c effect.Step) []string {
	if pkg.Local || pkg.Name == "" {
		s.refuse(c.Call.Span, reasonUnknownPackage, "which packages %q installs is not known", pkg.Arg.Text)
		return nil
	}
	known := s.lookup(pkg)
	written := pkg.Arg.Text
	if !pkg.Arg.Literal || pkg.Arg.Value != pkg.Arg.Text {
		written = pkg.Name
	}
	if s.foreignTool(pkg.Name, needed) {
		s.leave(pkg.Name)
		return nil
	}
	switch known.Purpose {
	case knowledge.PurposeHeaders:
		if !known.Known {
			s.refuse(c.Call.Span, reasonUnknownPackage, "which libraries %s stands for in %s is not known", pkg.Name, orUnknown(s.release))
		}
		if who := s.linksAtStart(pkg.Name); who != "" {
			s.evidence = append(s.evidence, who+", which "+pkg.Name+" brings")
			return append([]string{written}, known.Libraries...)
		}
		return known.Libraries
	case knowledge.PurposeCompiler, knowledge.PurposeBuildTool:
		if _, ok := needed[pkg.Name]; ok {
			return []string{written}
		}
		return append(known.Libraries, s.interpreterOf(known)...)
	case knowledge.PurposeFetch:
		if _, ok := needed[pkg.Name]; !ok && len(runtimeOf(s.pass).unread) == 0 && s.usedByBuild(pkg.Name, known.Programs) {
			s.leave(pkg.Name)
			return nil
		}
	}
	return []string{written}
}

// leave notes what stays behind.
func (s *splitPlan) leave(name string) {
	if !slices.Contains(s.gains, name) {
		s.gains = append(s.gains, name)
	}
}

// fetchers are package managers that call tools of the system: for archives, and for repositories of sources.
var fetchers = append([]string{"go"}, append(slices.Clone(pythonManagers), nodeManagers...)...)

// usedByBuild reports whether a RUN uses a package. One that none uses was installed for
// what runs, if only for somebody who looks into the container.
func (s *splitPlan) usedByBuild(name string, programs []string) bool {
	implied := map[string][]string{"git": fetchers, "xz-utils": {"tar"}, "xz": {"tar"}, "bzip2": {"tar"}, "gnupg": {"apt-key", "gpg"}, "gnupg2": {"apt-key", "gpg"}, "dirmngr": {"apt-key", "gpg"}, "openssh-client": {"git"}, "mercurial": fetchers, "subversion": fetchers}
	programs = append(append([]string{name}, programs...), implied[name]...)
	for _, step := range s.final.Steps {
		for _, c := range step.Commands {
			if slices.Contains(programs, c.Effect.Tool) || slices.Contains(implied[name], c.Effect.Manager) {
				return true
			}
			if len(c.Effect.Argv) > 0 && slices.Contains(programs, path.Base(c.Effect.Argv[0].Value)) {
				return true
			}
		}
	}
	return false
}

// foreignTool reports whether a package is the interpreter of another language than the
// application's, which nothing that runs names: Node for the assets of a Python project, Python for
// the native modules of a Node project.
func (s *splitPlan) foreignTool(name string, needed map[string]string) bool {
	if _, ok := needed[name]; ok {
		return false
	}
	switch s.final.Base.Language {
	case "python":
		return slices.Contains([]string{"nodejs", "npm", "yarn", "node"}, name) && !s.needsTool("node", "nodejs", "npm", "npx", "yarn", "pm2")
	case "node", "golang":
		return slices.Contains([]string{"python3", "python", "python2", "python3-pip", "python3-setuptools", "python-is-python3", "py3-pip", "py3-setuptools"}, name) && !s.needsTool("python", "python3", "python2", "pip", "pip3")
	}
	return false
}

// rpmManager reports whether a package manager is one of the Red Hat family, which all take the same names.
func rpmManager(name string) bool {
	return slices.Contains([]string{"dnf", "yum", "microdnf", "tdnf"}, name)
}

// interpreterOf gives the interpreter that a build tool brings, where the base image has none of its own. Java
// beside another language is there for a library of that one.
func (s *splitPlan) interpreterOf(known knowledge.Package) []string {
	if s.final.Base != nil && s.final.Base.Language != "" {
		return slices.DeleteFunc(slices.Clone(known.Runs), func(name string) bool { return !strings.Contains(name, "jre") && !strings.HasPrefix(name, "java-") })
	}
	return known.Runs
}

func orUnknown(release string) string {
	if release == "" {
		return "a release that is not known"
	}
	return release
}

// systemManager is the package manager of the base image; of those of the Red Hat family, the
// one that the file calls.
func (s *splitPlan) systemManager() string {
	if s.final.Base != nil && rpmManager(s.final.Base.PackageManager) {
		for _, step := range s.final.Steps {
			for _, c := range step.Commands {
				if rpmManager(c.Effect.Manager) {
					return c.Effect.Manager
				}
			}
		}
	}
	if s.final.Base != nil {
		return s.final.Base.PackageManager
	}
	return ""
}

// source is where the file sets up a repository of packages.
type source struct {
	index int // of the step
	call  effect.Step
}

var repositoryFile = lazily(`^/etc/(apt|yum\.repos\.d|apk|zypp)\b`)

// shortened is the start of a command that is too long for a message.
func shortened(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

// repositoryPackage finds packages that set a repository up.
var repositoryPackage = lazily(`^(epel|ius|remi|rpmfusion|elrepo|centos)-release`)

// foreignSource finds the first command that adds a repository or packages of its own.
func (s *splitPlan) foreignSource() *source {
	for i, step := range s.steps() {
		for _, c := range step.Commands {
			e := c.Effect
			switch {
			case slices.Contains([]string{"add-apt-repository", "apt-key", "yum-config-manager", "dpkg", "rpm"}, e.Tool),
				strings.Contains(c.Call.Text(), "nodesource.com/setup"), strings.Contains(c.Call.Text(), "packagecloud.io"):
				return &source{i, c}
			}
			if rpmManager(e.Manager) && slices.ContainsFunc(e.Installs, func(p effect.Package) bool { return repositoryPackage.MatchString(p.Name) }) {
				return &source{i, c}
			}
			if slices.ContainsFunc(e.Writes, func(w effect.Path) bool { return repositoryFile.MatchString(w.Name) }) {
				return &source{i, c}
			}
			if slices.Contains(systemManagers, e.Manager) && e.Verb == "install" && slices.ContainsFunc(e.Argv, func(a dockerfile.Arg) bool {
				return slices.Contains([]string{"-t", "--target-release", "--default-release", "-X", "--repository", "--enablerepo"}, a.Value) || strings.HasPrefix(a.Value, "--repository=")
			}) {
				return &source{i, c}
			}
		}
	}
	return nil
}

// runtimeHas reports whether the base of the runtime stage brings a package, beyond what
// its distribution has.
func (s *splitPlan) runtimeHas(name string) bool {
	b := knowledge.LookupBase(s.base.Image)
	return b != nil && b.Has(name)
}

// comesLater reports whether the runtime stage has the package anyway: from its base, or
// from an instruction that stays in it.
func (s *splitPlan) comesLater(name string) bool {
	if s.runtimeHas(name) {
		return true
	}
	return slices.ContainsFunc(s.final.Packages, func(p transform.Installed) bool {
		return p.Name == name && slices.Contains(systemManagers, p.Manager) && p.Instruction.Span.Start >= s.pointOffset()
	})
}

// pointOffset is where in the file the runtime stage's own instructions start.
func (s *splitPlan) pointOffset() int {
	if s.point < len(s.final.Steps) {
		return s.final.Steps[s.point].Instruction.Span.Start
	}
	return s.pass.Doc.Source.Len()
}

// lostLibraries gives the libraries of the builder's base that modules of the application
// load, where the runtime's base has none: psycopg2 that was compiled wants libpq.
func (s *splitPlan) lostLibraries() []string {
	var out []string
	modules := s.modules()
	for _, m := range modules {
		if slices.ContainsFunc(knowledge.ModulesInstead(m.ecosystem, m.name), func(name string) bool { return slices.Contains(modules, module{m.ecosystem, name}) }) {
			continue // that one brings them
		}
		for _, lib := range knowledge.LostLibrariesOfModule(s.final.BaseRef, m.ecosystem, m.name, s.release) {
			if !slices.Contains(out, lib) {
				out = append(out, lib)
				s.evidence = append(s.evidence, m.name+" loads "+lib)
			}
		}
	}
	full := knowledge.FullPackages(s.final.BaseRef, s.release)
	s.sources(sourceEndings, func(name, text string) {
		for _, m := range loadedLibrary.FindAllStringSubmatch(text, -1) {
			library := strings.TrimPrefix(m[1], "lib")
			library, _, _ = strings.Cut(library, ".so")
			i := slices.IndexFunc(full, func(pkg string) bool {
				rest, ok := strings.CutPrefix(pkg, "lib"+strings.ToLower(library))
				return ok && (rest == "" || strings.ContainsAny(rest[:1], "0123456789.-"))
			})
			if i >= 0 && !slices.Contains(out, full[i]) {
				out = append(out, full[i])
				s.evidence = append(s.evidence, name+" loads "+full[i])
			}
		}
	})
	return out
}

// loadedLibrary finds libraries that sources load by their name.
var loadedLibrary = lazily(`(?:find_library|CDLL|LoadLibrary|dlopen)\(\s*["']([A-Za-z0-9_.+-]+)["']`)

// companions are what programs need that nothing names: the roots of trust, time zones,
// the libraries of a compiler.
func (s *splitPlan) companions() []string {
	var out []string
	lost := func(name string) bool {
		return slices.Contains(s.base.Lost, name) || s.base.Same && s.final.Base.Has(name)
	}
	if s.final.Base.Language == "golang" {
		if lost("ca-certificates") || !s.base.Same && !s.runtimeHas("ca-certificates") {
			out = append(out, "ca-certificates")
		}
		if s.usesTimeZones() {
			out = append(out, "tzdata")
		}
	}
	if s.systemManager() == "apk" && s.compilesNative() {
		out = append(out, "libstdc++", "libgcc")
	}
	return out
}

// alpineCompilers are the packages of Alpine that compile C and C++.
var alpineCompilers = []string{"g++", "gcc", "build-base", "clang", "alpine-sdk"}

// compilesNative reports whether the builder installs a C++ compiler.
func (s *splitPlan) compilesNative() bool {
	return slices.ContainsFunc(s.final.Packages, func(p transform.Installed) bool {
		return p.Manager == "apk" && slices.Contains(alpineCompilers, p.Name)
	}) && s.final.Base.Language != "golang"
}

var timeZones = lazily(`\bLoadLocation\(|"TZ"`)

// usesTimeZones reports whether a Go program may look time zones up: Go itself, which
// has them, stays behind.
func (s *splitPlan) usesTimeZones() bool {
	if _, ok := s.final.End().Env("TZ"); ok {
		return true
	}
	found := false
	complete := s.sources([]string{".go"}, func(_, text string) { found = found || timeZones.MatchString(text) })
	return found || !complete
}
