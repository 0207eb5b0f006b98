package effect

import "strings"

// Compilers and build tools: what they write lies below the directory that they
// run in, or where their install step puts it.
var _ = register("gcc g++ cc c++ clang clang++ ld ar as cpp rustc javac fpc gfortran nasm", func(c *command) {
	o := parse(c.args, "o I L l D x include isystem d cp")
	out := o.get("o", "d")
	if out == "" {
		c.writeTo(c.resolve(".", Dir))
		return
	}
	c.writeTo(c.resolve(c.value(out), File))
})

var _ = register("make gmake ninja cmake meson scons bazel qmake autoconf automake autoreconf aclocal libtoolize autogen.sh configure bootstrap.sh buildconf config Configure autogen bootstrap phpize", func(c *command) {
	o := parse(c.args, "C f j I l o W B S G D H directory file")
	c.writeTo(c.resolve(".", Tree))
	for _, a := range o.operands {
		if strings.Contains(a.Value, "install") {
			c.Verb, c.NeedsRoot = "install", true
		}
	}
	if c.Verb == "" {
		c.Verb = "build"
	}
})

var _ = register("checkinstall dpkg-buildpackage debuild rpmbuild", func(c *command) {
	c.Verb, c.NeedsRoot = "build", true
	c.writeTo(c.resolve("..", Tree))
})

var _ = register("patch", func(c *command) { c.writeTo(c.resolve(".", Tree)) })

// Programs that start or steer services, or need a running system.
var _ = register("service systemctl supervisorctl supervisord rc-service rc-update openrc invoke-rc.d initctl start stop restart mysqld mysqld_safe mysqladmin mysql psql pg_ctl pg_ctlcluster pg_createcluster postgres redis-server mongod nginx apache2ctl apachectl httpd sshd crond cron slapd rabbitmq-server rabbitmqctl rabbitmq-plugins", func(c *command) {
	c.NeedsRoot = true
	if len(c.args) > 0 && (c.args[0].Value == "-v" || c.args[0].Value == "--version" || c.args[0].Value == "-V" || c.args[0].Value == "-t") {
		c.NeedsRoot, c.Pure = false, true
		return
	}
	c.Runs = append(c.Runs, c.Tool)
	c.Opaque = "the service " + c.Tool + " runs during the build"
	if c.Tool == "systemctl" || c.Tool == "rc-update" || c.Tool == "rabbitmq-plugins" {
		c.Opaque = ""
	}
})

var _ = register("crontab mount umount modprobe insmod iptables ip6tables sysctl chroot ldapadd losetup mkfs swapon ethtool", func(c *command) { c.NeedsRoot = true })

var _ = register("php", func(c *command) {
	o := parse(c.args, "r d c z f")
	switch {
	case o.has("v", "version", "i", "m"):
		c.Pure = true
	case o.has("r"), len(o.operands) == 0:
		c.Opaque = "a PHP program on the command line"
	case o.operands[0].Value == "composer-setup.php":
	default:
		c.Opaque = "the program " + o.operands[0].Text
	}
})

var _ = register("java jar keytool ruby rake perl6 lua erl elixir", func(c *command) {
	if c.Tool == "jar" {
		c.writeTo(c.resolve(".", Tree))
		return
	}
	if c.Tool == "keytool" {
		c.NeedsRoot = true
		return
	}
	if len(c.args) > 0 && strings.Trim(c.args[0].Value, "-") == "version" {
		c.Pure = true
		return
	}
	c.Opaque = "a program in " + c.Tool
})
