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

// theContainer needs what CMD, ENTRYPOINT and compose start.
const theContainer = "the container"

// findNeeds lists the programs that run in the container: what starts, the health check,
// the scripts of package.json, and what the application's sources name. That is read once in a pass: no
// plan changes it.
func (s *splitPlan) findNeeds() {
	s.needs = transform.Shared(s.pass, "needs", func(*transform.Pass) map[string]string {
		s.needs = map[string]string{}
		s.collectNeeds()
		return s.needs
	})
}

func (s *splitPlan) collectNeeds() {
	for _, prog := range programsOf(s.pass) {
		s.needsOfCommand(prog.argv, theContainer, 0)
	}
	if check := dockerfile.ImageConfig(s.final.Stage).Healthcheck; check != nil {
		end := s.final.End()
		for _, call := range check.Script().Calls() {
			s.needsOfCommand(argValues(effect.Of(call, effect.Context{Dir: end.Workdir, Lookup: end.Lookup}).Argv), "the health check", 0)
		}
	}
	for _, svc := range s.pass.Usage.Services {
		for _, argv := range svc.Healthcheck {
			s.needsOfCommand(argv, "the health check of the service "+svc.Name, 0)
		}
	}
	s.needsOfSources()
}

// needsOfCommand notes the program of a command line, those of a script on it, and those of the scripts
// of the build context that it names.
func (s *splitPlan) needsOfCommand(argv []string, who string, depth int) {
	if len(argv) == 0 || depth > maxNested {
		return
	}
	s.need(argv[0], who)
	s.needsOfArgv(argv, who, depth)
	end := s.final.End()
	follow := func(script *dockerfile.Script, who string) {
		for _, call := range script.Calls() {
			s.needsOfCommand(argValues(effect.Of(call, effect.Context{Dir: end.Workdir, Lookup: end.Lookup}).Argv), who, depth+1)
		}
	}
	if n := len(argv); n > 2 && shellName(path.Base(argv[0])) && strings.HasPrefix(argv[1], "-") && strings.HasSuffix(argv[1], "c") {
		follow(dockerfile.NewScript(argv[2]), who)
	}
	for _, word := range argv {
		if s.followed[word] || !strings.Contains(word, "/") && !scriptLike(word) {
			continue
		}
		file, _, ok := contextFile(s.pass, word)
		if !ok {
			continue
		}
		if text, ok := transform.ReadBounded(s.pass.Files, file); ok && (scriptLike(word) || strings.HasPrefix(text, "#!")) && !strings.Contains(firstLine(text), "python") && !strings.Contains(firstLine(text), "node") {
			if s.followed == nil {
				s.followed = map[string]bool{}
			}
			s.followed[word] = true
			follow(dockerfile.NewScript(text), file)
		}
	}
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

// need notes a program. The first who needs it is named.
func (s *splitPlan) need(name, who string) {
	if name == "" || strings.ContainsAny(name, "$`*") {
		return
	}
	if _, ok := s.needs[name]; !ok {
		s.needs[name] = who
	}
}

// binaryRunners start a program of the project's packages, after these words.
var binaryRunners = []string{"npx", "pnpx", "bunx", "exec", "dlx", "x"}

// needsOfArgv follows the package managers of Node to the scripts of package.json, and to the programs of
// packages: npx prisma, yarn prisma.
func (s *splitPlan) needsOfArgv(argv []string, who string, depth int) {
	tool := path.Base(argv[0])
	binary := slices.Contains(binaryRunners, tool)
	if !binary && !slices.Contains(scriptRunners, tool) {
		return
	}
	for _, word := range argv[1:] {
		switch {
		case word == "run", word == "run-script", strings.HasPrefix(word, "-"):
		case !binary && slices.Contains(binaryRunners, word):
			binary = true
		default:
			if _, script := packageScripts(s.pass)[word]; !binary && script {
				s.needsOfScript(word, depth)
			} else if binary || tool == "yarn" || tool == "pnpm" {
				if i := strings.LastIndex(word, "@"); i > 0 {
					word = word[:i]
				}
				s.need(word, who)
			}
			return
		}
	}
}

// needsOfScript follows a script of package.json, and those that run before and after it.
func (s *splitPlan) needsOfScript(name string, depth int) {
	scripts := packageScripts(s.pass)
	if depth > maxNested {
		return
	}
	for _, part := range []string{"pre" + name, name, "post" + name} {
		text, ok := scripts[part]
		if !ok {
			continue
		}
		who := "the script " + part + " of package.json"
		for _, call := range dockerfile.NewScript(text).Calls() {
			argv := argValues(effect.Of(call, effect.Context{}).Argv)
			if len(argv) == 0 {
				continue
			}
			s.need(argv[0], who)
			s.needsOfArgv(argv, who, depth+1)
		}
	}
}

// sourceEndings are the endings of the sources of the languages that are split.
var sourceEndings = []string{".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".sh", ".rb", ".conf", ".ini", ".cfg"}

// quotedTool finds the tools of a full base image where sources start them: a word at the start of
// a literal ("git", 'git clone …').
var quotedTool = lazily("[\"'`](?:/usr/bin/)?(python3|python|node|uv|git|curl|wget|ssh|scp|sftp|gpg|unzip|xz|make|gcc|ps|pgrep|convert|identify|mogrify|hg|svn|mysql|psql|pg_dump|pg_restore|mysqldump)(?:[\"'`]|[ ][^\"'`\\n]{0,200}[\"'`])")

// compilesLater finds sources that compile when they run (documentation of PyTorch, Triton, Cython, CFFI, PyTensor and
// Inline::C): they call the compiler through a library.
var compilesLater = lazily(`(?m)\btorch\.compile\(|^\s*(?:import|from)\s+(?:triton|pyximport|theano|pytensor|cppyy)\b|\btorch\.utils\.cpp_extension\b|\bffi\.verify\(|\bInline\s*=>\s*["']?C\b`)

// needsOfSources finds tools that the application starts itself.
func (s *splitPlan) needsOfSources() {
	s.sources(sourceEndings, func(name, text string) {
		if strings.Contains(path.Base(name), "test") || strings.HasPrefix(name, "test") || strings.HasPrefix(name, "docs/") || strings.HasPrefix(name, "scripts/") {
			return
		}
		for _, m := range quotedTool.FindAllStringSubmatch(text, -1) {
			s.need(m[1], name)
		}
		if compilesLater.MatchString(text) {
			s.need("gcc", name)
			s.need("g++", name)
		}
	})
}

// interpreters reports whether a name is one of the base image's own interpreter and its tools, which no
// package brings.
func (s *splitPlan) interpreters(name string) bool {
	return slices.Contains(map[string][]string{
		"python": {"python", "python3", "pip", "pip3"},
		"node":   {"node", "nodejs", "npm", "npx", "yarn", "corepack"},
	}[s.final.Base.Language], strings.TrimPrefix(name, "/usr/local/bin/"))
}

// neededPackages gives the packages that bring the needed programs: those that the stage
// installs, and those that the builder's base has and the runtime's has not.
func (s *splitPlan) neededPackages(manager string) map[string]string {
	out := map[string]string{}
	for _, name := range s.needNames() {
		who := s.needs[name]
		if s.interpreters(name) {
			continue
		}
		for _, pkg := range knowledge.PackagesOfProgram(manager, path.Base(name)) {
			if _, ok := out[pkg]; !ok {
				out[pkg] = who
			}
		}
	}
	return out
}
