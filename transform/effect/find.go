package effect

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// find acts on what lies below its roots: -delete and -exec rm delete there,
// other commands are looked at with one of the roots as their operand.
var _ = register("find", func(c *command) {
	roots, tests := c.findRoots()
	narrowed := false // only some of the files are meant
	c.Pure = true
	for i := 0; i < len(tests); i++ {
		switch text := tests[i].text; text {
		case "-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex", "-newer", "-mtime", "-mmin", "-size", "-user", "-group", "-perm", "-empty", "-atime", "-ctime":
			narrowed = narrowed || text == "-empty" || i+1 < len(tests) && strings.Trim(tests[i+1].text, "*") != ""
		case "-delete":
			c.Pure = false
			c.foundDeleted(roots, narrowed)
		case "-fprint", "-fprintf", "-fls":
			c.write(File, tests[min(i+1, len(tests)-1)])
		case "-exec", "-execdir", "-ok", "-okdir":
			end := i + 1
			for end < len(tests) && tests[end].text != ";" && tests[end].text != "+" {
				end++
			}
			c.foundRun(roots, tests[i+1:end], narrowed)
			i = end
		}
	}
})

func (c *command) findRoots() (roots, tests []word) {
	args := c.args
	for len(args) > 0 && (args[0].text == "-H" || args[0].text == "-L" || args[0].text == "-P") {
		args = args[1:]
	}
	for i, w := range args {
		if strings.HasPrefix(w.text, "-") || w.text == "(" || w.text == "!" || w.text == `\(` {
			tests = args[i:]
			args = args[:i]
			break
		}
	}
	if len(args) == 0 {
		args = []word{{text: ".", known: true, arg: dockerfile.Arg{Text: ".", Value: ".", Literal: true}}}
	}
	return args, tests
}

// foundDeleted notes that files below the roots are deleted: some of them, or all.
func (c *command) foundDeleted(roots []word, narrowed bool) {
	for _, w := range roots {
		p := c.path(w, Tree)
		if narrowed {
			c.Deletes = append(c.Deletes, Path{Name: strings.TrimSuffix(p.Name, "/") + "/*", Kind: Glob}) // which ones is not known
			continue
		}
		c.delete(p)
	}
}

// foundRun is what a command does to the files that are found.
func (c *command) foundRun(roots, words []word, narrowed bool) {
	var e Effect
	inner := &command{Effect: &e, ctx: c.ctx, call: c.call, vars: c.vars, depth: c.depth}
	inner.look = inner.lookup
	inner.run(originals(words))
	if e.Pure {
		return
	}
	c.Pure = false
	switch e.Tool {
	case "rm", "rmdir", "unlink":
		c.foundDeleted(roots, narrowed)
	case "chown", "chgrp":
		for _, w := range roots {
			c.Owners = append(c.Owners, inner.ownerOperand(c.path(w, Tree))...)
			c.Owners[len(c.Owners)-1].Recursive = true
		}
	case "chmod":
		mode := ""
		for _, w := range inner.args {
			if mode == "" && !strings.HasPrefix(w.text, "-R") {
				mode = w.text
			}
		}
		for _, w := range roots {
			c.Modes = append(c.Modes, Mode{Path: c.path(w, Tree), Mode: mode, Recursive: true})
		}
	case "sed", "strip", "touch", "gzip", "dos2unix", "perl", "setcap", "patchelf":
		c.write(Tree, roots...)
	default:
		for i := range e.Writes { // {} stands for each file
			if strings.Contains(e.Writes[i].Name, "{}") {
				e.Writes[i] = c.path(roots[0], Tree)
			}
		}
		e.Reads = nil
		e.Deletes = nil
		c.read(Tree, roots...)
		if e.Tool == "mv" {
			c.foundDeleted(roots, true)
		}
		c.join(&e)
		c.Pure = false
	}
}
