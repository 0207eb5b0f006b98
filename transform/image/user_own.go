package image

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// ownedCopy is a COPY or ADD whose files the user gets.
type ownedCopy struct{ in *dockerfile.Instruction }

// ownedTree is what a RUN writes and the user must own: handed over in that RUN,
// for a chown in a later layer would store the files twice.
type ownedTree struct {
	in       *dockerfile.Instruction
	paths    []string // what is handed over, with everything below
	commands []string
	edit     parser.Edit
}

// stateDir is a directory that is there and owned by the user before anything
// is mounted on it or written to it.
type stateDir struct {
	path   string
	shared bool // read by other containers too
	volume *dockerfile.Instruction
	why    string
}

// own decides what the user must own.
func (u *userPlan) own(p *transform.Pass) {
	final := p.Facts.Final()
	app := ownDir(final)
	if app != "" && !plainPath(app) {
		u.unquotable(app)
	}
	u.findDirs(p, app)
	for _, sf := range shipping(final) {
		if sf != final && !u.numeric() {
			continue // the user may not be there yet: see weigh
		}
		for _, step := range sf.Steps {
			switch step.Instruction.Keyword {
			case "COPY", "ADD":
				u.ownCopy(p, step, app)
			case "RUN":
				u.ownRun(p, step, app)
			}
		}
	}
}

// numeric reports whether files can be given to the user where it does not exist yet.
func (u *userPlan) numeric() bool { return strings.Trim(u.user.spec, "0123456789:") == "" }

// ownDir is the directory that the application lives in: the WORKDIR that the file
// sets. One that the base image sets is not the application's own.
func ownDir(sf *transform.StageFacts) string {
	for _, s := range shipping(sf) {
		for _, in := range s.Stage.Instructions {
			if in.Is("WORKDIR") {
				return sf.End().Workdir
			}
		}
	}
	return ""
}

// appDir reports whether a path is the application's directory or below it. An
// image without WORKDIR has no such directory.
func appDir(app, name string) bool {
	if app == "" || app == "/" || sharedRoot(app) {
		return false
	}
	return name == app || strings.HasPrefix(name, app+"/")
}

// sharedRoot knows directories that are not an application's own although people
// use them as WORKDIR.
func sharedRoot(dir string) bool {
	switch dir {
	case "/", "/usr", "/usr/bin", "/usr/local", "/usr/local/bin", "/etc", "/bin", "/tmp", "/var", "/opt", "/home", "/usr/local/lib", "/usr/lib", "/srv", "/mnt", "/var/lib":
		return true
	}
	return strings.HasPrefix(dir, "/etc/")
}

func (u *userPlan) ownCopy(p *transform.Pass, step transform.Step, app string) {
	in := step.Instruction
	if _, _, ok := in.Flag("chown"); ok || len(in.Args) < 2 || !step.Before.Root() {
		return
	}
	dest, ok := step.Destination()
	if !ok {
		return
	}
	if p.Options.Ownership == transform.OwnsState {
		if slices.ContainsFunc(u.dirs, func(d stateDir) bool { return dest == d.path || strings.HasPrefix(dest, d.path+"/") }) {
			u.copies = append(u.copies, ownedCopy{in})
		}
		return
	}
	if appDir(app, dest) || dest != "/" && !sharedRoot(dest) && appDir(dest, app) {
		u.copies = append(u.copies, ownedCopy{in})
	}
}

// ownRun finds what a RUN writes into the application's directory.
func (u *userPlan) ownRun(p *transform.Pass, step transform.Step, app string) {
	if !step.Before.Root() || step.Instruction.Script().Opaque != "" {
		return
	}
	trees, parents := map[string]bool{}, map[string]bool{}
	opaque := false
	for _, c := range step.Commands {
		if handsOver(c, u.user.spec) {
			return // the file does it itself
		}
		if p.Options.Ownership == transform.OwnsWorkdir {
			opaque = opaque || c.Effect.Opaque != "" && appDir(app, c.Dir) || c.Effect.Verb == "collectstatic"
		}
		onItsWay := makesParents(c)
		for _, w := range c.Effect.Writes {
			// a build tool of the project: what it makes in the directory is not known
			opaque = opaque || w.Known && w.Kind == effect.Tree && w.Name == app && p.Options.Ownership == transform.OwnsWorkdir
			if name := u.treeOf(p, w, app); name != "" {
				trees[name] = true
				if w.Kind == effect.Dir && appDir(app, name) && onItsWay {
					u.ownParents(step, parentBelow(app, name), name, trees, parents)
				}
			}
		}
		for _, d := range c.Effect.Deletes {
			for t := range trees {
				if d.Known && (t == d.Name || strings.HasPrefix(t, strings.TrimSuffix(d.Name, "/*")+"/")) {
					delete(trees, t)
				}
			}
		}
	}
	if opaque && app != "" && plainPath(app) {
		// what the command wrote is not known: everything in the directory that is
		// still root's; what COPY --chown brought is not touched and not stored again
		parents[app] = true
	}
	if noFind(p.Facts.Final()) {
		maps.Copy(trees, parents)
		clear(parents)
	}
	u.handOver(p, step, trees, parents)
}

// ownParents adds the directories that mkdir -p makes on its way, which the program
// writes to as well: as a whole when all of it is made here, else what is root's.
func (u *userPlan) ownParents(step transform.Step, top, name string, trees, rest map[string]bool) {
	switch copied := slices.ContainsFunc(u.copies, func(c ownedCopy) bool { return c.in.Span.Start < step.Instruction.Span.Start }); {
	case top == name:
	case copied:
		rest[top] = true
	default:
		trees[top] = true
	}
}

// parentBelow is the directory right below app that holds name.
func parentBelow(app, name string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(name, app+"/"), "/")
	return path.Join(app, first)
}

// noFind reports whether the base image may lack find, as minimal ones of the Red
// Hat family do.
func noFind(sf *transform.StageFacts) bool { return sf.Base != nil && sf.Base.Minimal }

// treeOf is the directory that has to change hands for a write, "" for none.
func (u *userPlan) treeOf(p *transform.Pass, w effect.Path, app string) string {
	if !w.Known || w.Name == app || !plainPath(w.Name) {
		return ""
	}
	for _, d := range u.dirs {
		if w.Name == d.path || strings.HasPrefix(w.Name, d.path+"/") {
			return d.path
		}
	}
	if w.Kind == effect.Dir && (stateOutside(w.Name) || keptEmpty(p, w.Name)) {
		return w.Name
	}
	if p.Options.Ownership == transform.OwnsState || !appDir(app, w.Name) {
		return ""
	}
	return w.Name
}

// stateOutside reports whether a directory that the file makes outside of the
// application's own is one that the application writes to.
func stateOutside(name string) bool {
	for _, dir := range []string{"/var/log/", "/var/lib/", "/var/run/", "/run/", "/var/cache/", "/data/", "/srv/"} {
		if strings.HasPrefix(name, dir) {
			first, _, _ := strings.Cut(name[len(dir):], "/")
			return first != "apt" && first != "dpkg" && first != "apk" && first != "rpm" && first != "lock"
		}
	}
	_, ok := knowledge.StateName(path.Base(name))
	return ok && path.Dir(name) == "/" && name != "/tmp" && name != "/var" && name != "/srv"
}

// keptEmpty reports whether a directory that the file makes can only be there to be
// written to: nothing is put into it, and it stands at the top, where only
// directories of an application's own are made, or what runs is told of it.
func keptEmpty(p *transform.Pass, name string) bool {
	if everybodys(name) || belowRoot(name) || path.Dir(name) != "/" && !isArgument(p, name) {
		return false
	}
	for _, sf := range shipping(p.Facts.Final()) {
		for _, step := range sf.Steps {
			in := step.Instruction
			if in.Is("WORKDIR", "COPY", "ADD") && len(in.Args) > 0 {
				if dest, ok := step.Destination(); !ok || under([]string{name}, dest) {
					return false
				}
			}
			for _, c := range step.Commands {
				for _, w := range c.Effect.Writes {
					if w.Known && w.Kind != effect.Dir && under([]string{name}, w.Name) {
						return false
					}
				}
			}
		}
	}
	return true
}

// isArgument reports whether what runs at start is given the path.
func isArgument(p *transform.Pass, name string) bool {
	for _, argv := range runtimeOf(p).programs {
		for _, word := range argv[1:] {
			if _, value, ok := strings.Cut(word, "="); ok {
				word = value
			}
			if path.IsAbs(word) && path.Clean(word) == name {
				return true
			}
		}
	}
	return false
}

// handsOver reports whether a command already gives the user something.
func handsOver(c effect.Step, spec string) bool {
	name, _, _ := strings.Cut(spec, ":")
	for _, o := range c.Effect.Owners {
		if o.User == name {
			return true
		}
	}
	return false
}

// handOver adds the change of owner to the RUN: of whole trees that it makes, and in
// others of what is still root's.
func (u *userPlan) handOver(p *transform.Pass, step transform.Step, trees, rest map[string]bool) {
	left := topmost(rest)
	maps.DeleteFunc(trees, func(name string, _ bool) bool { return under(left, name) })
	whole := topmost(trees)
	t := ownedTree{in: step.Instruction, paths: slices.Concat(left, whole)}
	if len(left) > 0 {
		t.commands = append(t.commands, fmt.Sprintf("find %s -user root -exec chown -h %s {} +", strings.Join(left, " "), u.user.spec))
	}
	if len(whole) > 0 {
		t.commands = append(t.commands, fmt.Sprintf("chown -R %s %s", u.user.spec, strings.Join(whole, " ")))
	}
	if len(t.commands) == 0 {
		return
	}
	var err error
	if t.edit, err = step.Instruction.Script().AtEnd(t.commands...); err != nil {
		u.safety = transform.Assumed
		u.evidence = append(u.evidence, fmt.Sprintf("line %d: what the command writes could not be handed over: %v", lineOf(p, step.Instruction), err))
		return
	}
	u.trees = append(u.trees, t)
}

// topmost lists the directories that lie below no other one, in order.
func topmost(names map[string]bool) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !under(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// findDirs collects what must be there before it is written to: volumes, and the
// directories that .gitignore and the code show to be written at run time.
func (u *userPlan) findDirs(p *transform.Pass, app string) {
	final := p.Facts.Final()
	for _, step := range final.Steps {
		if step.Instruction.Keyword != "VOLUME" {
			continue
		}
		for _, w := range step.Instruction.Args {
			if dir, ok := step.Path(w.Value); ok && dir != "/" && !everybodys(dir) {
				u.addDir(stateDir{path: dir, volume: step.Instruction, shared: true, why: "VOLUME"})
			}
		}
	}
	u.findMounts(p)
	if app == "" || app == "/" || sharedRoot(app) || p.Files == nil || !copiesContext(final) {
		return
	}
	for _, name := range ignoredDirs(p.Files) {
		if s, ok := knowledge.StateName(name); ok {
			u.addDir(stateDir{path: path.Join(app, name), shared: s.Shared, why: ".gitignore"})
		}
	}
}

// everybodys knows directories that every user may write to, or that belong to the system.
func everybodys(dir string) bool {
	return under([]string{"/tmp", "/var/tmp", "/dev", "/proc", "/sys", "/etc", "/usr", "/bin", "/sbin", "/lib"}, dir) || dir == "/run" || dir == "/var/run" || dir == "/var" || dir == "/home"
}

func (u *userPlan) addDir(d stateDir) {
	if !plainPath(d.path) {
		u.unquotable(d.path)
		return
	}
	if !slices.ContainsFunc(u.dirs, func(o stateDir) bool { return o.path == d.path }) {
		u.dirs = append(u.dirs, d)
	}
}

// unquotable notes a path that would have to be quoted in a command: it is left
// alone, and with it the promise that the user owns what it writes to.
func (u *userPlan) unquotable(name string) {
	u.safety = transform.Assumed
	u.evidence = append(u.evidence, fmt.Sprintf("the path %q is not handed over: the shell would not take it as it is", name))
}

// copiesContext reports whether the build context as a whole lands in the image.
func copiesContext(sf *transform.StageFacts) bool {
	for _, step := range sf.Steps {
		in := step.Instruction
		if _, _, from := in.Flag("from"); in.Is("COPY", "ADD") && !from && len(in.Args) == 2 && path.Clean(in.Args[0].Value) == "." {
			return true
		}
	}
	return false
}

// ignoredDirs lists the directory names at the top of the project that git is
// told to ignore.
func ignoredDirs(files fs.FS) []string {
	text, ok := transform.ReadBounded(files, ".gitignore")
	if !ok {
		return nil
	}
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' || strings.ContainsAny(line, "*?[") {
			continue
		}
		name := strings.Trim(line, "/")
		if name != "tmp" && name != ".cache" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}
