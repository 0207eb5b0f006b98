package knowledge

import (
	"slices"
	"strings"
)

// IsRoot reports whether the image starts as root.
func (s *Service) IsRoot() bool {
	user, _, _ := strings.Cut(s.DefaultUser, ":")
	return user == "root" || user == "0"
}

// HasClass reports whether the image is of a class: drop-root, say.
func (s *Service) HasClass(name string) bool { return slices.Contains(s.Classes, name) }

// Tmpfs are the paths that need a tmpfs under a read-only root filesystem.
func (s *Service) Tmpfs() []Writable {
	var out []Writable
	for _, w := range s.Writable {
		if w.Kind == "tmpfs" && w.Need == "start" && w.Path != "" {
			out = append(out, w)
		}
	}
	return out
}

// Data are the paths whose content must survive, and without which it does not work: what
// Conditions.Bind is about.
func (s *Service) Data() []Writable {
	var out []Writable
	for _, w := range s.Writable {
		if w.Kind == "volume" && w.Need == "start" && w.Path != "" {
			out = append(out, w)
		}
	}
	return out
}

// StartsAs says whether the container can be started as a user, uid:gid or a name, without
// capabilities, and what that asks of its data.
func (s *Service) StartsAs(user string) (StartAs, bool) {
	for _, a := range s.StartAs {
		if a.User == user {
			return a, true
		}
	}
	for _, a := range s.StartAs {
		if sameUser(a.User, user) {
			return a, true
		}
	}
	return StartAs{}, false
}

// sameUser compares a user with a pattern of start_as. What one of the two does not say
// is the same only when the pattern takes any.
func sameUser(pattern, user string) bool {
	pu, pg, _ := strings.Cut(pattern, ":")
	u, g, _ := strings.Cut(user, ":")
	return (pu == "any" || pu == u) && (pg == "any" || pg == g || pattern == "any")
}
