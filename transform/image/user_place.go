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

// placement is where the user is made and where the image changes to it.
type placement struct {
	user     parser.Edit
	setup    *parser.Edit // nil when nothing has to be made
	late     *parser.Edit // makes directories that would be in the way earlier
	commands []string     // of the RUN instructions that setup and late insert
}

// find chooses both places.
func (pl *placement) find(p *transform.Pass, u *userPlan) *transform.Finding {
	final := p.Facts.Final()
	last := lastRootStep(final)
	pl.user = userEdit(final, last, u.user.spec)
	at := setupStep(final)
	early, late := u.sortDirs(final.Steps[at+1:])
	pl.commands = u.setupCommands(final, p.Options.Ownership, early)
	if commands := u.installDirs(late); hasShell(final) && len(commands) > 0 {
		edit := closing(final, last, runText(final.Steps[last].Instruction, commands))
		pl.late = &edit
		defer func() { pl.commands = append(pl.commands, commands...) }()
	}
	if len(pl.commands) == 0 {
		return nil
	}
	state := final.End()
	if at+1 < len(final.Steps) {
		state = final.Steps[at+1].Before
	}
	if !state.Root() {
		return refusal(final.Steps[at].Instruction.Span, reasonNoPlace, "the stage runs as %s there", state.EffectiveUser())
	}
	in := final.Steps[at].Instruction
	if at+1 < len(final.Steps) {
		if why := final.Steps[at+1].Instruction.Shell().Opaque(); why != "" {
			return refusal(in.Span, reasonNoPlace, "%s", why)
		}
	}
	text := runText(in, pl.commands)
	edit := insertAfter(in, text)
	pl.setup = &edit
	return nil
}

// lastRootStep is the index of the last instruction that has to run as root: every
// one that runs, copies or makes directories is taken to.
func lastRootStep(sf *transform.StageFacts) int {
	for i := len(sf.Steps) - 1; i > 0; i-- {
		if sf.Steps[i].Instruction.Is("RUN", "COPY", "ADD", "WORKDIR") {
			return i
		}
	}
	return 0
}

// userEdit puts USER where a person would: in front of what describes the running
// container, behind the last thing that needs root. A USER that names root there
// already is changed instead.
func userEdit(sf *transform.StageFacts, last int, spec string) parser.Edit {
	for _, step := range sf.Steps[last+1:] {
		if step.Instruction.Is("USER") {
			return parser.Replace(step.Instruction.ArgsSpan(), spec)
		}
	}
	return closing(sf, last, "USER "+spec)
}

// closing puts an instruction behind the last thing that needs root, in front of what
// describes the running container.
func closing(sf *transform.StageFacts, last int, text string) parser.Edit {
	for _, step := range sf.Steps[last+1:] {
		if step.Instruction.Is("USER", "EXPOSE", "HEALTHCHECK", "CMD", "ENTRYPOINT", "STOPSIGNAL") {
			return insertBefore(step.Instruction, text)
		}
	}
	return insertAfter(sf.Steps[last].Instruction, text)
}

// sortDirs tells which directories can be made at once, and which only when the
// given steps are done. Those that a step makes are handed over there.
func (u *userPlan) sortDirs(steps []transform.Step) (early, late []stateDir) {
	for _, d := range u.dirs {
		made, blocked := false, false
		for _, step := range steps {
			for _, c := range step.Commands {
				fails, picky := !makesParents(c), wantsEmpty(c)
				for _, w := range c.Effect.Writes {
					made = made || fails && w.Known && w.Name == d.path
					blocked = blocked || picky && w.Known && under([]string{w.Name}, d.path)
				}
			}
		}
		switch {
		case made:
		case blocked:
			late = append(late, d)
		default:
			early = append(early, d)
		}
	}
	return early, late
}

// makesParents reports whether a command is content with directories that are there.
func makesParents(c effect.Step) bool {
	if c.Effect.Tool == "install" {
		return true
	}
	if c.Effect.Tool != "mkdir" {
		return false
	}
	for _, a := range c.Effect.Argv[min(1, len(c.Effect.Argv)):] {
		if a.Value == "--parents" || strings.HasPrefix(a.Value, "-") && !strings.HasPrefix(a.Value, "--") && strings.Contains(a.Value, "p") {
			return true
		}
	}
	return false
}

// wantsEmpty reports whether a command fails, or does something else, when its
// target is there and not empty.
func wantsEmpty(c effect.Step) bool {
	switch c.Effect.Tool {
	case "git", "hg", "ln", "mv", "rails", "django-admin", "npx", "composer", "create-react-app":
		return true
	}
	return false
}

// setupCommands makes the user and the directories that it needs at once.
func (u *userPlan) setupCommands(sf *transform.StageFacts, ownership transform.Ownership, dirs []stateDir) []string {
	if !hasShell(sf) {
		return nil
	}
	if app := ownDir(sf); ownership == transform.OwnsWorkdir && app != "" && !sharedRoot(app) && plainPath(app) {
		others := slices.DeleteFunc(slices.Clone(dirs), func(d stateDir) bool { return d.path == app })
		dirs = append([]stateDir{{path: app, shared: true}}, others...)
	}
	return append(append([]string{}, u.user.create...), u.installDirs(dirs)...)
}

// installDirs makes directories that the user owns.
func (u *userPlan) installDirs(dirs []stateDir) []string {
	var private, public []string
	for _, d := range dirs {
		if d.shared {
			public = append(public, d.path)
		} else {
			private = append(private, d.path)
		}
	}
	owner, group, _ := strings.Cut(u.user.spec, ":")
	flags := "-o " + owner
	if group != "" {
		flags += " -g " + group
	}
	var commands []string
	if len(public) > 0 {
		commands = append(commands, fmt.Sprintf("install -d %s -m 0755 %s", flags, strings.Join(public, " ")))
	}
	if len(private) > 0 {
		commands = append(commands, fmt.Sprintf("install -d %s -m 0750 %s", flags, strings.Join(private, " ")))
	}
	return commands
}

// hasShell reports whether RUN works in the stage.
func hasShell(sf *transform.StageFacts) bool {
	if sf.Base != nil && (sf.Base.Family == "none" || sf.Base.Family == "distroless") {
		return false
	}
	return true
}

// setupStep is the index of the instruction behind which the user is made: behind
// the WORKDIR that the application lives in, but in front of a volume of its own,
// for what is changed behind VOLUME is lost.
func setupStep(sf *transform.StageFacts) int {
	app := sf.End().Workdir
	at := -1
	for i, step := range sf.Steps {
		if step.Instruction.Is("WORKDIR") {
			if dir, ok := step.Path(step.Instruction.Args[0].Value); ok && dir == app {
				at = i
			}
		}
	}
	if at < 0 { // no WORKDIR: behind the packages, in front of the application
		at = 0
		for i, step := range sf.Steps {
			if step.Instruction.Is("COPY", "ADD", "CMD", "ENTRYPOINT", "EXPOSE", "USER") {
				break
			}
			if step.Instruction.Is("RUN", "ENV", "LABEL", "ARG", "MAINTAINER", "SHELL") {
				at = i
			}
		}
	}
	for i, step := range sf.Steps[:at] {
		if step.Instruction.Is("VOLUME") {
			return i - 1
		}
	}
	for i := at; i > 0 && sf.Steps[i].Instruction.Is("SHELL") && sf.Steps[i].Instruction.Shell().Opaque() != ""; i-- {
		at = i - 1
	}
	return at
}

// runText writes a RUN of several commands.
func runText(near *dockerfile.Instruction, commands []string) string {
	doc := near.Document()
	nl := doc.Source.Newline()
	return "RUN " + strings.Join(commands, " "+string(doc.Escape)+nl+"    && ")
}

// insertAfter puts an instruction on a line of its own behind another one, with
// the blank line between them that the file has there.
func insertAfter(in *dockerfile.Instruction, text string) parser.Edit {
	src := in.Document().Source
	nl := src.Newline()
	line := in.LineSpan()
	if !strings.HasSuffix(src.Text(line), "\n") {
		return parser.Insert(line.End, nl+text)
	}
	if blankAt(src, line.End) {
		text = nl + text
	}
	return parser.Insert(line.End, text+nl)
}

// insertBefore puts an instruction in front of another one and of the comments
// that belong to it. It gets a paragraph of its own where the file gives each
// instruction one.
func insertBefore(in *dockerfile.Instruction, text string) parser.Edit {
	src := in.Document().Source
	nl := src.Newline()
	start := above(in)
	n := src.LineAt(start)
	text += nl
	if n > 1 && blankAt(src, src.Line(n-1).Start) && (blankAt(src, in.LineSpan().End) || n != src.LineAt(in.Span.Start)) {
		text += nl
	}
	return parser.Insert(start, text)
}

// above is where an instruction starts with the comments right above it.
func above(in *dockerfile.Instruction) int {
	src := in.Document().Source
	n := src.LineAt(in.Span.Start)
	for n > 1 && strings.HasPrefix(strings.TrimLeft(src.Text(src.Line(n-1)), " \t"), "#") {
		n--
	}
	return src.Line(n).Start
}

// blankAt reports whether a blank line starts at the offset.
func blankAt(src *parser.Source, offset int) bool {
	if offset >= src.Len() {
		return false
	}
	return strings.TrimSpace(src.Text(src.Line(src.LineAt(offset)))) == ""
}
