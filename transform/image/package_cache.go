package image

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

var (
	reasonOpaqueScript = transform.Reason{Code: "opaque-script", Text: "the script cannot be read: another shell, or no valid shell script."}
	reasonPlace        = transform.Reason{Code: "no-place-for-cleanup", Text: "nothing can be added behind the command without changing when the build fails: a function, a background job, a here-document, a negated command."}
	reasonListsNeeded  = transform.Reason{Code: "lists-needed", Text: "something that cannot be read may still need the package lists: a script of the project that runs later, or ONBUILD."}
	reasonOldPip       = transform.Reason{Code: "old-pip", Text: "pip is older than 6 on this base image and does not know --no-cache-dir."}
	reasonYarnBerry    = transform.Reason{Code: "yarn-berry", Text: "Yarn 2 and newer may run the application from its cache."}
	reasonRunsLater    = transform.Reason{Code: "runs-later", Text: "the tool runs again when a container starts, or later in the build without a network, and may want its cache."}
	reasonNested       = transform.Reason{Code: "nested-script", Text: "the package manager runs in a script inside of a string (sh -c), or as another user."}
)

var packageCache = &transform.Rule{
	ID:     "package-cache",
	Title:  "No package manager's cache stays in the image",
	Safety: transform.Safe,
	Doc: `Package lists and download caches are of no use in an image: they make it larger, and lists that are baked in make a
later ` + "`apt-get install`" + ` take stale versions. What one RUN leaves behind no later RUN can take out of its layer, so
the cleanup joins the *same* RUN, behind the last command that needs the cache.

| manager | what is done |
|---|---|
| apt, apt-get, aptitude | ` + "`rm -rf /var/lib/apt/lists/*`" + `; a lone ` + "`RUN apt-get update`" + ` moves into the RUNs that install |
| apk | ` + "`apk add --no-cache`" + `; next to an ` + "`apk update`" + `: ` + "`rm -rf /var/cache/apk/*`" + ` |
| dnf, yum, microdnf, tdnf, zypper | their ` + "`clean all`" + ` |
| pacman | the package cache is removed, the databases stay |
| pip | ` + "`--no-cache-dir`" + ` |
| uv | ` + "`--no-cache`" + ` |
| conda, mamba, micromamba | ` + "`conda clean --all --yes`" + ` |
| npm, yarn, pnpm, composer | their own command for it |
| gem, bundler | the ` + "`cache`" + ` directory of the gems; not below a ` + "`BUNDLE_PATH`" + ` |
| bun, pipenv, cpan, cpanm | the cache below the home directory is removed |
| go, cargo | in the stage that ships, behind the last command that uses it: ` + "`go clean -cache`, `-modcache`" + `, the registry |

Left alone: what Maven, Gradle, sbt, NuGet, Poetry and PDM keep below the home directory is also where programs are run from. The cure for a compiler's
image with all of its caches is a stage of its own for the build.

Archives that a RUN downloads to ` + "`/tmp`" + ` and leaves there go too. Only stages that ship are looked at. Cache mounts
(` + "`RUN --mount=type=cache`" + `), ` + "`PIP_NO_CACHE_DIR`" + ` and every usual spelling of a cleanup are recognised.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.3", Title: "Ensure that unnecessary packages are not installed in the container"},
		{Framework: "CIS Docker Benchmark", ID: "4.7", Title: "Ensure update instructions are not used alone in Dockerfiles"},
	},
	Reasons: []transform.Reason{reasonOpaqueScript, reasonPlace, reasonListsNeeded, reasonOldPip, reasonYarnBerry, reasonNested, reasonRunsLater},
	Check:   checkPackageCache,
}

func checkPackageCache(p *transform.Pass) []transform.Finding {
	c := &cacheChecker{pass: p, shipping: shipping(p.Facts.Final())}
	for _, sf := range c.shipping {
		if sf.Stage.Windows() {
			continue
		}
		for _, step := range sf.Steps {
			if step.Instruction.Is("RUN") {
				c.run(sf, step)
			}
		}
	}
	c.aptLists()
	if len(c.findings) == 0 && c.done != nil {
		return []transform.Finding{*c.done}
	}
	return c.findings
}

// cacheChecker goes through the RUNs of the stages that ship.
type cacheChecker struct {
	pass     *transform.Pass
	shipping []*transform.StageFacts
	findings []transform.Finding
	done     *transform.Finding
}

func (c *cacheChecker) refuse(at parser.Span, reason transform.Reason, format string, args ...any) {
	c.findings = append(c.findings, transform.Refuse(at, "a package manager's cache stays in the image", reason, format, args...))
}

func (c *cacheChecker) satisfied(at parser.Span) {
	if c.done == nil {
		f := transform.Done(at, "package managers clean up behind themselves")
		c.done = &f
	}
}

// managerNames are looked for in scripts that cannot be read.
var managerNames = []string{"apt-get", "apt ", "apk ", "yum ", "dnf ", "zypper", "pip install", "npm install", "npm ci", "yarn "}

// run proposes the cleanup of one RUN for all caches but apt's lists, which tie
// several RUNs together.
func (c *cacheChecker) run(sf *transform.StageFacts, step transform.Step) {
	in := step.Instruction
	if why := in.Script().Opaque; why != "" {
		if slices.ContainsFunc(managerNames, func(n string) bool { return strings.Contains(in.ArgsText(), n) }) {
			c.refuse(in.Span, reasonOpaqueScript, "%s", why)
		}
		return
	}
	job := &cacheJob{checker: c, stage: sf, step: step, mounts: cacheMounts(in), fix: &transform.Fix{}}
	for _, name := range job.left() {
		job.clean(name)
	}
	job.stores()
	job.downloads()
	if len(job.fix.Edits) > 0 {
		c.findings = append(c.findings, transform.Propose(in.Span, transform.Safe, strings.Join(job.messages, "; "), job.fix))
	}
}

// cacheJob is the cleanup of one RUN.
type cacheJob struct {
	checker  *cacheChecker
	stage    *transform.StageFacts
	step     transform.Step
	mounts   []string
	fix      *transform.Fix
	messages []string
}

// left lists the caches that the RUN fills and does not empty, in order.
func (j *cacheJob) left() []string {
	var names []string
	for _, cmd := range j.step.Commands {
		for _, name := range cmd.Effect.Caches {
			switch {
			case name == "apt-lists" || name == "apt-archives" || slices.Contains(names, name):
			case j.mounted(name):
				j.checker.satisfied(cmd.Call.Span)
			default:
				names = append(names, name)
			}
		}
		for _, name := range cmd.Effect.Cleans {
			if i := slices.Index(names, name); i >= 0 {
				names = slices.Delete(names, i, i+1)
				j.checker.satisfied(cmd.Call.Span)
			}
		}
		if noCacheOption(cmd.Effect) {
			j.checker.satisfied(cmd.Call.Span)
		}
	}
	return names
}

func noCacheOption(e effect.Effect) bool {
	return e.Verb == "install" && (e.Manager == "apk" || e.Manager == "pip" || e.Manager == "uv") && len(e.Caches) == 0
}

// mounted reports whether the cache lies in a cache mount.
func (j *cacheJob) mounted(name string) bool {
	cache, _ := effect.CacheOf(name)
	for _, dir := range cache.Paths {
		home := j.step.Before.Home()
		if home == "" {
			home = "/root"
		}
		if under(j.mounts, strings.Replace(dir, "$HOME", home, 1)) {
			return true
		}
	}
	return false
}

// fillers are the commands that fill a cache.
func (j *cacheJob) fillers(name string) []effect.Step {
	var out []effect.Step
	for _, cmd := range j.step.Commands {
		if slices.Contains(cmd.Effect.Caches, name) {
			out = append(out, cmd)
		}
	}
	return out
}

// clean empties one cache, by option where there is one.
func (j *cacheJob) clean(name string) {
	cache, _ := effect.CacheOf(name)
	fillers := j.fillers(name)
	last := fillers[len(fillers)-1]
	switch {
	case last.Effect.Manager == "":
		j.checker.refuse(last.Call.Span, reasonNested, "%s", last.Call.Name())
		return
	case last.Effect.AsUser != "" && !transform.IsRoot(last.Effect.AsUser):
		j.checker.refuse(last.Call.Span, reasonNested, "as %s, whose cache it is", last.Effect.AsUser)
		return
	case name == "uv" && j.runsLater("uv"):
		j.checker.refuse(last.Call.Span, reasonRunsLater, "uv")
		return
	case name == "yarn" && yarnBerry(j.checker.pass):
		j.checker.refuse(last.Call.Span, reasonYarnBerry, "Yarn is newer than 1")
		return
	}
	if cache.Option != "" && !(name == "apk" && (j.updatesApk() || oldApk(j.stage))) {
		if name == "pip" && oldPip(j.stage) {
			j.checker.refuse(last.Call.Span, reasonOldPip, "on %s", j.stage.BaseRef)
			return
		}
		if last.Call.Script.Argv == nil && !slices.ContainsFunc(fillers, optionsEnded) {
			j.option(cache, fillers)
			return
		}
	}
	command := cleanCommand(cache, last)
	edit, err := behindManager(j.step, last.Effect.Manager, last.Call, command)
	if err != nil {
		j.checker.refuse(last.Call.Span, reasonPlace, "%v", err)
		return
	}
	j.fix.Edits = append(j.fix.Edits, edit)
	j.fix.Declares.Added = append(j.fix.Declares.Added, command)
	j.messages = append(j.messages, fmt.Sprintf("the cache of %s is emptied in the layer that fills it", cache.Manager))
}

// behindManager makes the edit that cleans up behind the last use of a package
// manager. Of the system's it stands behind what a RUN removes and cleans with it
// later, as people write it, where that is done for certain.
func behindManager(step transform.Step, manager string, lastUse *dockerfile.Call, command string) (parser.Edit, error) {
	last := lastUse
	for _, cmd := range step.Commands {
		e := cmd.Effect
		uses := e.Manager == manager && e.NeedsRoot || manager == "apt" && slices.Contains(e.Cleans, "apt-lists")
		if uses && cmd.Call.Script == last.Script && cmd.Call.Span.Start > last.Span.Start && cmd.Call.Where == lastUse.Where {
			last = cmd.Call
		}
	}
	if edit, err := last.Script.After(last, command); err == nil {
		return edit, nil
	}
	return lastUse.Script.After(lastUse, command)
}

// cleanCommand writes the cleanup with the program word and the sudo of the command it follows.
func cleanCommand(cache effect.Cache, after effect.Step) string {
	command := cache.Clean
	if cache.Name == "gem" && after.Effect.Tool == "gem" { // ask the gem that installed, which may be another one than the one on PATH
		command = strings.Replace(command, "(gem ", "("+after.Effect.Argv[0].Text+" ", 1)
	}
	if word, rest, _ := strings.Cut(command, " "); word == after.Effect.Tool || word == "conda" { // mamba and micromamba are conda, too
		command = after.Effect.Argv[0].Text + " " + rest
	}
	if after.Effect.Privilege == "sudo" {
		command = "sudo " + command
	}
	return command
}

// optionsEnded reports whether the subcommand stands behind a "--", where nothing that
// follows is an option.
func optionsEnded(cmd effect.Step) bool {
	end := slices.IndexFunc(cmd.Effect.Argv, func(a dockerfile.Arg) bool { return a.Value == "--" })
	return end >= 0 && end < slices.IndexFunc(cmd.Effect.Argv, func(a dockerfile.Arg) bool { return installing(a.Value) })
}

// installing reports whether a word is a subcommand that installs.
func installing(word string) bool {
	switch word {
	case "install", "add", "wheel", "download", "upgrade", "sync":
		return true
	}
	return false
}

// option adds the option that leaves no cache to each command.
func (j *cacheJob) option(cache effect.Cache, fillers []effect.Step) {
	n := len(j.fix.Edits)
	for _, cmd := range fillers {
		at := slices.IndexFunc(cmd.Effect.Argv, func(a dockerfile.Arg) bool { return installing(a.Value) })
		if at < 0 || cmd.Effect.Argv[at].Word == nil || cmd.Call.Subst {
			continue
		}
		r := rewrite(cmd.Call)
		if i := updateOption(cache, cmd.Effect); i >= 0 {
			r.replace(cmd.Effect.Argv[i], cache.Option) // --no-cache fetches the index anew
		} else {
			r.insertAfter(cmd.Effect.Argv[at], " "+cache.Option)
		}
		j.fix.Edits = append(j.fix.Edits, r.edits...)
		r.declare(&j.fix.Declares)
	}
	if len(j.fix.Edits) > n {
		j.messages = append(j.messages, fmt.Sprintf("%s leaves no cache behind (%s)", cache.Manager, cache.Option))
	}
}

// updateOption finds apk's --update, which --no-cache replaces.
func updateOption(cache effect.Cache, e effect.Effect) int {
	if cache.Name != "apk" {
		return -1
	}
	return slices.IndexFunc(e.Argv, func(a dockerfile.Arg) bool {
		return a.Word != nil && (a.Value == "--update" || a.Value == "-U" || a.Value == "--update-cache")
	})
}

func (j *cacheJob) updatesApk() bool {
	return slices.ContainsFunc(j.step.Commands, func(s effect.Step) bool {
		return s.Effect.Manager == "apk" && s.Effect.Verb == "update"
	})
}

// oldApk knows the Alpine releases whose apk has no --no-cache (before 3.3).
func oldApk(sf *transform.StageFacts) bool {
	b := sf.Base
	return b != nil && b.Image == "alpine" && (strings.HasPrefix(b.Version, "2.") || b.Version == "3.0" || b.Version == "3.1" || b.Version == "3.2")
}

// oldPip knows the releases whose python-pip package is older than pip 6.
func oldPip(sf *transform.StageFacts) bool {
	b := sf.Base
	if b == nil {
		return false
	}
	old := b.Image == "ubuntu" && (strings.HasPrefix(b.Tag, "12.") || strings.HasPrefix(b.Tag, "13.") || strings.HasPrefix(b.Tag, "14.") || b.Tag == "trusty" || b.Tag == "precise") ||
		b.Image == "debian" && (strings.HasPrefix(b.Tag, "7") || strings.HasPrefix(b.Tag, "wheezy") || strings.HasPrefix(b.Tag, "8") || strings.HasPrefix(b.Tag, "jessie"))
	return old && slices.ContainsFunc(sf.Packages, func(i transform.Installed) bool { return i.Manager == "apt" && strings.HasSuffix(i.Name, "-pip") })
}
