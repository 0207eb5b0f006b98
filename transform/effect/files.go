package effect

import (
	"path"
	"strings"
)

var (
	copyOptions = takes("t S target-directory suffix")
	syncOptions = takes("e f T B M exclude include filter rsh files-from exclude-from include-from chmod chown out-format log-file temp-dir bwlimit port i F c J")
)

var _ = register("cp mv ln rsync scp lndir", func(c *command) {
	spec := copyOptions
	if c.Tool == "rsync" || c.Tool == "scp" {
		spec = syncOptions
	}
	o := c.options(spec)
	sources := o.operands
	if dest, ok := o.word("t", "target-directory"); ok {
		c.write(Tree, dest)
	} else {
		switch len(sources) {
		case 0:
			return
		case 1: // ln -s target: a link of that name here
			if c.Tool == "ln" && sources[0].known {
				c.writeTo(c.resolve(path.Base(sources[0].text), File))
			}
			return
		}
		c.write(Tree, sources[len(sources)-1])
		sources = sources[:len(sources)-1]
	}
	for _, w := range sources {
		if c.Tool == "ln" && o.has("s", "symbolic") {
			c.linkTarget(w)
			continue
		}
		p := c.path(w, Tree)
		c.Reads = append(c.Reads, p)
		if c.Tool == "mv" || c.Tool == "rsync" && o.has("remove-source-files") {
			c.Deletes = append(c.Deletes, p)
		}
	}
})

// linkTarget notes what a symbolic link points to. A relative one counts from
// the link and not from here.
func (c *command) linkTarget(w word) {
	p := c.path(w, Tree)
	if !strings.HasPrefix(w.text, "/") {
		p = Path{Name: w.text, Kind: Tree}
	}
	if !strings.HasPrefix(p.Name, "/dev/") && !strings.HasPrefix(p.Name, "/proc/") {
		c.Reads = append(c.Reads, p)
	}
}

var mkdirOptions = takes("m mode context")

var _ = register("mkdir mkdirhier", func(c *command) {
	o := c.options(mkdirOptions)
	c.write(Dir, o.operands...)
	if mode := o.get("m", "mode"); mode != "" {
		for _, w := range o.operands {
			c.Modes = append(c.Modes, Mode{Path: c.path(w, Dir), Mode: mode})
		}
	}
})

var rmOptions = takes("n iterations interactive size")

var _ = register("rm rmdir unlink shred", func(c *command) {
	o := c.options(rmOptions)
	kind := File
	if o.has("r", "R", "recursive") {
		kind = Tree
	}
	for _, w := range o.operands {
		c.delete(c.path(w, kind))
		if !w.known { // a cache whose place only a command tells
			for i := range Caches {
				if text, ok := strings.CutPrefix(Caches[i].Clean, "rm -rf "); ok && (text == w.arg.Text || Caches[i].Name == "gem" && strings.HasSuffix(w.arg.Text, ` env gemdir)"/cache/*`)) {
					c.Cleans = append(c.Cleans, Caches[i].Name)
				}
			}
		}
	}
})

var touchOptions = takes("d r t s m date reference time size b n l C number bytes lines")

var _ = register("touch truncate tee split csplit mkfifo mknod fallocate sponge", func(c *command) {
	o := c.options(touchOptions)
	operands := o.operands
	switch c.Tool {
	case "split", "csplit":
		c.read(File, operands...)
		c.writeTo(c.resolve(".", Dir))
		return
	case "mknod":
		operands = operands[:min(1, len(operands))]
	}
	c.write(File, operands...)
})

var installOptions = takes("m o g S t mode owner group target-directory suffix strip-program")

var _ = register("install ginstall", func(c *command) {
	o := c.options(installOptions)
	dest, kind := o.operands, File
	switch target, ok := o.word("t", "target-directory"); {
	case o.has("d", "directory"):
		kind = Dir
	case ok:
		c.read(File, o.operands...)
		dest, kind = []word{target}, Tree
	case len(o.operands) > 1:
		n := len(o.operands) - 1
		c.read(File, o.operands[:n]...)
		dest = o.operands[n:]
		if n > 1 || strings.HasSuffix(dest[0].text, "/") {
			kind = Tree
		}
	default:
		return
	}
	c.write(kind, dest...)
	mode := o.get("m", "mode")
	user, group := o.get("o", "owner"), o.get("g", "group")
	for _, w := range dest {
		if user != "" || group != "" {
			c.Owners = append(c.Owners, Owner{Path: c.path(w, kind), User: user, Group: group})
		}
		if mode != "" {
			c.Modes = append(c.Modes, Mode{Path: c.path(w, kind), Mode: mode})
		}
	}
})

var chownOptions = takes("from reference")

var _ = register("chown chgrp", func(c *command) {
	o := c.options(chownOptions)
	operands := o.operands
	var user, group string
	if !o.has("reference") {
		if len(operands) == 0 {
			return
		}
		user, group = ownerSpec(c.Tool, operands[0].text)
		operands = operands[1:]
	} else {
		user = "?"
	}
	for _, w := range operands {
		c.Owners = append(c.Owners, Owner{Path: c.path(w, File), User: user, Group: group, Recursive: o.has("R", "recursive")})
	}
})

// ownerSpec reads user:group, user.group, user: and :group.
func ownerSpec(tool, spec string) (user, group string) {
	if tool == "chgrp" {
		return "", spec
	}
	user, group, colon := strings.Cut(spec, ":")
	if !colon && !strings.Contains(spec, "$") {
		user, group, _ = strings.Cut(spec, ".")
	}
	return user, group
}

// ownerOperand is the change of owner of a path that comes from a pipe.
func (c *command) ownerOperand(p Path) []Owner {
	o := c.options(chownOptions)
	user, group := ownerSpec(c.Tool, o.operand(0))
	return []Owner{{Path: p, User: user, Group: group, Recursive: o.has("R", "recursive")}}
}

// chmod's modes may start with a dash, so that its options are read by hand.
var _ = register("chmod", func(c *command) {
	recursive := false
	var rest []word
	for _, w := range c.args {
		switch {
		case w.text == "--recursive" || len(w.text) > 1 && w.text[0] == '-' && strings.Trim(w.text[1:], "Rfvc") == "":
			recursive = recursive || w.text == "--recursive" || strings.Contains(w.text, "R")
		case strings.HasPrefix(w.text, "--"):
		default:
			rest = append(rest, w)
		}
	}
	if len(rest) < 2 {
		return
	}
	for _, w := range rest[1:] {
		c.Modes = append(c.Modes, Mode{Path: c.path(w, File), Mode: rest[0].text, Recursive: recursive})
	}
})

var tarOptions = takes("f C T X K N b g L H I F V file directory strip-components exclude exclude-from files-from transform xform owner group mode use-compress-program strip mtime sort wildcards-x format")

var _ = register("tar bsdtar", func(c *command) {
	args := c.args
	if len(args) > 0 && !strings.HasPrefix(args[0].text, "-") && args[0].known { // tar xzf
		args = oldTar(args)
	}
	o := cut(args, tarOptions)
	dir, _ := o.word("C", "directory")
	archive, given := o.word("f", "file")
	stdin := !given || archive.text == "-"
	switch {
	case o.has("t", "list"):
		c.Pure = true
		c.readArchive(archive, stdin)
	case o.has("x", "extract", "get"):
		c.readArchive(archive, stdin)
		if !o.has("O", "to-stdout") {
			c.writeTo(c.below(dir, ".", Tree))
		}
	case o.has("c", "create", "r", "u", "A", "append"):
		if !stdin {
			c.write(File, archive)
		}
		for _, w := range o.operands {
			if dir.text == "" || strings.HasPrefix(w.text, "/") {
				c.read(Tree, w)
			} else {
				c.Reads = append(c.Reads, c.below(dir, w.text, Tree))
			}
		}
		if o.has("remove-files") {
			c.Deletes = append(c.Deletes, c.Reads...)
		}
	}
})

func (c *command) readArchive(archive word, stdin bool) {
	if !stdin {
		c.read(File, archive)
	}
}

// oldTar turns `tar xzfC file dir` into options: each letter with a value takes
// the next word in turn.
func oldTar(args []word) []word {
	letters := args[0].text
	rest := args[1:]
	out := make([]word, 0, len(args)+2)
	for i := 0; i < len(letters); i++ {
		out = append(out, word{text: "-" + letters[i:i+1], known: true})
		if tarOptions.takesShort(letters[i]) && len(rest) > 0 {
			out = append(out, rest[0])
			rest = rest[1:]
		}
	}
	return append(out, rest...)
}

var unzipOptions = takes("d P")

var _ = register("unzip 7z 7za 7zr unrar unar unsquashfs", func(c *command) {
	o := c.options(unzipOptions)
	dir, given := o.word("d")
	files := o.operands
	if c.Tool != "unzip" && len(files) > 1 { // 7z x archive -oDIR
		if files[0].text == "l" || files[0].text == "t" || files[0].text == "a" {
			c.writeTo(c.resolve(".", Dir))
			return
		}
		files = files[1:]
		for _, w := range c.args {
			if v, ok := strings.CutPrefix(w.text, "-o"); ok && v != "" {
				dir, given = w.part(v), true
			}
		}
	}
	if len(files) > 0 {
		c.read(File, files[0])
	}
	if o.has("l", "t", "p", "v", "Z") {
		c.Pure = true
		return
	}
	if !given {
		c.writeTo(c.resolve(".", Tree))
		return
	}
	c.write(Tree, dir)
})

var gzipOptions = takes("S suffix b T threads o")

var _ = register("gzip gunzip bzip2 bunzip2 xz unxz zcat bzcat xzcat lzma unlzma zstd unzstd lz4 pigz brotli zip upx compress uncompress", func(c *command) {
	o := c.options(gzipOptions)
	if o.has("c", "stdout", "to-stdout", "t", "l") || strings.HasSuffix(c.Tool, "cat") || len(o.operands) == 0 {
		c.read(File, o.operands...)
		c.Pure = true
		return
	}
	if c.Tool == "zip" || c.Tool == "upx" {
		c.write(File, o.operands[0])
		c.read(Tree, o.operands[1:]...)
		return
	}
	for _, w := range o.operands {
		p := c.path(w, File)
		c.Reads = append(c.Reads, p)
		p.Name, p.Kind = path.Dir(p.Name), Dir
		c.writeTo(p)
	}
})

var _ = register("dd", func(c *command) {
	for _, w := range c.args {
		if f, ok := strings.CutPrefix(w.text, "of="); ok {
			c.write(File, w.part(f))
		}
		if f, ok := strings.CutPrefix(w.text, "if="); ok {
			c.read(File, w.part(f))
		}
	}
})

var _ = register("strip patchelf chrpath objcopy execstack setfattr chattr sqlite3 rename prename dos2unix unix2dos crudini xmlstarlet augtool ex ed vi vim nano mkswap mke2fs qemu-img rpath", func(c *command) {
	o := c.options(takesStrip)
	switch c.Tool {
	case "xmlstarlet":
		if !o.has("L", "inplace") {
			c.Pure = true
			return
		}
	case "ex", "ed", "vi", "vim", "sqlite3", "augtool":
		if len(o.operands) > 1 {
			o.operands = o.operands[:1]
		}
	case "crudini":
		if len(o.operands) > 1 {
			o.operands = o.operands[:1]
		}
	case "patchelf":
		if o.has("print-rpath", "print-needed", "print-interpreter", "print-soname") {
			c.Pure = true
			return
		}
	}
	c.write(File, o.operands...)
})

var takesStrip = takes("R N K o set-rpath set-interpreter add-needed remove-needed replace-needed r c set get del merge format")
