package effect

import (
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

var _ = register("cp mv ln rsync scp", func(c *command) {
	o := parse(c.args, "t S target-directory suffix exclude e f")
	args := o.operands
	dest := o.get("t", "target-directory")
	if dest == "" {
		if len(args) < 2 {
			return
		}
		last := args[len(args)-1]
		args = args[:len(args)-1]
		c.writeTo(c.path(last, Tree))
	} else {
		c.writeTo(c.resolve(dest, Tree))
	}
	for _, a := range args {
		p := c.path(a, Tree)
		c.Reads = append(c.Reads, p)
		if c.Tool == "mv" {
			c.Deletes = append(c.Deletes, p)
		}
	}
})

var _ = register("mkdir", func(c *command) {
	o := parse(c.args, "m mode Z context")
	for _, a := range o.operands {
		for _, word := range braces(a) {
			c.writeTo(c.resolveWord(a, word, Dir))
		}
	}
})

// resolveWord resolves one of the words that a brace expansion makes.
func (c *command) resolveWord(a dockerfile.Arg, word string, kind PathKind) Path {
	if word == a.Text || word == a.Value {
		return c.path(a, kind)
	}
	return c.resolve(word, kind)
}

// braces expands a single {a,b} of an otherwise plain word.
func braces(a dockerfile.Arg) []string {
	open := strings.IndexByte(a.Text, '{')
	end := strings.IndexByte(a.Text, '}')
	if a.Literal || open < 0 || end < open || strings.ContainsAny(a.Text, "$`\"'\\") || strings.Contains(a.Text[open+1:], "{") {
		return []string{a.Text}
	}
	var out []string
	for item := range strings.SplitSeq(a.Text[open+1:end], ",") {
		out = append(out, a.Text[:open]+item+a.Text[end+1:])
	}
	return out
}

var _ = register("rm rmdir unlink shred", func(c *command) {
	o := parse(c.args, "n iterations")
	for _, a := range o.operands {
		for _, word := range braces(a) {
			kind := File
			if o.has("r", "R", "recursive") {
				kind = Tree
			}
			p := c.resolveWord(a, word, kind)
			c.Deletes = append(c.Deletes, p)
			for _, cache := range Caches {
				if cache.Clean == "rm -rf "+a.Text {
					c.Cleans = append(c.Cleans, cache.Name)
				}
			}
			if p.Known && o.has("r", "R", "recursive") || p.Kind == Glob {
				c.Cleans = append(c.Cleans, cleaned(p.Name, c.ctx.Home)...)
			}
		}
	}
})

var _ = register("touch truncate tee split mkfifo mknod", func(c *command) {
	o := parse(c.args, "d r t s m")
	for _, a := range o.operands {
		c.writeTo(c.path(a, File))
	}
})

var _ = register("install", func(c *command) {
	o := parse(c.args, "m o g S t mode owner group target-directory")
	if o.has("d", "directory") {
		for _, a := range o.operands {
			c.writeTo(c.path(a, Dir))
			c.owner(a, o.get("o", "owner"), o.get("g", "group"), false)
		}
		return
	}
	if n := len(o.operands); n > 1 {
		c.writeTo(c.path(o.operands[n-1], File))
		c.owner(o.operands[n-1], o.get("o", "owner"), o.get("g", "group"), false)
		c.Reads = append(c.Reads, c.paths(o.operands[:n-1], File)...)
	}
})

func (c *command) owner(a dockerfile.Arg, user, group string, recursive bool) {
	if user != "" || group != "" {
		c.Owners = append(c.Owners, Owner{Path: c.path(a, File), User: user, Group: group, Recursive: recursive})
	}
}

var _ = register("chown chgrp", func(c *command) {
	o := parse(c.args, "from reference")
	if len(o.operands) < 2 {
		return
	}
	user, group, _ := strings.Cut(c.text(o.operands[0]), ":")
	if group == "" {
		user, group, _ = strings.Cut(user, ".")
	}
	if c.Tool == "chgrp" {
		user, group = "", user
	}
	for _, a := range o.operands[1:] {
		for _, word := range braces(a) {
			p := c.resolveWord(a, word, File)
			c.Owners = append(c.Owners, Owner{Path: p, User: user, Group: group, Recursive: o.has("R", "recursive")})
		}
	}
})

var _ = register("chmod", func(c *command) {
	args := c.args
	recursive := false
	for len(args) > 0 && (args[0].Value == "-R" || args[0].Value == "--recursive" || strings.HasPrefix(args[0].Value, "-") && strings.Trim(args[0].Value, "-Rfvc") == "") {
		recursive = recursive || strings.Contains(args[0].Value, "R") || args[0].Value == "--recursive"
		args = args[1:]
	}
	if len(args) < 2 {
		return
	}
	mode := c.text(args[0])
	for _, a := range args[1:] {
		if a.Value == "-R" {
			recursive = true
			continue
		}
		for _, word := range braces(a) {
			c.Modes = append(c.Modes, Mode{Path: c.resolveWord(a, word, File), Mode: mode, Recursive: recursive})
		}
	}
})

var _ = register("tar bsdtar", func(c *command) {
	args := c.args
	if len(args) > 0 && args[0].Literal && !strings.HasPrefix(args[0].Value, "-") { // tar xzf
		first := args[0]
		first.Value = "-" + first.Value
		args = append([]dockerfile.Arg{first}, args[1:]...)
	}
	o := parse(args, "f C T X file directory strip-components exclude transform")
	dir := o.get("C", "directory")
	if dir == "" {
		dir = "."
	}
	if f := o.get("f", "file"); f != "" && f != "-" {
		if o.has("x", "extract", "t") {
			c.Reads = append(c.Reads, c.resolve(f, File))
		} else {
			c.writeTo(c.resolve(f, File))
		}
	}
	if o.has("x", "extract", "get") {
		c.writeTo(c.resolve(c.value(dir), Tree))
	}
})

var _ = register("unzip 7z 7za unrar", func(c *command) {
	o := parse(c.args, "d x")
	if len(o.operands) > 0 {
		c.Reads = append(c.Reads, c.path(o.operands[0], File))
	}
	dir := o.get("d")
	if dir == "" {
		dir = "."
	}
	if !o.has("l", "t", "p") {
		c.writeTo(c.resolve(c.value(dir), Tree))
	}
})

var _ = register("gzip gunzip bzip2 bunzip2 xz unxz zcat lzma zstd zip", func(c *command) {
	o := parse(c.args, "S suffix")
	if o.has("c", "stdout") || c.Tool == "zcat" {
		c.Pure = true
		return
	}
	for _, a := range o.operands {
		p := c.path(a, File)
		c.Reads = append(c.Reads, p)
		p.Name = path.Dir(p.Name)
		p.Kind = Dir
		c.writeTo(p)
	}
})

var _ = register("sed perl awk gawk", func(c *command) {
	o := parse(c.args, "e f F v expression file")
	inPlace := o.has("i", "in-place") && c.Tool != "awk"
	if c.Tool == "perl" && !inPlace {
		c.Opaque = "a Perl program"
		return
	}
	files := o.operands
	if !o.has("e", "f", "expression", "file") && len(files) > 0 {
		files = files[1:]
	}
	for _, a := range files {
		p := c.path(a, File)
		c.Reads = append(c.Reads, p)
		if inPlace {
			c.writeTo(p)
		}
	}
	c.Pure = !inPlace && len(c.Writes) == 0
})

var _ = register("find", func(c *command) {
	var roots []dockerfile.Arg
	for _, a := range c.args {
		if strings.HasPrefix(a.Value, "-") || a.Value == "(" || a.Value == "!" {
			break
		}
		roots = append(roots, a)
	}
	text := ""
	for _, a := range c.args[len(roots):] {
		text += " " + a.Value
	}
	switch {
	case strings.Contains(text, " -delete"), strings.Contains(text, " rm "), strings.Contains(text, "rm -"):
		for _, a := range roots {
			p := c.path(a, Tree)
			c.Deletes = append(c.Deletes, p)
			if p.Known && !strings.Contains(text, "-name") {
				c.Cleans = append(c.Cleans, cleaned(p.Name, c.ctx.Home)...)
			}
		}
	case strings.Contains(text, "-exec"), strings.Contains(text, "-ok"):
		if strings.Contains(text, "chown") || strings.Contains(text, "chmod") || strings.Contains(text, "strip") || strings.Contains(text, "sed") || strings.Contains(text, "touch") {
			for _, a := range roots {
				c.writeTo(c.path(a, Tree))
			}
			return
		}
		c.Opaque = "a command run by find"
	default:
		c.Pure = true
	}
})

// throughPipe are the programs whose effect is clear though xargs gives them
// their operands.
var throughPipe = map[string]bool{"rm": true, "chmod": true, "chown": true, "sed": true, "ls": true, "echo": true, "kill": true, "strip": true,
	"apt-get": true, "apt": true, "apk": true, "yum": true, "dnf": true, "pip": true, "pip3": true, "npm": true, "dirname": true, "basename": true, "grep": true}

var _ = register("xargs", func(c *command) {
	for i, a := range c.args {
		if strings.HasPrefix(a.Value, "-") || strings.Trim(a.Value, "0123456789") == "" {
			continue
		}
		if !throughPipe[a.Value] {
			break
		}
		c.run(c.args[i:])
		if c.Verb == "install" { // what comes from the pipe is not known
			c.Installs = append(c.Installs, Package{Manager: c.Manager, Arg: a})
		}
		return
	}
	c.Opaque = "a command with arguments from a pipe"
})

var _ = register("dd", func(c *command) {
	for _, a := range c.args {
		if f, ok := strings.CutPrefix(a.Value, "of="); ok {
			c.writeTo(c.resolve(f, File))
		}
	}
})

var _ = register("strip", func(c *command) {
	for _, a := range parse(c.args, "R N K o").operands {
		c.writeTo(c.path(a, File))
	}
})
