package effect

import "strings"

var rOptions = takes("e f g args file")

// R's installers are functions: what a program of R does is known only where it
// is nothing but calls of them.
var _ = register("R Rscript Rcmd r", func(c *command) {
	o := c.options(rOptions)
	c.Manager, c.Verb = "R", "other"
	if o.operand(0) == "CMD" || c.Tool == "Rcmd" {
		c.Verb, c.NeedsRoot = "install", true
		return
	}
	programs := o.all("e")
	for _, w := range programs {
		if !installsOnly(w.text) {
			c.Opaque = "an R program"
			return
		}
	}
	if len(programs) == 0 {
		c.read(File, o.operands...)
		c.Opaque = "an R program"
		return
	}
	c.Verb, c.NeedsRoot = "install", true
})

// rCalls are calls that install packages or set options.
var rCalls = []string{"install.packages(", "install_github(", "install_version(", "install_local(", "install_cran(", "source(", "biocLite(", "BiocManager::install(", "BiocInstaller::biocLite(",
	"devtools::", "remotes::", "library(", "require(", "options(", "update.packages(", "IRkernel::installspec(", "install_url(", "pak::", "renv::", "if (", "if(", "repos", "setRepositories(", "tinytex::", "webshot::", "update.packages"}

func installsOnly(text string) bool {
	for stmt := range strings.FieldsFuncSeq(strings.Trim(text, `"'`), func(r rune) bool { return r == ';' || r == '\n' }) {
		stmt = strings.TrimSpace(stmt)
		ok := stmt == ""
		for _, call := range rCalls {
			ok = ok || strings.HasPrefix(stmt, call)
		}
		if !ok {
			return false
		}
	}
	return true
}

var phpOptions = takes("r d c z f B R F E S t")

var _ = register("php", func(c *command) {
	o := c.options(phpOptions)
	script := o.operand(0)
	base := script[strings.LastIndexByte(script, '/')+1:]
	switch {
	case o.has("v", "version", "i", "m", "l", "ini"):
		c.Pure = true
	case o.has("r"):
		c.phpText(o.get("r"))
	case base == "composer" || base == "composer.phar":
		c.composer(c.args[c.indexOf(script)+1:])
	case base == "composer-setup.php" || c.installsComposer():
		c.Verb = "install"
		dir, ok := optionIn(c.args, "--install-dir")
		name, named := optionIn(c.args, "--filename")
		if !named {
			name = "composer.phar"
		}
		if ok {
			c.writeTo(c.resolve(dir+"/"+name, File))
		} else {
			c.writeTo(c.resolve(name, File))
		}
	case script == "":
		c.Opaque = "a PHP program from standard input"
	default:
		c.read(File, o.operands[0])
		c.Opaque = "the program " + o.operands[0].arg.Text
	}
})

// installsComposer knows `curl -sS https://getcomposer.org/installer | php -- --install-dir=…`.
func (c *command) installsComposer() bool {
	if !c.call.Pipe {
		return false
	}
	_, dir := optionIn(c.args, "--install-dir")
	return dir
}

func (c *command) indexOf(text string) int {
	for i, w := range c.args {
		if w.text == text {
			return i
		}
	}
	return len(c.args) - 1
}

// optionIn finds --name=value or --name value anywhere, behind a -- too.
func optionIn(args []word, name string) (string, bool) {
	for i, w := range args {
		if v, ok := strings.CutPrefix(w.text, name+"="); ok {
			return v, true
		}
		if w.text == name && i+1 < len(args) {
			return args[i+1].text, true
		}
	}
	return "", false
}

// phpText knows the lines of Composer's installation guide.
func (c *command) phpText(text string) {
	text = strings.TrimSpace(strings.Trim(text, `"'`))
	switch {
	case strings.HasPrefix(text, "copy('https://") || strings.HasPrefix(text, "readfile('http"):
		parts := strings.Split(text, "'")
		f := Fetch{URL: parts[1], Dest: Path{Name: "-"}}
		if len(parts) > 3 && strings.HasPrefix(text, "copy") {
			f.Dest = c.resolve(parts[3], File)
			c.writeTo(f.Dest)
		}
		c.Fetches = append(c.Fetches, f)
	case strings.HasPrefix(text, "unlink('"):
		c.delete(c.resolve(strings.Split(text, "'")[1], File))
	case strings.HasPrefix(text, "if (hash_file(") || strings.HasPrefix(text, "echo ") || strings.HasPrefix(text, "phpinfo("):
	default:
		c.Opaque = "a PHP program on the command line"
	}
}

var _ = register("java jar keytool ruby rake perl6 lua erl elixir groovy scala clojure rails artisan drush wp", func(c *command) {
	switch c.Tool {
	case "jar":
		c.writeTo(c.resolve(".", Tree))
		return
	case "keytool":
		if o := c.options(takesKeytool); o.get("keystore") != "" {
			w, _ := o.word("keystore")
			c.write(File, w)
			return
		}
		c.NeedsRoot = true
		return
	}
	if len(c.args) > 0 {
		switch c.args[0].text {
		case "-version", "-v", "-V", "--version":
			c.Pure = true
			return
		}
	}
	c.Opaque = "a program in " + c.Tool
	if c.Tool == "rake" || c.Tool == "rails" {
		o := c.options(noValues)
		if o.operand(0) == "assets:precompile" {
			c.Opaque, c.Verb = "", "assets"
			c.writeTo(c.resolve("public", Tree))
			c.writeTo(c.resolve("tmp", Tree))
			c.writeTo(c.resolve("log", Tree))
		}
	}
})

var takesKeytool = takesSingle("keystore storepass file alias keypass dname storetype validity keyalg keysize")
