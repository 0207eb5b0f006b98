package image

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// findMounts takes the named volumes that compose mounts for directories that the
// application writes to: a volume that is made anew gets the owner and the content
// that the directory has in the image.
func (u *userPlan) findMounts(p *transform.Pass) {
	eachMount(p, func(_ transform.Service, m transform.Mount) {
		if !m.Bind {
			u.addDir(stateDir{path: m.Path, shared: true, why: "compose"})
		}
	})
}

// eachMount calls yield for every mount that the user will write to.
func eachMount(p *transform.Pass, yield func(transform.Service, transform.Mount)) {
	for _, svc := range p.Usage.Services {
		if svc.User != "" {
			continue // its own user, as today
		}
		for _, m := range svc.Mounts {
			m.Path = path.Clean(m.Path)
			if !m.ReadOnly && !m.File && path.IsAbs(m.Path) && m.Path != "/" && (!everybodys(m.Path) || stateBelowUsr(m.Path)) {
				yield(svc, m)
			}
		}
	}
}

// stateBelowUsr knows the places below /usr where applications are put: a volume
// there is theirs, not the system's.
func stateBelowUsr(name string) bool {
	for _, system := range []string{"bin", "include", "lib", "lib64", "libexec", "sbin", "local/bin", "local/include", "local/lib", "local/sbin"} {
		if under([]string{"/usr/" + system}, name) {
			return false
		}
	}
	return strings.Count(name, "/") > 2 && under([]string{"/usr"}, name)
}

// hostMounts lists what is mounted for writing and does not become the user's: directories
// of the host, whose owner nobody here knows, and volumes that root goes on writing to.
func (u *userPlan) hostMounts(p *transform.Pass) []string {
	var out []string
	for _, svc := range p.Usage.Services {
		for _, m := range svc.Mounts {
			if m.Private && svc.User == "" {
				out = append(out, fmt.Sprintf("%s:%d mounts %s of the host, which others than its owner may not read", svc.File, svc.Line, m.Source))
			}
		}
	}
	eachMount(p, func(svc transform.Service, m transform.Mount) {
		if m.Bind && !m.Private {
			out = append(out, fmt.Sprintf("%s:%d mounts %s of the host on %s, whose files keep their owner", svc.File, svc.Line, m.Source, m.Path))
		}
		if other := rootOn(p, svc, m); other != "" {
			out = append(out, fmt.Sprintf("%s:%d mounts the volume %s, on which %s goes on writing as root", svc.File, svc.Line, m.Source, other))
		} else if m.OtherWriter != "" {
			out = append(out, fmt.Sprintf("%s:%d mounts the volume %s, to which %s may write as the user of another image", svc.File, svc.Line, m.Source, m.OtherWriter))
		}
	})
	return out
}

// rootOn names a service that runs the image as root, by its own user, and writes to a
// volume that another service mounts: what it makes there stays closed to a new user.
func rootOn(p *transform.Pass, svc transform.Service, m transform.Mount) string {
	for _, o := range p.Usage.Services {
		if o.User == "" || !transform.IsRoot(o.User) || o.Dir != svc.Dir || m.Bind || m.Source == "" {
			continue
		}
		if slices.ContainsFunc(o.Mounts, func(om transform.Mount) bool { return !om.Bind && !om.ReadOnly && om.Source == m.Source }) {
			return o.Name
		}
	}
	return ""
}

// prepareDeploy says what an operator does once with data that root wrote: for each
// mount that compose makes, each VOLUME, and in one step for the directories that
// may be mounted where nothing is known of that.
func (u *userPlan) prepareDeploy(p *transform.Pass) {
	shell := hasShell(p.Facts.Final())
	var known []string                 // paths
	done := map[transform.Mount]bool{} // one step for a volume that several services mount
	eachMount(p, func(svc transform.Service, m transform.Mount) {
		if done[m] || !plainPath(m.Path) {
			return
		}
		done[m] = true
		known = append(known, m.Path)
		u.deploy = append(u.deploy, composeStep(svc, m, u.user.spec, shell))
	})
	var maybe []string
	for _, d := range u.dirs {
		switch {
		case slices.Contains(known, d.path):
		case d.volume != nil:
			u.deploy = append(u.deploy, handOverStep(fmt.Sprintf("a volume or bind mount on %s that the image wrote to as root keeps root as the owner of its files; hand them to %s", d.path, u.user.spec), u.user.spec, d.path, shell))
		case !p.Usage.Known():
			maybe = append(maybe, d.path)
		}
	}
	if !p.Usage.Known() {
		maybe = append(maybe, u.treesOutside(p)...)
	}
	if len(maybe) > 0 {
		u.deploy = append(u.deploy, handOverStep(fmt.Sprintf("if a volume or bind mount is on %s, its files still belong to root; hand each one to %s", strings.Join(maybe, ", "), u.user.spec), u.user.spec, "PATH", shell))
	}
}

// treesOutside lists the directories of state that the file makes outside of the
// application's own.
func (u *userPlan) treesOutside(p *transform.Pass) []string {
	var out []string
	for _, t := range u.trees {
		for _, name := range t.paths {
			if !appDir(ownDir(p.Facts.Final()), name) && !slices.ContainsFunc(u.dirs, func(d stateDir) bool { return d.path == name }) {
				out = append(out, name)
			}
		}
	}
	return out
}

// composeStep hands a mount of a compose service over, through that service, whose
// hardened file may leave no capability to root.
func composeStep(svc transform.Service, m transform.Mount, spec string, shell bool) transform.Deploy {
	what := fmt.Sprintf("%s of %s (%s) keeps the owner of its files; when the new image is built, hand them to %s", mountName(m), svc.Name, svc.File, spec)
	if !shell {
		volume := "VOLUME"
		if m.Bind {
			volume = m.Source
		}
		step := handOverStep(what, spec, m.Path, false)
		step.Do = strings.Replace(step.Do, "VOLUME", volume, 1)
		step.Undo = strings.Replace(step.Undo, "VOLUME", volume, 1)
		return step
	}
	command := func(owner string) string {
		c := fmt.Sprintf("docker compose run --rm --no-deps --user 0:0 --cap-add CHOWN --cap-add DAC_OVERRIDE --entrypoint chown %s -R %s %s", svc.Name, owner, m.Path)
		if svc.Dir != "." && svc.Dir != "" {
			c = fmt.Sprintf("(cd %s && %s)", shellQuote(svc.Dir), c)
		}
		return c
	}
	back := "0:0"
	if m.Bind {
		what += "; note their owner first (ls -ln " + m.Source + ")"
		back = "UID:GID"
	}
	return transform.Deploy{What: what, Do: command(spec), Undo: command(back)}
}

func mountName(m transform.Mount) string {
	switch {
	case m.Bind:
		return "the directory " + m.Source + ", mounted on " + m.Path + ","
	case m.Source == "":
		return "the volume on " + m.Path
	}
	return "the volume " + m.Source + " on " + m.Path
}

// shellQuote quotes a path for a command that people paste into a shell.
func shellQuote(name string) string {
	if plainPath("/" + name) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// handOverStep hands a volume over that only its operator can name. An image without
// a shell has no chown either.
func handOverStep(what, spec, name string, shell bool) transform.Deploy {
	command := func(owner string) string {
		if !shell {
			return fmt.Sprintf("docker run --rm -v VOLUME:%s busybox chown -R %s %s", name, owner, name)
		}
		return fmt.Sprintf("docker run --rm --user 0:0 --entrypoint chown -v VOLUME:%s IMAGE -R %s %s", name, owner, name)
	}
	return transform.Deploy{What: what, Do: command(spec), Undo: command("0:0")}
}
