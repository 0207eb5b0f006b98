package effect

import (
	"path"
	"strings"
)

var sedOptions = takes("e f l expression file line-length")

// sed's -i takes what stands right behind it as a suffix: -i.bak.
var _ = register("sed", func(c *command) {
	inPlace := false
	args := make([]word, 0, len(c.args))
	for _, w := range c.args {
		cluster, _, found := strings.Cut(strings.TrimPrefix(w.text, "-"), "i")
		if len(w.text) > 1 && w.text[0] == '-' && w.text[1] != '-' && found && strings.Trim(cluster, "nErsuz") == "" {
			inPlace = true
			if cluster == "" {
				continue
			}
			w.text = "-" + cluster
		}
		if strings.HasPrefix(w.text, "--in-place") {
			inPlace = true
		}
		args = append(args, w)
	}
	o := cut(args, sedOptions)
	files := o.operands
	if !o.has("e", "f", "expression", "file") && len(files) > 0 {
		files = files[1:]
	}
	c.edited(files, inPlace)
})

// edited notes the files of an editor that writes them back or prints.
func (c *command) edited(files []word, inPlace bool) {
	c.read(File, files...)
	if inPlace {
		c.write(File, files...)
	}
	c.Pure = !inPlace
}

var awkOptions = takesFirst("f F v file field-separator assign e i")

var _ = register("awk gawk mawk nawk", func(c *command) {
	o := c.options(awkOptions)
	program := o.operand(0)
	files := o.after(1)
	if o.has("f", "file") {
		program, files = "", o.operands
	}
	inPlace := o.get("i") == "inplace"
	for _, w := range files {
		if !strings.Contains(w.text, "=") {
			c.edited([]word{w}, inPlace)
		}
	}
	c.Pure = !inPlace
	if strings.Contains(program, "system(") || strings.Contains(program, "| \"") || strings.Contains(program, "print >") {
		c.Opaque = "an awk program that runs commands or writes files"
	}
})

var perlOptions = takes("e E I M F x")

var _ = register("perl", func(c *command) {
	o := c.options(perlOptions)
	text := o.get("e", "E")
	switch {
	case o.has("v", "V", "c"):
		c.Pure = true
	case !o.has("e", "E"):
		c.perlScript(&o)
	case strings.Contains(text, "system") || strings.Contains(text, "exec") || strings.Contains(text, "open") || strings.Contains(text, "`") || strings.Contains(text, "unlink"):
		c.Opaque = "a Perl program"
	case o.has("i"):
		c.edited(o.operands, true)
	case o.has("n", "p"):
		c.edited(o.operands, false)
	default:
		c.Opaque = "a Perl program"
	}
})

func (c *command) perlScript(o *options) {
	switch base := path.Base(o.operand(0)); {
	case base == "Makefile.PL" || base == "Build.PL":
		c.Verb = "build"
		c.writeTo(c.resolve(".", Tree))
	case o.get("M") == "CPAN" || o.has("M") && strings.HasPrefix(o.get("M"), "CPAN"):
		c.Verb, c.NeedsRoot = "install", true
	default:
		if len(o.operands) > 0 {
			c.read(File, o.operands[0])
		}
		c.Opaque = "a Perl program"
	}
}
