package effect

import (
	"strings"
)

// packages notes the operands as installed.
func (c *command) packages(args []word) {
	list := c.packageList(args)
	c.Installs = append(c.Installs, list...)
	for i := range list {
		if name := list[i].Name; list[i].Local && !strings.Contains(name, "://") && !strings.HasPrefix(name, "git") {
			c.Reads = append(c.Reads, c.resolve(localPath(name), Tree))
		}
	}
}

// localPath cuts the extras off a Python project: .[dev].
func localPath(name string) string {
	if i := strings.IndexByte(name, '['); i > 0 {
		name = name[:i]
	}
	return strings.TrimPrefix(name, "file:")
}

func (c *command) packageList(args []word) []Package {
	if len(args) == 0 {
		return nil
	}
	out := make([]Package, 0, len(args))
	for _, w := range args {
		if !w.known {
			out = append(out, Package{Manager: c.Manager, Arg: w.arg})
			continue
		}
		if w.text == "" {
			continue
		}
		p := parsePackage(c.Manager, w.text)
		p.Arg = w.arg
		out = append(out, p)
	}
	return out
}

// packageFiles are the endings of package files and archives.
var packageFiles = []string{".deb", ".rpm", ".apk", ".whl", ".tgz", ".tar.gz", ".tar.bz2", ".zip", ".gem", ".pkg.tar.zst", ".pkg.tar.xz"}

func isLocal(text string) bool {
	if text == "." || text == ".." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") || strings.HasPrefix(text, ".[") || strings.HasPrefix(text, "/") || strings.HasPrefix(text, "~/") || strings.Contains(text, "://") {
		return true
	}
	if strings.HasPrefix(text, "file:") || strings.HasPrefix(text, "git+") {
		return true
	}
	for _, x := range packageFiles {
		if strings.HasSuffix(text, x) {
			return true
		}
	}
	return false
}

// parsePackage cuts version, architecture and release off a package operand.
func parsePackage(manager, text string) Package {
	p := Package{Manager: manager, Name: text}
	if isLocal(text) {
		p.Local = true
		return p
	}
	switch manager {
	case "apt":
		p.Name, p.Version = aptName(text)
	case "apk":
		if i := strings.IndexAny(text, "=<>~@"); i > 0 {
			p.Name, p.Version = text[:i], strings.TrimLeft(text[i:], "=<>~")
			p.Version, _, _ = strings.Cut(p.Version, "@")
		}
	case "pip", "uv", "poetry", "pipenv", "pdm":
		if i := strings.IndexAny(text, "=<>~!;@[ "); i > 0 {
			p.Name, p.Version = text[:i], pythonVersion(text[i:])
		}
		p.Local = strings.Contains(p.Name, "/")
	case "npm", "yarn", "pnpm", "bun":
		p.Name, p.Version, p.Local = npmName(text)
	case "gem":
		p.Name, p.Version, _ = strings.Cut(text, ":")
	case "composer":
		if i := strings.IndexAny(text, ":= "); i > 0 {
			p.Name, p.Version = text[:i], text[i+1:]
		}
	case "go", "cargo":
		p.Name, p.Version, _ = strings.Cut(text, "@")
	case "conda":
		if i := strings.LastIndex(text, "::"); i >= 0 {
			text = text[i+2:]
			p.Name = text
		}
		if i := strings.IndexAny(text, "=<>!~ "); i > 0 {
			p.Name, p.Version = text[:i], strings.TrimLeft(text[i:], "=<>!~ ")
		}
	case "pacman":
		if i := strings.IndexByte(text, '/'); i >= 0 {
			p.Name = text[i+1:]
		}
	case "zypper":
		if i := strings.IndexAny(text, "=<>"); i > 0 {
			p.Name, p.Version = text[:i], strings.TrimLeft(text[i:], "=<>")
		}
		if i := strings.IndexByte(p.Name, ':'); i > 0 && !strings.HasPrefix(text, "pattern:") {
			p.Name = p.Name[i+1:]
		}
	case "dnf", "yum", "microdnf", "tdnf":
		p.Name, p.Version = rpmName(text)
	}
	return p
}

// aptName reads name[:arch][=version][/release] and the + or - behind it that
// asks for an install or a removal. g++ and libstdc++ end in a plus themselves.
func aptName(text string) (name, version string) {
	name, version, _ = strings.Cut(text, "=")
	name, _, _ = strings.Cut(name, "/")
	name, _, _ = strings.Cut(name, ":")
	if strings.HasSuffix(name, "+") && !strings.HasSuffix(name, "++") || strings.HasSuffix(name, "-") {
		name = name[:len(name)-1]
	}
	return name, version
}

// rpmName reads name-version-release.arch. Only a version that starts with a
// digit and has a dot counts: java-1.8.0-openjdk and python-2 are names.
func rpmName(text string) (name, version string) {
	name = text
	for _, arch := range []string{".x86_64", ".noarch", ".i686", ".aarch64"} {
		name = strings.TrimSuffix(name, arch)
	}
	for i := 1; i < len(name)-1; i++ {
		if name[i] != '-' || name[i+1] < '0' || name[i+1] > '9' {
			continue
		}
		rest := name[i+1:]
		if v, _, _ := strings.Cut(rest, "-"); strings.Contains(v, ".") && !letterAfterDash(rest) {
			return name[:i], rest
		}
	}
	return name, ""
}

// letterAfterDash reports whether a piece behind a dash starts with a letter:
// then it is still the name.
func letterAfterDash(s string) bool {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '-' && s[i+1]|32 >= 'a' && s[i+1]|32 <= 'z' {
			return true
		}
	}
	return false
}

func pythonVersion(rest string) string {
	rest, _, _ = strings.Cut(rest, ";")
	if i := strings.IndexByte(rest, ']'); i >= 0 && rest[0] == '[' {
		rest = rest[i+1:]
	}
	if strings.HasPrefix(strings.TrimSpace(rest), "@") {
		return ""
	}
	return strings.TrimSpace(strings.TrimLeft(rest, "=<>~! "))
}

// npmName reads [@scope/]name[@version]; user/repository and git addresses are no names of the index.
func npmName(text string) (name, version string, local bool) {
	name = text
	if i := strings.LastIndexByte(text, '@'); i > 0 {
		name, version = text[:i], text[i+1:]
	}
	if v, ok := strings.CutPrefix(version, "npm:"); ok {
		version = v
	}
	local = !strings.HasPrefix(name, "@") && strings.Contains(name, "/") || strings.HasPrefix(text, "git@") || strings.HasPrefix(text, "github:")
	return name, version, local
}
