package service

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// userChoice is the user that a service can be started as in place of root, or why there
// is none.
type userChoice struct {
	ids      string // uid:gid or a name; "" when there is none
	safety   transform.Safety
	evidence []string

	reason *transform.Reason // why there is none; nil when none is wanted
	detail string
}

// chooseUser follows what is known of the image, where nothing of the service speaks against it.
func chooseUser(p *transform.ServicePass, a *privileges) userChoice {
	known := a.known
	switch {
	case !a.start.root:
		return userChoice{}
	case a.start.asked:
		return userChoice{reason: &reasonRootAsked, detail: "the file says " + a.start.who}
	case known == nil || applicationBase(known):
		return userChoice{reason: &reasonUserUnknown, detail: a.start.who + staysRoot(p)}
	case ownIDsOf(p, known) != "":
		return userChoice{reason: &reasonOwnIDs, detail: ownIDsOf(p, known)}
	case known.Recommend.Strategy != "user":
		return userChoice{reason: &reasonNeedsRoot, detail: cmp.Or(known.Recommend.Why, known.Image+" is not known to work when it is started as another user")}
	}
	for _, obstacle := range userObstacles {
		if detail := obstacle.is(p, known); detail != "" {
			return userChoice{reason: obstacle.reason, detail: detail}
		}
	}
	return weighUser(p, known)
}

// staysRoot points to the rule that decides for an image that the project builds.
func staysRoot(p *transform.ServicePass) string {
	if p.Image == nil || p.Image.StaysRoot == "" {
		return ""
	}
	return "; non-root-user says why (" + p.Image.StaysRoot + ")"
}

// weighUser says what the choice rests on.
func weighUser(p *transform.ServicePass, known *knowledge.Service) userChoice {
	u := userChoice{ids: known.Recommend.User, safety: trust(known, "start_as", "recommend")}
	u.evidence = append(u.evidence, known.Image+" can be started as "+u.ids+" ("+sourceOf(known)+")")
	lower := func(why string) {
		u.safety = transform.Assumed
		u.evidence = append(u.evidence, why)
	}
	if u.safety == transform.Assumed {
		u.evidence = append(u.evidence, "that is inferred from similar images")
	}
	if drops(known) && len(dataPaths(known)) > 0 {
		u.evidence = append(u.evidence, "volumes that exist already belong to that user: the entrypoint has handed them over at every start as root")
	}
	if file := privateFile(p); file != "" {
		lower(file + " is mounted with the owner and mode that it has on the host: " + u.ids + " must be able to read it")
	}
	if !drops(known) || known.RunsAs.Workers {
		if bind := hostBind(p, true); bind != "" {
			lower(bind + ": " + u.ids + " must be able to read it")
		}
	}
	if other := known.For("alpine"); known.TagVariable && other.RunsAs.IDs() != known.RunsAs.IDs() {
		lower("a variable decides on the tag, and not every tag has the user " + u.ids)
	}
	if image := p.Image; image != nil {
		if !image.Inherited {
			lower(image.File + " starts another command than " + image.Base + " does")
		}
		if len(image.Unknown) > 0 {
			lower(image.File + ": " + image.Unknown[0])
		}
	}
	return u
}

// drops reports whether the image itself ends up as the user that it recommends.
func drops(known *knowledge.Service) bool {
	return known.Drop.Kind != "" && known.Drop.Kind != "none" && known.RunsAs != nil &&
		(known.RunsAs.IDs() == known.Recommend.User || known.RunsAs.User == known.Recommend.User)
}

// sourceOf names where a fact about an image is from.
func sourceOf(known *knowledge.Service) string {
	if len(known.Tested) > 0 {
		return "tested; " + known.Sources[0]
	}
	return known.Sources[0]
}

// userObstacles are what speaks against another user, each with what it finds.
var userObstacles = []struct {
	reason *transform.Reason
	is     func(*transform.ServicePass, *knowledge.Service) string
}{
	{&reasonUserPrivileged, func(p *transform.ServicePass, _ *knowledge.Service) string {
		if isPrivileged(p) {
			return "privileged: true is root's"
		}
		return ""
	}},
	{&reasonEngineSocket, func(p *transform.ServicePass, _ *knowledge.Service) string {
		if engineSocket(p) {
			return "the engine's socket is root's, and no other user reaches it"
		}
		return ""
	}},
	{&reasonCustomStart, func(p *transform.ServicePass, _ *knowledge.Service) string { return customStart(p) }},
	{&reasonRootCapabilities, rootCapabilities},
	{&reasonDataOwner, dataObstacle},
	{&reasonTmpfsOwner, tmpfsObstacle},
	{&reasonUserLowPort, lowPortObstacle},
	{&reasonUserNeeds, needsObstacle},
	{&transform.ReasonShared, sharerObstacle},
}

// sharerObstacle finds a service that takes `user:` over, through an anchor or by
// extends, and runs otherwise.
func sharerObstacle(p *transform.ServicePass, _ *knowledge.Service) string {
	for _, o := range p.Project.Sharers(p.Service, "user") {
		extends := o.Extends(p.Service, "user")
		for _, key := range []string{"image", "build", "volumes", "tmpfs", "environment", "env_file", "command", "entrypoint", "secrets", "configs", "privileged", "cap_add", "network_mode"} {
			if !reflect.DeepEqual(o.Value(key), p.Service.Value(key)) {
				switch {
				case extends && slices.Contains([]string{"environment", "env_file", "command", "cap_add"}, key): // what it gets then is judged by itself
					continue
				case extends:
					return o.Name + " extends it, and has another " + key
				}
				return o.Name + " takes it over through the anchor, and has another " + key
			}
		}
	}
	return ""
}

// ownIDsOf finds the variable by which the file chooses the user that the image changes to.
func ownIDsOf(p *transform.ServicePass, known *knowledge.Service) string {
	r := known.RunsAs
	for _, s := range p.Views() {
		for _, v := range s.Environment() {
			if r != nil && v.Name != "" && (v.Name == r.UIDFrom || v.Name == r.GIDFrom) {
				return v.Name + " chooses the user that the image changes to"
			}
		}
	}
	return ""
}

// rootCapabilities finds capabilities that the file gives to a process that stays root.
func rootCapabilities(p *transform.ServicePass, known *knowledge.Service) string {
	all := known.CapAdd(knowledge.Conditions{Bind: true, Init: true, HostNetwork: true, PrivateSecrets: true, OtherSignal: true})
	added := slices.DeleteFunc(capsOf(p, "cap_add"), func(name string) bool { // what the entrypoint uses alone is needed no more
		return slices.ContainsFunc(all, func(c knowledge.Capability) bool { return c.Cap == name })
	})
	if len(added) > 0 && (!drops(known) || known.RunsAs.Workers) {
		return "the file gives it " + strings.Join(added, ", ") + ", which only root can use"
	}
	return ""
}

// dataObstacle finds data that another user may own than the new one.
func dataObstacle(p *transform.ServicePass, known *knowledge.Service) string {
	if why := foreignData(p, known); why != "" {
		return why
	}
	if place := customData(p, known); place != "" {
		return "its data is put elsewhere (" + place + ")"
	}
	if drops(known) && !known.RunsAs.Workers {
		return ""
	}
	if why := hostBind(p, false); why != "" {
		return why
	}
	if drops(known) {
		return ""
	}
	for _, s := range p.Views() { // until now root wrote there
		for _, m := range s.Mounts() {
			if m.Type == "volume" && !m.ReadOnly {
				return "what is on the volume at " + m.Target + " belongs to root"
			}
		}
	}
	return ""
}

// tmpfsObstacle finds a tmpfs that the user could not write to: it belongs to root, with
// the mode of the directory that it covers.
func tmpfsObstacle(p *transform.ServicePass, known *knowledge.Service) string {
	for _, s := range p.Views() {
		for _, t := range allTmpfs(s) {
			if strings.Contains(t.Options, "uid=") {
				continue
			}
			for _, w := range known.Writable {
				dir, covers := canonical(w.Path), canonical(t.Path)
				switch {
				case w.UID == nil || !below(covers, dir):
				case covers != dir:
					return "the tmpfs on " + t.Path + " is root's, and hides " + w.Path
				case !forAll(w.Mode):
					return "the tmpfs on " + t.Path + " is root's: it needs uid=" + number(w.UID)
				}
			}
		}
	}
	return ""
}

// forAll reports whether a mode lets everybody write.
func forAll(mode string) bool {
	return mode != "" && strings.ContainsAny(mode[len(mode)-1:], "2367")
}

// lowPortObstacle finds a port that only root can listen on, in the host's network.
func lowPortObstacle(p *transform.ServicePass, known *knowledge.Service) string {
	if !onHostNetwork(p) {
		return ""
	}
	for _, port := range known.Ports {
		if number, _, _ := strings.Cut(port, "/"); len(number) < 4 {
			return "in the host's network only root can listen on port " + number
		}
	}
	return ""
}

// needsObstacle finds a condition of the entry that does not hold.
func needsObstacle(p *transform.ServicePass, known *knowledge.Service) string {
	if why := unmet(p, known, known.Recommend.Needs); why != "" {
		return why
	}
	if why := unmet(p, known, knowledge.Needs{Env: known.Recommend.Env}); why != "" {
		return why
	}
	i := slices.IndexFunc(known.StartAs, func(s knowledge.StartAs) bool { return s.User == known.Recommend.User })
	if i < 0 {
		i = slices.IndexFunc(known.StartAs, func(s knowledge.StartAs) bool { return strings.HasPrefix(s.User, "any") })
	}
	if i < 0 {
		return "it is not known what " + known.Recommend.User + " needs"
	}
	entry := known.StartAs[i]
	if entry.Data == "owned" && keepsData(known) {
		return "its data must be made over to " + known.Recommend.User + " beforehand"
	}
	return unmet(p, known, entry.Needs)
}

// keepsData reports whether the image keeps data whatever its settings are.
func keepsData(known *knowledge.Service) bool {
	return len(known.Volumes) > 0 || slices.ContainsFunc(known.Writable, func(w knowledge.Writable) bool { return w.Kind != "tmpfs" && w.Path != "" && w.Setting == "" })
}
