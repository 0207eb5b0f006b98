package effect

import (
	"strings"
)

var compilerOptions = takes("o I L l D U x include isystem d cp classpath f arch target T")

// Compilers: what they write is named by -o, or lies where they run.
var _ = register("gcc g++ cc c++ clang clang++ ld as cpp rustc javac fpc gfortran nasm yasm tcc ghc gccgo gdc ldc2 valac kotlinc scalac ocamlfind ocamlopt gas musl-gcc nvcc protoc swiftc zig", func(c *command) {
	o := c.options(compilerOptions)
	if o.has("v", "dumpversion", "print-file-name") {
		c.Pure = true
		return
	}
	c.Verb = "build"
	for _, w := range o.operands {
		c.read(File, w)
	}
	if out, ok := o.word("o", "d", "out-dir", "out"); ok {
		c.write(File, out)
		return
	}
	c.writeTo(c.resolve(".", Dir))
})

var makeOptions = takes("C f j I l o W directory file makefile jobs old-file what-if")

// makeTargets are the targets whose meaning the GNU coding standards and usage
// fix; what another one does, only its file says.
var makeTargets = names(`all install install-strip clean distclean build default check test installcheck world modules modules_install oldconfig defconfig
	headers_install install-exec install-data install_sw install-lib install-headers install-dev docs doc html man linux static shared release compile dist deps vendor bin lib library binary
	install-bin install-world install-libs install-includes install-shared install-static prefix olddefconfig menuconfig bzImage mrproper uninstall posix generic binaries tools generate proto`)

var _ = register("make ninja samu", func(c *command) {
	o := c.options(makeOptions)
	if dir, ok := o.word("C", "directory"); ok {
		p := c.path(dir, Dir)
		if c.ctx.Dir = p.Name; !p.Known {
			c.ctx.Dir = ""
		}
	}
	c.Verb = "build"
	c.Reads = append(c.Reads, c.resolve(".", Tree))
	c.writeTo(c.resolve(".", Tree))
	for _, w := range o.operands {
		switch {
		case strings.Contains(w.text, "="):
		case strings.HasPrefix(w.text, "install") || strings.HasSuffix(w.text, "install"):
			c.installsBelow(&o)
		case !makeTargets[w.text] && !strings.Contains(w.text, ".") && !strings.HasPrefix(w.text, "build") && !strings.HasSuffix(w.text, "build") && !strings.Contains(w.text, "/"):
			c.Opaque = "the target " + w.arg.Text + " of a Makefile"
		}
	}
})

// installsBelow is `make install`: below the prefix of the configuration, which
// is /usr/local when DESTDIR and PREFIX do not say otherwise.
func (c *command) installsBelow(o *options) {
	c.Verb = "install"
	prefix := ""
	for _, w := range o.operands {
		key, value, ok := strings.Cut(w.text, "=")
		switch {
		case ok && key == "DESTDIR":
			prefix = value
		case ok && prefix == "" && (key == "PREFIX" || key == "prefix"):
			prefix = value
		}
	}
	if strings.HasPrefix(prefix, "/") && !strings.ContainsAny(prefix, "$`") {
		c.writeTo(c.resolve(prefix, Tree))
		return
	}
	c.NeedsRoot = true
}

var cmakeOptions = takes("B S G D H A C T U P build install prefix target config j parallel t component preset E")

var _ = register("cmake cpack ctest", func(c *command) {
	o := c.options(cmakeOptions)
	c.Verb = "build"
	dir, ok := o.word("B", "build", "install")
	if !ok {
		dir = word{text: ".", known: true}
	}
	c.Reads = append(c.Reads, c.resolve(".", Tree))
	c.write(Tree, dir)
	if o.get("target", "t") == "install" || o.has("install") {
		c.Verb = "install"
		if p, ok := o.word("prefix"); ok {
			c.write(Tree, p)
		} else {
			c.NeedsRoot = true
		}
	}
})

var configureOptions = takes("prefix srcdir")

// Scripts of the usual build systems under the names that they have everywhere.
var _ = register("configure Configure config autogen autogen.sh bootstrap bootstrap.sh buildconf phpize autoconf automake autoreconf aclocal libtoolize libtool autoheader intltoolize gettextize meson scons waf qmake xmake b2 bjam premake gn gyp node-gyp cython swig bison flex yacc m4 msgfmt xgettext gettext asciidoctor asciidoc a2x docbook2x-man help2man pandoc makeinfo sphinx-build doxygen mkdocs hugo jekyll pdflatex latexmk convert mogrify rsvg-convert sassc sass lessc protoc-gen rice statik go-bindata mockgen vndr dep glide govendor godep gox gb packr wasm-pack trunk emcc em++ emmake emconfigure wasm-opt ct-ng buildout xcodebuild vcpkg bootstrap-vcpkg.sh conan make.bash all.bash", func(c *command) {
	o := c.options(configureOptions)
	c.Verb = "build"
	c.Reads = append(c.Reads, c.resolve(".", Tree))
	c.writeTo(c.resolve(".", Tree))
	if o.operand(0) == "install" && (c.Tool == "meson" || c.Tool == "scons" || c.Tool == "waf" || c.Tool == "b2" || c.Tool == "bjam") {
		c.Verb, c.NeedsRoot = "install", true
	}
})

var _ = register("checkinstall dpkg-buildpackage debuild rpmbuild makepkg abuild alien fpm debhelper dh mk-build-deps quilt equivs-build dpkg-source pbuilder mock nfpm", func(c *command) {
	c.Verb = "build"
	c.writeTo(c.resolve("..", Tree))
	switch c.Tool {
	case "checkinstall", "mk-build-deps", "alien":
		c.NeedsRoot = true
	}
	if c.Tool == "mk-build-deps" || c.Tool == "alien" {
		c.Manager = "apt" // installs what it has found through apt-get
		if o := c.options(takes("t tool")); o.has("i", "install") {
			c.Verb = "install"
		} else {
			c.Manager = ""
		}
	}
})

var patchOptions = takes("p i d o r D B F V Y z strip input directory output reject-file")

var _ = register("patch", func(c *command) {
	o := c.options(patchOptions)
	if w, ok := o.word("i", "input"); ok {
		c.read(File, w)
	}
	if len(o.operands) > 0 {
		c.write(File, o.operands[0])
		return
	}
	dir, _ := o.word("d", "directory")
	c.writeTo(c.below(dir, ".", Tree))
})
