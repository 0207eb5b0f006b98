package image

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// userGroup ties the fixes of non-root-user, owned-copies and file-permissions
// together: a user without its files breaks the application.
const userGroup = "user"

// userPlan is how the shipped image stops running as root. non-root-user,
// owned-copies and file-permissions each propose their part of it.
type userPlan struct {
	verdict  *transform.Finding // already or refused; then nothing else is set
	user     appUser
	safety   transform.Safety
	evidence []string

	place  placement   // where the user is made and where USER stands
	copies []ownedCopy // COPY and ADD that get --chown
	trees  []ownedTree // what RUN instructions write and the user must own
	dirs   []stateDir  // directories that are made before anything is put into them
	deploy []transform.Deploy
}

// appUser is the user that the application runs as.
type appUser struct {
	transform.User
	spec   string   // USER's value and --chown's: 10001:10001
	create []string // commands that make it; nil when it exists
	origin string   // where it comes from, for the message
}

// planUser works the plan out once per pass.
func planUser(p *transform.Pass) *userPlan { return transform.Shared(p, "user plan", newUserPlan) }

func newUserPlan(p *transform.Pass) *userPlan {
	u := &userPlan{safety: transform.Guarded}
	if u.verdict = settledUser(p); u.verdict != nil {
		return u
	}
	if u.verdict = refuseUser(p); u.verdict != nil {
		return u
	}
	var refusal *transform.Finding
	if u.user, refusal = chooseUser(p); refusal != nil {
		u.verdict = refusal
		return u
	}
	if u.verdict = refuseOtherOwner(p, u.user); u.verdict != nil {
		return u
	}
	u.own(p)
	u.weigh(p)
	if u.verdict = u.place.find(p, u); u.verdict != nil {
		return u
	}
	u.prepareDeploy(p)
	return u
}

// settledUser is the verdict on files whose image does not run as root anyway.
func settledUser(p *transform.Pass) *transform.Finding {
	final := p.Facts.Final()
	at := final.Stage.From.Span
	if final.Stage.Windows() {
		return refusal(at, reasonWindows, "Windows users and capabilities work in another way")
	}
	config := dockerfile.ImageConfig(final.Stage)
	if config.User != nil {
		at = config.User.Span
		switch user := final.End().User; {
		case strings.Contains(user, "$"):
			return refusal(at, reasonVariableUser, "USER %s depends on a build argument or variable", config.User.ArgsText())
		case !transform.IsRoot(user):
			f := transform.Done(at, "the image runs as "+user)
			return &f
		}
		return nil
	}
	if b := final.Base; b != nil && b.NonRoot {
		f := transform.Done(at, fmt.Sprintf("the base image runs as %s", b.DefaultUser))
		return &f
	}
	return nil
}

// chooseUser prefers a user that the file makes and never uses, then the base
// image's own, and makes one else.
func chooseUser(p *transform.Pass) (appUser, *transform.Finding) {
	final := p.Facts.Final()
	at := final.Stage.From.Span
	if made, several := madeUsers(final); len(made) == 1 {
		return existingUser(final, made[0]), nil
	} else if several {
		return appUser{}, refusal(at, reasonSeveralUsers, "the file makes several users (%s) and uses none of them", userNames(made))
	}
	if b := final.Base; b != nil && b.OwnUser != nil {
		own := b.OwnUser
		return appUser{
			User:   transform.User{Name: own.Name, UID: own.UID, GID: own.GID, Home: own.Home},
			spec:   fmt.Sprintf("%d:%d", own.UID, own.GID),
			origin: fmt.Sprintf("%s, the unprivileged user of %s", own.Name, b.Image),
		}, nil
	}
	want := p.Options.User
	u := appUser{User: want, spec: fmt.Sprintf("%d:%d", want.UID, want.GID), origin: "a user made for the application"}
	base := final.Base
	if base == nil {
		if base = guessedBase(final); base == nil {
			return appUser{}, refusal(at, reasonUnknownBase, "nothing is known of the base image %s and no command shows its family", final.Stage.Base)
		}
	}
	if name, taken := base.UIDTaken(want.UID); taken {
		return appUser{}, refusal(at, reasonTakenID, "uid %d belongs to %s in the base image; choose another with --uid", want.UID, name)
	}
	for _, g := range final.Groups {
		if g.GID == strconv.Itoa(want.GID) || g.Name == want.Name {
			return appUser{}, refusal(at, reasonTakenID, "the file makes a group %s with gid %s itself", g.Name, g.GID)
		}
	}
	create, ok := knowledge.AddUserCommands(base, want.Name, want.UID, want.GID, want.Home)
	if !ok {
		u.origin, u.Home = "by number, as the image has no user database", ""
		return u, nil
	}
	u.create = create
	return u, nil
}

// madeUsers lists the users that the file makes for an application.
func madeUsers(sf *transform.StageFacts) (made []transform.UserFact, several bool) {
	for _, user := range sf.Users {
		if user.Delete || user.Change || !plainName(user.Name) || !plainName(user.UID+user.Group) && user.UID+user.Group != "" || transform.IsRoot(user.Name) || user.UID != "" && transform.IsRoot(user.UID) {
			continue
		}
		made = append(made, user)
	}
	if len(made) <= 1 {
		return made, false
	}
	// the one that owns things is the application's
	var owners []transform.UserFact
	for _, user := range made {
		if ownsSomething(sf, user.Name) {
			owners = append(owners, user)
		}
	}
	if len(owners) == 1 {
		return owners, false
	}
	return made, true
}

// plainName reports whether a user's or group's name or number means itself wherever
// it is written.
func plainName(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "" && name[0] != '-'
}

func ownsSomething(sf *transform.StageFacts, name string) bool {
	for _, step := range sf.Steps {
		if _, v, ok := step.Instruction.Flag("chown"); ok && strings.HasPrefix(v+":", name+":") {
			return true
		}
		for _, c := range step.Commands {
			for _, o := range c.Effect.Owners {
				if o.User == name {
					return true
				}
			}
		}
	}
	return false
}

func userNames(made []transform.UserFact) string {
	names := make([]string, len(made))
	for i, u := range made {
		names[i] = u.Name
	}
	return strings.Join(names, ", ")
}

// existingUser describes a user that the file makes: by number where the file gives
// both numbers, so that Kubernetes can see that it is not root, else by name.
func existingUser(sf *transform.StageFacts, made transform.UserFact) appUser {
	u := appUser{User: transform.User{Name: made.Name, Home: made.Home}, spec: made.Name}
	u.origin = made.Name + ", which the Dockerfile makes and nothing uses"
	if u.Home == "" && !made.NoHome {
		u.Home = "/home/" + made.Name
	}
	group := made.Group
	if made.GID != "" {
		group = made.GID
	}
	gid := group
	for _, g := range sf.Groups {
		if g.Name == group && g.Member == "" {
			gid = g.GID
		}
	}
	uidNumber, errU := strconv.Atoi(made.UID)
	gidNumber, errG := strconv.Atoi(gid)
	if errU == nil && errG == nil {
		u.UID, u.GID = uidNumber, gidNumber
		u.spec = made.UID + ":" + gid
	} else if group != "" {
		u.spec = made.Name + ":" + group
	}
	return u
}

// guessedBase tells the family of an unknown base from the package manager that
// the file uses on it with success.
func guessedBase(sf *transform.StageFacts) *knowledge.Base {
	for _, p := range sf.Packages {
		switch p.Manager {
		case "apt":
			return &knowledge.Base{Family: "debian", PackageManager: "apt", AddUser: "shadow", Confidence: "guessed"}
		case "apk":
			return &knowledge.Base{Family: "alpine", PackageManager: "apk", AddUser: "busybox", Confidence: "guessed"}
		case "dnf", "yum":
			return &knowledge.Base{Family: "rhel", PackageManager: p.Manager, AddUser: "shadow", Confidence: "guessed"}
		}
	}
	return nil
}

func refusal(at parser.Span, reason transform.Reason, detail string, args ...any) *transform.Finding {
	f := transform.Refuse(at, "the image runs as root", reason, detail, args...)
	return &f
}
