package effect

import "path"

var _ = register("cd pushd", func(c *command) {
	if len(c.args) == 0 {
		c.Chdir = c.ctx.Home
		if c.Chdir == "" {
			c.Chdir = "?"
		}
		return
	}
	p := c.path(c.args[len(c.args)-1], Dir)
	if !p.Known || c.args[len(c.args)-1].Value == "-" {
		c.Chdir = "?"
		return
	}
	c.Chdir = p.Name
})

var _ = register("popd", func(c *command) { c.Chdir = "?" })

// Commands that print, test or set and change no file.
var _ = register(`echo printf true false test exit : set export unset return break continue shift trap wait umask ulimit local
	readonly declare typeset alias hash type which whereis pwd uname id whoami hostname date ls cat head tail less more wc sort uniq cut tr grep
	expr seq sleep basename dirname readlink realpath stat file env printenv nproc getconf arch lsb_release getent command ps free df du
	diff cmp comm paste fold nl rev column jq yq xmllint md5 base64 xxd od hexdump strings tty stty clear yes let ldd nm objdump locale
	sync kill pkill killall mktemp read history shopt mapfile jobs fg bg times [[ lscpu lsof netstat ip ifconfig factor numfmt dpkg-query rpmquery
	pkg-config python-config php-config envsubst tsort tac egrep`, func(c *command) {
	c.Pure = len(c.Writes) == 0
	if c.Tool == "mktemp" {
		c.Writes = append(c.Writes, Path{Name: "/tmp", Kind: Dir, Known: true})
	}
	if c.Tool == "cat" {
		c.Reads = append(c.Reads, c.paths(parse(c.args, "").operands, File)...)
	}
})

var _ = register("source .", func(c *command) {
	if len(c.args) > 0 {
		p := c.path(c.args[0], File)
		c.Reads = append(c.Reads, p)
		if base := path.Base(p.Name); base == "os-release" || base == "activate" || base == "envvars" || base == ".profile" || base == ".bashrc" || base == "profile" {
			return
		}
	}
	c.Opaque = "a script that the shell reads in"
})

var _ = register("eval", func(c *command) { c.Opaque = "a command made at build time" })
