package service

import (
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// mountPoints are the places of a container that are not its root filesystem, and whether
// they can be written to.
type mountPoints map[string]bool

// mountPointsOf lists what a service mounts in any form, and the volumes of its image,
// which stay writable under a read-only root filesystem.
func mountPointsOf(s *compose.Service, volumes []string) mountPoints {
	m := mountPoints{}
	for _, v := range volumes {
		m[canonical(v)] = true
	}
	for _, mount := range s.Mounts() {
		m[canonical(mount.Target)] = !mount.ReadOnly && mount.Type != "image"
	}
	for _, t := range s.Tmpfs() {
		m[canonical(t.Path)] = true
	}
	return m
}

// canonical is a path by the directory that it leads to: /var/run is a link to /run in
// every image of a distribution.
func canonical(name string) string {
	name = path.Clean("/" + name)
	for _, link := range []struct{ from, to string }{{"/var/run", "/run"}, {"/var/lock", "/run/lock"}} {
		if below(link.from, name) {
			return link.to + strings.TrimPrefix(name, link.from)
		}
	}
	return name
}

// below reports whether a path is a directory or lies in it.
func below(dir, name string) bool {
	return name == dir || dir == "/" || strings.HasPrefix(name, dir+"/")
}

// writable reports whether a path can be written to: the mount that is nearest to it decides.
func (m mountPoints) writable(name string) bool {
	for at := canonical(name); ; at = path.Dir(at) {
		if writable, mounted := m[at]; mounted || at == "/" {
			return writable
		}
	}
}

// taken reports whether a path is a mount point, or lies below one that is writable: a
// tmpfs there would be refused, or stand in the way of what is mounted.
func (m mountPoints) taken(name string) bool {
	_, mounted := m[canonical(name)]
	return mounted || m.writable(name)
}
