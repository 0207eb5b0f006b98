package effect

var uvOptions = takes("p r c e n o python target prefix project directory index-url extra-index-url default-index index find-links cache-dir group extra only-group no-group requirement requirements package link-mode output-file constraint config-setting index-strategy resolution")

var _ = register("uv", func(c *command) {
	o := c.options(uvOptions)
	c.Manager, c.Verb = "uv", "other"
	switch o.operand(0) {
	case "pip":
		c.Verb = o.operand(1)
		if c.Verb != "install" && c.Verb != "sync" {
			return
		}
		c.Verb = "install"
		c.packages(o.after(2))
		for _, w := range o.all("r", "requirement", "requirements") {
			c.read(File, w)
		}
		if dir, ok := o.word("target", "prefix"); ok {
			c.write(Tree, dir)
		}
	case "sync", "add":
		c.Verb = "install"
		c.packages(o.after(1))
		c.writeTo(c.resolve(".venv", Tree))
	case "venv":
		if len(o.operands) > 1 {
			c.write(Tree, o.operands[1])
		} else {
			c.writeTo(c.resolve(".venv", Tree))
		}
		return
	case "tool":
		c.Verb = "install"
		c.packages(o.after(2))
		c.writeTo(c.inHome(".local", Tree))
	case "cache":
		if v := o.operand(1); v == "clean" || v == "prune" {
			c.Verb, c.Cleans = "clean", append(c.Cleans, "uv")
		}
		return
	case "run":
		c.Opaque = "a program run by uv"
		return
	case "lock", "build", "export", "compile":
		c.writeTo(c.resolve(".", Dir))
		return
	case "python":
		c.writeTo(c.inHome(".local", Tree))
		return
	default:
		return
	}
	if v, ok := c.lookup("UV_NO_CACHE"); !o.has("no-cache", "n", "no-cache-dir") && (!ok || v == "" || v == "0") {
		c.fills("uv")
	}
})

var poetryOptions = takes("C P E G directory project without with only extras group python format output f o")

var _ = register("poetry pdm hatch", func(c *command) {
	o := c.options(poetryOptions)
	c.Manager, c.Verb = c.Tool, "other"
	switch o.operand(0) {
	case "install", "sync", "add", "update":
		c.Verb = "install"
		c.packages(o.after(1))
		if v, _ := c.lookup("POETRY_VIRTUALENVS_IN_PROJECT"); v == "true" || v == "1" || c.Tool == "pdm" {
			c.writeTo(c.resolve(".venv", Tree))
		}
		if !o.has("no-cache") {
			c.stores(c.Tool)
		}
	case "cache":
		c.Verb, c.Cleans = "clean", append(c.Cleans, c.Tool)
	case "run", "shell":
		c.Opaque = "a program run by " + c.Tool
	case "build":
		c.writeTo(c.resolve("dist", Tree))
	case "export":
		if out, ok := o.word("o", "output"); ok {
			c.write(File, out)
		}
	case "lock":
		c.writeTo(c.resolve(".", Dir))
	}
})

var _ = register("pipenv", func(c *command) {
	o := c.options(takesPipenv)
	c.Manager, c.Verb = "pipenv", "other"
	switch o.operand(0) {
	case "install", "sync", "update":
		c.Verb = "install"
		c.packages(o.after(1))
		if v, ok := c.lookup("PIPENV_VENV_IN_PROJECT"); ok && v != "" && v != "0" && !o.has("system") {
			c.writeTo(c.resolve(".venv", Tree))
		}
		c.fills("pipenv")
	case "run", "shell":
		c.Opaque = "a program run by pipenv"
	case "lock", "requirements":
		c.writeTo(c.resolve(".", Dir))
	}
})

var takesPipenv = takes("r e i python categories extra-pip-args pypi-mirror")

var _ = register("pipx pip-compile pip-sync pyenv rbenv nodenv", func(c *command) {
	o := c.options(takesPipx)
	c.Manager, c.Verb = c.Tool, "other"
	switch c.Tool {
	case "pip-compile":
		c.writeTo(c.resolve(".", Dir))
	case "pip-sync":
		c.Verb = "install"
	case "pipx":
		if o.operand(0) == "install" {
			c.Verb = "install"
			c.packages(o.after(1))
			c.writeTo(c.inHome(".local", Tree))
		}
		if o.operand(0) == "run" {
			c.Opaque = "a program run by pipx"
		}
	default:
		if v := o.operand(0); v == "exec" {
			c.Opaque = "a program run by " + c.Tool
		} else if v == "install" || v == "global" || v == "rehash" {
			c.writeTo(c.inHome("."+c.Tool, Tree))
		} else if v == "local" {
			c.writeTo(c.resolve(".", Dir))
		}
	}
})

var takesPipx = takes("o python pip-args index-url output-file suffix")

var condaOptions = takes("n c f p r name channel file prefix root-prefix python log-level")

var _ = register("conda mamba micromamba", func(c *command) {
	o := c.options(condaOptions)
	c.Manager, c.Verb = "conda", "other"
	rest := o.after(1)
	switch verb := o.operand(0); verb {
	case "env":
		if v := o.operand(1); v != "create" && v != "update" {
			return
		}
		c.Verb = "install"
		c.read(File, o.all("f", "file")...)
		c.fills("conda")
	case "install", "create", "update", "upgrade":
		c.Verb = "install"
		c.packages(rest)
		c.read(File, o.all("f", "file")...)
		c.fills("conda")
	case "remove", "uninstall":
		c.Verb = "remove"
		c.Removes = c.packageList(rest)
	case "clean":
		c.Verb = "clean"
		if o.has("a", "all", "t", "tarballs", "p", "packages", "tips") {
			c.Cleans = append(c.Cleans, "conda")
		}
	case "init":
		c.writeTo(c.inHome(".bashrc", File))
	case "config":
		// Settings of conda itself, for its later commands in the build.
	case "run":
		c.Opaque = "a program run by conda"
	case "info", "list", "search", "shell":
		c.Pure = true
	}
	if dir, ok := o.word("p", "prefix"); ok && c.Verb == "install" {
		c.write(Tree, dir)
	}
})
