package effect

import (
	"strings"
)

// Options with a value. Sources: useradd(8), usermod(8), groupadd(8) of shadow;
// adduser(8) and addgroup(8) of Debian; adduser and addgroup of BusyBox.
var (
	useraddOptions       = takes("b c d e f F g G k K p P R s u Z base-dir comment home-dir home expiredate inactive gid groups skel key password root prefix shell uid selinux-user")
	usermodOptions       = takes("c d e f g G l p P R s u v V w W Z comment home expiredate inactive gid groups login password prefix root shell uid add-subuids del-subuids add-subgids del-subgids selinux-user")
	groupaddOptions      = takes("g K n p P R U gid key password prefix root users new-name")
	debianAdduserOptions = takesSingle("conf gecos comment home shell uid u gid ingroup firstuid lastuid firstgid lastgid")
	busyboxAddOptions    = takes("h g s G u k home gecos shell ingroup uid skel gid")
	addgroupOptions      = takes("g gid conf firstgid lastgid")
)

// shadowMakesHome reports whether useradd makes a home directory by itself:
// /etc/login.defs of the Red Hat family says so.
func (c *command) shadowMakesHome() bool {
	switch c.ctx.Family {
	case "rhel", "fedora", "centos", "azurelinux", "photon":
		return true
	}
	return false
}

// account gives name and id of a value that may be either.
func account(w word) (name, id string) {
	if w.text != "" && strings.Trim(w.text, "0123456789") == "" {
		id = w.text
	}
	return w.text, id
}

func list(w word) []string {
	if w.text == "" {
		return nil
	}
	return strings.Split(w.text, ",")
}

var _ = register("useradd luseradd", func(c *command) { c.useradd() })

func (c *command) useradd() {
	o := c.options(useraddOptions)
	if o.has("D", "defaults") {
		c.NeedsRoot = true
		return
	}
	c.NeedsRoot = true
	if len(o.operands) == 0 {
		return
	}
	u := User{Name: o.operands[len(o.operands)-1].text, UID: o.get("u", "uid"), Home: o.get("d", "home-dir", "home"), Shell: o.get("s", "shell")}
	group, _ := o.word("g", "gid")
	u.Group, u.GID = account(group)
	u.System = o.has("r", "system")
	u.NoHome = o.has("M", "no-create-home") || !o.has("m", "create-home") && (u.System || !c.shadowMakesHome())
	groups, _ := o.word("G", "groups")
	u.Groups = list(groups)
	if u.Group == "" && !o.has("N", "no-user-group") {
		u.Group = u.Name
	}
	base := o.get("b", "base-dir")
	if u.Home == "" && base != "" {
		u.Home = strings.TrimSuffix(base, "/") + "/" + u.Name
	}
	c.user(u)
}

// user notes a user and the home directory that is made for it.
func (c *command) user(u User) {
	c.Users = append(c.Users, u)
	if u.NoHome {
		return
	}
	dir := u.Home
	if dir == "" {
		dir = "/home/" + u.Name
	}
	if dir == "/dev/null" || dir == "/nonexistent" {
		return
	}
	if strings.ContainsAny(dir, "$`") {
		c.Writes = append(c.Writes, Path{Name: dir, Kind: Dir})
		return
	}
	c.Writes = append(c.Writes, c.resolve(dir, Dir))
}

var _ = register("adduser", func(c *command) {
	c.NeedsRoot = true
	switch c.adduserKind() {
	case "useradd":
		c.useradd()
	case "busybox":
		c.busyboxAdduser()
	default:
		c.debianAdduser()
	}
})

// adduserKind tells which of three programs adduser is: Debian's, BusyBox's, or
// a link to useradd. Where the base does not say, the options do.
func (c *command) adduserKind() string {
	switch c.ctx.Family {
	case "alpine", "wolfi", "busybox":
		return "busybox"
	case "rhel", "fedora", "centos", "suse", "arch", "azurelinux", "photon":
		return "useradd"
	case "debian", "ubuntu":
		return "debian"
	}
	for _, w := range c.args {
		if len(w.text) < 2 || w.text[0] != '-' || w.text[1] == '-' {
			continue
		}
		if strings.ContainsAny(w.text, "rmMdcN") {
			return "useradd"
		}
		return "busybox"
	}
	return "debian"
}

func (c *command) busyboxAdduser() {
	o := c.options(busyboxAddOptions)
	if len(o.operands) == 0 {
		return
	}
	if len(o.operands) > 1 && len(o.list) == 0 { // adduser user group
		c.member(o.operands[0], o.operands[1])
		return
	}
	u := User{Name: o.operands[0].text, UID: o.get("u", "uid"), Home: o.get("h", "home"), Shell: o.get("s", "shell")}
	group, _ := o.word("G", "ingroup")
	u.Group, u.GID = account(group)
	u.System = o.has("S", "system")
	u.NoHome = o.has("H", "no-create-home")
	if u.Group == "" && !u.System {
		u.Group = u.Name
	}
	c.user(u)
}

// debianAdduser reads options as Perl's Getopt::Long does: one dash will do, and
// -u is short for --uid.
func (c *command) debianAdduser() {
	o := c.options(debianAdduserOptions)
	if o.has("D", "S", "H", "h") {
		c.busyboxAdduser() // written for BusyBox
		return
	}
	if len(o.operands) == 0 {
		return
	}
	if len(o.operands) > 1 { // adduser user group
		c.member(o.operands[0], o.operands[1])
		return
	}
	u := User{Name: o.operands[0].text, UID: o.get("uid", "u"), Home: o.get("home"), Shell: o.get("shell"), System: o.has("system")}
	group, given := o.word("ingroup")
	if !given {
		group, given = o.word("gid")
	}
	u.Group, u.GID = account(group)
	// Since adduser 3.122 a system user without --home has /nonexistent; before,
	// the directory was made.
	u.NoHome = o.has("no-create-home") || u.System && u.Home == ""
	if !given && (o.has("group") || !u.System) {
		u.Group = u.Name
	}
	if o.has("group") && !u.System {
		c.Groups = append(c.Groups, Group{Name: u.Name, GID: o.get("gid")}) // adduser --group is addgroup
		return
	}
	c.user(u)
}

// member notes that a user joins a group.
func (c *command) member(user, group word) {
	c.Groups = append(c.Groups, Group{Name: group.text, Member: user.text})
}

var _ = register("usermod lusermod", func(c *command) {
	o := c.options(usermodOptions)
	c.NeedsRoot = true
	if len(o.operands) == 0 {
		return
	}
	u := User{Change: true, Name: o.operands[len(o.operands)-1].text, UID: o.get("u", "uid"), Home: o.get("d", "home"), Shell: o.get("s", "shell")}
	group, _ := o.word("g", "gid")
	u.Group, u.GID = account(group)
	groups, _ := o.word("G", "groups")
	u.Groups = list(groups)
	c.Users = append(c.Users, u)
})

var _ = register("groupadd lgroupadd groupmod", func(c *command) {
	o := c.options(groupaddOptions)
	c.NeedsRoot = true
	if len(o.operands) == 0 || c.Tool == "groupmod" && !o.has("n", "new-name") {
		return
	}
	g := Group{Name: o.operands[len(o.operands)-1].text, GID: o.get("g", "gid"), System: o.has("r", "system")}
	if c.Tool == "groupmod" {
		g.Name = o.get("n", "new-name")
	}
	c.Groups = append(c.Groups, g)
	members, _ := o.word("U", "users")
	for _, user := range list(members) {
		c.Groups = append(c.Groups, Group{Name: g.Name, Member: user})
	}
})

var _ = register("addgroup", func(c *command) {
	o := c.options(addgroupOptions)
	c.NeedsRoot = true
	switch len(o.operands) {
	case 0:
	case 1:
		c.Groups = append(c.Groups, Group{Name: o.operands[0].text, GID: o.get("g", "gid"), System: o.has("S", "system")})
	default: // addgroup user group
		c.member(o.operands[0], o.operands[1])
	}
})

var _ = register("gpasswd", func(c *command) {
	o := c.options(takesGpasswd)
	c.NeedsRoot = true
	if user, ok := o.word("a", "add"); ok && len(o.operands) > 0 {
		c.member(user, o.operands[0])
	}
})

var takesGpasswd = takes("a d A M add delete administrators members Q root")

var _ = register("userdel deluser luserdel", func(c *command) {
	o := c.options(takesDelete)
	c.NeedsRoot = true
	switch {
	case len(o.operands) == 1:
		c.Users = append(c.Users, User{Name: o.operands[0].text, Delete: true})
		if o.has("r", "remove", "remove-home") {
			c.Deletes = append(c.Deletes, Path{Name: "/home/" + o.operands[0].text, Kind: Tree})
		}
	case len(o.operands) > 1: // deluser user group
		c.Groups = append(c.Groups, Group{Name: o.operands[1].text, Member: o.operands[0].text, Delete: true})
	}
})

var takesDelete = takes("R P root prefix conf backup-to")

var _ = register("groupdel delgroup", func(c *command) {
	o := c.options(takesDelete)
	c.NeedsRoot = true
	switch {
	case len(o.operands) == 1:
		c.Groups = append(c.Groups, Group{Name: o.operands[0].text, Delete: true})
	case len(o.operands) > 1: // delgroup user group
		c.Groups = append(c.Groups, Group{Name: o.operands[1].text, Member: o.operands[0].text, Delete: true})
	}
})

var _ = register("passwd chpasswd visudo chage pwconv grpconv chfn newusers vipw newgrp", func(c *command) {
	c.NeedsRoot = true
	if c.Tool == "visudo" {
		if o := c.options(takes("f")); o.has("c", "check") {
			c.NeedsRoot, c.Pure = false, true
		}
	}
})
