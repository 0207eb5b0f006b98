package effect

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

const (
	useraddTakes  = "b c d e f g G k K p R P s u Z base-dir comment home-dir home expiredate inactive gid groups skel key password root prefix shell uid selinux-user"
	usermodTakes  = "c d e f g G l p R P s u v V w W Z comment home expiredate inactive gid groups login password root shell uid append-value"
	groupaddTakes = "g K p R P gid key password root users U"
	adduserTakes  = "u h g s G k uid home gecos shell ingroup gid firstuid lastuid conf group-value comment"
)

func (c *command) text(a dockerfile.Arg) string {
	v, ok := a.Expand(c.lookup)
	if !ok {
		return a.Text
	}
	return v
}

// value expands a variable in an option's value, when it is one.
func (c *command) value(text string) string {
	if name, ok := strings.CutPrefix(text, "$"); ok {
		if v, ok := c.lookup(strings.Trim(name, "{}")); ok {
			return v
		}
	}
	return strings.Trim(text, `"'`)
}

var _ = register("useradd", func(c *command) {
	o := parse(c.args, useraddTakes)
	c.NeedsRoot = true
	if len(o.operands) == 0 {
		return
	}
	u := User{Name: c.text(o.operands[0]), UID: c.value(o.get("u", "uid")), Home: c.value(o.get("d", "home-dir", "home")), Shell: o.get("s", "shell")}
	u.Group = c.value(o.get("g", "gid"))
	u.System = o.has("r", "system")
	u.NoHome = o.has("M", "no-create-home") || !o.has("m", "create-home")
	if g := o.get("G", "groups"); g != "" {
		u.Groups = strings.Split(g, ",")
	}
	if u.Group == "" && !o.has("N", "no-user-group") {
		u.Group = u.Name
	}
	c.Users = append(c.Users, u)
	c.home(u)
})

// home notes the home directory that is made.
func (c *command) home(u User) {
	if u.NoHome {
		return
	}
	dir := u.Home
	if dir == "" {
		dir = "/home/" + u.Name
	}
	c.Writes = append(c.Writes, Path{Name: dir, Kind: Dir, Known: !strings.Contains(dir, "$")})
}

// adduser is Debian's Perl program or BusyBox's; their short options differ in
// meaning: -g is the comment there and -G the group.
var _ = register("adduser", func(c *command) {
	takes := adduserTakes
	o := parse(c.args, takes)
	c.NeedsRoot = true
	if len(o.operands) == 0 {
		return
	}
	if len(o.operands) > 1 { // adduser user group
		c.Groups = append(c.Groups, Group{Name: c.text(o.operands[1]), Member: c.text(o.operands[0])})
		return
	}
	u := User{Name: c.text(o.operands[0]), UID: c.value(o.get("u", "uid")), Shell: o.get("s", "shell")}
	u.Home = c.value(o.get("h", "home"))
	u.Group = c.value(o.get("G", "ingroup", "gid"))
	u.System = o.has("S", "system")
	u.NoHome = o.has("H", "no-create-home")
	if u.Group == "" && (o.has("group") || !u.System) {
		u.Group = u.Name
	}
	c.Users = append(c.Users, u)
	c.home(u)
})

var _ = register("usermod", func(c *command) {
	o := parse(c.args, usermodTakes)
	c.NeedsRoot = true
	if len(o.operands) == 0 {
		return
	}
	u := User{Change: true, Name: c.text(o.operands[0]), UID: c.value(o.get("u", "uid")), Group: c.value(o.get("g", "gid")), Home: o.get("d", "home"), Shell: o.get("s", "shell")}
	if g := o.get("G", "groups"); g != "" {
		u.Groups = strings.Split(g, ",")
	}
	c.Users = append(c.Users, u)
})

var _ = register("groupadd", func(c *command) {
	o := parse(c.args, groupaddTakes)
	c.NeedsRoot = true
	if len(o.operands) > 0 {
		c.Groups = append(c.Groups, Group{Name: c.text(o.operands[0]), GID: c.value(o.get("g", "gid")), System: o.has("r", "system")})
	}
})

var _ = register("addgroup", func(c *command) {
	o := parse(c.args, "g gid conf")
	c.NeedsRoot = true
	switch len(o.operands) {
	case 0:
	case 1:
		c.Groups = append(c.Groups, Group{Name: c.text(o.operands[0]), GID: c.value(o.get("g", "gid")), System: o.has("S", "system")})
	default: // addgroup user group
		c.Groups = append(c.Groups, Group{Name: c.text(o.operands[1]), Member: c.text(o.operands[0])})
	}
})

var _ = register("userdel deluser", func(c *command) {
	o := parse(c.args, "R root")
	c.NeedsRoot = true
	if len(o.operands) > 0 {
		c.Users = append(c.Users, User{Name: c.text(o.operands[0]), Delete: true})
	}
})

var _ = register("groupdel delgroup", func(c *command) {
	o := parse(c.args, "R root")
	c.NeedsRoot = true
	if len(o.operands) > 0 {
		c.Groups = append(c.Groups, Group{Name: c.text(o.operands[0]), Delete: true})
	}
})

var _ = register("passwd chpasswd groupmod visudo gpasswd chage pwconv chfn newusers", func(c *command) { c.NeedsRoot = true })
