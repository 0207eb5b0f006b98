package effect

import "strings"

var npmOptions = takes("C w prefix loglevel registry cache workspace tag omit include only userconfig globalconfig location install-strategy fetch-retries fetch-timeout target_arch network-timeout")

var npmVerbs = map[string]string{
	"install": "install", "i": "install", "in": "install", "ins": "install", "isntall": "install", "add": "install", "ci": "install",
	"install-clean": "install", "clean-install": "install", "ic": "install", "update": "install", "up": "install", "upgrade": "install",
	"rebuild": "install", "rb": "install", "link": "install", "ln": "install", "install-test": "install", "it": "install",
	"prune": "remove", "uninstall": "remove", "un": "remove", "remove": "remove", "rm": "remove", "r": "remove", "dedupe": "remove", "ddp": "remove", "unlink": "remove",
	"cache": "clean", "run": "run", "run-script": "run", "test": "run", "t": "run", "build": "run", "start": "run", "tst": "run", "exec": "run", "x": "run", "rum": "run", "urn": "run",
}

var _ = register("npm cnpm tnpm", func(c *command) {
	o := c.options(npmOptions)
	c.Manager = "npm"
	if c.Verb = npmVerbs[o.operand(0)]; c.Verb == "" {
		c.Verb = "other"
	}
	prefix, _ := o.word("prefix", "C")
	global := o.has("g", "global", "location")
	switch c.Verb {
	case "install", "remove":
		if c.Verb == "install" {
			c.packages(o.after(1))
			c.fills("npm")
		} else {
			c.Removes = c.packageList(o.after(1))
		}
		if global {
			c.globalModules(prefix)
		} else {
			c.nodeModules(prefix)
		}
	case "clean":
		if v := o.operand(1); v == "clean" || v == "clear" || v == "rm" || v == "verify" {
			c.Cleans = append(c.Cleans, "npm")
		} else {
			c.Verb = "other"
		}
	case "run":
		c.scriptOfPackage(&o)
	default:
		switch v := o.operand(0); {
		case v == "config" || v == "set" || v == "login" || v == "adduser":
			// Settings of npm itself, for its later commands in the build.
		case v == "pack" || v == "init" || v == "version" || v == "shrinkwrap" || v == "pkg":
			c.writeTo(c.resolve(".", Dir))
		default:
			c.Pure = true
		}
	}
})

// globalModules is an install for the whole system: root's, but where the prefix
// was set to the user's own.
func (c *command) globalModules(prefix word) {
	if prefix.text == "" {
		if v, ok := c.lookup("NPM_CONFIG_PREFIX"); ok {
			prefix = word{text: v, known: true}
		}
	}
	if prefix.text != "" {
		c.write(Tree, prefix)
		return
	}
	c.NeedsRoot = true
}

// nodeModules notes that the command writes the packages of the project.
func (c *command) nodeModules(dir word) { c.writeTo(c.below(dir, "node_modules", Tree)) }

// scriptOfPackage is a script of package.json: it may write anything in the project.
func (c *command) scriptOfPackage(o *options) {
	c.Verb = "run"
	what := o.operand(0)
	if (what == "run" || what == "run-script" || what == "exec") && len(o.operands) > 1 {
		what = o.operands[1].text
	}
	c.Opaque = "the script " + what + " of package.json"
}

var yarnOptions = takes("cwd network-timeout registry cache-folder modules-folder mutex global-folder prefix network-concurrency")

var _ = register("yarn", func(c *command) {
	o := c.options(yarnOptions)
	c.Manager = "yarn"
	if len(o.operands) == 0 && o.has("version", "v", "help", "h") {
		c.Verb, c.Pure = "other", true
		return
	}
	dir, _ := o.word("cwd")
	verb := "install"
	if len(o.operands) > 0 {
		verb = o.operands[0].text
	}
	c.Verb = "other"
	switch verb {
	case "install", "add", "upgrade", "up", "import", "dlx", "link":
		c.Verb = "install"
		c.packages(o.after(1))
		c.nodeModules(dir)
		c.fills("yarn")
	case "workspaces", "workspace":
		if !o.mentions("focus", "install", "add") {
			c.scriptOfPackage(&o)
			return
		}
		c.Verb = "install"
		c.nodeModules(dir)
		c.fills("yarn")
	case "global":
		c.NeedsRoot, c.Verb = true, "install"
		if o.operand(1) == "remove" {
			c.Verb = "remove"
			return
		}
		c.packages(o.after(2))
		c.fills("yarn")
	case "cache":
		if v := o.operand(1); v == "clean" || v == "clear" {
			c.Verb, c.Cleans = "clean", append(c.Cleans, "yarn")
		}
	case "config", "login": // settings of the tool itself
	case "policies", "set", "plugin", "version", "init":
		c.writeTo(c.resolve(".", Dir))
	case "autoclean", "remove", "unlink", "dedupe", "rebuild":
		c.nodeModules(dir)
	case "list", "info", "why", "check", "audit", "bin", "licenses", "outdated", "versions", "help", "cacheDir":
		c.Pure = true
	default:
		c.scriptOfPackage(&o)
	}
})

// mentions reports whether one of the words is an operand.
func (o *options) mentions(texts ...string) bool {
	for _, w := range o.operands {
		for _, t := range texts {
			if w.text == t {
				return true
			}
		}
	}
	return false
}

var pnpmOptions = takes("C F dir filter store-dir registry prefix virtual-store-dir global-dir global-bin-dir reporter loglevel")

var _ = register("pnpm bun", func(c *command) {
	o := c.options(pnpmOptions)
	c.Manager, c.Verb = c.Tool, "other"
	dir, _ := o.word("C", "dir", "prefix")
	switch o.operand(0) {
	case "install", "i", "add", "a", "update", "up", "fetch", "ci", "import", "rebuild":
		c.Verb = "install"
		c.packages(o.after(1))
		if o.has("g", "global") {
			c.NeedsRoot = true
		} else {
			c.nodeModules(dir)
		}
		if c.Tool == "pnpm" {
			c.fills("pnpm")
		} else {
			c.bunCache()
		}
	case "store", "pm":
		if o.operand(1) == "prune" || o.operand(1) == "cache" {
			c.Verb, c.Cleans = "clean", append(c.Cleans, c.Tool)
		}
	case "remove", "rm", "uninstall", "prune", "dedupe":
		c.Verb = "remove"
		c.nodeModules(dir)
	case "config", "setup", "env", "upgrade": // settings of the tool itself
	case "deploy":
		c.Verb = "install"
		c.write(Tree, o.after(1)...)
	case "list", "ls", "why", "bin", "root", "":
		c.Pure = true
	default:
		c.scriptOfPackage(&o)
	}
})

// bunCache is filled below the home directory, unless a variable puts it elsewhere.
func (c *command) bunCache() {
	for _, name := range []string{"BUN_INSTALL", "BUN_INSTALL_CACHE_DIR"} {
		if v, ok := c.lookup(name); ok && v != "" {
			c.stores("bun")
			return
		}
	}
	c.fills("bun")
}

// Build tools that write into their project: its output and its caches.
var _ = register("vite webpack ng next nuxt nuxi rollup parcel esbuild tsup swc babel sass postcss tailwindcss react-scripts react-app-rewired craco vue-cli-service svelte-kit astro gatsby remix jest vitest mocha eslint prettier nest", func(c *command) {
	c.writeTo(c.resolve(".", Tree))
})

// Tools that run programs of the project's own.
var _ = register("npx bunx gulp grunt lerna turbo nx deno karma ember hexo meteor jspm", func(c *command) {
	c.Opaque = "the tool " + c.Tool + " of the project"
})

var _ = register("tsc", func(c *command) {
	o := c.options(takesTsc)
	if dir, ok := o.word("outDir", "outFile"); ok {
		c.write(Tree, dir)
		return
	}
	c.writeTo(c.resolve(".", Tree))
})

var takesTsc = takes("p outDir outFile project target module")

var _ = register("bower", func(c *command) {
	o := c.options(noValues)
	c.Manager, c.Verb = "bower", "other"
	if v := o.operand(0); v == "install" || v == "update" || v == "i" {
		c.Verb = "install"
		c.writeTo(c.resolve("bower_components", Tree))
	}
})

var _ = register("corepack nvm n fnm volta rvm rustup sdk asdf", func(c *command) {
	c.Manager, c.Verb = c.Tool, "other"
	switch c.Tool {
	case "corepack", "n":
		c.NeedsRoot = true
	case "rvm":
		c.NeedsRoot = c.ctx.User == "" || c.ctx.User == "root"
		c.writeTo(Path{Name: "/usr/local/rvm", Kind: Tree, Known: c.NeedsRoot})
	case "rustup":
		if v, ok := c.lookup("RUSTUP_HOME"); ok {
			c.writeTo(c.resolve(v, Tree))
		} else {
			c.writeTo(c.inHome(".rustup", Tree))
		}
	case "sdk":
		c.writeTo(c.inHome(".sdkman", Tree))
	case "nvm":
		if v, ok := c.lookup("NVM_DIR"); ok {
			c.writeTo(c.resolve(v, Tree))
		} else {
			c.writeTo(c.inHome(".nvm", Tree))
		}
	default:
		c.writeTo(c.inHome("."+c.Tool, Tree))
	}
})

var nodeOptions = takesFirst("e p r eval print require import loader max-old-space-size env-file")

var _ = register("node ts-node tsx", func(c *command) {
	o := c.options(nodeOptions)
	switch {
	case o.has("version", "v", "h", "c", "check"):
		c.Pure = true
	case o.has("e", "p", "eval", "print", "pe"):
		if text := strings.TrimSpace(o.get("e", "p", "eval", "print")); strings.HasPrefix(text, "process.version") || strings.HasPrefix(text, "console.log(process.") {
			c.Pure = true
			return
		}
		c.Opaque = "a Node program on the command line"
	case len(o.operands) == 0:
		c.Opaque = "a Node program"
	default:
		c.read(File, o.operands[0])
		c.Opaque = "the program " + o.operands[0].arg.Text
	}
})
