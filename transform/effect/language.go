package effect

import (
	"strings"
)

var gemOptions = takes("v i n P s p version install-dir bindir source platform trust-policy document http-proxy")

var _ = register("gem td-agent-gem google-fluentd-gem fluent-gem jgem", func(c *command) {
	o := c.options(gemOptions)
	c.Manager, c.Verb = "gem", "other"
	switch v := o.operand(0); v {
	case "install", "i":
		c.Verb = "install"
		c.packages(o.after(1))
		if version := o.get("v", "version"); version != "" && len(c.Installs) == 1 {
			c.Installs[0].Version = version
		}
		if dir, ok := o.word("i", "install-dir"); ok {
			c.write(Tree, dir)
		}
		c.gemCache()
	case "update":
		c.Verb = "install"
		if !o.has("system") {
			c.packages(o.after(1))
		}
		c.gemCache()
	case "uninstall":
		c.Verb = "remove"
		c.Removes = c.packageList(o.after(1))
	case "build":
		c.writeTo(c.resolve(".", Dir))
	case "list", "env", "environment", "search", "which", "contents", "query", "":
		c.Pure = true
	}
})

// gemCache is the cache of the image's Ruby; programs that bring a Ruby of their
// own along keep theirs where gem does not look.
func (c *command) gemCache() {
	if c.Tool == "gem" {
		c.fills("gem")
	}
}

var bundleOptions = takes("j path jobs without retry gemfile with binstubs P")

var _ = register("bundle", func(c *command) {
	o := c.options(bundleOptions)
	c.Manager, c.Verb = "bundle", "other"
	switch o.operand(0) {
	case "", "install", "update", "package", "pack", "cache":
		c.Verb = "install"
		place, elsewhere := c.lookup("BUNDLE_PATH")
		if dir, ok := o.word("path"); ok {
			c.write(Tree, dir)
		} else if o.has("deployment") {
			c.writeTo(c.resolve("vendor/bundle", Tree))
		} else if !elsewhere || place == "" {
			c.fills("gem") // the gems go where gem puts them
		}
		c.stores("bundler")
	case "exec":
		rest := o.after(1)
		c.Verb, c.Opaque = "exec", "a program run by bundle"
		if len(rest) > 1 && rest[0].text == "rake" && rest[1].text == "assets:precompile" {
			c.Verb, c.Opaque = "assets", ""
			c.writeTo(c.resolve("public", Tree))
			c.writeTo(c.resolve("tmp", Tree))
			c.writeTo(c.resolve("log", Tree))
		}
	case "clean":
		c.Verb = "remove"
	case "config", "init", "lock", "binstubs":
		c.writeTo(c.resolve(".bundle", Tree))
	case "check", "list", "show", "info", "platform", "env":
		c.Pure = true
	default:
		c.Opaque = "a program run by bundle"
	}
})

var composerOptions = takes("d working-dir repository repository-url stability")

// Its documentation puts the cache below COMPOSER_HOME or XDG_CACHE_HOME: see Caches.
var _ = register("composer", func(c *command) { c.composer(c.args) })

func (c *command) composer(args []word) {
	ownWord := c.Tool == "composer"
	o := cut(args, composerOptions)
	c.Tool, c.Manager, c.Verb = "composer", "composer", "other"
	dir, _ := o.word("d", "working-dir")
	switch verb := o.operand(0); verb {
	case "install", "update", "require", "i", "u", "upgrade", "remove", "reinstall":
		c.Verb = "install"
		if verb == "require" {
			c.packages(o.after(1))
		}
		c.writeTo(c.below(dir, "vendor", Tree))
	case "create-project":
		c.Verb = "install"
		c.packages(o.after(1)[:min(1, len(o.after(1)))])
		if len(o.operands) > 2 {
			c.write(Tree, o.operands[2])
		} else {
			c.writeTo(c.below(dir, ".", Tree))
		}
	case "global":
		if v := o.operand(1); v != "require" && v != "install" && v != "update" {
			return
		}
		c.Verb = "install"
		c.packages(o.after(2))
		if home, ok := c.lookup("COMPOSER_HOME"); ok {
			c.writeTo(c.resolve(home+"/vendor", Tree))
		} else {
			c.writeTo(c.inHome(".composer/vendor", Tree))
		}
	case "clear-cache", "clearcache", "cc":
		c.Verb, c.Cleans = "clean", append(c.Cleans, "composer")
		return
	case "dump-autoload", "dumpautoload", "dump":
		c.writeTo(c.below(dir, "vendor", Tree))
		return
	case "run-script", "run", "exec":
		c.Opaque = "a script of composer.json"
		return
	case "config", "self-update", "selfupdate", "init":
		return
	case "validate", "check-platform-reqs", "show", "diagnose", "about", "":
		c.Pure = true
		return
	default:
		c.Opaque = "a script of composer.json"
		return
	}
	switch {
	case o.has("no-cache"):
	case ownWord:
		c.fills("composer")
	default: // php composer.phar: no command `composer` to empty it with
		c.stores("composer")
	}
}

var goOptions = takesSingle("o p mod modfile tags ldflags gcflags asmflags buildmode C pkgdir toolexec overlay exec run timeout covermode coverprofile count installsuffix")

var _ = register("go", func(c *command) {
	o := c.options(goOptions)
	c.Manager, c.Verb = "go", o.operand(0)
	if dir, ok := o.word("C"); ok {
		c.ctx.Dir = c.path(dir, Dir).Name
	}
	switch c.Verb {
	case "build", "test", "vet":
		c.goBuild(&o)
		c.stores("go-build", "go-mod")
	case "install", "get":
		c.packages(o.after(1))
		if o.mentions("./...", ".") {
			c.Reads = append(c.Reads, c.resolve(".", Tree))
		}
		if dir, ok := c.lookup("GOBIN"); ok {
			c.writeTo(c.resolve(dir, Dir))
		} else if dir, ok := c.lookup("GOPATH"); ok {
			c.writeTo(c.resolve(dir+"/bin", Dir))
		}
		c.stores("go-build", "go-mod")
	case "mod", "work":
		switch o.operand(1) {
		case "vendor":
			c.writeTo(c.resolve("vendor", Tree))
		case "tidy", "init", "edit":
			c.writeTo(c.resolve(".", Dir))
		}
		c.stores("go-mod")
	case "clean":
		if o.has("cache") {
			c.Cleans = append(c.Cleans, "go-build")
		}
		if o.has("modcache") {
			c.Cleans = append(c.Cleans, "go-mod")
		}
	case "run", "generate", "tool":
		c.Opaque = "a Go program"
	case "version", "env", "list", "doc", "help", "":
		c.Pure = !o.has("w", "u")
	case "fmt", "fix":
		c.writeTo(c.resolve(".", Tree))
	default:
		c.Opaque = "unknown subcommand " + c.Verb + " of go"
	}
})

func (c *command) goBuild(o *options) {
	c.Reads = append(c.Reads, c.resolve(".", Tree))
	if out, ok := o.word("o"); ok {
		c.write(File, out)
	} else if c.Verb == "build" {
		c.writeTo(c.resolve(".", Dir))
	}
}

var cargoOptions = takes("j p F Z target manifest-path features bin example profile package root version git branch tag rev path index registry target-dir jobs color config")

var _ = register("cargo cross xargo", func(c *command) {
	o := c.options(cargoOptions)
	rest := o.operands
	if len(rest) > 0 && strings.HasPrefix(rest[0].text, "+") { // +nightly
		rest = rest[1:]
	}
	if len(rest) == 0 {
		c.Manager, c.Verb, c.Pure = "cargo", "other", true
		return
	}
	c.Manager, c.Verb = "cargo", rest[0].text
	target := c.resolve("target", Tree)
	if dir, ok := o.word("target-dir"); ok {
		target = c.path(dir, Tree)
	} else if dir, ok := c.lookup("CARGO_TARGET_DIR"); ok {
		target = c.resolve(dir, Tree)
	}
	switch c.Verb {
	case "build", "b", "test", "t", "rustc", "check", "c", "clippy", "doc", "bench", "zigbuild", "chef", "leptos":
		c.Reads = append(c.Reads, c.resolve(".", Tree))
		c.writeTo(target)
		c.stores("cargo")
	case "install":
		c.packages(rest[1:])
		if dir, ok := o.word("root"); ok {
			c.write(Tree, dir)
		}
		if dir, ok := o.word("path"); ok {
			c.read(Tree, dir)
		}
		c.stores("cargo")
	case "fetch", "vendor", "update", "generate-lockfile":
		c.writeTo(c.resolve(".", Dir))
		c.stores("cargo")
	case "new", "init":
		if len(rest) > 1 {
			c.write(Tree, rest[1])
		} else {
			c.writeTo(c.resolve(".", Tree))
		}
	case "run", "r":
		c.Opaque = "a Rust program"
	case "clean":
		c.Deletes = append(c.Deletes, target)
	case "version", "metadata", "tree", "search", "locate-project", "fmt":
		c.Pure = c.Verb != "fmt"
	default:
		c.Opaque = "unknown subcommand " + c.Verb + " of cargo"
	}
})

var mvnOptions = takesSingle("f s l P pl file settings define gs T t b builder")

// Plugins run what the project's files say; the usual phases write its build
// directories and the local repository.
var _ = register("mvn", func(c *command) {
	c.buildTool("maven", "target", c.options(mvnOptions))
})

var gradleOptions = takes("b c p g I P D x project-dir build-file settings-file gradle-user-home init-script exclude-task console")

var _ = register("gradle", func(c *command) {
	c.buildTool("gradle", "build", c.options(gradleOptions))
	c.writeTo(c.resolve(".gradle", Tree))
})

var _ = register("ant sbt lein mix rebar rebar3 stack cabal nimble swift bazel bazelisk dub crystal shards nim pub dart flutter", func(c *command) {
	c.buildTool(c.Tool, ".", c.options(noValues))
	if o := c.options(noValues); c.Verb == "run" || o.operand(0) == "exec" {
		c.Opaque = "a program run by " + c.Tool
	}
})

// buildTool is a tool that writes below the project and has a store of its own.
func (c *command) buildTool(manager, output string, o options) {
	c.Manager, c.Verb = manager, o.operand(0)
	if c.Verb == "" && o.has("version", "v", "V", "h", "help") {
		c.Pure = true
		return
	}
	c.Reads = append(c.Reads, c.resolve(".", Tree))
	c.writeTo(c.resolve(output, Tree))
	if _, ok := CacheOf(manager); ok {
		c.stores(manager)
	}
}

var dotnetOptions = takes("o c f r v p s output configuration framework runtime verbosity os arch packages source tool-path version add-source")

var _ = register("dotnet msbuild nuget", func(c *command) {
	o := c.options(dotnetOptions)
	c.Manager, c.Verb = "dotnet", o.operand(0)
	out, ok := o.word("o", "output")
	switch c.Verb {
	case "restore", "build", "publish", "pack", "test", "msbuild", "clean":
		c.Reads = append(c.Reads, c.resolve(".", Tree))
		if ok {
			c.write(Tree, out)
		}
		c.writeTo(c.resolve("bin", Tree))
		c.writeTo(c.resolve("obj", Tree))
		c.stores("nuget")
	case "tool":
		if dir, ok := o.word("tool-path"); ok {
			c.write(Tree, dir)
		} else if o.has("g", "global") {
			c.writeTo(c.inHome(".dotnet/tools", Tree))
		}
		c.stores("nuget")
	case "nuget", "new", "add", "sln", "dev-certs", "workload":
		c.writeTo(c.resolve(".", Dir))
	case "":
		c.Pure = o.has("info", "version", "list-sdks", "list-runtimes")
	default:
		if c.Tool != "dotnet" {
			c.writeTo(c.resolve(".", Tree))
			return
		}
		c.Opaque = "a .NET program"
	}
})

// Installers of language packages whose directories belong to the system.
var _ = register("cpan cpanm cpanp luarocks opam raco install2.r installGithub.r install.r littler hex phpbrew pickle install-php-extensions", func(c *command) {
	o := c.options(takesInstaller)
	c.Manager, c.Verb = c.Tool, "install"
	switch c.Tool {
	case "luarocks", "opam", "raco":
		if c.Verb = o.operand(0); c.Verb == "install" || c.Verb == "make" {
			c.Verb = "install"
			c.packages(o.after(1))
		} else {
			c.Verb = "other"
		}
		if c.Tool == "opam" {
			c.writeTo(c.inHome(".opam", Tree))
			return
		}
	default:
		c.packages(o.operands)
	}
	if dir, ok := o.word("l", "local-lib", "tree"); ok {
		c.write(Tree, dir)
		return
	}
	c.NeedsRoot = true
	if c.Tool == "cpanm" || c.Tool == "cpan" {
		c.fills("cpan")
	}
})

var takesInstaller = takes("l L M n r d j local-lib local-lib-contained mirror tree server repos deps ncpus")
