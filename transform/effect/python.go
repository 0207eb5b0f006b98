package effect

import (
	"path"
	"strings"
)

var pipOptions = takes(`r c e i t f b d requirement constraint editable index-url extra-index-url target find-links prefix root src trusted-host platform
	python-version implementation abi progress-bar log cache-dir proxy timeout retries no-binary only-binary upgrade-strategy python
	config-settings global-option install-option build-option build exists-action cert client-cert dest wheel-dir w report format default-timeout
	allow-external allow-unverified download-cache use-feature use-deprecated path keyring-provider`)

var _ = register("pip", func(c *command) { c.pip("pip", c.args) })

// pip handles pip and those who take its command line.
func (c *command) pip(manager string, args []word) {
	o := cut(args, pipOptions)
	c.Manager, c.Verb = manager, "other"
	switch o.operand(0) {
	case "install", "wheel", "download":
		c.Verb = "install"
		c.pipInstall(&o)
	case "uninstall":
		c.Verb = "remove"
		c.Removes = c.packageList(o.operands[1:])
	case "cache":
		if v := o.operand(1); v == "purge" || v == "remove" {
			c.Verb, c.Cleans = "clean", append(c.Cleans, "pip")
		}
	case "", "list", "freeze", "show", "check", "search", "config", "debug", "hash", "help", "index", "inspect":
		c.Pure = o.operand(0) != "config"
	default:
		c.Opaque = "unknown subcommand " + o.operand(0) + " of " + c.Tool
	}
}

func (c *command) pipInstall(o *options) {
	switch o.operand(0) {
	case "install":
		c.packages(o.operands[1:])
	case "wheel":
		if dir, ok := o.word("w", "wheel-dir"); ok {
			c.write(Dir, dir)
		} else {
			c.writeTo(c.resolve(".", Dir))
		}
	case "download":
		if dir, ok := o.word("d", "dest"); ok {
			c.write(Dir, dir)
		} else {
			c.writeTo(c.resolve(".", Dir))
		}
	}
	for _, w := range o.all("r", "requirement", "c", "constraint") {
		if !strings.Contains(w.text, "://") {
			c.read(File, w)
		}
	}
	for _, w := range o.all("e", "editable") {
		p := parsePackage("pip", w.text)
		p.Arg, p.Local = w.arg, true
		c.Installs = append(c.Installs, p)
		if w.known && !strings.Contains(w.text, "://") {
			c.Reads = append(c.Reads, c.resolve(localPath(w.text), Tree))
		}
	}
	if dir, ok := o.word("t", "target", "prefix", "root"); ok {
		c.write(Tree, dir)
	} else if o.has("user") && c.ctx.Home != "" {
		c.writeTo(c.inHome(".local", Tree))
	}
	if !o.has("no-cache-dir", "no-cache") && !c.pipCacheOff() {
		c.fills("pip")
	}
}

// pipCacheOff reports whether the environment switches pip's cache off. Any
// value does: pip takes "off" and "0" for an off too, as its first versions did
// (pip._internal.cli.cmdoptions, --no-cache-dir).
func (c *command) pipCacheOff() bool {
	v, ok := c.lookup("PIP_NO_CACHE_DIR")
	return ok && v != ""
}

var pythonOptions = takesFirst("c m W X Q")

// pythonModules are modules that are run with -m and write nothing, or only what
// is said here.
var pythonModules = map[string]func(*command, []word){
	"pip":        func(c *command, args []word) { c.Tool = "pip"; c.pip("pip", args) },
	"pipenv":     func(c *command, args []word) { c.as("pipenv", args) },
	"poetry":     func(c *command, args []word) { c.as("poetry", args) },
	"uv":         func(c *command, args []word) { c.as("uv", args) },
	"conda":      func(c *command, args []word) { c.as("conda", args) },
	"virtualenv": func(c *command, args []word) { c.as("virtualenv", args) },
	"venv":       func(c *command, args []word) { c.as("virtualenv", args) },
	"ensurepip":  func(c *command, _ []word) { c.Manager, c.Verb = "pip", "other" },
	"compileall": func(c *command, args []word) {
		o := cut(args, takes("d s p x i j r"))
		c.write(Tree, o.operands...)
	},
	"build":                func(c *command, _ []word) { c.writeTo(c.resolve("dist", Tree)) },
	"zipfile":              func(c *command, _ []word) { c.writeTo(c.resolve(".", Tree)) },
	"json.tool":            func(c *command, _ []word) { c.Pure = true },
	"site":                 func(c *command, _ []word) { c.Pure = true },
	"sysconfig":            func(c *command, _ []word) { c.Pure = true },
	"ipykernel":            func(c *command, _ []word) {},
	"ipykernel.kernelspec": func(c *command, _ []word) {},
	"bash_kernel.install":  func(c *command, _ []word) {},
	"spacy":                func(c *command, _ []word) { c.Manager, c.Verb = "pip", "other" },
	"nltk.downloader": func(c *command, args []word) {
		o := cut(args, takes("d"))
		if dir, ok := o.word("d"); ok {
			c.write(Tree, dir)
		} else {
			c.writeTo(c.inHome("nltk_data", Tree))
		}
	},
	"playwright":        func(c *command, _ []word) { c.Verb = "install" },
	"grpc_tools.protoc": func(c *command, _ []word) { c.writeTo(c.resolve(".", Tree)) },
	"pytest":            func(c *command, _ []word) { c.writeTo(c.resolve(".", Tree)) },
	"unittest":          func(c *command, _ []word) { c.writeTo(c.resolve(".", Tree)) },
}

// as handles the arguments as those of another program.
func (c *command) as(name string, args []word) {
	c.Tool, c.args = name, args
	programs[name].handler(c)
}

var _ = register("python pypy", func(c *command) {
	o := c.options(pythonOptions)
	module := o.get("m")
	if known := pythonModules[module]; known != nil {
		known(c, o.operands)
		return
	}
	switch {
	case o.has("version", "V", "h"):
		c.Pure = true
	case o.has("c"):
		c.pythonText(o.get("c"))
	case module != "":
		c.Opaque = "the Python module " + module
	case len(o.operands) == 0 || o.operands[0].text == "-":
		c.Opaque = "a Python program from standard input"
		if len(c.args) == 0 && !c.call.Pipe && !c.fedByHand() {
			c.Opaque, c.Pure = "", true
		}
	default:
		c.pythonScript(o.operands[0], o.operands[1:])
	}
})

// pythonText takes a program on the command line for harmless when it only
// imports modules and prints.
func (c *command) pythonText(text string) {
	for stmt := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		stmt = strings.TrimSpace(stmt)
		if stmt != "" && !strings.HasPrefix(stmt, "import ") && !strings.HasPrefix(stmt, "from ") && !strings.HasPrefix(stmt, "print(") && !strings.HasPrefix(stmt, "print ") {
			c.Opaque = "a Python program on the command line"
			return
		}
	}
	c.Pure = true
}

// pythonScript knows the commands of setup.py and Django's manage.py.
func (c *command) pythonScript(script word, args []word) {
	c.read(File, script)
	verb := ""
	for _, w := range args {
		if !strings.HasPrefix(w.text, "-") {
			verb = w.text
			break
		}
	}
	switch base := path.Base(script.text); {
	case base == "setup.py":
		c.setupPy(verb)
	case base == "manage.py" && djangoVerbs[verb]:
		c.Verb = verb
	case base == "get-pip.py" || base == "ez_setup.py" || base == "get-poetry.py" || base == "install-poetry.py" || base == "bootstrap-buildout.py":
		c.Manager, c.Verb = "pip", "other"
	case base == "waf" || base == "x.py":
		c.Verb = "build"
		c.writeTo(c.resolve(".", Tree))
	default:
		c.Opaque = "the program " + script.arg.Text
	}
}

// djangoVerbs are the management commands that write nothing but what they are for.
var djangoVerbs = names("collectstatic check compilemessages compress makemessages help showmigrations assets bower_install")

func (c *command) setupPy(verb string) {
	switch verb {
	case "install", "develop", "build", "build_ext", "bdist_wheel", "sdist", "egg_info", "build_py", "bdist_egg", "install_lib":
		c.Manager, c.Verb = "pip", "build"
		c.writeTo(c.resolve("build", Tree))
	default:
		c.Opaque = "the program setup.py"
	}
}

// flask runs commands of the application, which work in its directory.
var _ = register("flask alembic pybabel", func(c *command) { c.writeTo(c.resolve(".", Tree)) })

var _ = register("setup.py manage.py", func(c *command) {
	script := word{arg: c.Argv[0], text: argText(c.Argv[0], c.look), known: true}
	c.pythonScript(script, c.args)
})

var _ = register("django-admin django-admin.py", func(c *command) {
	o := c.options(noValues)
	if c.Verb = o.operand(0); !djangoVerbs[c.Verb] {
		c.Opaque = "the Django command " + c.Verb
	}
})

var virtualenvOptions = takes("p python prompt extra-search-dir seeder app-data")

var _ = register("virtualenv pyvenv mkvirtualenv", func(c *command) {
	o := c.options(virtualenvOptions)
	c.Verb = "create"
	c.write(Tree, o.operands...)
})

var _ = register("easy_install", func(c *command) {
	o := c.options(takesEasyInstall)
	c.Manager, c.Verb = "easy_install", "install"
	c.packages(o.operands)
})

var takesEasyInstall = takes("d f i s S O x prefix install-dir find-links index-url script-dir")
