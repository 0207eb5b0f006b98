package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// systemManagers are the package managers of distributions.
var systemManagers = []string{"apt", "apk", "dnf", "yum", "microdnf", "tdnf", "zypper", "pacman"}

// portable are commands that do in the runtime stage what they do in the builder: they
// need nothing but the basic tools of a distribution.
var portable = map[string]bool{
	"mkdir": true, "chmod": true, "chown": true, "chgrp": true, "touch": true, "ln": true, "echo": true, "printf": true, "true": true, "test": true, "cd": true, "set": true, "export": true,
	"useradd": true, "groupadd": true, "adduser": true, "addgroup": true, "usermod": true, "install": true, "umask": true, "id": true, "ls": true, "pwd": true, "exit": true,
}

// inProject are commands that do so on files of the application's own directory.
var inProject = map[string]bool{"rm": true, "cp": true, "mv": true, "sed": true, "cat": true, "tee": true, "find": true, "tr": true, "xargs": true, "grep": true}

// findPoint finds the first instruction that can be part of the runtime stage as it
// stands: the one behind the last that builds.
func (s *splitPlan) findPoint() {
	s.app = ownDir(s.final)
	if s.app == "/" || sharedRoot(s.app) {
		s.app = ""
	}
	s.widen()
	s.point = 1
	for i, step := range s.final.Steps {
		if in := step.Instruction; in.Is("RUN") && !s.runsAnywhere(step) {
			s.point = i + 1
		}
	}
	if s.point == 1 {
		// nothing is built: another base alone is the runtime-base rule's
		f := transform.Done(s.final.Stage.From.Span, "the stage builds nothing")
		s.verdict = &f
	}
	if at := s.final.Steps[s.point-1].Before; !at.Root() {
		s.findUser(at)
	}
}

// widen takes the directory that the project was copied to for the application's, when the
// container starts in one below it: packages of a workspace name each other.
func (s *splitPlan) widen() {
	for _, step := range s.final.Steps {
		in := step.Instruction
		if _, _, from := in.Flag("from"); from || !in.Is("COPY", "ADD") || len(in.Args) < 2 {
			continue
		}
		dest, ok := step.Path(in.Args[len(in.Args)-1].Value)
		if ok && s.app != "" && dest != "/" && !sharedRoot(dest) && !systemShared(dest) && path.Dir(dest) != dest && strings.HasPrefix(s.app, dest+"/") {
			s.app = dest
		}
	}
}

// findUser notes the user that the builder ends with: the runtime stage goes on as that one.
func (s *splitPlan) findUser(at transform.State) {
	for _, step := range s.final.Steps[:s.point] {
		if step.Instruction.Is("USER") {
			s.user = step.Instruction
		}
	}
	if s.user == nil {
		s.refuse(s.final.Stage.From.Span, reasonUserInstall, "the base image runs as %s", at.EffectiveUser())
	} else if !plainName(strings.ReplaceAll(s.user.ArgsText(), ":", "")) {
		s.refuse(s.user.Span, reasonUserInstall, "USER %s is not one name", s.user.ArgsText())
	}
}

// runsAnywhere reports whether a RUN does the same in the runtime stage.
func (s *splitPlan) runsAnywhere(step transform.Step) bool {
	in := step.Instruction
	if in.Script().Opaque != "" || in.Script().Argv != nil || len(in.Heredocs) > 0 || len(step.Commands) == 0 {
		return false
	}
	for _, c := range step.Commands {
		e := c.Effect
		if e.Opaque != "" || len(e.Installs) > 0 || e.Manager != "" {
			return false
		}
		if portable[e.Tool] || e.Tool == "" && len(e.Argv) == 0 {
			continue
		}
		if !inProject[e.Tool] || !s.allInProject(e.Reads, e.Writes, e.Deletes) {
			return false
		}
	}
	return true
}

func (s *splitPlan) allInProject(lists ...[]effect.Path) bool {
	for _, p := range slices.Concat(lists...) {
		if s.app == "" || !p.Known || !under([]string{s.app}, p.Name) {
			return false
		}
	}
	return true
}

// temporary are places whose content the runtime stage does without: scratch space, caches
// and logs of the build.
var temporary = []string{"/tmp", "/var/tmp", "/var/cache", "/var/log", "/var/lib/apt", "/var/lib/dpkg", "/root/.cache", "/root/.npm", "/root/.config", "/root/.gnupg", "/root/.ssh", "/root/.yarn", "/root/.local/share/pnpm", "/root/.wget-hsts", "/root/.gitconfig",
	"/dev", "/proc", "/sys", "/run", "/usr/src", "/usr/share/doc", "/usr/share/man", "/usr/share/locale", "/etc/apt"}

// scratch are places that no image keeps anything in.
var scratch = []string{"/usr/share/man", "/usr/share/doc", "/tmp", "/var/tmp", "/root", "/proc", "/sys", "/dev"}

// follow goes through the steps of the builder: what each leaves behind is copied, done
// again, or reason not to split.
func (s *splitPlan) follow() {
	for i, step := range s.steps() {
		in := step.Instruction
		switch {
		case in.Is("COPY", "ADD"):
			s.followCopy(step)
		case in.Is("RUN"):
			s.followRun(step, s.final.Steps[i+1:s.point])
		case in.Is("SHELL") && in.Shell().Opaque() != "":
			s.refuse(in.Span, reasonOpaqueCommand, "%s", in.Shell().Opaque())
		}
		if s.verdict != nil {
			return
		}
	}
	s.settleRoots()
}

// followCopy keeps what is copied into the builder for the runtime stage.
func (s *splitPlan) followCopy(step transform.Step) {
	in := step.Instruction
	if len(in.Args) < 2 {
		return
	}
	dest, ok := step.Path(in.Args[len(in.Args)-1].Value)
	switch {
	case !ok:
		s.refuse(in.Span, reasonUnknownPath, "where %s puts its files is not known", in.Keyword)
	case under(s.built, dest) && !s.inApp(dest):
	case under(temporary, dest) && dest != "/usr/src/app" && !under([]string{"/usr/src"}, dest):
	case s.inApp(dest):
		s.project()
	case dest == "/":
		s.refuse(in.Span, reasonNoDirectory, "%s puts files into /", in.Keyword)
	case sharedRoot(dest) || strings.HasSuffix(in.Args[len(in.Args)-1].Value, "/") && systemPath(dest) || systemPath(dest) && !slices.Contains([]string{"/opt", "/srv"}, "/"+strings.SplitN(dest[1:], "/", 2)[0]):
		s.repeat(step, dest)
	default:
		s.root(dest)
	}
}

// inApp reports whether a path belongs to the application's directory.
func (s *splitPlan) inApp(name string) bool { return s.app != "" && under([]string{s.app}, name) }

// project notes that the application's directory is copied, where not parts of it are enough.
func (s *splitPlan) project() {
	if !s.goOnly {
		s.root(s.app)
	}
}

// repeat copies once more, into a directory of the system that is not copied as a whole.
func (s *splitPlan) repeat(step transform.Step, dest string) {
	in := step.Instruction
	if !path.IsAbs(in.Args[len(in.Args)-1].Value) || len(in.Comments) > 0 {
		s.refuse(in.Span, reasonUnknownPath, "%s puts files into %s, named from where it stands", in.Keyword, dest)
		return
	}
	if in.Is("ADD") && len(in.Args) == 2 && remoteSource(in.Args[0].Value) && !strings.HasSuffix(in.Args[1].Value, "/") && !sharedRoot(dest) {
		s.root(dest)
		return
	}
	for _, a := range in.Args[:len(in.Args)-1] {
		if _, why := addsMore(s.pass, step, a.Value); in.Is("ADD") && why != "" {
			s.refuse(in.Span, reasonSystemTree, "ADD may unpack or fetch into %s: %s", dest, why)
			return
		}
	}
	s.repeated = append(s.repeated, step)
}

// root notes a path that is copied.
func (s *splitPlan) root(name string) {
	if !slices.Contains(s.roots, name) {
		s.roots = append(s.roots, name)
	}
}

func (s *splitPlan) followRun(step transform.Step, later []transform.Step) {
	in := step.Instruction
	script := in.Script()
	if script.Opaque != "" {
		s.refuse(in.Span, reasonOpaqueCommand, "%s", script.Opaque)
		return
	}
	for n, c := range step.Commands {
		s.followCommand(step, c, step.Commands[n+1:], later)
		if s.verdict != nil {
			return
		}
	}
}

func (s *splitPlan) followCommand(step transform.Step, c effect.Step, rest []effect.Step, later []transform.Step) {
	e := c.Effect
	at := c.Call.Span
	switch {
	case e.Opaque != "" && s.installer(c):
		return
	case e.Manager == "" && (len(e.Installs) > 0 || len(e.Caches) > 0 || shellName(e.Tool)) && !e.Pure:
		s.refuse(at, reasonOpaqueCommand, "%q runs other commands", c.Call.Text())
		return
	case e.Opaque != "" && !s.confined(c):
		s.refuse(at, reasonOpaqueCommand, "%s", e.Opaque)
		return
	case slices.Contains(systemManagers, e.Manager), s.planned(c), e.Pure:
		return
	case len(e.Users) > 0 || len(e.Groups) > 0:
		s.again(&s.setup, step, c)
		return
	case foreignTools[e.Tool]: // planPackages looks at what comes from there
		return
	case e.Tool == "ldconfig", localeTools[e.Tool] && s.hasLocales(e):
		s.again(&s.handover, step, c)
		return
	}
	for _, w := range e.Writes {
		if e.Tool == "ln" && w.Known && !s.inApp(w.Name) && !under(temporary, w.Name) {
			s.again(&s.handover, step, c)
			return
		}
		s.followWrite(step, c, w, rest, later)
	}
	for _, o := range e.Owners {
		switch {
		case !s.shipped(o.Path):
		case o.Path.Known && !s.filled(step, o.Path.Name): // empty yet: it belongs to its user before anything is put there
			s.again(&s.setup, step, c)
			s.relative = s.relative || s.madeByWorkdir(o.Path.Name)
			return
		default:
			s.again(&s.handover, step, c)
			return
		}
	}
	for _, m := range e.Modes {
		// what is copied keeps its mode; what is copied once more does not
		if m.Path.Known && slices.ContainsFunc(s.repeated, func(r transform.Step) bool {
			d, _ := r.Path(r.Instruction.Args[len(r.Instruction.Args)-1].Value)
			return under([]string{d}, m.Path.Name)
		}) {
			s.again(&s.handover, step, c)
			return
		}
	}
	if e.NeedsRoot && len(e.Writes) == 0 && len(e.Owners) == 0 && len(e.Deletes) == 0 {
		s.refuse(at, reasonSystemTree, "%q changes the system", c.Call.Text())
	}
}

// localeTools make locales and time zones of what their packages bring.
var localeTools = map[string]bool{"locale-gen": true, "localedef": true, "update-locale": true, "dpkg-reconfigure": true, "update-ca-certificates": true}

// hasLocales reports whether the runtime stage has what the tool of localeTools works with.
func (s *splitPlan) hasLocales(e effect.Effect) bool {
	want := []string{"locales", "locales-all"}
	switch {
	case e.Tool == "update-ca-certificates":
		want = []string{"ca-certificates"}
	case e.Tool == "dpkg-reconfigure" && hasWord(e, "tzdata"):
		want = []string{"tzdata"}
	}
	return slices.ContainsFunc(want, func(name string) bool {
		return s.runtimeHas(name) || slices.ContainsFunc(s.final.Packages, func(p transform.Installed) bool { return p.Name == name })
	})
}

// foreignTools set repositories up.
var foreignTools = map[string]bool{"apt-key": true, "add-apt-repository": true, "yum-config-manager": true}

// installers are scripts from the network that set a repository up, or install a tool into a
// home directory: what they are for is known, by their projects' documentation.
var installers = []struct{ url, tool string }{
	{"nodesource.com/setup", ""}, {"install.python-poetry.org", "poetry"}, {"raw.githubusercontent.com/python-poetry/poetry", "poetry"}, {"raw.githubusercontent.com/sdispater/poetry", "poetry"},
	{"astral.sh/uv", "uv"}, {"bootstrap.pypa.io", "pip"}, {"get.pnpm.io", "pnpm"}, {"yarnpkg.com/install.sh", "yarn"}, {"raw.githubusercontent.com/golang/dep", "dep"}, {"glide.sh", "glide"},
}

// installer reports whether an opaque command is the script of a known installer whose tool does
// not run in the container.
func (s *splitPlan) installer(c effect.Step) bool {
	if c.Call.Script.Instruction == nil || !c.Call.Pipe && !c.Call.Subst {
		return false
	}
	text := c.Call.Script.Text
	for _, known := range installers {
		if strings.Contains(text, known.url) && (known.tool == "" || known.tool == "pip" || !s.needsTool(known.tool)) {
			return true
		}
	}
	return false
}

// shipped reports whether a path is one that the runtime stage has. One that is not known
// may be.
func (s *splitPlan) shipped(p effect.Path) bool {
	return !p.Known || s.inApp(p.Name) || under(s.roots, p.Name) || under(s.made, p.Name) || slices.ContainsFunc(s.roots, func(r string) bool { return under([]string{p.Name}, r) })
}

// madeByWorkdir reports whether a directory is there because WORKDIR made it.
func (s *splitPlan) madeByWorkdir(name string) bool {
	return slices.ContainsFunc(s.steps(), func(step transform.Step) bool {
		if !step.Instruction.Is("WORKDIR") {
			return false
		}
		dir, ok := step.Path(step.Instruction.Args[0].Value)
		return ok && under([]string{name}, dir)
	}) && !slices.ContainsFunc(s.setup, func(command string) bool {
		return strings.HasPrefix(command, "mkdir ") && strings.HasSuffix(command, " "+name)
	})
}

// filled reports whether anything but an empty directory is below a path in front of a step.
func (s *splitPlan) filled(until transform.Step, name string) bool {
	for _, step := range s.steps() {
		in := step.Instruction
		if in == until.Instruction {
			return false
		}
		if in.Is("COPY", "ADD") && len(in.Args) > 1 {
			if dest, ok := step.Path(in.Args[len(in.Args)-1].Value); !ok || under([]string{name}, dest) || under([]string{dest}, name) {
				return true
			}
		}
		for _, c := range step.Commands {
			for _, w := range c.Effect.Writes {
				if w.Kind != effect.Dir && (!w.Known || under([]string{name}, w.Name) || under([]string{w.Name}, name)) {
					return true
				}
			}
		}
	}
	return false
}

// handedOver reports whether a later command of the script gives a directory to somebody.
func (s *splitPlan) handedOver(rest []effect.Step, name string) bool {
	return slices.ContainsFunc(rest, func(c effect.Step) bool {
		return slices.ContainsFunc(c.Effect.Owners, func(o effect.Owner) bool { return o.Path.Known && under([]string{o.Path.Name}, name) })
	})
}

// followWrite keeps what a command writes.
func (s *splitPlan) followWrite(step transform.Step, c effect.Step, w effect.Path, rest []effect.Step, later []transform.Step) {
	name := strings.TrimSuffix(w.Name, "/*")
	switch {
	case !w.Known:
		if strings.HasPrefix(w.Name, "$") || !s.deletedLater(w, rest, later) {
			s.refuse(c.Call.Span, reasonUnknownPath, "where %q writes is not known", c.Call.Text())
		}
	case s.deletedLater(w, rest, later):
	case s.inApp(name) && w.Kind == effect.Dir && c.Effect.Tool == "mkdir" && s.handedOver(rest, name):
		s.again(&s.setup, step, c)
	case s.inApp(name):
		s.project()
	case w.Kind == effect.Dir && (c.Effect.Tool == "mkdir" || c.Effect.Tool == "install") && !under(scratch, name) && name != "/usr/src":
		s.made = append(s.made, name)
		s.again(&s.setup, step, c)
	case under(temporary, name), under(s.built, name):
	case !plainPath(name):
		s.refuse(c.Call.Span, reasonUnknownPath, "%q is not written down as it is", name)
	case belowRoot(name):
		s.refuse(c.Call.Span, reasonUserInstall, "%q writes into root's home directory", c.Call.Text())
	case w.Kind == effect.File && strings.HasPrefix(name, "/etc/") && !accounts[name]:
		s.root(name)
	case (sharedRoot(name) || systemShared(name)) && s.rootsInto(c, name):
	case w.Kind == effect.Glob || sharedRoot(name) || systemShared(name):
		s.refuse(c.Call.Span, reasonSystemTree, "%q writes into %s", c.Call.Text(), name)
	default:
		s.root(name)
	}
}

// rootsInto keeps what a command copies into a directory of the system, file by file.
func (s *splitPlan) rootsInto(c effect.Step, dir string) bool {
	e := c.Effect
	if !slices.Contains([]string{"cp", "mv", "install"}, e.Tool) || len(e.Reads) == 0 {
		return false
	}
	var names []string
	for _, r := range e.Reads {
		base := path.Base(r.Name)
		if r.Kind == effect.Glob || strings.ContainsAny(base, "$*?[`\"'") || base == "." || base == "/" || strings.HasSuffix(r.Name, "/.") || !plainPath("/"+base) {
			return false
		}
		names = append(names, path.Join(dir, base))
	}
	for _, name := range names {
		s.root(name)
	}
	return true
}

// accounts are files that every image has of its own, or that the engine writes.
var accounts = map[string]bool{"/etc/passwd": true, "/etc/group": true, "/etc/shadow": true, "/etc/gshadow": true, "/etc/hosts": true, "/etc/resolv.conf": true, "/etc/hostname": true, "/etc/mtab": true, "/etc/ld.so.cache": true, "/etc/localtime": true}

// systemShared knows directories that many packages have files in.
func systemShared(dir string) bool {
	switch dir {
	case "/usr/local/sbin", "/usr/local/share", "/usr/local/include", "/usr/local/etc", "/usr/sbin", "/usr/share", "/usr/lib/x86_64-linux-gnu", "/usr/include", "/lib64", "/var/www", "/root", "/var/log", "/etc/ssl", "/etc/ssl/certs", "/usr/local/lib/node_modules":
		return true
	}
	return false
}

// deletedLater reports whether the build removes a path again.
func (s *splitPlan) deletedLater(w effect.Path, rest []effect.Step, later []transform.Step) bool {
	gone := func(steps []effect.Step) bool {
		return slices.ContainsFunc(steps, func(c effect.Step) bool {
			return slices.ContainsFunc(c.Effect.Deletes, func(d effect.Path) bool {
				return d.Name == w.Name || d.Known && w.Known && (under([]string{strings.TrimSuffix(d.Name, "/*")}, w.Name) || d.Kind == effect.Glob && matches(d.Name, w.Name))
			})
		})
	}
	return gone(rest) || slices.ContainsFunc(later, func(step transform.Step) bool { return gone(step.Commands) })
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

// again notes a command that the runtime stage runs once more, as it is written. It must
// run always, and mean the same there.
func (s *splitPlan) again(list *[]string, step transform.Step, c effect.Step) {
	call := c.Call
	text := strings.Join(strings.Fields(call.Text()), " ")
	if call.Where != (dockerfile.Where{}) && !call.Conditional || call.Loop || call.Function || call.Subst || call.Pipe || call.Background || call.Negated || strings.ContainsAny(text, "`\n#") || strings.Contains(text, "$(") || len(call.Assign) > 0 {
		s.refuse(call.Span, reasonOpaqueCommand, "whether and how %q runs depends on its script", text)
		return
	}
	if call.Conditional {
		text = s.alternative(call)
	}
	relative := false
	for _, a := range call.Args[min(1, len(call.Args)):] {
		here := !strings.HasPrefix(a.Value, "/") && !strings.HasPrefix(a.Value, "-") && (strings.ContainsAny(a.Value, "/.") || c.Effect.Tool == "mkdir")
		relative = relative || here
		if here && c.Dir != s.final.Steps[s.point-1].Before.Workdir {
			s.refuse(call.Span, reasonUnknownPath, "%q names a path from %s", text, c.Dir)
			return
		}
		if !a.Literal && !s.fromFile(step, a.Text) {
			s.refuse(call.Span, reasonUnknownPath, "%q depends on a variable of its script", text)
			return
		}
	}
	if !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
	s.relative = s.relative || relative
}

// alternative is a command behind ||, with the one in front of it.
func (s *splitPlan) alternative(call *dockerfile.Call) string {
	s.refuse(call.Span, reasonOpaqueCommand, "whether %q runs depends on the command in front of it", call.Text())
	return ""
}

// fromFile reports whether all variables of a word are ENV or ARG of the file.
func (s *splitPlan) fromFile(step transform.Step, text string) bool {
	for _, part := range strings.Split(text, "$")[1:] {
		name := strings.TrimLeft(part, "{")
		n := 0
		for n < len(name) && (name[n] == '_' || name[n]|32 >= 'a' && name[n]|32 <= 'z' || n > 0 && name[n] >= '0' && name[n] <= '9') {
			n++
		}
		if _, ok := step.Before.Lookup(name[:n]); !ok {
			return false
		}
	}
	return true
}

// confined reports whether an opaque command is a build step of the project: it works in
// the application's directory, which is copied as a whole.
func (s *splitPlan) confined(c effect.Step) bool {
	e := c.Effect
	if !s.inApp(c.Dir) {
		return false
	}
	switch {
	case knownScript(s.pass, c):
	case e.Verb == "run" && slices.Contains([]string{"npm", "yarn", "pnpm", "bun"}, e.Manager):
	case e.Tool == "make":
	case slices.Contains([]string{"npx", "gulp", "grunt", "turbo", "nx", "lerna", "bunx"}, e.Tool):
	default:
		return false
	}
	s.root(s.app)
	return true
}

// settleRoots leaves out what others hold, and what a later COPY of the runtime stage brings anyway.
func (s *splitPlan) settleRoots() {
	s.roots = slices.DeleteFunc(s.roots, func(r string) bool {
		return slices.ContainsFunc(s.roots, func(other string) bool { return other != r && under([]string{other}, r) })
	})
	if s.app != "" && slices.Contains(s.roots, s.app) && s.broughtLater() {
		s.roots = slices.DeleteFunc(s.roots, func(r string) bool { return r == s.app })
	}
}

// broughtLater reports whether the runtime stage copies the whole build context into the
// application's directory, and the builder puts nothing there but parts of it.
func (s *splitPlan) broughtLater() bool {
	if !slices.ContainsFunc(s.final.Steps[s.point:], func(step transform.Step) bool { return s.bringsAll(step) }) {
		return false
	}
	for _, step := range s.steps() {
		in := step.Instruction
		if in.Is("COPY", "ADD") && !s.sameInContext(step) {
			return false
		}
		for _, c := range step.Commands {
			for _, w := range c.Effect.Writes {
				if !w.Known || s.inApp(w.Name) {
					return false
				}
			}
			if c.Effect.Opaque != "" {
				return false
			}
		}
	}
	return true
}

// bringsAll reports whether a step is COPY . into the application's directory.
func (s *splitPlan) bringsAll(step transform.Step) bool {
	in := step.Instruction
	if _, _, from := in.Flag("from"); from || !in.Is("COPY", "ADD") || len(in.Args) != 2 {
		return false
	}
	dest, ok := step.Path(in.Args[1].Value)
	src := path.Clean("/" + in.Args[0].Value)
	return ok && src == "/" && dest == s.app
}

// sameInContext reports whether a COPY puts files where COPY . puts them as well.
func (s *splitPlan) sameInContext(step transform.Step) bool {
	in := step.Instruction
	if _, _, from := in.Flag("from"); from || len(in.Args) < 2 || len(in.Heredocs) > 0 {
		return false
	}
	last := in.Args[len(in.Args)-1].Value
	dest, ok := step.Path(last)
	if !ok {
		return false
	}
	if !s.inApp(dest) {
		return true // elsewhere: followed by itself
	}
	for _, a := range in.Args[:len(in.Args)-1] {
		src := path.Clean("/" + a.Value)
		want := path.Join(s.app, src)
		asFile := dest == want || matches(want, dest)
		asDir := dest == path.Dir(want)
		if strings.Contains(src, "$") || !asFile && !asDir {
			return false
		}
	}
	return true
}
