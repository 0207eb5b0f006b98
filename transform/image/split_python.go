package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// venvPlan is the virtual environment that Python packages are installed into, so that
// they can be copied as a whole.
type venvPlan struct {
	before int // index of the step in front of which it is made
	// system: the interpreter is the distribution's, whose own modules stay visible.
	system bool
}

// venvDir is where the environment is made.
const venvDir = "/opt/venv"

// pythonManagers install packages of Python.
var pythonManagers = []string{"pip", "pipenv", "poetry", "pdm", "uv", "easy_install", "pip-sync"}

// pythonTools are installers and build tools: an application does not import them.
var pythonTools = map[string]bool{"poetry": true, "pipenv": true, "uv": true, "pdm": true, "hatch": true, "virtualenv": true, "pip-tools": true, "pipx": true, "poetry-plugin-export": true, "tox": true, "nox": true, "twine": true, "build": true}

// planPython decides where Python packages go.
func (s *splitPlan) planPython() {
	first, early, own := -1, -1, s.ownVenv()
	project := false // uv sync and its like keep an environment in the project
	var tools []int  // steps that install the installers that the container starts
	for i, step := range s.steps() {
		for _, c := range step.Commands {
			e := c.Effect
			if e.Manager == "conda" {
				s.refuse(c.Call.Span, reasonEcosystem, "conda keeps environments of its own")
			}
			if !slices.Contains(pythonManagers, e.Manager) || e.Verb != "install" && e.Verb != "build" {
				continue
			}
			inProject := slices.ContainsFunc(e.Writes, func(w effect.Path) bool { return w.Known && path.Base(w.Name) == ".venv" })
			why := s.elsewhere(step, c)
			if !why && !step.Before.Root() && !inProject && (own == "" || !s.usesVenv(own, step, c)) {
				s.refuse(c.Call.Span, reasonUserInstall, "%q runs as %s", c.Call.Text(), step.Before.EffectiveUser())
			}
			switch {
			case s.verdict != nil:
				return
			case inProject:
				project = true
			case first < 0 && own == "" && onlyInstallers(e): // they go where what follows goes
				if early < 0 && !onlyPip(e) {
					early = i + 1
				}
			case why || own != "" && (s.usesVenv(own, step, c) || onlyInstallers(e)) || s.onlyTools(e):
			case own == "" && first < 0 && s.startedInstaller(e):
				tools = append(tools, i+1)
			case own != "":
				s.refuse(c.Call.Span, reasonFixedInterpreter, "%q installs past the virtual environment %s", c.Call.Text(), own)
				return
			case first < 0:
				first = i + 1
			}
		}
	}
	if first >= 0 && early >= 0 && !project {
		first = early
	}
	if len(tools) > 0 && !s.installAgain(tools, project && first < 0) {
		first = tools[0]
	}
	if first < 0 {
		if project && own == "" { // what the file makes itself is what everything points to
			s.refuseFixedPython()
		}
		return
	}
	if project {
		s.refuse(s.final.Steps[first].Instruction.Span, reasonFixedInterpreter, "packages go to the system's Python and to an environment in the project")
		return
	}
	if v := pythonOf(s.pass); !v.three && s.final.Base.Language == "python" && !strings.HasPrefix(s.final.Base.Version, "3") && s.final.Base.Version != "" {
		s.refuse(s.final.Steps[first].Instruction.Span, reasonEcosystem, "the Python of %s makes no virtual environments", s.final.Stage.Base)
		return
	}
	s.venv = &venvPlan{before: first, system: s.final.Base.Language != "python"}
	if s.venv.system {
		s.refuseSystemPython(s.final.Steps[first].Instruction)
	}
	s.refuseFixedPython()
	if tool := s.resetsPath(); tool != "" {
		s.refuse(s.final.Steps[first].Instruction.Span, reasonFixedInterpreter, "%s, which the container starts, has a PATH of its own", tool)
	}
	s.root(venvDir)
}

// refuseSystemPython knows Pythons of distributions that make no virtual environments.
func (s *splitPlan) refuseSystemPython(in *dockerfile.Instruction) {
	switch installed, manager := pythonInstalled(s.final), s.systemManager(); {
	case strings.HasPrefix(installed, "2"):
		s.refuse(in.Span, reasonEcosystem, "the file installs Python 2, which makes no virtual environments")
	case slices.Contains([]string{"trusty", "precise", "lucid", "wheezy", "squeeze"}, s.release):
		s.refuse(in.Span, reasonEcosystem, "the Python of %s makes no virtual environments", s.final.Stage.Base)
	case manager != "apt" && (manager != "apk" || installed != "3"):
		s.refuse(in.Span, reasonEcosystem, "virtual environments of the Python of %s are not known well enough", s.final.Stage.Base)
	}
}

// resetsPath finds a program of the start that gives what it runs another PATH, which
// leads past the environment.
func (s *splitPlan) resetsPath() string {
	end := s.final.End()
	ctx := effect.Context{Dir: end.Workdir, Lookup: end.Lookup}
	for _, script := range startScripts(s.pass) {
		for _, step := range effect.Sequence(script, ctx) {
			for _, name := range []string{step.Effect.Privilege, step.Call.Name()} {
				if slices.Contains([]string{"su", "sudo", "runuser", "cron", "crond"}, name) {
					return name
				}
			}
		}
	}
	return ""
}

// ownVenv is the virtual environment that the file makes itself, "" when there is none.
func (s *splitPlan) ownVenv() string {
	for _, step := range s.steps() {
		for _, c := range step.Commands {
			if c.Effect.Tool == "virtualenv" && c.Effect.Verb == "create" || c.Effect.Tool == "uv" && len(c.Effect.Argv) > 1 && c.Effect.Argv[1].Value == "venv" {
				for _, w := range c.Effect.Writes {
					if w.Known {
						return w.Name
					}
				}
				s.refuse(c.Call.Span, reasonUnknownPath, "where the virtual environment lies is not known")
			}
		}
	}
	return ""
}

// usesVenv reports whether a command installs into the environment: it is the
// environment's own, PATH finds that one first, or its script activated it.
func (s *splitPlan) usesVenv(dir string, step transform.Step, c effect.Step) bool {
	if len(c.Effect.Argv) > 0 {
		v, ok := c.Effect.Argv[0].Expand(step.Before.Lookup)
		if ok && strings.Contains(v, "/") && !path.IsAbs(v) {
			v = path.Join(c.Dir, v)
		}
		if ok && strings.HasPrefix(v, dir+"/") {
			return true
		}
	}
	if v, ok := step.Before.Env("VIRTUAL_ENV"); ok && v == dir && c.Effect.Manager != "pip" {
		return true
	}
	for v := range dockerfileEnv(step.Instruction) {
		if v.Name == "PATH" && strings.Contains(v.Value, dir+"/bin") || v.Name == "PATH" && strings.Contains(v.Value, "VIRTUAL_ENV") {
			return true
		}
	}
	return strings.Contains(step.Instruction.Script().Text, dir+"/bin/activate")
}

// dockerfileEnv gives the ENV settings of the stage in front of an instruction.
func dockerfileEnv(at *dockerfile.Instruction) func(func(dockerfile.Setting) bool) {
	return func(yield func(dockerfile.Setting) bool) {
		for _, in := range at.Stage.Instructions {
			if in == at {
				return
			}
			if !in.Is("ENV") {
				continue
			}
			for _, set := range in.Settings() {
				if !yield(set) {
					return
				}
			}
		}
	}
}

// elsewhere reports whether an install goes to a place that the command names, and
// refuses those that go where an environment does not reach.
func (s *splitPlan) elsewhere(step transform.Step, c effect.Step) bool {
	for _, a := range c.Effect.Argv {
		switch {
		case a.Value == "--user":
			s.refuse(c.Call.Span, reasonUserInstall, "%q installs for one user", c.Call.Text())
		case a.Value == "--system" && c.Effect.Manager == "uv":
			s.refuse(c.Call.Span, reasonFixedInterpreter, "uv is told to install into the system's Python")
		case a.Value == "-t" || a.Value == "--target" || strings.HasPrefix(a.Value, "--target=") || a.Value == "--prefix" || strings.HasPrefix(a.Value, "--prefix=") || a.Value == "--root":
			if len(c.Effect.Writes) == 0 || !c.Effect.Writes[0].Known {
				s.refuse(c.Call.Span, reasonUnknownPath, "where %q installs is not known", c.Call.Text())
			}
			return true
		}
	}
	switch argv := c.Effect.Argv; {
	case c.Effect.Tool == "pip" && len(argv) > 1 && (argv[1].Value == "wheel" || argv[1].Value == "download"):
		return true
	case c.Effect.Verb == "build" && !slices.ContainsFunc(argv, func(a dockerfile.Arg) bool { return a.Value == "install" || a.Value == "develop" }):
		return true
	}
	for _, name := range []string{"PIP_TARGET", "PYTHONUSERBASE", "PIP_USER", "UV_SYSTEM_PYTHON", "PIP_PREFIX", "UV_PROJECT_ENVIRONMENT", "PYTHONHOME"} {
		if v, ok := step.Before.Lookup(name); ok && v != "" && v != "0" {
			s.refuse(c.Call.Span, reasonFixedInterpreter, "%s says where packages go", name)
		}
	}
	return false
}

// onlyInstallers reports whether a command renews what installs, and nothing else.
func onlyInstallers(e effect.Effect) bool {
	return len(e.Installs) > 0 && !slices.ContainsFunc(e.Installs, func(p effect.Package) bool {
		return !slices.Contains([]string{"pip", "setuptools", "wheel", "virtualenv"}, strings.ToLower(p.Name))
	})
}

// onlyPip reports whether a command renews pip alone, which nothing imports.
func onlyPip(e effect.Effect) bool {
	return !slices.ContainsFunc(e.Installs, func(p effect.Package) bool { return !strings.EqualFold(p.Name, "pip") })
}

// onlyTools reports whether a command installs nothing but installers that the container
// does not start: they stay with the builder's own interpreter.
func (s *splitPlan) onlyTools(e effect.Effect) bool {
	if len(e.Installs) == 0 || e.Manager != "pip" || slices.ContainsFunc(e.Argv, func(a dockerfile.Arg) bool { return a.Value == "-r" || strings.HasPrefix(a.Value, "--requirement") }) {
		return false
	}
	for _, p := range e.Installs {
		if !pythonTools[strings.ToLower(p.Name)] {
			return false
		}
		for name := range s.needs {
			if path.Base(name) == p.Name {
				return false
			}
		}
	}
	return true
}

// startedInstaller reports whether a command installs nothing but an installer that the
// container starts, as in uv run.
func (s *splitPlan) startedInstaller(e effect.Effect) bool {
	if e.Manager != "pip" || len(e.Installs) == 0 || s.final.Base.Language != "python" {
		return false
	}
	return !slices.ContainsFunc(e.Installs, func(p effect.Package) bool {
		return p.Local || !slices.Contains([]string{"uv", "poetry", "pipenv", "pdm"}, p.Name)
	})
}

// installAgain installs those installers once more beside the environment of the project, when there is one:
// they need no compiler.
func (s *splitPlan) installAgain(steps []int, project bool) bool {
	if !project {
		return false
	}
	for _, i := range steps {
		for _, c := range s.final.Steps[i].Commands {
			if !s.startedInstaller(c.Effect) {
				continue
			}
			for _, p := range c.Effect.Installs {
				command := "pip install " + p.Name
				if p.Version != "" {
					command += "==" + p.Version
				}
				if !slices.Contains(s.setup, command) {
					s.setup = append(s.setup, command)
				}
			}
		}
	}
	return true
}

// fixedPython finds the interpreter, its packages and the programs that they bring by their full path.
var fixedPython = lazily(`/usr/local/lib/python[0-9.]*|/usr/lib/python3?[0-9.]*/(?:site|dist)-packages|/usr(?:/local)?/bin/(?:python|pip|gunicorn|celery|uwsgi|uvicorn|flask|django-admin|hypercorn|daphne|alembic|supervisord|streamlit|jupyter|airflow|scrapy)[0-9.]*\b`)

// ofPackage reports whether a program is one of the system's packages, beside an interpreter that lies
// elsewhere: /usr/bin/supervisord of supervisor.
func (s *splitPlan) ofPackage(name string) bool {
	program, ok := strings.CutPrefix(name, "/usr/bin/")
	return ok && s.final.Base.Language == "python" && slices.ContainsFunc(s.final.Packages, func(p transform.Installed) bool {
		return slices.Contains(systemManagers, p.Manager) && strings.HasPrefix(program, p.Name)
	})
}

// refuseFixedPython finds what would go past the environment.
func (s *splitPlan) refuseFixedPython() {
	for _, step := range s.final.Steps {
		in := step.Instruction
		if !in.Is("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ENV", "COPY", "ADD", "VOLUME") {
			continue
		}
		if m := fixedPython.FindString(in.ArgsText()); m != "" && !s.ofPackage(m) {
			s.refuse(in.Span, reasonFixedInterpreter, "%s names %s", in.Keyword, m)
			return
		}
	}
	at := s.final.Stage.From.Span
	for _, svc := range s.pass.Usage.Services {
		for _, word := range append(append([]string{}, svc.Command...), svc.Entrypoint...) {
			if m := fixedPython.FindString(word); m != "" && !s.ofPackage(m) {
				s.refuse(at, reasonFixedInterpreter, "the service %s names %s", svc.Name, m)
			}
		}
		for _, m := range svc.Mounts {
			if fixedPython.MatchString(m.Path) {
				s.refuse(at, reasonFixedInterpreter, "the service %s mounts %s", svc.Name, m.Path)
			}
		}
	}
	s.sources([]string{".sh", ".conf", ".ini", ".cfg", ".py", ".service", ""}, func(name, text string) {
		if m := fixedPython.FindString(text); m != "" && !s.ofPackage(m) && s.verdict == nil && !strings.HasPrefix(name, "docs/") && (path.Ext(name) != ".py" || strings.HasPrefix(text, "#!"+m)) {
			s.refuse(at, reasonFixedInterpreter, "%s names %s", name, m)
		}
	})
}

// planned reports whether another part of the plan takes care of a command: installs of
// language packages, whose results lie where that part says.
func (s *splitPlan) planned(c effect.Step) bool {
	e := c.Effect
	switch {
	case slices.Contains(pythonManagers, e.Manager):
		s.rootWrites(e, "build") // pip wheel -w /wheels, --target
	case slices.Contains([]string{"npm", "yarn", "pnpm", "corepack", "bower"}, e.Manager) && e.Opaque == "":
		s.rootWrites(e, "")
	case e.Manager == "go":
	default:
		return false
	}
	return true
}

// rootWrites copies what a command writes, but for scratch space and directories of a name.
func (s *splitPlan) rootWrites(e effect.Effect, but string) {
	for _, w := range e.Writes {
		switch {
		case !w.Known:
		case s.inApp(w.Name):
			s.root(s.app)
		case !under(temporary, w.Name) && path.Base(w.Name) != but:
			s.root(w.Name)
		}
	}
}
