package effect

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"mvdan.cc/sh/v3/syntax"
)

// command is one command while it is looked at.
type command struct {
	*Effect
	ctx  Context
	call *dockerfile.Call
	args []word // behind the command word
	look func(string) (string, bool)
	// vars are the assignments in front of the command.
	vars   map[string]string
	stdout *Path // where a redirection of its own sends standard output
	depth  int   // commands around this one: xargs, find -exec
}

// handler fills in the effect of a program.
type handler func(*command)

// program is an entry of the registry.
type program struct {
	name string // canonical: pip for pip3
	handler
}

// programs is the registry: what each program does, by its name.
var programs = map[string]program{}

// register adds a handler for programs, blank-separated. Each is its own
// canonical name.
func register(names string, h handler) bool { //nolint:unparam // the result lets a package-level declaration call it
	for name := range strings.FieldsSeq(names) {
		programs[name] = program{name, h}
	}
	return true
}

// aliases are other names of a program, whose canonical name they get.
var aliases = map[string]string{
	"apt": "apt-get", "aptitude": "apt-get", "egrep": "grep", "fgrep": "grep", "zgrep": "grep", "[": "test", "nodejs": "node",
	"add-apt-key": "apt-key", "apt-add-repository": "add-apt-repository", "yarnpkg": "yarn", "bundler": "bundle", "gmake": "make",
	"mvnw": "mvn", "gradlew": "gradle", "npm-cli.js": "npm", "dnf5": "dnf", "dnf-3": "dnf", "gtar": "tar", "gsed": "sed",
	"composer.phar": "composer", "ip6tables": "iptables", "gpg1": "gpg", "gpg2": "gpg",
}

// of fills in the effect of a call.
func of(call *dockerfile.Call, ctx *Context, e *Effect) {
	c := &command{Effect: e, ctx: *ctx, call: call}
	c.look = c.lookup
	for _, a := range call.Assign {
		if a.Name != nil && a.Value != nil {
			if v, ok := dockerfile.WordValue(a.Value, ctx.Lookup); ok {
				c.assign(a.Name.Value, v)
			}
		}
	}
	c.redirections()
	c.run(call.Args)
	if !e.NeedsRoot {
		e.NeedsRoot = systemOnly(e.Writes) || systemOnly(e.Deletes) || slices.ContainsFunc(e.Owners, func(o Owner) bool { return o.User != "" })
	}
	e.Pure = e.Pure && e.Opaque == "" && len(e.Writes) == 0 && len(e.Deletes) == 0
}

// systemDirs are the directories that no image gives to another user than root.
var systemDirs = []string{"/etc/", "/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/boot/"}

func systemOnly(paths []Path) bool {
	for _, p := range paths {
		for _, dir := range systemDirs {
			if p.Known && strings.HasPrefix(p.Name, dir) {
				return true
			}
		}
	}
	return false
}

func (c *command) assign(name, value string) {
	if c.vars == nil {
		c.vars = map[string]string{}
	}
	c.vars[name] = value
}

// lookup gives a variable as the command sees it.
func (c *command) lookup(name string) (string, bool) {
	if v, ok := c.vars[name]; ok {
		return v, true
	}
	if c.ctx.Lookup != nil {
		if v, ok := c.ctx.Lookup(name); ok {
			return v, ok
		}
	}
	switch name {
	case "HOME":
		return c.ctx.Home, c.ctx.Home != ""
	case "PWD":
		return c.ctx.Dir, c.ctx.Dir != "" && c.ctx.Dir != "?"
	}
	return "", false
}

// maxDepth bounds commands that run commands: xargs sh -c find …
const maxDepth = 16

// run looks at a command line: wrappers first, then the program.
func (c *command) run(argv []dockerfile.Arg) {
	if c.depth++; c.depth > maxDepth {
		c.Opaque = "too many commands that run each other"
		return
	}
	for {
		if len(argv) == 0 {
			c.Pure = true
			return
		}
		c.Argv = argv
		name, ok := c.commandName(argv[0])
		if !ok {
			c.Opaque = "the command " + argv[0].Text + " is not known before the build"
			return
		}
		inner, wrapped := c.unwrap(name, argv[1:])
		if !wrapped {
			c.handle(name, argv)
			return
		}
		argv = inner
	}
}

// commandName is the base name of a command word. A directory that is not known
// does not matter: $JAVA_HOME/bin/java.
func (c *command) commandName(a dockerfile.Arg) (string, bool) {
	if a.Literal {
		return path.Base(a.Value), true
	}
	if v, ok := a.Expand(c.look); ok && v != "" {
		return path.Base(v), true
	}
	if strings.HasPrefix(a.Text, "((") {
		return "expr", true
	}
	if strings.HasPrefix(a.Text, "[[") {
		return "test", true
	}
	text := strings.Trim(a.Text, `"`)
	i := strings.LastIndexByte(text, '/')
	base := text[i+1:]
	if i <= 0 || base == "" || strings.ContainsAny(base, "$`\"'\\*?[{(})") {
		return "", false
	}
	_, known := find(base)
	return base, known
}

// handle calls the program's entry in the registry.
func (c *command) handle(name string, argv []dockerfile.Arg) {
	c.args = c.words(argv[1:])
	c.Tool = name
	if c.initScript(argv[0]) {
		return
	}
	p, ok := find(name)
	if ok && ofProject(argv[0].Value) && !projectPrograms[name] {
		c.Opaque = "the program " + argv[0].Text + " of the project"
		return
	}
	if !ok {
		c.Opaque = "unknown command " + name
		return
	}
	c.Tool = p.name
	if c.asksForVersion() {
		c.Pure = true
		return
	}
	p.handler(c)
}

// initScript takes /etc/init.d/NAME for `service NAME`.
func (c *command) initScript(a dockerfile.Arg) bool {
	dir := path.Dir(a.Value)
	if dir != "/etc/init.d" && dir != "/etc/rc.d/init.d" {
		return false
	}
	c.service(path.Base(a.Value))
	c.Tool = "service"
	return true
}

// projectPrograms are those that projects bring along under their common name.
var projectPrograms = names(`configure Configure config bootstrap bootstrap.sh autogen autogen.sh buildconf gradlew mvnw manage.py setup.py
	composer.phar bazel gradle mvn npm yarn cargo grunt gulp webpack tsc vite ng next sbt lein rebar3 mix rake pip python kibana-plugin
	elasticsearch-plugin logstash-plugin plugin kibana b2 bjam bootstrap-vcpkg.sh vcpkg waf Build make.bash all.bash`)

// ofProject reports whether a command word is a path into the project and not
// to a directory of programs.
func ofProject(name string) bool {
	i := strings.LastIndexByte(name, '/')
	if i < 0 || strings.ContainsAny(name, "$`") {
		return false
	}
	dir := path.Base(name[:i])
	return dir != "bin" && dir != "sbin" && dir != ".bin" && !strings.HasPrefix(name, "/usr/") && !strings.HasPrefix(name, "/opt/")
}

// asksForVersion reports whether the command only says who it is.
func (c *command) asksForVersion() bool {
	return len(c.args) == 1 && (c.args[0].text == "--version" || c.args[0].text == "--help")
}

// find looks a name up: as it is, by its alias, or without the version at the
// end of it (pip3.11, python3, gcc-12).
func find(name string) (program, bool) {
	if alias, ok := aliases[name]; ok {
		name = alias
	}
	if p, ok := programs[name]; ok {
		return p, true
	}
	base := strings.TrimRight(name, "0123456789.-")
	if base == name || base == "" {
		return program{}, false
	}
	p, ok := programs[base]
	return p, ok
}

// redirections are writes and reads of the files behind > and <.
func (c *command) redirections() {
	for _, r := range c.call.Redirs {
		if r.Word == nil || r.Hdoc != nil {
			continue
		}
		switch r.Op {
		case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.AppClob, syntax.RdrAll, syntax.AppAll, syntax.RdrInOut:
			p := c.redirected(r.Word)
			c.writeTo(p)
			if c.call.Stmt != nil && slices.Contains(c.call.Stmt.Redirs, r) && (r.N == nil || r.N.Value == "1") {
				c.stdout = &p
			}
		case syntax.RdrIn:
			if p := c.redirected(r.Word); !strings.HasPrefix(p.Name, "/dev/") {
				c.Reads = append(c.Reads, p)
			}
		}
	}
}

func (c *command) redirected(w *syntax.Word) Path {
	text, ok := dockerfile.WordValue(w, c.look)
	if !ok {
		written := c.call.Script.NodeText(w)
		if text, ok = c.plainText(written); !ok {
			return Path{Name: written}
		}
	}
	return c.resolve(text, File)
}
