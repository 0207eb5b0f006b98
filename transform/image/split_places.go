package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

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
