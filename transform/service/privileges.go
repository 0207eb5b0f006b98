package service

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// The rules that rest on privileges together.
const (
	dropCapabilitiesID = "drop-capabilities"
	serviceUserID      = "service-user"
)

// privileges is who a service starts as, and what it needs for it: what service-user and
// drop-capabilities rest on together.
type privileges struct {
	known  *knowledge.Service // of what starts; nil when nothing is
	start  start
	user   userChoice
	needs  []need
	safety transform.Safety // of dropping all capabilities but needs
	// evidence is what safety rests on, or what it lacks.
	evidence []string
}

// start is who a container starts as, without a change by service-user.
type start struct {
	root   bool             // it is root, or nobody knows that it is not
	asked  bool             // the compose file says so itself
	who    string           // for messages: "user: 1000" or "the image starts as nginx"
	safety transform.Safety // what who rests on
}

// need is a capability that must stay.
type need struct {
	name    string // without CAP_
	comment string // at the end of its line
	why     string // in the finding
}

// privilegesOf makes the analysis once for all rules.
func privilegesOf(p *transform.ServicePass) *privileges {
	return transform.ServiceShared(p, "privileges", func(p *transform.ServicePass) *privileges {
		a := &privileges{known: profile(p)}
		a.start = startOf(p, a.known)
		a.user = chooseUser(p, a)
		a.decide(p)
		return a
	})
}

// group ties what is only right together.
func (a *privileges) group(p *transform.ServicePass) string { return "privileges:" + p.Service.Name }

// becomes reports whether service-user makes the service start without root.
func (a *privileges) becomes(p *transform.ServicePass) bool {
	if a.user.ids == "" {
		return false
	}
	if !p.Options.Level.Allows(transform.Guarded) { // both wait for the same level
		return a.user.safety <= transform.Guarded && p.Applied(serviceUserID, transform.Safe)
	}
	return p.Applied(serviceUserID, a.user.safety)
}

// startOf finds out who a service starts as. Where its compositions differ, root counts,
// and most of all the one that a file asks for: no other user takes its place there.
func startOf(p *transform.ServicePass, known *knowledge.Service) start {
	var first start
	for i, s := range p.Views() {
		now := startOfView(p, s, known)
		if i == 0 || now.root && (!first.root || now.asked && !first.asked) || now.root == first.root && now.safety > first.safety {
			first = now
		}
	}
	return first
}

func startOfView(p *transform.ServicePass, s *compose.Service, known *knowledge.Service) start {
	user := s.Text("user")
	usual, _ := knowledge.ExpandDefaults(user)
	switch {
	case strings.Contains(user, "$") && usual != "" && transform.IsRoot(usual):
		return start{root: true, asked: true, who: "user: " + user}
	case strings.Contains(user, "$"):
		return start{asked: true, who: "user: " + user + ", which a variable decides", safety: transform.Assumed}
	case user != "" && transform.IsRoot(user):
		return start{root: true, asked: true, who: "user: " + user}
	case user != "":
		return start{asked: true, who: "user: " + user, safety: transform.Guarded}
	}
	if image := p.Image; image != nil && image.User != "" {
		switch {
		case image.Root && image.Stage != "":
			return start{root: true, who: "the stage " + image.Stage + " of its Dockerfile ends as root, and is not the one that ships"}
		case image.Root:
			return start{root: true, who: "its Dockerfile ends as root"}
		case image.UID < 0 && strings.Contains(image.User, "$"):
			return start{who: "its Dockerfile ends as " + image.User, safety: transform.Assumed}
		}
		return start{who: "its Dockerfile ends as " + image.User, safety: transform.Guarded}
	}
	switch {
	case known == nil:
		return start{root: true, who: "nothing is known of who the image starts as"}
	case known.IsRoot():
		return start{root: true, who: known.Image + " starts as root"}
	}
	return start{who: known.Image + " starts as " + known.DefaultUser, safety: trust(known)}
}

// trust is the promise that an entry about an image carries.
func trust(known *knowledge.Service, of ...string) transform.Safety {
	if known.Confidence == "inferred" || slices.ContainsFunc(of, func(fact string) bool { return slices.Contains(known.Inferred, fact) }) {
		return transform.Assumed
	}
	return transform.Guarded
}

// applicationBase reports whether what is known speaks of a base alone: what runs is the
// project's own.
func applicationBase(known *knowledge.Service) bool {
	return known.Kind == "base" && known.Drop.Kind == "none"
}

// anyView reports whether something holds for the service in one of its compositions.
func anyView(p *transform.ServicePass, holds func(*compose.Service) bool) bool {
	return slices.ContainsFunc(p.Views(), holds)
}

// onHostNetwork reports whether the service has the host's ports for its own.
func onHostNetwork(p *transform.ServicePass) bool {
	return anyView(p, func(s *compose.Service) bool {
		key, _ := hostNetwork(&review{s: s})
		return key != ""
	})
}

// isPrivileged reports whether the service may do everything, or a variable decides so.
func isPrivileged(p *transform.ServicePass) bool {
	return anyView(p, func(s *compose.Service) bool {
		return s.True("privileged") || strings.Contains(s.Text("privileged"), "$")
	})
}

// customStart says what the service starts that the image's author did not mean, so that
// what is known of the image's start does not hold; "" when there is nothing.
func customStart(p *transform.ServicePass) string {
	for _, s := range p.Views() {
		if s.Has("entrypoint") {
			return "the service has an entrypoint of its own"
		}
		if s.Has("post_start") || s.Has("pre_stop") {
			return "hooks run in the container"
		}
		list := words(s.Command())
		if len(list) == 0 || strings.HasPrefix(list[0], "-") {
			continue
		}
		name := path.Base(list[0])
		if strings.HasSuffix(name, ".sh") || strings.Contains(name, "$") || slices.Contains([]string{"sh", "bash", "ash", "dash", "su", "sudo", "env", "gosu", "su-exec", "setpriv"}, name) {
			return "the service runs " + name + " in the image's place"
		}
	}
	return ""
}
