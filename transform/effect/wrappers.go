package effect

import (
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"mvdan.cc/sh/v3/syntax"
)

// wrapper is a program that runs the command behind its own options.
type wrapper struct {
	options *spec  // options with a value
	skip    int    // operands of its own in front of the command
	user    string // option that names the user; "operand" for the first operand
	vars    bool   // NAME=value operands come in front of the command
}

var wrappers = map[string]wrapper{
	"sudo":             {options: takesFirst("u g p h C r t U D T R user group prompt host chdir role type other-user command-timeout close-from"), user: "u", vars: true},
	"doas":             {options: takesFirst("u C a"), user: "u"},
	"env":              {options: takesFirst("u C S unset chdir"), vars: true},
	"exec":             {options: takesFirst("a")},
	"command":          {options: takesFirst("")},
	"builtin":          {options: takesFirst("")},
	"time":             {options: takesFirst("f o format output")},
	"nice":             {options: takesFirst("n adjustment")},
	"ionice":           {options: takesFirst("c n t class classdata")},
	"chrt":             {options: takesFirst(""), skip: 1},
	"taskset":          {options: takesFirst(""), skip: 1},
	"nohup":            {options: takesFirst("")},
	"setsid":           {options: takesFirst("")},
	"eatmydata":        {options: takesFirst("")},
	"ltrace":           {options: takesFirst("o e")},
	"strace":           {options: takesFirst("o e s p u")},
	"setarch":          {options: takesFirst(""), skip: 1},
	"linux32":          {options: takesFirst("")},
	"linux64":          {options: takesFirst("")},
	"stdbuf":           {options: takesFirst("i o e input output error")},
	"timeout":          {options: takesFirst("k s t signal kill-after"), skip: 1},
	"flock":            {options: takesFirst("w E timeout conflict-exit-code"), skip: 1},
	"with-contenv":     {options: takesFirst("")},
	"gosu":             {options: takesFirst(""), user: "operand", skip: 1},
	"su-exec":          {options: takesFirst(""), user: "operand", skip: 1},
	"setuidgid":        {options: takesFirst(""), user: "operand", skip: 1},
	"s6-setuidgid":     {options: takesFirst(""), user: "operand", skip: 1},
	"s6-applyuidgid":   {options: takesFirst("u g G"), user: "u"},
	"chpst":            {options: takesFirst("u U e m d o p f c r t l L b n /"), user: "u"},
	"setpriv":          {options: takesFirst("reuid regid groups inh-caps bounding-set ambient-caps securebits ruid euid rgid egid selinux-label apparmor-profile pdeathsig"), user: "reuid"},
	"setuser":          {options: takesFirst(""), user: "operand", skip: 1},
	"fakeroot":         {options: takesFirst("l f i s b lib faked")},
	"xvfb-run":         {options: takesFirst("n e f p s w server-num error-file server-args wait")},
	"retry":            {options: takesFirst("t d m s times delay")},
	"tini":             {options: takesFirst("p e")},
	"dumb-init":        {options: takesFirst("r rewrite")},
	"catatonit":        {options: takesFirst("")},
	"busybox":          {options: takesFirst("")},
	"scl":              {options: takesFirst("")},
	"ccache":           {options: takesFirst("")},
	"distcc":           {options: takesFirst("")},
	"unbuffer":         {options: takesFirst("")},
	"dbus-run-session": {options: takesFirst("config-file dbus-daemon")},
}

// unwrap gives the command line behind a wrapper.
func (c *command) unwrap(name string, args []dockerfile.Arg) ([]dockerfile.Arg, bool) {
	w, ok := wrappers[name]
	if !ok || name == "command" && len(args) > 0 && (args[0].Value == "-v" || args[0].Value == "-V") {
		return nil, false
	}
	if name == "scl" { // scl enable collection… command: the commands stand in one word
		return nil, false
	}
	i := c.wrapperOptions(w, args)
	for n := 0; n < w.skip && i < len(args); n++ {
		if w.user == "operand" {
			c.AsUser = argText(args[i], c.look)
		}
		i++
	}
	for w.vars && i < len(args) {
		key, value, ok := strings.Cut(argText(args[i], c.look), "=")
		if !ok || !syntax.ValidName(key) {
			break
		}
		c.assign(key, strings.Trim(value, `"'`))
		i++
	}
	if w.user != "" {
		c.Privilege = name
		c.Runs = append(c.Runs, argTexts(args[i:])...)
	}
	return args[i:], true
}

// wrapperOptions gives the number of words that are options of the wrapper.
func (c *command) wrapperOptions(w wrapper, args []dockerfile.Arg) int {
	i := 0
	for i < len(args) && len(args[i].Value) > 1 && args[i].Value[0] == '-' {
		text := argText(args[i], c.look)
		i++
		if text == "--" {
			break
		}
		name, value, given := strings.Cut(strings.TrimLeft(text, "-"), "=")
		if !strings.HasPrefix(text, "--") {
			name, value, given = shortOption(w.options, text[1:])
		}
		if !given && w.options.long[name] && i < len(args) {
			value = argText(args[i], c.look)
			i++
		}
		if name == w.user || w.user == "u" && name == "user" {
			c.AsUser = value
		}
		if name == "chdir" || name == "C" && w.vars {
			c.ctx.Dir = value
		}
	}
	return i
}

// shortOption reads a cluster such as -EHu or -uapp: its last option counts.
func shortOption(s *spec, text string) (name, value string, given bool) {
	for j := 0; j < len(text); j++ {
		if s.takesShort(text[j]) {
			return text[j : j+1], text[j+1:], j+1 < len(text)
		}
	}
	return text[len(text)-1:], "", false
}

func argText(a dockerfile.Arg, look func(string) (string, bool)) string {
	if v, ok := a.Expand(look); ok {
		return v
	}
	return a.Value
}

// argTexts is the program that a wrapper starts, if any.
func argTexts(args []dockerfile.Arg) []string {
	if len(args) == 0 {
		return nil
	}
	return []string{args[0].Value}
}

var suOptions = takes("c s g G w shell command group supp-group whitelist-environment u user session-command")

var _ = register("su runuser", func(c *command) {
	o := c.options(suOptions)
	c.Privilege = c.Tool
	c.AsUser = o.get("u", "user")
	rest := o.operands
	for len(rest) > 0 && rest[0].text == "-" {
		rest = rest[1:]
	}
	if c.AsUser == "" && len(rest) > 0 {
		c.AsUser, rest = rest[0].text, rest[1:]
	}
	if script, ok := o.word("c", "command", "session-command"); ok {
		c.script(script)
		return
	}
	if c.Tool == "runuser" && len(rest) > 0 {
		c.nested(rest)
		return
	}
	if len(rest) > 0 {
		c.Opaque = "a shell of another user"
	}
})

// shellOptions knows -c only as a switch: its script is the first operand, after
// all options: `bash -c -e "…"`, `sh -ec "…"`.
var shellOptions = takesFirst("o O init-file rcfile")

var _ = register("sh bash ash dash zsh ksh rvm-shell", func(c *command) {
	o := c.options(shellOptions)
	switch {
	case o.has("c") && len(o.operands) > 0:
		c.script(o.operands[0])
	case len(o.operands) > 0 && o.operands[0].text != "-" && !o.has("s"):
		c.read(File, o.operands[0])
		c.shellScript(&o)
	case c.hereDocument() != "":
		c.scriptText(c.hereDocument())
	case o.has("version", "help"):
		c.Pure = true
	default:
		c.Opaque = "a script from standard input"
	}
})

// shellScript is a script in a file. Conda's installers and the scripts of build
// systems go by their name.
func (c *command) shellScript(o *options) {
	script := o.operands[0]
	base := path.Base(strings.Trim(script.text, `"'`))
	lower := strings.ToLower(base)
	p, ok := find(base)
	switch {
	case o.has("n"): // only checks it
		c.Pure = true
	case ok && buildScripts[base]:
		c.args = o.operands[1:]
		p.handler(c)
	case strings.Contains(lower, "conda") || strings.HasPrefix(lower, "miniforge") || strings.HasPrefix(lower, "mambaforge"):
		inner := cut(o.operands[1:], takes("p"))
		if dir, ok := inner.word("p"); ok && inner.has("b") {
			c.Verb = "install"
			c.write(Tree, dir)
			return
		}
		c.Opaque = "the script " + script.arg.Text
	default:
		c.Opaque = "the script " + script.arg.Text
	}
}

var buildScripts = names("configure config autogen.sh bootstrap bootstrap.sh buildconf gradlew mvnw")

// fedByHand reports whether the command reads its program from a here-document
// or a file behind <.
func (c *command) fedByHand() bool {
	for _, r := range c.call.Redirs {
		if r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc || r.Op == syntax.WordHdoc || r.Op == syntax.RdrIn {
			return true
		}
	}
	return false
}

var _ = register("scl", func(c *command) {
	if len(c.args) > 2 && c.args[0].text == "enable" {
		c.script(c.args[len(c.args)-1])
	}
})

// script gives a command the effects of a script that it runs. Variables that
// the outer shell would set are read as variables of the script.
func (c *command) script(w word) {
	text := w.text
	if !w.known {
		inner, ok := strings.CutPrefix(w.arg.Text, `"`)
		inner, closed := strings.CutSuffix(inner, `"`)
		if !ok || !closed || strings.ContainsAny(inner, "`") {
			c.Opaque = "a command made at build time"
			return
		}
		text = strings.NewReplacer(`\"`, `"`, `\$`, `$`, `\\`, `\`).Replace(inner)
	}
	c.scriptText(text)
}

// hereDocument is the body of a here-document that the command reads, "" for none.
func (c *command) hereDocument() string {
	for _, r := range c.call.Redirs {
		if (r.Op == syntax.Hdoc || r.Op == syntax.DashHdoc) && r.Hdoc != nil {
			var text strings.Builder
			for _, part := range r.Hdoc.Parts {
				if lit, ok := part.(*syntax.Lit); ok {
					text.WriteString(lit.Value)
				} else {
					text.WriteString(c.call.Script.NodeText(part))
				}
			}
			return text.String()
		}
	}
	return ""
}

// scriptText gives a command the effects of the script in text. bash knows more
// than the POSIX shell, so that the tool decides how it is read.
func (c *command) scriptText(text string) {
	if c.Tool != "sh" && c.Tool != "su" && c.Tool != "ash" && c.Tool != "dash" {
		text = "#!/bin/bash\n" + text
	}
	s := dockerfile.NewScript(text)
	if s.Opaque != "" {
		c.Opaque = s.Opaque
		return
	}
	if c.depth++; c.depth > maxDepth {
		c.Opaque = "too many commands that run each other"
		return
	}
	ctx := c.ctx
	ctx.Lookup = c.look
	steps := Sequence(s, ctx)
	c.Pure = len(steps) > 0
	for i := range steps {
		c.join(&steps[i].Effect)
	}
}

// nested runs the words as a command behind this one, which keeps its own name.
func (c *command) nested(words []word) {
	args := make([]dockerfile.Arg, 0, len(words))
	for _, w := range words {
		args = append(args, w.arg)
	}
	var e Effect
	inner := &command{Effect: &e, ctx: c.ctx, call: c.call, vars: c.vars, depth: c.depth}
	inner.look = inner.lookup
	inner.run(args)
	c.Pure = true
	c.join(&e)
}

// join takes over the effects of a nested command.
func (c *command) join(e *Effect) {
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
	c.Stores = append(c.Stores, e.Stores...)
	c.Cleans = append(c.Cleans, e.Cleans...)
	c.Runs = append(c.Runs, e.Runs...)
	if c.Privilege == "" {
		c.Privilege, c.AsUser = e.Privilege, e.AsUser
	}
	c.NeedsRoot = c.NeedsRoot || e.NeedsRoot
	c.Pure = c.Pure && e.Pure
	if c.Opaque == "" {
		c.Opaque = e.Opaque
	}
}

var xargsOptions = takesFirst("a d E e I i L l n P s arg-file delimiter eof replace max-lines max-args max-procs max-chars process-slot-var")

// throughPipe are the programs whose effect is clear though their operands are
// not: they act on what the pipe names and on nothing else.
var throughPipe = map[string]bool{"rm": true, "rmdir": true, "chmod": true, "chown": true, "chgrp": true, "sed": true, "kill": true, "strip": true, "touch": true, "mkdir": true,
	"cp": true, "mv": true, "ln": true, "tar": true, "gzip": true, "wget": true, "curl": true, "gpg": true, "apt-key": true,
	"apt-get": true, "apk": true, "yum": true, "dnf": true, "microdnf": true, "zypper": true, "rpm": true, "dpkg": true, "apt-mark": true,
	"pip": true, "npm": true, "gem": true, "yarn": true, "dpkg-query": true, "scanelf": true, "echo": true, "conda": true, "cpanm": true}

var _ = register("xargs parallel", func(c *command) {
	o := c.options(xargsOptions)
	if len(o.operands) == 0 {
		c.Pure = true
		return
	}
	first := o.operands[0]
	c.run(originals(o.operands))
	if !throughPipe[c.Tool] {
		if !c.Pure && c.Opaque == "" {
			c.Opaque = "a command with arguments from a pipe"
		}
		return
	}
	// what comes from the pipe is not known
	unseen := Path{Name: "?", Kind: Tree}
	switch c.Tool {
	case "rm", "rmdir", "mv":
		c.Deletes = append(c.Deletes, unseen)
	case "chown", "chgrp":
		c.Owners = append(c.Owners, c.ownerOperand(unseen)...)
	case "mkdir", "touch", "cp", "sed":
		c.Writes = append(c.Writes, unseen)
	case "wget", "curl":
		c.Fetches = append(c.Fetches, Fetch{URL: "?", Dest: unseen})
	}
	if c.Verb == "install" {
		c.Installs = append(c.Installs, Package{Manager: c.Manager, Arg: first.arg})
	}
	if c.Verb == "remove" && c.Manager != "" {
		c.Removes = append(c.Removes, Package{Manager: c.Manager, Arg: first.arg})
	}
})

func originals(words []word) []dockerfile.Arg {
	out := make([]dockerfile.Arg, 0, len(words))
	for i, w := range words {
		if i == 0 || w.arg.Word == nil || w.arg.Word != words[i-1].arg.Word {
			out = append(out, w.arg)
		}
	}
	return out
}
