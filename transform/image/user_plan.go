package image

import (
	"fmt"
	"path"
	"slices"
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
		if user.Delete || user.Change || !plainName(user.Name) || !plainName(user.UID+user.Group) && user.UID+user.Group != "" || user.Name == "root" || user.UID == "0" {
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
	u.origin = fmt.Sprintf("%s, which line %d makes and nothing uses", made.Name, made.Instruction.Document().Source.LineAt(made.Instruction.Span.Start))
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

// weigh lowers the promise for everything that is not known.
func (u *userPlan) weigh(p *transform.Pass) {
	final := p.Facts.Final()
	src := p.Doc.Source
	missing := func(format string, args ...any) {
		u.safety = transform.Assumed
		u.evidence = append(u.evidence, fmt.Sprintf(format, args...))
	}
	if b := final.Base; b == nil {
		missing("the base image %s is not known", final.Stage.Base)
	} else if b.Confidence == "guessed" {
		missing("of the base image %s only the family is known", final.Stage.Base)
	}
	for _, sf := range shipping(final) {
		for _, step := range sf.Steps {
			if step.Instruction.Keyword == "RUN" && step.Instruction.Script().Opaque != "" {
				missing("line %d: %s", src.LineAt(step.Instruction.Span.Start), step.Instruction.Script().Opaque)
			}
			for _, c := range step.Commands {
				if c.Effect.Opaque != "" && !knownScript(p, c) {
					missing("line %d: %s", src.LineAt(c.Call.Span.Start), c.Effect.Opaque)
				}
			}
		}
	}
	for _, name := range runtimeOf(p).unread {
		missing("the script %s that runs at start could not be read", name)
	}
	if !hasShell(final) && len(u.dirs) > 0 {
		missing("%s cannot be given to the user, as the image has no shell", u.dirs[0].path)
	}
	if stage := bringsFromParent(final); stage != nil && !u.numeric() {
		missing("files in %s come from the stage on line %d, which this one is built on, and stay root's", ownDir(final), src.LineAt(stage.Stage.From.Span.Start))
	}
	if at := homeless(p); at != 0 {
		missing("line %d: the project is copied but no WORKDIR is set: it runs in /, where only root may write", at)
	}
	if isTool(final) {
		missing("nothing is copied into the image and no port is exposed: it may be a tool that works on files of its caller")
	}
	for _, m := range u.hostMounts(p) {
		missing("%s", m)
	}
	for _, name := range u.unownedArguments(p) {
		missing("the program is given %s, which may be a place to write to that the user does not own", name)
	}
	if port, at := lowPort(p); port != 0 && !p.Usage.Known() {
		missing("line %d: port %d needs Docker 20.10 or net.ipv4.ip_unprivileged_port_start, and not every Kubernetes runtime sets that", at, port)
	}
	if len(u.evidence) > 4 {
		u.evidence = append(u.evidence[:3], fmt.Sprintf("and %d more places", len(u.evidence)-3))
	}
}

// bringsFromParent finds an earlier stage of the file, below the final one, that puts
// files into the application's directory.
func bringsFromParent(final *transform.StageFacts) *transform.StageFacts {
	app := ownDir(final)
	for sf := final.Parent; sf != nil; sf = sf.Parent {
		for _, step := range sf.Steps {
			in := step.Instruction
			if in.Is("COPY", "ADD") && len(in.Args) > 1 {
				if dest, ok := step.Path(in.Args[len(in.Args)-1].Value); !ok || appDir(app, dest) {
					return sf
				}
			}
			for _, c := range step.Commands {
				for _, w := range c.Effect.Writes {
					if w.Known && w.Name != app && appDir(app, w.Name) {
						return sf
					}
				}
			}
		}
	}
	return nil
}

// homeless finds the copy of an interpreted project into an image that gives it no
// WORKDIR. A compiled program that is copied somewhere is not taken to write beside itself.
func homeless(p *transform.Pass) (line int) {
	final := p.Facts.Final()
	if ownDir(final) != "" || final.End().Workdir != "/" || !slices.ContainsFunc(programsOf(p), func(x program) bool {
		return prompts[x.name] || pythonPrograms[x.name] || x.name == "python" || x.name == "npm" || x.name == "ruby" || strings.HasPrefix(x.argv[0], "./")
	}) {
		return 0
	}
	for _, sf := range shipping(final) {
		for _, in := range sf.Stage.Instructions {
			if _, _, from := in.Flag("from"); in.Is("COPY", "ADD") && !from && len(in.Heredocs) == 0 {
				return in.Document().Source.LineAt(in.Span.Start)
			}
		}
	}
	return 0
}

// isTool reports whether the image holds no application of its own: a program from
// packages or downloads that people run by hand, often on files that they mount.
func isTool(final *transform.StageFacts) bool {
	for _, sf := range shipping(final) {
		for _, in := range sf.Stage.Instructions {
			if in.Is("COPY", "ADD", "EXPOSE") {
				return false
			}
		}
	}
	return true
}

// unownedArguments lists the paths among the arguments of what runs that neither the
// image brings nor the user owns.
func (u *userPlan) unownedArguments(p *transform.Pass) []string {
	final := p.Facts.Final()
	var out []string
	for _, argv := range runtimeOf(p).programs {
		for _, word := range argv[1:] {
			if _, value, ok := strings.Cut(word, "="); ok {
				word = value
			}
			if !path.IsAbs(word) || strings.ContainsAny(word, " \t;|&") || appDir(ownDir(final), path.Clean(word)) || u.brought(final, path.Clean(word)) {
				continue
			}
			out = append(out, word)
		}
	}
	return out
}

// brought reports whether a path is part of every system, is copied into the image,
// or belongs to the user.
func (u *userPlan) brought(sf *transform.StageFacts, name string) bool {
	if under([]string{"/usr", "/etc", "/bin", "/sbin", "/lib", "/opt", "/dev", "/proc", "/sys", "/tmp"}, name) {
		return true
	}
	for _, d := range u.dirs {
		if under([]string{d.path}, name) {
			return true
		}
	}
	for _, t := range u.trees {
		if strings.Contains(t.command+"/", " "+name+"/") || strings.Contains(t.command, " "+path.Dir(name)) {
			return true
		}
	}
	for _, step := range sf.Steps {
		if in := step.Instruction; in.Is("COPY", "ADD") && len(in.Args) > 1 {
			if dest, ok := step.Path(in.Args[len(in.Args)-1].Value); ok && (dest == "/" || under([]string{dest}, name) || path.Dir(name) == dest) {
				return true
			}
		}
	}
	return false
}

// shipping lists the stages whose files end up in the image.
func shipping(final *transform.StageFacts) []*transform.StageFacts {
	var out []*transform.StageFacts
	for sf := final; sf != nil; sf = sf.Parent {
		out = append(out, sf)
	}
	slices.Reverse(out)
	return out
}

// lowPort finds a port below 1024 that the image says it listens on.
func lowPort(p *transform.Pass) (port, line int) {
	for _, w := range dockerfile.ImageConfig(p.Facts.Final().Stage).Expose {
		number, _, _ := strings.Cut(w.Value, "/")
		number, _, _ = strings.Cut(number, "-")
		if n, err := strconv.Atoi(number); err == nil && n > 0 && n < 1024 {
			return n, p.Doc.Source.LineAt(w.Span.Start)
		}
	}
	if b := p.Facts.Final().Base; b != nil && b.LowPort != 0 {
		return b.LowPort, p.Doc.Source.LineAt(p.Facts.Final().Stage.From.Span.Start)
	}
	r := runtimeOf(p)
	for _, argv := range r.programs {
		for _, word := range argv {
			if i := strings.LastIndexByte(word, ':'); i >= 0 && r.span != nil {
				if n, err := strconv.Atoi(word[i+1:]); err == nil && n > 0 && n < 1024 {
					return n, p.Doc.Source.LineAt(r.span.Span.Start)
				}
			}
		}
	}
	return 0, 0
}

func refusal(at parser.Span, reason transform.Reason, detail string, args ...any) *transform.Finding {
	f := transform.Refuse(at, "the image runs as root", reason, detail, args...)
	return &f
}
