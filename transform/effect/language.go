package effect

import (
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

const pipTakes = "r c e i t f b requirement constraint editable index-url extra-index-url target find-links prefix root src trusted-host platform python-version implementation abi progress-bar log cache-dir proxy timeout retries no-binary only-binary upgrade-strategy python config-settings global-option install-option"

var _ = register("pip", func(c *command) { c.pip(c.args) })

func (c *command) pip(args []dockerfile.Arg) {
	o := parse(args, pipTakes)
	c.Manager, c.Verb = "pip", "other"
	if len(o.operands) == 0 {
		return
	}
	switch o.operands[0].Value {
	case "install", "wheel", "download":
		c.Verb = "install"
		c.packages(o.operands[1:])
		for i, p := range c.Installs {
			if strings.HasPrefix(p.Name, ".") || strings.Contains(p.Name, "/") {
				c.Installs[i].Local = true
			}
		}
		for _, f := range []string{o.get("r", "requirement"), o.get("e", "editable"), o.get("c", "constraint")} {
			if f != "" && !strings.Contains(f, "://") {
				c.Reads = append(c.Reads, c.resolve(f, File))
			}
		}
		if o.has("user") && c.ctx.Home != "" {
			c.Writes = append(c.Writes, Path{Name: c.ctx.Home + "/.local", Kind: Tree, Known: true})
		} else if t := o.get("t", "target", "prefix"); t != "" {
			c.Writes = append(c.Writes, c.resolve(t, Tree))
		}
		if !o.has("no-cache-dir", "no-cache") && !c.noPipCache() {
			c.fills("pip")
		}
	case "cache":
		c.Verb, c.Cleans = "clean", []string{"pip"}
	case "uninstall":
		c.Verb = "remove"
	}
}

func (c *command) noPipCache() bool {
	v, ok := c.lookup("PIP_NO_CACHE_DIR")
	return ok && v != "0" && v != "" && v != "false" && v != "off"
}

var _ = register("python pypy", func(c *command) {
	o := parse(c.args, "c m W X")
	switch module := o.get("m"); {
	case module == "pip":
		c.Tool = "pip"
		for i, a := range c.args {
			if a.Value == "pip" {
				c.pip(c.args[i+1:])
				return
			}
		}
	case module == "venv" || module == "virtualenv":
		if n := len(o.operands); n > 0 {
			c.writeTo(c.path(o.operands[n-1], Tree))
		}
	case module == "compileall" || module == "ensurepip" || o.has("version", "V"):
	case o.has("c"):
		c.Opaque = "a Python program on the command line"
	case module != "":
		c.Opaque = "the Python module " + module
	case len(o.operands) == 0:
		c.Opaque = "a Python program from standard input"
	default:
		c.pythonScript(o)
	}
})

// pythonScript knows the commands of setup.py and Django's manage.py.
func (c *command) pythonScript(o options) {
	script := o.operands[0]
	c.Reads = append(c.Reads, c.path(script, File))
	verb := ""
	if len(o.operands) > 1 {
		verb = o.operands[1].Value
	}
	switch base := path.Base(script.Value); {
	case base == "setup.py" && (verb == "install" || verb == "develop" || verb == "build" || verb == "build_ext"):
		c.Manager, c.Verb = "pip", "build"
		c.writeTo(c.resolve("build", Tree))
	case base == "manage.py" && verb == "collectstatic":
		c.Verb = "collectstatic"
	case base == "manage.py" && (verb == "check" || verb == "compilemessages" || verb == "compress"):
		c.Verb = verb
	case base == "get-pip.py":
	default:
		c.Opaque = "the program " + script.Text
	}
}

var _ = register("django-admin", func(c *command) {
	if len(c.args) > 0 {
		c.Verb = c.args[0].Value
	}
})

var _ = register("uv poetry pipenv pdm virtualenv easy_install pipx", func(c *command) {
	c.Manager, c.Verb = c.Tool, "other"
	o := parse(c.args, "p python target")
	if c.Tool == "uv" && len(o.operands) > 1 && o.operands[0].Value == "pip" {
		c.Verb = o.operands[1].Value
		return
	}
	if c.Tool == "virtualenv" && len(o.operands) > 0 {
		c.writeTo(c.path(o.operands[0], Tree))
		return
	}
	if len(o.operands) > 0 {
		switch v := o.operands[0].Value; v {
		case "install", "sync", "add", "update":
			c.Verb = "install"
			if c.Tool == "uv" {
				c.writeTo(c.resolve(".venv", Tree))
			}
		case "run":
			c.Opaque = "a program run by " + c.Tool
		}
	}
})

var _ = register("conda mamba micromamba", func(c *command) {
	o := parse(c.args, "n c f p name channel file prefix")
	c.Manager, c.Verb = "conda", "other"
	if len(o.operands) == 0 {
		return
	}
	switch o.operands[0].Value {
	case "install", "create", "update", "env":
		c.Verb = "install"
	case "clean":
		c.Verb = "clean"
	case "init":
		if c.ctx.Home != "" {
			c.Writes = append(c.Writes, Path{Name: c.ctx.Home + "/.bashrc", Known: true})
		}
	case "run":
		c.Opaque = "a program run by conda"
	}
})

var _ = register("npm", func(c *command) {
	o := parse(c.args, "prefix loglevel registry cache workspace w tag omit include only userconfig")
	c.Manager, c.Verb = "npm", "other"
	if len(o.operands) == 0 {
		return
	}
	switch o.operands[0].Value {
	case "install", "i", "ci", "add", "update", "up", "install-clean", "clean-install", "upgrade", "rebuild", "link":
		c.Verb = "install"
		c.packages(o.operands[1:])
		if o.has("g", "global", "location") {
			c.NeedsRoot = true
		} else {
			c.nodeModules(o.get("prefix"))
		}
		c.fills("npm")
	case "cache":
		c.Verb = "clean"
		c.Cleans = []string{"npm"}
	case "run", "run-script", "test", "build", "start":
		c.scriptOfPackage(o)
	case "prune", "uninstall", "remove", "rm", "dedupe":
		c.Verb = "remove"
		c.nodeModules(o.get("prefix"))
	}
})

// nodeModules notes that the command writes the packages of the project.
func (c *command) nodeModules(prefix string) {
	dir := "node_modules"
	if prefix != "" {
		dir = prefix + "/node_modules"
	}
	c.writeTo(c.resolve(dir, Tree))
}

// scriptOfPackage is a script of package.json: it may write anything in the project.
func (c *command) scriptOfPackage(o options) {
	c.Verb = "run"
	what := ""
	if len(o.operands) > 0 {
		what = o.operands[len(o.operands)-1].Value
	}
	c.Opaque = "the script " + what + " of package.json"
}

var _ = register("yarn yarnpkg", func(c *command) {
	o := parse(c.args, "cwd network-timeout registry cache-folder modules-folder mutex")
	c.Manager, c.Verb, c.Tool = "yarn", "install", "yarn"
	if len(o.operands) == 0 && o.has("version", "v", "help") {
		c.Verb, c.Pure = "other", true
		return
	}
	verb := "install"
	if len(o.operands) > 0 {
		verb = o.operands[0].Value
	}
	switch verb {
	case "install", "add", "upgrade", "workspaces", "workspace":
		if len(o.operands) > 1 {
			c.packages(o.operands[1:])
		}
		c.nodeModules(o.get("cwd"))
		c.fills("yarn")
	case "global":
		c.NeedsRoot = true
		if len(o.operands) > 2 {
			c.packages(o.operands[2:])
		}
		c.fills("yarn")
	case "cache":
		c.Verb, c.Cleans = "clean", []string{"yarn"}
	case "config", "set", "policies", "--version", "autoclean", "remove":
		c.Verb = "other"
	default:
		c.scriptOfPackage(o)
	}
})

var _ = register("pnpm", func(c *command) {
	o := parse(c.args, "C dir filter store-dir registry prefix")
	c.Manager, c.Verb = "pnpm", "other"
	if len(o.operands) == 0 {
		return
	}
	switch o.operands[0].Value {
	case "install", "i", "add", "update", "fetch":
		c.Verb = "install"
		c.packages(o.operands[1:])
		if !o.has("g", "global") {
			c.nodeModules("")
		} else {
			c.NeedsRoot = true
		}
		c.fills("pnpm")
	case "store":
		c.Verb, c.Cleans = "clean", []string{"pnpm"}
	case "config", "setup", "prune", "env":
	default:
		c.scriptOfPackage(o)
	}
})

var _ = register("npx bunx bower gulp grunt webpack tsc vite ng next nuxt lerna turbo corepack bun deno", func(c *command) {
	switch c.Tool {
	case "tsc", "corepack", "bower":
		return
	}
	c.Opaque = "the tool " + c.Tool + " of the project"
})

var _ = register("node nodejs ts-node", func(c *command) {
	o := parse(c.args, "e r eval require")
	if o.has("version", "v") {
		c.Pure = true
		return
	}
	c.Opaque = "a Node program"
})

var _ = register("gem", func(c *command) {
	o := parse(c.args, "v i n P version install-dir bindir source platform")
	c.Manager, c.Verb = "gem", "other"
	if len(o.operands) > 0 && (o.operands[0].Value == "install" || o.operands[0].Value == "update") {
		c.Verb = "install"
		c.packages(o.operands[1:])
		c.fills("gem")
	}
})

var _ = register("bundle bundler", func(c *command) {
	o := parse(c.args, "j path jobs without retry gemfile with")
	c.Manager, c.Verb, c.Tool = "bundle", "other", "bundle"
	if len(o.operands) == 0 || o.operands[0].Value == "install" || o.operands[0].Value == "update" {
		c.Verb = "install"
		if p := o.get("path"); p != "" {
			c.writeTo(c.resolve(p, Tree))
		}
		return
	}
	if o.operands[0].Value == "exec" {
		c.Opaque = "a program run by bundle"
	}
})

var _ = register("composer", func(c *command) {
	o := parse(c.args, "d working-dir")
	c.Manager, c.Verb = "composer", "other"
	if len(o.operands) == 0 {
		return
	}
	switch o.operands[0].Value {
	case "install", "update", "require", "create-project", "i", "u":
		c.Verb = "install"
		dir := "vendor"
		if w := o.get("d", "working-dir"); w != "" {
			dir = w + "/vendor"
		}
		c.writeTo(c.resolve(dir, Tree))
		if !o.has("no-cache") {
			c.fills("composer")
		}
	case "global":
		c.Verb = "install"
		if c.ctx.Home != "" {
			c.Writes = append(c.Writes, Path{Name: c.ctx.Home + "/.composer/vendor", Kind: Tree, Known: true})
		}
		c.fills("composer")
	case "clear-cache", "clearcache", "cc":
		c.Verb, c.Cleans = "clean", []string{"composer"}
	case "run-script", "run", "exec":
		c.Opaque = "a script of composer.json"
	}
})

// Package managers and build tools of languages that write below the project or
// their own directories.
var _ = register("cargo go mvn gradle gradlew mvnw dotnet cpan cpanm luarocks sbt lein mix rebar3 stack cabal ghc swift nimble opam raco R Rscript Rcmd ant", func(c *command) {
	o := parse(c.args, "C o p f file target manifest-path")
	c.Manager = c.Tool
	if len(o.operands) > 0 {
		c.Verb = o.operands[0].Value
	}
	switch c.Tool {
	case "go":
		c.goBuild(o)
	case "cargo":
		if c.Verb == "build" || c.Verb == "test" || c.Verb == "rustc" {
			c.writeTo(c.resolve("target", Tree))
		}
	case "mvn", "mvnw":
		c.writeTo(c.resolve("target", Tree))
	case "gradle", "gradlew":
		c.writeTo(c.resolve("build", Tree))
	case "dotnet":
		if out := o.get("o"); out != "" {
			c.writeTo(c.resolve(out, Tree))
		}
	case "Rscript", "R":
		if o.has("e") || c.Tool == "R" {
			return
		}
		c.Opaque = "an R program"
	}
})

func (c *command) goBuild(o options) {
	switch c.Verb {
	case "build":
		out := o.get("o")
		if out == "" {
			out = "."
			c.writeTo(c.resolve(out, Dir))
			return
		}
		c.writeTo(c.resolve(out, File))
	case "run", "generate":
		c.Opaque = "a Go program"
	}
}
