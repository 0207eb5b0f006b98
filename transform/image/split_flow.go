package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

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
	dest, ok := step.Destination()
	switch {
	case s.onlyInstalls(in):
		s.leave(path.Base(in.Args[0].Value))
	case !ok:
		s.refuse(in.Span, reasonUnknownPath, "where %s puts its files is not known", in.Keyword)
	case under(s.built, dest) && !s.inApp(dest):
	case under(temporary, dest) && !under([]string{"/usr/src"}, dest):
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
	if s.app == "" && s.final.Base.Workdir == dest && dest != "" && !path.IsAbs(in.Args[len(in.Args)-1].Value) {
		s.refuse(in.Span, reasonNoDirectory, "there is no WORKDIR, and %s puts the project into %s", in.Keyword, dest)
		return
	}
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
	case e.Tool == "make" && e.Verb == "build" && s.leadsOut(c):
		s.refuse(at, reasonUnknownPath, "%q may write outside of the project", c.Call.Text())
		return
	case e.Tool == "make" && e.Verb == "install" && e.NeedsRoot:
		s.refuse(at, reasonSystemTree, "%q installs into directories of the system", c.Call.Text())
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
			d, _ := r.Destination()
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

// leadsOut reports whether a variable that make is given names a directory outside of the
// application's: PREFIX=/usr.
func (s *splitPlan) leadsOut(c effect.Step) bool {
	return slices.ContainsFunc(c.Effect.Argv, func(a dockerfile.Arg) bool {
		_, value, ok := strings.Cut(a.Value, "=")
		return ok && path.IsAbs(value) && !s.inApp(path.Clean(value))
	})
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
	case e.Verb == "run" && slices.Contains(scriptRunners, e.Manager):
	case goGenerators[e.Tool] && s.final.Base.Language == "golang":
	case e.Tool == "make":
	case e.Tool == "npx" && browserTools[firstOperand(e)]:
		s.refuse(c.Call.Span, reasonUserInstall, "%q keeps browsers in a home directory, and their libraries in the system's", c.Call.Text())
		return true
	case slices.Contains([]string{"npx", "gulp", "grunt", "turbo", "nx", "lerna", "bunx"}, e.Tool):
	default:
		return false
	}
	s.root(s.app)
	return true
}
