package effect

import (
	"strings"
)

// systemVerbs are the subcommands of the system's package managers, by what we call them.
var systemVerbs = map[string]string{
	"update": "update", "makecache": "update", "refresh": "update", "ref": "update", "check-update": "update",
	"install": "install", "add": "install", "in": "install", "groupinstall": "install", "localinstall": "install", "reinstall": "install",
	"build-dep": "install", "builddep": "install", "install-n": "install", "swap": "install", "satisfy": "install", "si": "install",
	"remove": "remove", "purge": "remove", "del": "remove", "erase": "remove", "rm": "remove", "autoremove": "remove", "auto-remove": "remove",
	"autopurge": "remove", "groupremove": "remove", "groups-remove": "remove", "remove-n": "remove",
	"upgrade": "upgrade", "dist-upgrade": "upgrade", "full-upgrade": "upgrade", "up": "upgrade", "dup": "upgrade", "safe-upgrade": "upgrade",
	"dselect-upgrade": "upgrade", "distro-sync": "upgrade", "distrosync": "upgrade", "update-minimal": "upgrade", "upgrade-minimal": "upgrade", "patch": "upgrade", "downgrade": "upgrade",
	"clean": "clean", "autoclean": "clean", "dist-clean": "clean", "distclean": "clean", "cc": "clean",
	"download": "download", "source": "download", "fetch": "download",
}

// queryVerbs are subcommands that change nothing or only configuration.
var queryVerbs = names(`info search se list show policy showpkg depends rdepends versions version check verify repolist stats dot changelog moo audit
	provides whatprovides repoquery history list-updates lu locks help --version indextargets print updateinfo deplist`)

var otherVerbs = names(`mark config-manager copr ar addrepo addlock al lr rr removerepo modifyrepo mr repos module key fix cache hold unhold
	versionlock needs-restarting alias group offline-upgrade edit-sources markauto unmarkauto index repo`)

// names makes a set of blank-separated names.
func names(list string) map[string]bool {
	out := map[string]bool{}
	for name := range strings.FieldsSeq(list) {
		out[name] = true
	}
	return out
}

var (
	aptOptions    = takes("o c t a P option config-file target-release default-release host-architecture build-profiles w with-source")
	apkOptions    = takes("t X p virtual repository root arch keys-dir repositories-file cache-dir cache-max-age wait timeout progress-fd")
	dnfOptions    = takes("c e d x R setopt enablerepo disablerepo repo repoid repofrompath releasever installroot exclude excludepkgs config comment disableplugin enableplugin disableexcludes from-repo advisory forcearch downloaddir destdir color rpmverbosity errorlevel debuglevel randomwait")
	zypperOptions = takes("r t p C D R repo type plus-repo from cache-dir reposd-dir root config installroot plus-content solver-focus")
	pacmanOptions = takes("b r p config cachedir dbpath root ignore ignoregroup overwrite hookdir gpgdir logfile arch assume-installed print-format color")
)

var _ = register("apt-get", func(c *command) {
	o := c.options(aptOptions)
	c.manage("apt", &o)
	switch c.Verb {
	case "update", "upgrade":
		c.fills("apt-lists")
		if c.Verb == "upgrade" {
			c.fills("apt-archives")
		}
	case "install":
		c.fills("apt-archives")
		if o.has("update", "U") {
			c.fills("apt-lists")
		}
	case "clean":
		c.Cleans = append(c.Cleans, "apt-archives")
		if strings.HasPrefix(o.operand(0), "dist") {
			c.Cleans = append(c.Cleans, "apt-lists")
		}
	}
})

var _ = register("apk", func(c *command) {
	o := c.options(apkOptions)
	c.manage("apk", &o)
	if o.operand(0) == "cache" {
		switch o.operand(1) {
		case "clean", "purge", "-v":
			c.Verb, c.Cleans = "clean", append(c.Cleans, "apk")
		}
		return
	}
	if c.Verb == "install" {
		c.Group = o.get("t", "virtual")
	}
	cached := !o.has("no-cache") || o.has("cache-dir")
	if cached && (c.Verb == "update" || c.Verb == "install" || c.Verb == "upgrade") {
		c.fills("apk")
	}
})

var _ = register("dnf yum microdnf tdnf", func(c *command) {
	o := c.options(dnfOptions)
	manager := c.Tool
	verb := o.operand(0)
	if (verb == "group" || verb == "groups") && len(o.operands) > 1 { // group install NAME
		o.operands = o.operands[1:]
	}
	c.manage(manager, &o)
	switch c.Verb {
	case "update", "install", "upgrade", "remove", "download":
		c.fills(manager)
	case "clean":
		c.Cleans = append(c.Cleans, manager)
		if manager == "yum" || manager == "dnf" { // one is a link to the other on current systems
			c.Cleans = append(c.Cleans, "yum", "dnf")
		}
	}
	if verb == "update" { // updates packages, not lists
		c.Verb = "upgrade"
	}
	if root := o.get("installroot"); root != "" {
		c.writeTo(c.resolve(root, Tree))
	}
})

var _ = register("zypper", func(c *command) {
	o := c.options(zypperOptions)
	c.manage("zypper", &o)
	switch {
	case o.operand(0) == "update":
		c.Verb = "upgrade"
		c.fills("zypper")
	case c.Verb == "update", c.Verb == "install", c.Verb == "upgrade":
		c.fills("zypper")
	case c.Verb == "clean":
		c.Cleans = append(c.Cleans, "zypper")
	}
})

var _ = register("pacman yay paru", func(c *command) {
	o := c.options(pacmanOptions)
	c.Manager, c.NeedsRoot, c.Verb = "pacman", true, "other"
	sync := o.has("S", "sync")
	switch {
	case o.has("Q", "query", "V", "version", "h"), sync && o.has("s", "search", "i", "info"):
		c.NeedsRoot, c.Pure = false, true
	case sync && o.has("c", "clean"):
		c.Verb, c.Cleans = "clean", append(c.Cleans, "pacman")
	case sync && len(o.operands) > 0:
		c.Verb = "install"
		c.packages(o.operands)
		c.fills("pacman")
	case sync && o.has("u", "sysupgrade"):
		c.Verb = "upgrade"
		c.fills("pacman")
	case sync:
		c.Verb = "update"
		c.fills("pacman")
	case o.has("U", "upgrade"):
		c.Verb = "install"
		c.packages(o.operands)
	case o.has("R", "remove"):
		c.Verb = "remove"
		c.Removes = c.packageList(o.operands)
	}
})

// manage fills in what all system package managers share.
func (c *command) manage(manager string, o *options) {
	c.Manager, c.Verb = manager, "other"
	if len(o.operands) == 0 {
		c.Pure = true
		return
	}
	first := o.operands[0]
	verb, known := systemVerbs[first.text]
	switch {
	case known:
	case queryVerbs[first.text]:
		c.Pure = true
		if manager == "apt" {
			c.Verb, c.Pure = "query", false
		}
		return
	case otherVerbs[first.text]:
		c.NeedsRoot = true
		return
	case !first.known:
		c.NeedsRoot, c.Opaque = true, "the subcommand of "+c.Tool+" is not known"
		return
	default:
		c.NeedsRoot, c.Opaque = true, "unknown subcommand "+first.text+" of "+c.Tool
		return
	}
	c.Verb, c.NeedsRoot = verb, true
	rest := o.operands[1:]
	switch verb {
	case "install":
		c.packages(rest)
	case "remove":
		c.Removes = c.packageList(rest)
		if manager == "apt" {
			c.purged(rest)
		}
	case "upgrade":
		if manager == "apk" || manager == "dnf" || manager == "yum" || manager == "tdnf" || manager == "microdnf" {
			return // the names are of packages that are there
		}
		if manager == "apt" {
			c.packages(rest)
		}
	case "download":
		c.writeTo(c.resolve(".", Dir))
	}
}

// purged takes `apt-get remove a+` for what it is: an install.
func (c *command) purged(rest []word) {
	for _, w := range rest {
		if strings.HasSuffix(w.text, "+") && !strings.HasSuffix(w.text, "++") {
			c.packages([]word{w})
		}
	}
}

var dpkgOptions = takes("admindir root instdir force refuse ignore-depends log")

var _ = register("dpkg", func(c *command) {
	o := c.options(dpkgOptions)
	switch {
	case o.has("i", "install", "unpack"):
		c.Manager, c.Verb, c.NeedsRoot = "dpkg", "install", true
		c.localPackages(o.operands)
	case o.has("P", "r", "purge", "remove"):
		c.Manager, c.Verb, c.NeedsRoot = "dpkg", "remove", true
		c.Removes = c.packageList(o.operands)
	case o.has("configure", "add-architecture", "remove-architecture", "set-selections", "clear-selections", "triggers-only"):
		c.Manager, c.Verb, c.NeedsRoot = "dpkg", "other", true
	case o.has("x", "X", "extract", "vextract"):
		c.read(File, o.after(0)[:min(1, len(o.operands))]...)
		c.write(Tree, o.after(1)...)
	default:
		c.Pure = true
	}
})

// localPackages are package files: read, installed, or fetched when they are addresses.
func (c *command) localPackages(files []word) {
	for _, w := range files {
		c.Installs = append(c.Installs, Package{Manager: c.Manager, Name: w.text, Local: true, Arg: w.arg})
		if strings.Contains(w.text, "://") {
			c.Fetches = append(c.Fetches, Fetch{URL: w.text})
		} else {
			c.read(File, w)
		}
	}
}

var _ = register("dpkg-deb ar cpio rpm2cpio", func(c *command) {
	o := c.options(takesDpkgDeb)
	c.read(File, o.after(0)[:min(1, len(o.operands))]...)
	switch {
	case c.Tool == "dpkg-deb" && len(o.operands) > 1:
		c.write(Tree, o.operands[1])
	case c.Tool != "rpm2cpio":
		c.writeTo(c.resolve(".", Tree))
	}
})

var takesDpkgDeb = takes("Z z S D E F H")

var rpmOptions = takes("E root dbpath prefix qf queryformat define D eval excludepath r relocate rcfile")

var _ = register("rpm", func(c *command) {
	o := c.options(rpmOptions)
	if o.has("q", "qa", "V", "E", "eval", "K", "checksig", "query", "verify", "showrc") {
		c.Pure = true
		return
	}
	c.Manager, c.Verb, c.NeedsRoot = "rpm", "other", true
	switch {
	case o.has("i", "U", "F", "install", "upgrade", "freshen"):
		c.Verb = "install"
		c.localPackages(o.operands)
	case o.has("e", "erase"):
		c.Verb = "remove"
		c.Removes = c.packageList(o.operands)
	case o.has("import"):
		for _, w := range o.operands {
			if strings.Contains(w.text, "://") {
				c.Fetches = append(c.Fetches, Fetch{URL: w.text})
			}
		}
	}
})

// Tools beside the package managers that change their configuration or the
// system's, below /etc or /usr.
var _ = register(`apt-key add-apt-repository yum-config-manager dpkg-reconfigure debconf-set-selections dpkg-divert
	update-alternatives alternatives update-java-alternatives update-ca-certificates update-ca-trust update-rc.d update-locale locale-gen localedef ldconfig
	dpkg-statoverride systemd-tmpfiles a2enmod a2dismod a2ensite a2dissite a2enconf a2disconf phpenmod phpdismod php5enmod php5dismod
	docker-php-ext-install docker-php-ext-enable docker-php-ext-configure docker-php-source pecl pear rosdep chkconfig
	chsh setcap setfacl fc-cache gtk-update-icon-cache update-desktop-database update-mime-database authconfig
	rpmkeys subscription-manager timedatectl adjtimex hwclock mandb initdb mysql_install_db a2query service-enable
	setsebool restorecon semanage update-crypto-policies update-initramfs update-grub depmod lighty-enable-mod
	setup-timezone setup-apkcache updatedb make-ssl-cert postgresql-setup lighttpd-enable-mod lighttpd-disable-mod rndc-confgen paxctl ucf deb-systemd-helper pam-auth-update 
	archlinux-keyring pacman-key reflector rpm-ostree `, func(c *command) {
	c.NeedsRoot = true
})

var _ = register("apt-cache apt-config apt-file apt-mark apt-listchanges apt-rdepends repoquery add-apt-repository apt-show-versions", func(c *command) {
	c.NeedsRoot = true
	switch c.Tool {
	case "apt-config":
		c.NeedsRoot, c.Pure = false, true
	case "repoquery":
		c.Manager, c.Verb = "yum", "query"
	case "apt-mark", "add-apt-repository":
	default:
		c.Manager, c.Verb, c.NeedsRoot = "apt", "query", c.Tool == "apt-file"
	}
})

// Shorthands of well-known images for their package manager.
// Sources: Debian's clean-install of the Kubernetes debian-base image,
// bitnami/minideb install_packages, gliderlabs/alpine apk-install.
var _ = register("clean-install install_packages install_clean apk-install apt-get-install", func(c *command) {
	o := c.options(aptOptions)
	// They fetch lists and clean up by themselves: no rule has to.
	c.Manager, c.Verb, c.NeedsRoot = c.Tool, "other", true
	c.packages(o.operands)
})
