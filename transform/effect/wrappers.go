package effect

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// wrapper is a program that runs the command behind its own options.
type wrapper struct {
	takes string // options with a value
	skip  int    // operands of its own in front of the command
	user  string // option that names the user; "operand" for the first operand
}

var wrappers = map[string]wrapper{
	"sudo":      {takes: "u g p h C r t U D user group", user: "u"},
	"env":       {takes: "u C S unset chdir"},
	"exec":      {takes: "a"},
	"command":   {},
	"builtin":   {},
	"time":      {takes: "f o format output"},
	"nice":      {takes: "n adjustment"},
	"ionice":    {takes: "c n class classdata"},
	"nohup":     {},
	"eatmydata": {},
	"setarch":   {skip: 1},
	"linux32":   {},
	"stdbuf":    {takes: "i o e"},
	"timeout":   {takes: "k s signal kill-after", skip: 1},
	"gosu":      {user: "operand", skip: 1},
	"su-exec":   {user: "operand", skip: 1},
	"chpst":     {takes: "u U e m d o p f c r t l L b /", user: "u"},
	"setpriv":   {takes: "reuid regid groups inh-caps bounding-set ambient-caps securebits", user: "reuid"},
	"fakeroot":  {},
	"xvfb-run":  {takes: "n e f p s w"},
	"retry":     {takes: "t d m s times delay"},
	"tini":      {takes: "p e"},
	"dumb-init": {takes: "r"},
	"busybox":   {},
}

// unwrap gives the command line behind a wrapper.
func (c *command) unwrap(name string, args []dockerfile.Arg) ([]dockerfile.Arg, bool) {
	w, ok := wrappers[name]
	if !ok {
		return nil, false
	}
	if name == "command" && len(args) > 0 && (args[0].Value == "-v" || args[0].Value == "-V") {
		return nil, false
	}
	i := 0
	for i < len(args) && strings.HasPrefix(args[i].Value, "-") {
		text := args[i].Value
		i++
		if text == "--" {
			break
		}
		option, value, given := strings.Cut(strings.TrimLeft(text, "-"), "=")
		short := !strings.HasPrefix(text, "--")
		if short && len(option) > 1 {
			option = option[len(option)-1:]
		}
		if takesValue(w.takes, option) && !given && i < len(args) {
			value = args[i].Value
			i++
		}
		if option == w.user {
			c.AsUser = value
		}
	}
	for n := 0; n < w.skip && i < len(args); n++ {
		if w.user == "operand" {
			c.AsUser = args[i].Value
		}
		i++
	}
	if name == "env" || name == "sudo" {
		for i < len(args) && strings.Contains(args[i].Value, "=") && !strings.HasPrefix(args[i].Value, "-") {
			if c.vars == nil {
				c.vars = map[string]string{}
			}
			key, value, _ := strings.Cut(args[i].Value, "=")
			if args[i].Literal {
				c.vars[key] = value
			}
			i++
		}
	}
	if w.user != "" {
		c.Privilege = name
	}
	return args[i:], true
}

var _ = register("su runuser", func(c *command) {
	o := parse(c.args, "c s g G shell command group supp-group")
	c.Privilege = c.Tool
	for _, a := range o.operands {
		if a.Value != "-" {
			c.AsUser = a.Value
			break
		}
	}
	c.script(o.get("c", "command"))
})

var _ = register("sh bash ash dash", func(c *command) {
	o := parse(c.args, "o O init-file rcfile")
	if o.has("c") && len(o.operands) > 0 && o.operands[0].Literal {
		c.script(o.operands[0].Value)
		return
	}
	switch {
	case o.has("version", "help"):
		c.Pure = true
	case len(o.operands) == 0 || o.operands[0].Value == "-" || o.has("s"):
		c.Opaque = "a script from standard input"
	default:
		c.Reads = append(c.Reads, c.path(o.operands[0], File))
		c.Opaque = "the script " + o.operands[0].Text
	}
})

// script gives a command the effects of a script that it runs.
func (c *command) script(text string) {
	if text == "" {
		return
	}
	s := dockerfile.NewScript(text)
	if s.Opaque != "" {
		c.Opaque = s.Opaque
		return
	}
	for _, step := range Sequence(s, *c.ctx) {
		c.join(step.Effect)
	}
}

// join takes over the effects of a nested command.
func (c *command) join(e Effect) {
	c.Installs = append(c.Installs, e.Installs...)
	c.Removes = append(c.Removes, e.Removes...)
	c.Users = append(c.Users, e.Users...)
	c.Groups = append(c.Groups, e.Groups...)
	c.Reads = append(c.Reads, e.Reads...)
	c.Writes = append(c.Writes, e.Writes...)
	c.Deletes = append(c.Deletes, e.Deletes...)
	c.Owners = append(c.Owners, e.Owners...)
	c.Modes = append(c.Modes, e.Modes...)
	c.Fetches = append(c.Fetches, e.Fetches...)
	c.Caches = append(c.Caches, e.Caches...)
	c.Cleans = append(c.Cleans, e.Cleans...)
	c.NeedsRoot = c.NeedsRoot || e.NeedsRoot
	if c.Opaque == "" {
		c.Opaque = e.Opaque
	}
}
