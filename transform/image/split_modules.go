package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// module is a package of a language that the application needs.
type module struct{ ecosystem, name string }

var (
	requirementLine = lazily(`(?m)^\s*([A-Za-z0-9][A-Za-z0-9._-]*)(?:\s*\[([^\]\n]*)\])?`)
	lockName        = lazily(`(?m)^name = "([^"]+)"()`)
	quotedName      = lazily(`["']([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*(?:[=<>~!;^][^"']*)?["']`)
)

// modules lists the packages that the project and the file name. An extra counts as the
// package that bears its name: psycopg[binary] gets psycopg-binary.
func (s *splitPlan) modules() []module {
	var out []module
	add := func(ecosystem, name string) {
		m := module{ecosystem, strings.ToLower(name)}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	addPython := func(pattern *expression, text string) {
		for _, m := range pattern.FindAllStringSubmatch(text, -1) {
			add("python", m[1])
			for extra := range strings.FieldsFuncSeq(m[2], func(r rune) bool { return r == ',' || r == ' ' }) {
				add("python", m[1]+"-"+extra)
			}
		}
	}
	for _, p := range s.final.Packages {
		switch p.Manager {
		case "pip", "uv", "poetry", "pipenv", "pdm":
			addPython(requirementLine, p.Arg.Value)
		case "npm", "yarn", "pnpm":
			add("node", p.Name)
		}
	}
	if s.pass.Files == nil {
		return out
	}
	names := append(requirements(s.pass.Files), "poetry.lock", "uv.lock", "Pipfile.lock")
	for _, name := range append(names, s.namedRequirements()...) {
		text, ok := transform.ReadBounded(s.pass.Files, name)
		if !ok {
			continue
		}
		pattern := quotedName
		switch {
		case strings.HasSuffix(name, ".txt"):
			pattern = requirementLine
		case path.Base(name) == "poetry.lock" || path.Base(name) == "uv.lock":
			pattern = lockName
		}
		addPython(pattern, text)
	}
	for name := range s.manifest().Dependencies {
		add("node", name)
	}
	slices.SortFunc(out, func(a, b module) int { return strings.Compare(a.ecosystem+a.name, b.ecosystem+b.name) })
	return out
}

// namedRequirements lists the files of requirements that the builder's commands name, wherever they
// lie in the build context, and those that they include.
func (s *splitPlan) namedRequirements() (names []string) {
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, step := range s.steps() {
		for _, c := range step.Commands {
			for i, a := range c.Effect.Argv {
				if i == 0 || !slices.Contains([]string{"-r", "--requirement"}, c.Effect.Argv[i-1].Value) || !slices.Contains(pythonManagers, c.Effect.Manager) {
					continue
				}
				word := a.Value
				if !path.IsAbs(word) {
					word = path.Join(c.Dir, word)
				}
				if file, _, ok := contextFile(s.pass, word); ok {
					add(file)
				}
			}
		}
	}
	for i := 0; i < len(names) && i < maxIncluded; i++ {
		text, _ := transform.ReadBounded(s.pass.Files, names[i])
		for _, m := range includedLine.FindAllStringSubmatch(text, -1) {
			add(path.Join(path.Dir(names[i]), m[1]))
		}
	}
	return names
}

// maxIncluded bounds files of requirements that include each other.
const maxIncluded = 50

// includedLine finds what a file of requirements includes.
var includedLine = lazily(`(?m)^(?:-r|--requirement)[ =]?\s*(\S+)`)

// linkerName finds libraries by the name without a version, which packages with headers bring for the
// linker: libgdal.so.
var linkerName = lazily(`[/"'=]lib([A-Za-z0-9_+-]+)\.so(?:["'\s]|$)`)

// linksAtStart says what loads the library of a package with headers by the name that this package alone
// has, "" when nothing does.
func (s *splitPlan) linksAtStart(header string) string {
	names := transform.Shared(s.pass, "linker names", func(*transform.Pass) map[string]string {
		out := map[string]string{}
		find := func(who, text string) {
			for _, m := range linkerName.FindAllStringSubmatch(text, -1) {
				out[strings.ToLower(m[1])] = who + " names lib" + m[1] + ".so"
			}
		}
		for _, step := range s.final.Steps {
			if step.Instruction.Is("ENV") {
				find("ENV", step.Instruction.ArgsText())
			}
		}
		s.sources(sourceEndings, find)
		return out
	})
	for name, who := range names {
		if rest, ok := strings.CutPrefix(header, "lib"+name); ok && (rest == "-dev" || strings.HasSuffix(rest, "-dev") && strings.Trim(rest[:len(rest)-4], "0123456789.-") == "") {
			return who
		}
	}
	return ""
}
