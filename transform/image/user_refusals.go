package image

import (
	"fmt"
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// Reasons for which an image keeps running as root.
var (
	reasonWindows      = transform.Reason{Code: "windows", Text: "a Windows image."}
	reasonVariableUser = transform.Reason{Code: "variable-user", Text: "USER depends on a variable, so the file already lets somebody choose."}
	reasonSeveralUsers = transform.Reason{Code: "several-users", Text: "the file makes several users and uses none; which one is meant cannot be told."}
	reasonUnknownBase  = transform.Reason{Code: "unknown-base", Text: "nothing is known of the base image: neither which tools make users there nor which user it runs as."}
	reasonTakenID      = transform.Reason{Code: "taken-id", Text: "the uid or gid is taken in the image."}
	reasonDrops        = transform.Reason{Code: "drops-privileges", Text: "the container starts as root on purpose and drops privileges itself (gosu, su-exec, setpriv, su, PUID/PGID)."}
	reasonBaseDrops    = transform.Reason{Code: "base-drops-privileges", Text: "the entrypoint of the base image starts as root and drops privileges itself (postgres, redis, nginx …)."}
	reasonInit         = transform.Reason{Code: "init-system", Text: "an init system or supervisor that starts services as other users is the main process."}
	reasonDaemon       = transform.Reason{Code: "daemon", Text: "a daemon that needs its own configuration to run unprivileged is installed (nginx, apache2, cron, sshd, postfix …)."}
	reasonDocker       = transform.Reason{Code: "docker", Text: "the image drives a Docker Engine, whose socket belongs to root."}
	reasonInteractive  = transform.Reason{Code: "interactive", Text: "the image starts a shell or waits for one: a tool or a development environment for a person."}
	reasonSourceMount  = transform.Reason{Code: "source-mount", Text: "every service that runs the image mounts source code of the host over the application's directory: it is used to develop in."}
	reasonNoCommand    = transform.Reason{Code: "no-command", Text: "the file has neither CMD nor ENTRYPOINT: other images may be built on it, and what runs is not known."}
	reasonOnBuild      = transform.Reason{Code: "onbuild", Text: "ONBUILD instructions run in other images, as the user that this one leaves them."}
	reasonRootHome     = transform.Reason{Code: "root-home", Text: "something that is needed at run time lies below /root, which no other user may enter."}
	reasonNeedsRoot    = transform.Reason{Code: "start-needs-root", Text: "what runs at start does what only root can: installs, changes owners, writes below /etc."}
	reasonPrivateFiles = transform.Reason{Code: "private-files", Text: "files are made readable for their owner only, and it is not known who must read them."}
	reasonOtherOwner   = transform.Reason{Code: "other-owner", Text: "the file gives files to another user than the one that would be used, so something in the container runs as that user."}
	reasonNoPlace      = transform.Reason{Code: "no-place", Text: "no place in the file is fit for the user: the stage is not root where the user would have to be made."}
)

// refuseUser finds the first reason to leave the user alone.
func refuseUser(p *transform.Pass) *transform.Finding {
	for _, test := range []func(*transform.Pass) *transform.Finding{
		refuseBase, refuseOnBuild, refuseDevelopment, refuseSocket, refuseCommand, refusePackages, refuseVariables, refuseScripts, refuseRootHome, refusePrivateFiles,
	} {
		if f := test(p); f != nil {
			return f
		}
	}
	return nil
}

func refuseBase(p *transform.Pass) *transform.Finding {
	final := p.Facts.Final()
	b := final.Base
	at := final.Stage.From.Span
	switch {
	case b == nil:
		return nil
	case b.Docker:
		return refusal(at, reasonDocker, "%s runs or drives a Docker Engine", b.Image)
	case b.Interactive:
		return refusal(at, reasonInteractive, "%s is a development environment", b.Image)
	case b.Init:
		return refusal(at, reasonInit, "%s starts an init system", b.Image)
	case b.Lambda:
		return refusal(at, reasonBaseDrops, "the platform that runs %s chooses the user", b.Image)
	case b.Drops != "":
		return refusal(at, reasonBaseDrops, "%s drops privileges by itself (%s)", b.Image, b.Drops)
	case b.Daemon:
		return refusal(at, reasonBaseDrops, "%s starts its service as root and runs the workers as another user", b.Image)
	}
	return nil
}

func refuseOnBuild(p *transform.Pass) *transform.Finding {
	for _, in := range p.Facts.Final().Stage.Instructions {
		if in.Is("ONBUILD") {
			return refusal(in.Span, reasonOnBuild, "ONBUILD %s runs in the images built on this one", in.OnBuild.Keyword)
		}
	}
	return nil
}

// refuseSocket looks for the Docker Engine's socket among compose's mounts.
func refuseSocket(p *transform.Pass) *transform.Finding {
	for _, svc := range p.Usage.Services {
		for _, m := range svc.Mounts {
			if path.Base(m.Path) == "docker.sock" {
				return refusal(p.Facts.Final().Stage.From.Span, reasonDocker, "%s:%d mounts %s", svc.File, svc.Line, m.Path)
			}
		}
	}
	return nil
}

// shells are programs that wait for a person when they are started without arguments.
var shells = map[string]bool{"bash": true, "sh": true, "ash": true, "zsh": true, "dash": true, "fish": true, "ksh": true, "login": true, "tmux": true, "screen": true}

// prompts are the programs that images of languages start when they are told nothing else.
var prompts = map[string]bool{"node": true, "python3": true, "pypy3": true, "irb": true, "php": true, "jshell": true, "iex": true, "ghci": true, "R": true, "bun": true, "gradle": true, "mvn": true, "perl": true, "uv": true, "eval": true, "julia": true, "lua": true}

// startsNothing reports whether neither the file nor a server of the base image says what runs.
func startsNothing(p *transform.Pass) bool {
	base := p.Facts.Final().Base
	return !runtimeOf(p).own && (base == nil || len(base.Cmd) == 0 || prompts[path.Base(base.Cmd[0])] || shells[path.Base(base.Cmd[0])])
}

func refuseCommand(p *transform.Pass) *transform.Finding {
	r := runtimeOf(p)
	final := p.Facts.Final()
	if startsNothing(p) {
		return refusal(final.Stage.From.Span, reasonNoCommand, "the file says nothing about what runs")
	}
	at := final.Stage.From.Span
	if r.span != nil {
		at = r.span.Span
	}
	for _, argv := range r.programs {
		name := path.Base(argv[0])
		line := strings.Join(argv, " ")
		if shells[name] && (len(argv) == 1 || strings.HasPrefix(argv[1], "-") && !strings.Contains(argv[1], "c")) ||
			name == "sleep" && len(argv) > 1 && argv[1] == "infinity" || name == "tail" && strings.Contains(line, "/dev/null") {
			if len(r.programs) == 1 || argvIsLast(r.programs, argv) {
				return refusal(at, reasonInteractive, "it starts %q", line)
			}
		}
		for _, word := range argv {
			switch tool := path.Base(word); {
			case knowledge.DropTool(tool):
				return refusal(at, reasonDrops, "it starts %s", tool)
			case tool == "docker" || tool == "dockerd" || tool == "dind" || tool == "docker-compose":
				return refusal(at, reasonDocker, "it starts %s", tool)
			}
		}
		if init, ok := knowledge.InitTool(name); ok && !init.Harmless {
			return refusal(at, reasonInit, "%s starts its services as root or as other users", name)
		}
		if d, ok := knowledge.DaemonCommand(name); ok {
			return refusal(at, reasonDaemon, "%s: %s", name, d.Why)
		}
	}
	return nil
}

func argvIsLast(programs [][]string, argv []string) bool {
	last := programs[len(programs)-1]
	return len(last) > 0 && &last[0] == &argv[0]
}

func refusePackages(p *transform.Pass) *transform.Finding {
	for _, pkg := range p.Facts.Final().Packages {
		if d, ok := knowledge.PackageDaemon(pkg.Manager, pkg.Name); ok {
			reason := reasonDaemon
			if strings.HasPrefix(pkg.Name, "docker") {
				reason = reasonDocker
			}
			return refusal(pkg.Arg.Span, reason, "the package %s: %s", pkg.Name, d.Why)
		}
		if knowledge.DropTool(pkg.Name) && pkg.Name != "sudo" {
			return refusal(pkg.Arg.Span, reasonDrops, "the package %s is installed to change users at start", pkg.Name)
		}
	}
	return nil
}

// refuseVariables knows the PUID convention: such images change to that user themselves.
func refuseVariables(p *transform.Pass) *transform.Finding {
	for _, s := range dockerfile.ImageConfig(p.Facts.Final().Stage).Env {
		if s.Name == "PUID" || s.Name == "PGID" {
			return refusal(s.Instruction.Span, reasonDrops, "%s chooses the user that the container changes to", s.Name)
		}
	}
	return nil
}

// refuseScripts reads the scripts that run at start.
func refuseScripts(p *transform.Pass) *transform.Finding {
	r := runtimeOf(p)
	end := p.Facts.Final().End()
	for _, refuse := range []func(*dockerfile.Instruction, string, effect.Step) *transform.Finding{refuseDrop, refuseStep} {
		for _, s := range r.scripts {
			for _, step := range effect.Sequence(s.script, effect.Context{Dir: end.Workdir, Home: "/home/app", Lookup: end.Lookup}) {
				place := fmt.Sprintf("%s:%d", s.file, 1+strings.Count(s.text[:step.Call.Span.Start], "\n"))
				if f := refuse(r.span, place, step); f != nil {
					return f
				}
			}
		}
	}
	return nil
}

// refuseDrop finds a change of user.
func refuseDrop(at *dockerfile.Instruction, place string, step effect.Step) *transform.Finding {
	tool := step.Effect.Privilege
	if tool == "" && knowledge.DropTool(step.Call.Name()) {
		tool = step.Call.Name()
	}
	if tool == "" {
		return nil
	}
	return refusal(at.Span, reasonDrops, "%s runs %s", place, tool)
}

// refuseStep finds what only root can do.
func refuseStep(at *dockerfile.Instruction, place string, step effect.Step) *transform.Finding {
	e := step.Effect
	switch {
	case e.NeedsRoot:
		return refusal(at.Span, reasonNeedsRoot, "%s runs %q", place, step.Call.Text())
	case len(e.Owners) > 0:
		return refusal(at.Span, reasonNeedsRoot, "%s changes owners: %q", place, step.Call.Text())
	}
	if d, ok := knowledge.DaemonCommand(step.Call.Name()); ok {
		return refusal(at.Span, reasonDaemon, "%s starts %s: %s", place, step.Call.Name(), d.Why)
	}
	if init, ok := knowledge.InitTool(step.Call.Name()); ok && !init.Harmless {
		return refusal(at.Span, reasonInit, "%s starts %s", place, step.Call.Name())
	}
	if e.Opaque != "" { // the application itself: what it writes is weighed elsewhere
		return nil
	}
	for _, w := range e.Writes {
		if w.Known && w.Name != "/" && systemPath(w.Name) { // "/" is where a program without WORKDIR runs
			return refusal(at.Span, reasonNeedsRoot, "%s writes %s", place, w.Name)
		}
	}
	return nil
}

// systemPath reports whether only root may write there.
func systemPath(name string) bool {
	for _, dir := range []string{"/etc", "/usr", "/bin", "/sbin", "/lib", "/boot", "/root", "/proc", "/sys", "/var/run", "/run", "/var/log", "/var/lib", "/opt", "/srv"} {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return path.Dir(name) == "/" && name != "/tmp"
}

// refuseRootHome finds what lies in root's home directory.
func refuseRootHome(p *transform.Pass) *transform.Finding {
	for _, svc := range p.Usage.Services {
		for _, m := range svc.Mounts {
			if belowRoot(m.Path) && svc.User == "" {
				return refusal(p.Facts.Final().Stage.From.Span, reasonRootHome, "%s:%d mounts something on %s", svc.File, svc.Line, m.Path)
			}
		}
	}
	for _, sf := range shipping(p.Facts.Final()) {
		for _, step := range sf.Steps {
			in := step.Instruction
			switch in.Keyword {
			case "WORKDIR", "ENV", "CMD", "ENTRYPOINT", "VOLUME":
				if belowRoot(in.ArgsText()) {
					return refusal(in.Span, reasonRootHome, "%s names /root", in.Keyword)
				}
			case "COPY", "ADD":
				if dest, ok := step.Destination(); ok && belowRoot(dest) {
					return refusal(in.Span, reasonRootHome, "%s puts files into %s", in.Keyword, dest)
				}
			case "RUN":
				for _, c := range step.Commands {
					if why := keepsInRootHome(c, step.Before); why != "" {
						return refusal(c.Call.Span, reasonRootHome, "%s", why)
					}
				}
			}
		}
	}
	return nil
}

// belowRoot finds /root as a path of its own in a text.
func belowRoot(text string) bool {
	for rest := text; ; {
		i := strings.Index(rest, "/root")
		if i < 0 {
			return false
		}
		before, after := rest[:i], rest[i+len("/root"):]
		starts := before == "" || strings.ContainsRune(" =:\"',", rune(before[len(before)-1]))
		ends := after == "" || strings.ContainsRune("/ :\"',", rune(after[0]))
		if starts && ends {
			return true
		}
		rest = after
	}
}

// keepsInRootHome says what a command leaves in root's home directory that is no cache.
func keepsInRootHome(c effect.Step, state transform.State) string {
	if what, ok := knowledge.RootOnly(c.Call.Text(), func(name string) bool { _, ok := state.Lookup(name); return ok }); ok {
		return fmt.Sprintf("%s goes to %s", what.Tool, what.Path)
	}
	for _, w := range c.Effect.Writes {
		if w.Known && strings.HasPrefix(w.Name, "/root/") && !cacheBelowRoot(w.Name) {
			return "the command writes " + w.Name
		}
	}
	return ""
}

func cacheBelowRoot(name string) bool {
	for _, dir := range []string{"/root/.cache", "/root/.npm", "/root/.gnupg", "/root/.wget-hsts", "/root/.node-gyp", "/root/.config/composer/cache", "/root/.composer/cache"} {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}

// refusePrivateFiles finds modes that lock out everybody but root.
func refusePrivateFiles(p *transform.Pass) *transform.Finding {
	for _, step := range p.Facts.Final().Steps {
		if w, mode, ok := step.Instruction.Flag("chmod"); ok && (privateMode(mode) || ownersOnly[strings.TrimLeft(mode, "0")]) {
			return refusal(w.Span, reasonPrivateFiles, "--chmod=%s", mode)
		}
		for _, c := range step.Commands {
			for _, m := range c.Effect.Modes {
				if privateMode(m.Mode) && !isStartProgram(p, m.Path.Name) && !strings.HasPrefix(m.Path.Name, "/root") {
					return refusal(c.Call.Span, reasonPrivateFiles, "mode %s on %s", m.Mode, m.Path.Name)
				}
			}
		}
	}
	return nil
}

// ownersOnly are modes of programs that others may not run.
var ownersOnly = map[string]bool{"744": true, "740": true, "750": true, "754": true, "550": true, "554": true, "544": true}

// privateMode reports whether a numeric mode gives others nothing.
func privateMode(mode string) bool {
	digits := strings.TrimLeft(mode, "0")
	return len(digits) == 3 && strings.Trim(digits, "01234567") == "" && digits[2] == '0' && digits[1] == '0' ||
		mode == "go-rwx" || mode == "og-rwx" || mode == "u=rwx,go=" || mode == "go="
}

// isStartProgram reports whether a path is one of the programs that run at start.
func isStartProgram(p *transform.Pass, name string) bool {
	for _, argv := range runtimeOf(p).programs {
		for _, word := range argv {
			if word == name || path.Base(word) == path.Base(name) && name != "" {
				return true
			}
		}
	}
	return false
}

// refuseOtherOwner finds files that the file gives to somebody else: a sign that
// something in the container changes to that user.
func refuseOtherOwner(p *transform.Pass, user appUser) *transform.Finding {
	for _, sf := range shipping(p.Facts.Final()) {
		for _, step := range sf.Steps {
			if w, owner, ok := step.Instruction.Flag("chown"); ok && !user.is(owner) {
				return refusal(w.Span, reasonOtherOwner, "--chown=%s", owner)
			}
			for _, c := range step.Commands {
				for _, o := range c.Effect.Owners {
					if !user.is(o.User) {
						return refusal(c.Call.Span, reasonOtherOwner, "%q", c.Call.Text())
					}
				}
			}
		}
	}
	return nil
}

// is reports whether an owner is the user, root or nobody in particular.
func (u appUser) is(owner string) bool {
	name, _, _ := strings.Cut(owner, ":")
	spec, _, _ := strings.Cut(u.spec, ":")
	return transform.IsRoot(name) || name == u.Name || name == spec || strings.Contains(name, "$")
}
