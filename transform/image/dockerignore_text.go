package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// ignoreText writes the ignore file of a Dockerfile that stands at a path of its context.
// kept says what is not left out although it mostly is, and why.
func ignoreText(p *transform.Pass, tree *contextTree, name string) (kept []string, text string) {
	w := &ignoreWriter{pass: p, tree: tree}
	w.history()
	w.environment()
	w.section("Editors and systems", w.unmentioned(".github", ".idea", ".vscode", "**/.DS_Store")...)
	w.section("How the image is built and run", w.recipes(name)...)
	w.ecosystems()
	return w.kept, strings.TrimPrefix(w.text.String(), "\n")
}

type ignoreWriter struct {
	pass *transform.Pass
	tree *contextTree
	kept []string
	text strings.Builder
}

func (w *ignoreWriter) section(title string, lines ...string) {
	if len(lines) == 0 {
		return
	}
	w.text.WriteString("\n# " + title + "\n")
	for _, l := range lines {
		w.text.WriteString(l + "\n")
	}
}

// everywhere are the instructions that may use a file, and those that name one.
var (
	everywhere = []string{"COPY", "ADD", "RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ENV", "ARG"}
	copying    = []string{"COPY", "ADD"}
)

// unmentioned leaves out the patterns whose name an instruction mentions.
func (w *ignoreWriter) unmentioned(patterns ...string) []string {
	return slices.DeleteFunc(patterns, func(pattern string) bool {
		return mentionedBy(w.pass, everywhere, strings.TrimPrefix(pattern, "**/")) != nil
	})
}

// history is .git, which version stamps use.
func (w *ignoreWriter) history() {
	switch {
	case mentionedBy(w.pass, everywhere, ".git") != nil || w.runsGit():
		w.kept = append(w.kept, ".git stays, for the Dockerfile uses it")
	case w.tree.gitUser != "":
		w.kept = append(w.kept, ".git stays, for "+w.tree.gitUser+" may use it")
	case w.tree.partial:
		w.kept = append(w.kept, ".git stays, for there is more than was read")
	default:
		w.section("The repository's history", ".git")
	}
}

// runsGit reports whether a RUN asks git for something of the repository.
func (w *ignoreWriter) runsGit() bool {
	return w.anyCommand(func(e effect.Effect) bool {
		if e.Tool != "git" {
			return false
		}
		return !slices.ContainsFunc(e.Argv, func(a dockerfile.Arg) bool { return a.Value == "clone" || a.Value == "--version" })
	}) || mentionedBy(w.pass, []string{"RUN"}, "git describe", "git rev-parse", "buildvcs") != nil
}

// environment is .env with the secrets of the machine, which programs may read by themselves.
func (w *ignoreWriter) environment() {
	switch {
	case mentionedBy(w.pass, everywhere, ".env") != nil || w.anyCommand(func(e effect.Effect) bool { return e.Manager == "bun" }): // which reads it by itself
		w.kept = append(w.kept, ".env stays, for the Dockerfile uses it")
	case w.tree.envUser != "":
		w.kept = append(w.kept, ".env stays, for "+w.tree.envUser+" may read it: look that no secret is in it")
	case w.tree.partial:
		w.kept = append(w.kept, ".env stays, for there is more than was read: look that no secret is in it")
	default:
		w.section("Secrets of the machine", "**/.env", "**/.env.*", "!**/.env.example", "!**/.env.sample", "!**/.env.template", "!**/.env.dist")
	}
}

// recipes are the Dockerfile and compose files, unless something may read them.
func (w *ignoreWriter) recipes(name string) []string {
	var out []string
	if w.tree.recipesUsed {
		return nil
	}
	if mentionedBy(w.pass, everywhere, path.Base(name)) == nil {
		out = append(out, name)
	}
	for _, file := range w.tree.files {
		if composeName(file) && mentionedBy(w.pass, everywhere, file) == nil {
			out = append(out, file)
		}
	}
	return out
}

func (w *ignoreWriter) anyCommand(is func(effect.Effect) bool) bool {
	for _, sf := range w.pass.Facts.Stages {
		for _, step := range sf.Steps {
			if slices.ContainsFunc(step.Commands, func(c effect.Step) bool { return is(c.Effect) }) {
				return true
			}
		}
	}
	return false
}

// runs reports whether the build makes a directory itself: each stage that the whole build
// context is copied to, and that may have to do with the language, drives one of the managers
// with one of the verbs, or gets the directory from a stage that does.
func (w *ignoreWriter) runs(language, dir string, managers []string, verbs ...string) bool {
	found := false
	for _, sf := range w.pass.Facts.Stages {
		if !copiesAllTo(sf) {
			continue
		}
		makes := false
		for _, s := range shipping(sf) {
			for _, step := range s.Steps {
				_, _, other := step.Instruction.Flag("from")
				makes = makes || other && mentionsName(step.Instruction.ArgsText(), dir) || slices.ContainsFunc(step.Commands, func(c effect.Step) bool {
					return slices.Contains(managers, c.Effect.Manager) && slices.Contains(verbs, c.Effect.Verb)
				})
			}
		}
		found = found || makes
		if !makes && (sf.Base == nil || sf.Base.Language == "" || sf.Base.Language == language) {
			return false
		}
	}
	return found
}

// makes reports whether a RUN writes a directory of the name.
func (w *ignoreWriter) makes(name string) bool {
	return w.anyCommand(func(e effect.Effect) bool {
		return slices.ContainsFunc(e.Writes, func(p effect.Path) bool { return path.Base(p.Name) == name })
	})
}

// made adds a directory that the build makes itself, unless it is copied by its name.
func (w *ignoreWriter) made(title string, names ...string) {
	names = slices.DeleteFunc(names, func(n string) bool {
		return mentionedBy(w.pass, copying, path.Base(n), strings.Split(strings.TrimPrefix(n, "**/"), "/")[0]) != nil
	})
	w.section(title, names...)
}

// ecosystems are what each language leaves behind on a developer's machine.
func (w *ignoreWriter) ecosystems() {
	t := w.tree
	if t.has("requirements.txt", "pyproject.toml", "setup.py", "Pipfile", ".py") {
		lines := []string{"**/__pycache__", "**/*.pyc", "**/.pytest_cache", "**/.mypy_cache", "**/.ruff_cache", ".tox"}
		for _, env := range []string{".venv", "venv"} {
			if mentionedBy(w.pass, everywhere, env) == nil || w.makes(env) {
				lines = append(lines, env)
			}
		}
		w.made("Python", lines...)
	}
	if t.has("package.json") && w.runs("node", "node_modules", []string{"npm", "yarn", "pnpm", "bun"}, "install") {
		name := "node_modules"
		if t.count("package.json") == 1 && !slices.Contains(t.files, "package.json") {
			name = "**/node_modules"
		}
		w.made("Node: the build installs its own", name, "**/npm-debug.log*")
	}
	if slices.Contains(t.files, "composer.json") && w.runs("php", "vendor", []string{"composer"}, "install") {
		w.made("PHP: the build installs its own", "vendor")
	}
	if slices.Contains(t.files, "Cargo.toml") && w.runs("rust", "target", []string{"cargo"}, "build", "b", "install", "rustc") ||
		slices.Contains(t.files, "pom.xml") && w.runs("java", "target", []string{"maven"}, "package", "install", "verify", "clean", "compile") {
		w.made("Results of the build, which makes its own", "target")
	}
	if t.has(".csproj", ".fsproj", ".vbproj") && w.runs("dotnet", "obj", []string{"dotnet"}, "publish", "build") {
		w.made("Results of the build, which makes its own", "**/obj", "**/bin/Debug", "**/bin/Release")
	}
	if t.has("build.gradle", "build.gradle.kts") {
		w.made("Gradle", ".gradle")
	}
	if t.has(".tf") {
		w.section("Terraform", w.unmentioned("**/.terraform", "**/*.tfstate", "**/*.tfstate.*")...)
	}
}
