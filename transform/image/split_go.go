package image

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// planGo finds the programs that Go builds, and the files beside them that they read.
func (s *splitPlan) planGo() {
	var outputs []string
	unnamed, builds := false, false
	for _, step := range s.steps() {
		for _, c := range step.Commands {
			e := c.Effect
			if e.Manager != "go" {
				continue
			}
			switch e.Verb {
			case "build":
				builds = true
				named := slices.ContainsFunc(e.Writes, func(w effect.Path) bool { return w.Kind == effect.File && w.Known })
				if !named {
					unnamed = true
				}
				for _, w := range e.Writes {
					if w.Kind == effect.File && w.Known {
						outputs = append(outputs, w.Name)
					} else if !w.Known {
						s.refuse(c.Call.Span, reasonUnknownPath, "where %q writes is not known", c.Call.Text())
					}
				}
			case "install", "get":
				if e.Verb == "install" || hasWord(e, "./...", ".") {
					builds = true
				}
				for _, w := range e.Writes {
					if w.Known && (e.Verb == "install" && !s.toolsOfBuild(e) || s.getsPrograms(e)) {
						s.installed(w.Name)
					}
				}
			}
		}
	}
	if !builds {
		if s.final.Base.Language == "golang" && !s.makes() {
			s.refuse(s.final.Stage.From.Span, reasonNeedsToolchain, "no RUN builds a program of Go: what starts may do it")
		}
		return
	}
	for _, step := range s.steps() {
		if dir, ok := step.Before.Lookup("GOPATH"); ok && path.IsAbs(dir) {
			s.built = []string{dir + "/src", dir + "/pkg"}
		}
	}
	data, known := s.goData()
	if unnamed || !known || !s.onlyGo() {
		if s.app == "" {
			s.refuse(s.final.Stage.From.Span, reasonNoDirectory, "the program lies in %s", s.final.End().Workdir)
			return
		}
		s.evidence = append(s.evidence, "the project's directory is copied as a whole, for it is not known what of it the program reads")
		s.root(s.app)
	}
	for _, out := range outputs {
		if !under(temporary, out) || s.started(out) {
			s.root(out)
		}
	}
	s.goOnly = !slices.Contains(s.roots, s.app)
	for _, name := range data {
		s.root(path.Join(s.app, name))
	}
}

// makes reports whether the builder runs something else that may build a program.
func (s *splitPlan) makes() bool {
	return slices.ContainsFunc(s.steps(), func(step transform.Step) bool {
		return slices.ContainsFunc(step.Commands, func(c effect.Step) bool {
			e := c.Effect
			return !slices.Contains(systemManagers, e.Manager) && !e.Pure && e.Tool != "mkdir" && (e.Opaque != "" || e.Verb == "build" || c.Effect.Tool == "make")
		})
	})
}

// getsPrograms reports whether `go get` installs programs, as it did before 1.18.
func (s *splitPlan) getsPrograms(e effect.Effect) bool {
	minor, known := goMinor(s.final.Base)
	return s.final.Base.Language == "golang" && !hasWord(e, "-d") && known && minor < 18
}

// toolsOfBuild reports whether go install fetches programs of others (name@version) that nothing in the
// container starts.
func (s *splitPlan) toolsOfBuild(e effect.Effect) bool {
	others := false
	for _, a := range e.Argv[min(2, len(e.Argv)):] {
		name, _, ok := strings.Cut(a.Value, "@")
		if strings.HasPrefix(a.Value, "-") {
			continue
		}
		if base := path.Base(name); !ok || s.needsTool(base, path.Base(path.Dir(name))) {
			return false
		}
		others = true
	}
	return others
}

// started reports whether a path is one of the programs of the container.
func (s *splitPlan) started(name string) bool {
	_, ok := s.needs[name]
	return ok
}

// installed notes the directory that `go install` puts programs into: bare names are
// looked for on the PATH of the runtime stage.
func (s *splitPlan) installed(dir string) {
	byPath := slices.ContainsFunc(s.needNames(), func(name string) bool { return strings.HasPrefix(name, dir+"/") })
	if byPath || dir == "/usr/local/bin" {
		s.root(dir)
		return
	}
	if _, ok := s.relocated[dir+"/"]; !ok {
		if s.relocated == nil {
			s.relocated = map[string]string{}
		}
		s.relocated[dir+"/"] = "/usr/local/bin/"
	}
}

// onlyGo reports whether nothing but the Go tool, and copies, write into the project's directory.
func (s *splitPlan) onlyGo() bool {
	for _, step := range s.steps() {
		for _, c := range step.Commands {
			e := c.Effect
			if e.Manager == "go" || slices.Contains(systemManagers, e.Manager) {
				continue
			}
			if e.Opaque != "" || slices.ContainsFunc(e.Writes, func(w effect.Path) bool { return !w.Known || s.inApp(w.Name) && w.Kind != effect.Dir }) {
				return false
			}
		}
	}
	return true
}

// goGenerators write sources into a project of Go, by their projects' documentation.
var goGenerators = map[string]bool{"swag": true, "templ": true, "sqlc": true, "wire": true, "mockgen": true, "mockery": true, "stringer": true, "enumer": true, "easyjson": true, "packr": true, "packr2": true, "go-bindata": true, "statik": true, "gqlgen": true, "oapi-codegen": true, "ent": true}

// goLiteral finds the texts in Go sources.
var goLiteral = lazily("\"([^\"\\\\\\n]{1,200})\"|`([^`\\n]{1,200})`")

// notData are files of a Go project that no program reads while it runs.
var notData = lazily(`(?i)^(go\.(mod|sum|work|work\.sum)|dockerfile.*|.*\.dockerfile|(docker-)?compose.*|makefile|readme.*|license.*|copying|changelog.*|contributing.*|.*_test\.go|.*\.go|vendor|\.git.*|\.github|\.dockerignore|\.golangci.*|docs?|tests?|testdata|\.vscode|\.idea|jenkinsfile|renovate\.json)$`)

// configLibrary finds libraries that look for a configuration whose file no text names in whole
// (their documentation); configFile is what they may find.
var (
	configLibrary = lazily(`spf13/viper|knadh/koanf|ilyakaznacheev/cleanenv|joho/godotenv|jinzhu/configor|caarlos0/env|gookit/config`)
	configFile    = lazily(`^(\.env.*|.*\.(ya?ml|json|toml|ini|conf|env|properties|hcl))$`)
)

// usualData are directories that web applications read while they run.
var usualData = []string{"templates", "template", "static", "public", "views", "assets", "migrations", "config", "configs", "conf", "locales", "i18n", "translations", "web", "ui", "html", "data", "certs", "resources", "swagger"}

// goData lists the entries of the project's directory that its program reads: those that its
// sources, its command line or the environment name, and the usual ones that hold
// something else than Go. ok is false when that cannot be told.
func (s *splitPlan) goData() (names []string, ok bool) {
	if s.pass.Files == nil || s.app == "" {
		return nil, s.app == ""
	}
	mentioned := map[string]bool{}
	mention := func(text string) {
		text = strings.TrimPrefix(strings.TrimPrefix(text, "file://"), s.app)
		first, _, _ := strings.Cut(strings.TrimLeft(strings.TrimPrefix(text, "./"), "/"), "/")
		mentioned[first] = true
	}
	if text, ok := transform.ReadBounded(s.pass.Files, "go.mod"); ok && configLibrary.MatchString(text) {
		entries, err := fs.ReadDir(s.pass.Files, ".")
		for _, e := range entries {
			if err == nil && !e.IsDir() && configFile.MatchString(e.Name()) {
				mentioned[e.Name()] = true
			}
		}
	}
	complete := s.sources([]string{".go"}, func(name, text string) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		for _, m := range goLiteral.FindAllStringSubmatch(text, -1) {
			mention(m[1] + m[2])
		}
		if strings.Contains(text, "godotenv") {
			mentioned[".env"] = true
		}
	})
	if !complete {
		return nil, false
	}
	s.sources(settingsEndings, func(_, text string) {
		for _, word := range settingsWord.FindAllString(text, -1) {
			mention(word)
		}
	})
	for _, prog := range programsOf(s.pass) {
		for _, word := range prog.argv {
			_, value, _ := strings.Cut(word, "=")
			mention(word)
			mention(value)
		}
	}
	for _, step := range s.final.Steps {
		if step.Instruction.Is("ENV") {
			for _, set := range step.Instruction.Settings() {
				mention(strings.Trim(set.Value, `"'`))
			}
		}
	}
	if s.readsIgnored(mentioned) {
		return nil, false
	}
	for _, step := range s.steps() {
		list, known := s.goCopied(step, mentioned)
		if !known {
			return nil, false
		}
		names = append(names, list...)
	}
	slices.Sort(names)
	return slices.Compact(names), true
}

// readsIgnored reports whether the program names a file that git ignores and that is not here: where the image is
// built it may be, as .env is.
func (s *splitPlan) readsIgnored(mentioned map[string]bool) bool {
	ignored, _ := transform.ReadBounded(s.pass.Files, ".gitignore")
	for line := range strings.Lines(ignored + "\n.env\n") {
		name := strings.TrimPrefix(strings.TrimSpace(line), "/")
		bare := settingsName(name)
		if name == "" || !mentioned[name] && (bare == "" || bare == name || !mentioned[bare]) {
			continue
		}
		if _, err := fs.Stat(s.pass.Files, path.Clean(name)); err != nil && !s.builds(path.Join(s.app, name)) {
			return true
		}
	}
	return false
}

// builds reports whether a command of the builder writes a file.
func (s *splitPlan) builds(name string) bool {
	return slices.ContainsFunc(s.steps(), func(step transform.Step) bool {
		return slices.ContainsFunc(step.Commands, func(c effect.Step) bool {
			return slices.ContainsFunc(c.Effect.Writes, func(w effect.Path) bool { return w.Known && w.Name == name })
		})
	})
}

// goCopied lists what of a COPY into the project's directory is data, by its place below it.
func (s *splitPlan) goCopied(step transform.Step, mentioned map[string]bool) (names []string, known bool) {
	in := step.Instruction
	if !in.Is("COPY", "ADD") || len(in.Args) < 2 {
		return nil, true
	}
	dest, ok := step.Destination()
	if !ok || !s.inApp(dest) {
		return nil, ok
	}
	if _, _, from := in.Flag("from"); from || len(in.Heredocs) > 0 {
		return nil, false
	}
	for _, a := range in.Args[:len(in.Args)-1] {
		src := strings.TrimPrefix(path.Clean("/"+a.Value), "/")
		if strings.ContainsAny(src, "$*?[") {
			if strings.HasSuffix(src, ".go") || strings.HasPrefix(src, "go.") {
				continue
			}
			return nil, false
		}
		info, err := fs.Stat(s.pass.Files, orDot(src))
		if err != nil {
			return nil, false
		}
		if !info.IsDir() {
			if !notData.MatchString(path.Base(src)) && (mentioned[path.Base(src)] || mentioned[src] || mentioned[settingsName(path.Base(src))]) {
				names = append(names, strings.TrimPrefix(path.Join(strings.TrimPrefix(dest, s.app), destName(in.Args[len(in.Args)-1].Value, src)), "/"))
			}
			continue
		}
		entries, err := fs.ReadDir(s.pass.Files, orDot(src))
		if err != nil {
			return nil, false
		}
		below := strings.TrimPrefix(strings.TrimPrefix(dest, s.app), "/")
		if below != "" { // COPY templates ./templates: as a whole, or not at all
			first, _, _ := strings.Cut(below, "/")
			if s.holdsData(src) && (mentioned[first] || slices.Contains(usualData, first)) {
				names = append(names, below)
			}
			continue
		}
		for _, e := range entries {
			name := e.Name()
			switch {
			case notData.MatchString(name):
			case e.IsDir() && s.holdsData(path.Join(src, name)) && (mentioned[name] || slices.Contains(usualData, name)), !e.IsDir() && (mentioned[name] || mentioned[settingsName(name)]):
				names = append(names, name)
			}
		}
	}
	return names, true
}

// settingsName is the name of a configuration file without its ending: libraries are told
// that alone, and try every format. It is the name as it stands of other files.
func settingsName(name string) string {
	if ext := path.Ext(name); slices.Contains(settingsEndings, ext) {
		return strings.TrimSuffix(name, ext)
	}
	return name
}

// settingsEndings are the endings of files that configure a program, compose files among
// them: the directories that they name are read as well.
var settingsEndings = []string{".yaml", ".yml", ".json", ".toml", ".ini", ".conf", ".env", ".properties", ".hcl"}

// settingsWord is what may be a path in such a file.
var settingsWord = lazily(`[\w.@/-]{2,200}`)

func orDot(name string) string {
	if name == "" {
		return "."
	}
	return name
}

// destName is the name that a copied file gets below its destination.
func destName(dest, src string) string {
	if strings.HasSuffix(dest, "/") || strings.HasSuffix(dest, ".") {
		return path.Base(src)
	}
	return ""
}

// holdsData reports whether a directory of the build context holds anything but Go.
func (s *splitPlan) holdsData(dir string) bool {
	found := false
	_ = fs.WalkDir(s.pass.Files, dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) != ".go" && d.Name() != ".gitkeep" {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}
