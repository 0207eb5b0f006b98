package effect

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// verbs of the system's package managers, by what we call them.
var systemVerbs = map[string]string{
	"update": "update", "makecache": "update", "refresh": "update", "ref": "update", "check-update": "update",
	"install": "install", "add": "install", "in": "install", "groupinstall": "install", "localinstall": "install", "reinstall": "install",
	"build-dep": "install", "builddep": "install", "group": "install", "module": "other",
	"remove": "remove", "purge": "remove", "del": "remove", "erase": "remove", "rm": "remove", "autoremove": "remove", "auto-remove": "remove",
	"upgrade": "upgrade", "dist-upgrade": "upgrade", "full-upgrade": "upgrade", "up": "upgrade", "dup": "upgrade", "safe-upgrade": "upgrade",
	"clean": "clean", "autoclean": "clean", "dist-clean": "clean", "distclean": "clean", "cc": "clean",
	"download": "download", "source": "download",
}

const (
	aptTakes    = "o c t a q-value option config-file target-release default-release host-architecture"
	apkTakes    = "t X p virtual repository root arch keys-dir repositories-file cache-dir wait"
	dnfTakes    = "c e d x R setopt enablerepo disablerepo repo repoid repofrompath releasever installroot exclude config comment"
	zypperTakes = "r t p C repo type plus-repo from cache-dir root config gpg-auto-import"
)

var _ = register("apt-get", func(c *command) {
	o := parse(c.args, aptTakes)
	c.manage("apt", o)
	switch c.Verb {
	case "update", "upgrade":
		c.fills("apt-lists")
	case "install":
		c.fills("apt-archives")
		if o.has("update", "U") {
			c.fills("apt-lists")
		}
	case "clean":
		c.Cleans = append(c.Cleans, "apt-archives")
		if len(o.operands) > 0 && strings.HasPrefix(o.operands[0].Value, "dist") {
			c.Cleans = append(c.Cleans, "apt-lists")
		}
	}
})

var _ = register("apk", func(c *command) {
	o := parse(c.args, apkTakes)
	c.manage("apk", o)
	if c.Verb == "install" && o.has("t", "virtual") && len(c.Installs) > 0 {
		c.Group = o.get("t", "virtual")
	}
	if len(o.operands) > 0 && o.operands[0].Value == "cache" {
		c.Verb, c.Cleans = "clean", []string{"apk"}
		return
	}
	if (c.Verb == "update" || c.Verb == "install" || c.Verb == "upgrade") && !o.has("no-cache") {
		c.fills("apk")
	}
})

var _ = register("dnf yum microdnf tdnf dnf5", func(c *command) {
	o := parse(c.args, dnfTakes)
	manager := strings.TrimSuffix(c.Tool, "5")
	c.manage(manager, o)
	switch c.Verb {
	case "update", "install", "upgrade", "remove", "download":
		c.fills(manager)
	case "clean":
		c.Cleans = append(c.Cleans, manager)
		if manager == "yum" || manager == "dnf" { // one is a link to the other on current systems
			c.Cleans = append(c.Cleans, "yum", "dnf")
		}
	}
	if len(o.operands) > 0 && o.operands[0].Value == "update" { // updates packages, not lists
		c.Verb = "upgrade"
	}
})

var _ = register("zypper", func(c *command) {
	o := parse(c.args, zypperTakes)
	c.manage("zypper", o)
	switch c.Verb {
	case "update", "install", "upgrade":
		c.fills("zypper")
	case "clean":
		c.Cleans = append(c.Cleans, "zypper")
	}
})

var _ = register("pacman yay", func(c *command) {
	o := parse(c.args, "b r config cachedir dbpath root ignore overwrite")
	c.Manager, c.NeedsRoot = "pacman", true
	switch {
	case o.has("S") && o.has("c"):
		c.Verb, c.Cleans = "clean", []string{"pacman"}
	case o.has("S") && len(o.operands) > 0:
		c.Verb = "install"
		c.packages(o.operands)
		c.fills("pacman")
	case o.has("S"):
		c.Verb = "update"
		c.fills("pacman")
	case o.has("U"):
		c.Verb = "install"
		c.packages(o.operands)
	case o.has("R"):
		c.Verb = "remove"
	default:
		c.Verb = "other"
	}
})

// manage fills in what all system package managers share.
func (c *command) manage(manager string, o options) {
	c.Manager, c.NeedsRoot = manager, true
	if len(o.operands) == 0 {
		c.Verb = "other"
		c.Pure = true
		return
	}
	verb, known := systemVerbs[o.operands[0].Value]
	if !known {
		c.Verb = "other"
		switch o.operands[0].Value {
		case "info", "search", "list", "show", "policy", "version", "check", "repolist", "fix", "stats", "mark", "config-manager", "copr", "ar", "addrepo", "addlock", "lr", "changelog", "key", "moo":
		default:
			if !o.operands[0].Literal {
				c.Opaque = "the subcommand of " + c.Tool + " is not known"
			}
		}
		return
	}
	c.Verb = verb
	switch verb {
	case "install":
		c.packages(o.operands[1:])
	case "remove":
		c.Removes = c.packageList(o.operands[1:])
	}
}

// packages notes the operands as installed.
func (c *command) packages(args []dockerfile.Arg) {
	c.Installs = append(c.Installs, c.packageList(args)...)
}

func (c *command) packageList(args []dockerfile.Arg) []Package {
	out := make([]Package, 0, len(args))
	for _, a := range args {
		text, known := a.Expand(c.lookup)
		if !known {
			// a variable with several names: each is a package
			if v, ok := c.listVariable(a); ok {
				for name := range strings.FieldsSeq(v) {
					p := parsePackage(c.Manager, name)
					p.Arg = a
					out = append(out, p)
				}
				continue
			}
			out = append(out, Package{Manager: c.Manager, Arg: a})
			continue
		}
		if text == "" {
			continue
		}
		p := parsePackage(c.Manager, text)
		p.Arg = a
		out = append(out, p)
	}
	return out
}

// listVariable gives the value of an unquoted $VAR that the shell splits into words.
func (c *command) listVariable(a dockerfile.Arg) (string, bool) {
	name := strings.TrimPrefix(a.Text, "$")
	if strings.HasPrefix(name, "{") && strings.HasSuffix(name, "}") {
		name = name[1 : len(name)-1]
	}
	if name == a.Text || strings.ContainsAny(name, "$:{}/-\"'") {
		return "", false
	}
	return c.lookup(name)
}

// parsePackage cuts version, architecture and release off a package operand.
func parsePackage(manager, text string) Package {
	p := Package{Manager: manager, Name: text}
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "/") || strings.Contains(text, "://") || hasAnySuffix(text, ".deb", ".rpm", ".apk", ".whl", ".tgz", ".tar.gz", ".gem") {
		p.Local = true
		return p
	}
	switch manager {
	case "apt":
		p.Name, p.Version, _ = strings.Cut(text, "=")
		p.Name, _, _ = strings.Cut(p.Name, "/")
		p.Name, _, _ = strings.Cut(p.Name, ":")
		p.Name = strings.TrimRight(p.Name, "+-")
		if p.Name == "g" && strings.HasPrefix(text, "g++") {
			p.Name = strings.SplitN(text, "=", 2)[0]
		} else if strings.HasSuffix(text, "++") {
			p.Name = text
		}
	case "apk":
		if i := strings.IndexAny(text, "=<>~@"); i > 0 {
			p.Name, p.Version = text[:i], strings.TrimLeft(text[i:], "=<>~")
			p.Version, _, _ = strings.Cut(p.Version, "@")
		}
	case "pip":
		if i := strings.IndexAny(text, "=<>~!;@["); i > 0 {
			p.Name, p.Version = text[:i], strings.TrimLeft(text[i:], "=<>~!")
		}
	case "npm", "yarn", "pnpm":
		if i := strings.LastIndexByte(text, '@'); i > 0 {
			p.Name, p.Version = text[:i], text[i+1:]
		}
	}
	return p
}

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, x := range suffixes {
		if strings.HasSuffix(s, x) {
			return true
		}
	}
	return false
}

var _ = register("dpkg", func(c *command) {
	o := parse(c.args, "admindir root")
	switch {
	case o.has("i", "install"):
		c.Manager, c.Verb, c.NeedsRoot = "dpkg", "install", true
		for _, a := range o.operands {
			c.Installs = append(c.Installs, Package{Manager: "dpkg", Name: a.Value, Local: true, Arg: a})
			c.Reads = append(c.Reads, c.path(a, File))
		}
	case o.has("P", "r", "purge", "remove", "configure", "add-architecture", "force-all"):
		c.Manager, c.Verb, c.NeedsRoot = "dpkg", "other", true
	default:
		c.Pure = true
	}
})

var _ = register("rpm", func(c *command) {
	o := parse(c.args, "root dbpath prefix qf queryformat")
	if o.has("q", "qa", "V", "E", "eval") {
		c.Pure = true
		return
	}
	c.Manager, c.Verb, c.NeedsRoot = "rpm", "other", true
	if o.has("i", "U", "F", "install", "upgrade") {
		c.Verb = "install"
		for _, a := range o.operands {
			c.Installs = append(c.Installs, Package{Manager: "rpm", Name: a.Value, Local: true, Arg: a})
			if strings.Contains(a.Value, "://") {
				c.Fetches = append(c.Fetches, Fetch{URL: a.Value})
			} else {
				c.Reads = append(c.Reads, c.path(a, File))
			}
		}
	}
})

// Tools beside the package managers that change their configuration or the
// system's, below /etc or /usr.
var _ = register(`apt-key add-apt-repository yum-config-manager dpkg-reconfigure debconf-set-selections dpkg-divert
	update-alternatives alternatives update-ca-certificates update-ca-trust update-rc.d update-locale locale-gen localedef ldconfig
	dpkg-statoverride systemd-tmpfiles a2enmod a2dismod a2ensite a2dissite a2enconf a2disconf phpenmod phpdismod php5enmod
	docker-php-ext-install docker-php-ext-enable docker-php-ext-configure docker-php-source pecl pear rosdep chkconfig
	chsh setcap setfacl fc-cache gtk-update-icon-cache update-desktop-database update-mime-database ssh-keygen authconfig
	rpmkeys subscription-manager tzselect adjtimex hwclock mandb initdb mysql_install_db a2query dpkg-architecture service-enable`, func(c *command) {
	c.NeedsRoot = true
})

var _ = register("apt-cache apt-config apt-file apt-mark apt-listchanges apt-add-repository repoquery", func(c *command) {
	c.NeedsRoot = true
	if c.Tool != "apt-config" && c.Tool != "apt-mark" {
		c.Manager, c.Verb = "apt", "query"
	}
})
