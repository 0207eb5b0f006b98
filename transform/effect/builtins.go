package effect

import (
	"path"
	"strings"
)

var _ = register("cd pushd chdir", func(c *command) {
	var operands []word
	for _, w := range c.args {
		if w.text != "-P" && w.text != "-L" && w.text != "--" {
			operands = append(operands, w)
		}
	}
	c.Pure = true
	c.Chdir = "?"
	switch {
	case len(operands) == 0:
		if c.ctx.Home != "" {
			c.Chdir = c.ctx.Home
		}
	case operands[0].text == "-" || operands[0].glob:
	default:
		if p := c.path(operands[0], Dir); p.Known {
			c.Chdir = p.Name
		}
	}
})

var _ = register("popd", func(c *command) { c.Chdir, c.Pure = "?", true })

// Commands that print, test or set and change no file.
var _ = register(`echo printf true false test exit : set export unset return break continue shift trap wait umask ulimit local getopts enable caller
	readonly declare typeset alias unalias hash type which whereis pwd uname id whoami hostname logname groups users who date ls dir vdir head tail less more wc sort
	uniq cut tr grep zgrep rgrep expr seq sleep usleep basename dirname readlink realpath stat file printenv nproc getconf arch lsb_release getent command ps free
	df du diff cmp comm paste join fold nl rev tac column jq yq xmllint base64 base32 xxd od hexdump strings tty stty clear reset yes let ldd nm
	objdump readelf locale sync kill pkill killall history shopt jobs fg bg times [[ lscpu lsblk lspci lsusb lsof netstat ss ip ifconfig factor numfmt
	dpkg-query dpkg-architecture rpmquery pkg-config pkgconf python-config php-config mysql_config pg_config llvm-config curl-config xml2-config
	envsubst tsort expand unexpand fmt pr shuf cal bc dc uuidgen pgrep pidof top uptime vmstat lsmod dmesg env ag rg tree iconv cksum sum
	logger read mapfile readarray builtin scanelf gofmt golint govet staticcheck shellcheck hadolint flake8 pylint pycodestyle pyflakes mypy
	java-config cowsay figlet lolcat neofetch sw_vers systemd-detect-virt hostid last tput pwgen modinfo getcap getfacl lsattr`, func(c *command) {
	c.Pure = true
	switch c.Tool {
	case "sort":
		if w, ok := optionsOf(c, sortOptions).word("o", "output"); ok {
			c.write(File, w)
		}
	case "head", "tail", "wc", "uniq", "cut", "less", "more", "tac", "base64":
		c.readOperands(headOptions)
	case "diff", "cmp", "comm":
		c.readOperands(noValues)
	case "grep":
		c.grep()
	case "gofmt":
		if o := c.options(noValues); o.has("w") {
			c.write(Tree, o.operands...)
		}
	case "iconv":
		if w, ok := optionsOf(c, takesIconv).word("o", "output"); ok {
			c.write(File, w)
		}
	case "hostname", "date", "ip", "ifconfig":
		c.NeedsRoot = len(c.args) > 1 && (c.args[0].text == "-s" || c.Tool == "ifconfig")
	}
})

var (
	sortOptions = takes("o k t S T output key field-separator")
	headOptions = takes("n c d f b t s w delimiter fields bytes lines")
	grepOptions = takes("e f m A B C D d regexp file max-count after-context before-context context exclude include exclude-dir label")
	takesIconv  = takes("f t o from-code to-code output")
)

func (c *command) readOperands(s *spec) {
	o := c.options(s)
	for _, w := range o.operands {
		if !strings.HasPrefix(w.text, "+") {
			c.read(File, w)
		}
	}
}

func (c *command) grep() {
	o := c.options(grepOptions)
	files := o.operands
	if !o.has("e", "f", "regexp", "file") {
		files = o.after(1)
	}
	kind := File
	if o.has("r", "R", "recursive") {
		kind = Tree
	}
	c.read(kind, files...)
}

var _ = register("cat", func(c *command) {
	c.Pure = true
	c.read(File, c.options(noValues).operands...)
})

var mktempOptions = takes("p suffix")

var _ = register("mktemp tempfile", func(c *command) {
	o := c.options(mktempOptions)
	switch dir, ok := o.word("p", "tmpdir"); {
	case ok && dir.text != "":
		c.write(Dir, dir)
	case len(o.operands) > 0 && strings.Contains(o.operands[0].text, "/") && !o.has("t"):
		p := c.path(o.operands[0], Dir)
		if p.Known {
			p.Name = path.Dir(p.Name)
		}
		c.writeTo(p)
	default:
		c.writeTo(Path{Name: "/tmp", Kind: Dir, Known: true})
	}
})

// sourced are files that are read in for the variables they set.
var sourced = names("os-release lsb-release activate envvars .profile .bashrc .bash_profile profile setup.bash setup.sh env .env .cargo/env ros_setup.bash enable scl_enable sdkman-init.sh bash_completion environment gvm")

var _ = register("source .", func(c *command) {
	if len(c.args) == 0 {
		c.Opaque = "a script that the shell reads in"
		return
	}
	p := c.path(c.args[0], File)
	c.Reads = append(c.Reads, p)
	base := path.Base(strings.Trim(p.Name, `"'`))
	if base == "nvm.sh" || base == "rvm" || base == "asdf.sh" || sourced[base] && !(strings.HasSuffix(base, ".sh") && c.ctx.Dir != "" && strings.HasPrefix(p.Name, c.ctx.Dir+"/")) {
		c.Pure = true
		return
	}
	c.Opaque = "a script that the shell reads in"
})

var _ = register("eval", func(c *command) {
	for _, w := range c.args { // eval $(ssh-agent): the substitution is a command of its own
		text := strings.Trim(w.arg.Text, `"`)
		if strings.HasPrefix(text, "$(") || strings.HasPrefix(text, "`") {
			inner := strings.TrimLeft(text, "$(` ")
			if strings.HasPrefix(inner, "opam ") || strings.HasPrefix(inner, "ssh-agent") || strings.HasPrefix(inner, "dircolors") {
				c.Pure = true
				return
			}
		}
	}
	c.Opaque = "a command made at build time"
})

var _ = register("ssh-agent ssh-add gpg-agent dircolors", func(c *command) { c.Pure = c.Tool == "dircolors" })
