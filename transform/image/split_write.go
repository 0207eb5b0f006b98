package image

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// splitWriter writes the two stages: the builder is the text as it is, but for what
// describes the container; the runtime stage is put in front of the first instruction that
// stays in it as it stands.
type splitWriter struct {
	*splitPlan
	edits    []parser.Edit
	declares transform.Changes
	split    *transform.Split
	labels   []string // texts of LABEL and MAINTAINER, and
	moved    []string // texts of instructions that go to the runtime stage, with their comments
}

func (s *splitPlan) write() ([]parser.Edit, transform.Changes) {
	w := &splitWriter{splitPlan: s, split: &transform.Split{Builder: s.builder, Runtime: s.runtime, Base: s.base.Image, Outputs: s.outputs}}
	w.declares = transform.Changes{Config: map[string]string{}, Split: w.split}
	w.nameBuilder()
	w.makeVenv()
	w.takeMetadata()
	w.edits = append(w.edits, w.insertion(w.block()))
	return w.edits, w.declares
}

// nameBuilder gives the stage its new name.
func (w *splitWriter) nameBuilder() {
	from := w.final.Stage.From
	if n := len(from.Args); n > 2 {
		w.edits = append(w.edits, parser.Replace(from.Args[n-1].Span, w.builder))
		return
	}
	w.edits = append(w.edits, parser.Insert(from.Args[0].Span.End, w.as()+w.builder))
}

// as is the word in front of a stage's name, in the letters of the file.
func (w *splitWriter) as() string {
	from := w.final.Stage.From
	if len(from.Args) > 2 {
		return " " + from.Args[1].Text + " "
	}
	if w.pass.Doc.Source.Text(from.KeywordSpan) == "from" {
		return " as "
	}
	return " AS "
}

// run writes a RUN and declares its commands.
func (w *splitWriter) run(commands ...string) string {
	w.declares.Added = append(w.declares.Added, commands...)
	return runText(w.final.Stage.From, commands)
}

// venvSettings point Python to the environment.
func (w *splitWriter) venvSettings() []string {
	return []string{"ENV VIRTUAL_ENV=" + venvDir, "ENV PATH=" + venvDir + "/bin:$PATH"}
}

// makeVenv makes the environment in front of the first install.
func (w *splitWriter) makeVenv() {
	if w.venv == nil {
		return
	}
	commands := []string{"python -m venv " + venvDir}
	if w.venv.system && w.systemManager() == "apk" { // its python3 has all that it takes
		commands = []string{"python3 -m venv --system-site-packages " + venvDir}
	} else if w.venv.system {
		commands = []string{"apt-get update", "apt-get install -y --no-install-recommends python3-venv", "python3 -m venv --system-site-packages " + venvDir}
	}
	nl := w.pass.Doc.Source.Newline()
	text := strings.Join(append([]string{w.run(commands...)}, w.venvSettings()...), nl)
	w.edits = append(w.edits, insertBefore(w.final.Steps[w.venv.before].Instruction, text))
	w.declares.Config["ENV VIRTUAL_ENV"] = venvDir
	for _, step := range w.final.Steps[w.venv.before:] {
		if step.Instruction.Is("ENV") && slices.ContainsFunc(step.Instruction.Settings(), func(s dockerfile.Setting) bool { return s.Name == "PATH" }) {
			return // the file's own comes later, and goes on from this one
		}
	}
	w.declares.Config["ENV PATH"] = venvDir + "/bin:$PATH"
}

// metadata are the instructions that describe the container.
var metadata = []string{"LABEL", "MAINTAINER", "EXPOSE", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "CMD", "ENTRYPOINT"}

// takeMetadata takes what describes the container out of the builder.
func (w *splitWriter) takeMetadata() {
	src := w.pass.Doc.Source
	var spans []parser.Span
	for _, step := range w.steps() {
		in := step.Instruction
		if !in.Is(metadata...) {
			continue
		}
		span := parser.Span{Start: above(in), End: in.LineSpan().End}
		if n := len(spans); n > 0 && spans[n-1].End == span.Start {
			spans[n-1].End = span.End
		} else {
			spans = append(spans, span)
		}
		if text := strings.TrimRight(src.Text(span), "\r\n"); in.Is("LABEL", "MAINTAINER") {
			w.labels = append(w.labels, text)
		} else {
			w.moved = append(w.moved, text)
		}
	}
	for _, span := range spans { // of a paragraph of its own one of the blank lines goes, too
		if blankAt(src, span.End) && (span.Start == 0 || blankAt(src, src.Line(max(1, src.LineAt(span.Start)-1)).Start)) {
			span.End = src.Line(src.LineAt(span.End)).End
		}
		w.edits = append(w.edits, parser.Delete(span))
	}
}

// insertion puts the block in front of the first instruction of the runtime stage.
func (w *splitWriter) insertion(block string) parser.Edit {
	src := w.pass.Doc.Source
	nl := src.Newline()
	if w.point < len(w.final.Steps) {
		at := above(w.final.Steps[w.point].Instruction)
		if n := src.LineAt(at); n > 1 && !blankAt(src, src.Line(n-1).Start) {
			block = nl + block
		}
		return parser.Insert(at, block+nl+nl)
	}
	last := w.final.Steps[w.point-1].Instruction.LineSpan()
	if !strings.HasSuffix(src.Text(last), "\n") {
		return parser.Insert(last.End, nl+nl+block)
	}
	return parser.Insert(last.End, nl+block+nl)
}

// block is what the runtime stage starts with. What is still to be done in the builder
// stands in front of it.
func (w *splitWriter) block() string {
	nl := w.pass.Doc.Source.Newline()
	var head []string
	if w.prune != nil {
		head = w.pruned()
	}
	body := w.settings()
	if len(w.packages) > 0 && !w.copiesRoots() {
		body = append(body, w.run(w.installCommands()...))
	}
	var dirs, setup []string
	dirs = w.baseDirectory()
	for _, step := range w.steps() {
		if step.Instruction.Is("WORKDIR") {
			dirs = append(dirs, plainText(step.Instruction))
		}
	}
	if len(w.setup) > 0 {
		setup = append(setup, w.run(w.setup...))
	}
	if w.relative {
		body = append(append(body, dirs...), setup...)
	} else { // a directory that is made is not there yet
		body = append(append(body, setup...), dirs...)
	}
	body = append(body, w.copies()...)
	if len(w.handover) > 0 {
		body = append(body, w.run(w.handover...))
	}
	if w.user != nil {
		body = append(body, plainText(w.user))
	}
	body = append(append(body, w.labels...), w.moved...)
	from := "FROM "
	for _, f := range w.final.Stage.From.Flags {
		from += f.Text + " "
	}
	lines := append([]string{from + w.base.Image + w.as() + w.runtime}, w.arguments(strings.Join(body, nl))...)
	lines = append(lines, w.inherited(strings.Join(body, nl))...)
	return strings.Join(slices.Concat(head, lines, body), nl)
}

// pruned takes development dependencies out at the end of the builder: in its last RUN, where one is
// the last that runs there, else in one of its own, which is returned.
func (w *splitWriter) pruned() []string {
	commands := []string{w.prune.command}
	if w.prune.dir != w.final.Steps[w.point-1].Before.Workdir {
		commands = append([]string{"cd " + w.prune.dir}, commands...)
	}
	for i := w.point - 1; i >= 0; i-- {
		in := w.final.Steps[i].Instruction
		if in.Is(metadata...) {
			continue // goes to the runtime stage
		}
		moves := func(c *dockerfile.Call) bool { return c.Name() == "cd" || c.Name() == "pushd" }
		if !in.Is("RUN") || in.Shell().Opaque() != "" || slices.ContainsFunc(in.Script().Calls(), moves) {
			break
		}
		if edit, err := in.Script().AtEnd(commands...); err == nil {
			w.edits = append(w.edits, edit)
			w.declares.Added = append(w.declares.Added, commands...)
			return nil
		}
		break
	}
	return []string{w.run(commands...), ""}
}

// settings are the ENV and SHELL instructions of the builder, in their order.
func (w *splitWriter) settings() []string {
	var out []string
	for i, step := range w.final.Steps[:w.point] {
		if w.venv != nil && i == w.venv.before {
			out = append(out, w.venvSettings()...)
		}
		if in := step.Instruction; in.Is("ENV", "SHELL") && !w.setAgain(i) {
			out = append(out, plainText(in))
			if in.Is("SHELL") {
				w.split.Instructions = append(w.split.Instructions, "SHELL "+in.Describe())
			}
		}
	}
	return out
}

// baseDirectory keeps the directory of the builder's base, where the file's own names start from it
// and the runtime's base has another.
func (w *splitWriter) baseDirectory() []string {
	dir := w.final.Base.Workdir
	if b := knowledge.LookupBase(w.base.Image); dir == "" || b != nil && b.Workdir == dir {
		return nil
	}
	for _, step := range w.final.Steps {
		if in := step.Instruction; in.Is("WORKDIR") && len(in.Args) > 0 {
			if at, ok := step.Path(in.Args[0].Value); ok && !under([]string{dir}, at) || path.IsAbs(in.Args[0].Value) {
				return nil
			}
			break
		}
	}
	w.declares.Config["WORKDIR"] = dir + "\n" + dockerfile.ImageConfig(w.final.Stage).Facets()["WORKDIR"]
	return []string{"WORKDIR " + dir}
}

// inherited sets what the runtime stage names of the variables of the builder's base, where its
// own base has them not.
func (w *splitWriter) inherited(body string) []string {
	for _, step := range w.final.Steps[w.point:] {
		body += "\n" + w.pass.Doc.Source.Text(step.Instruction.Span)
	}
	var out []string
	has := knowledge.LookupBase(w.base.Image)
	for _, name := range slices.Sorted(maps.Keys(w.final.Base.Env)) {
		value := w.final.Base.Env[name]
		if name == "PATH" || has != nil && has.Env[name] == value || !regexp.MustCompile(`\$\{?`+name+`\b`).MatchString(body) {
			continue
		}
		out = append(out, "ENV "+name+"="+value)
		if w.fromBase(name) {
			w.declares.Config["ENV "+name] = value
		}
	}
	return out
}

// fromBase reports whether the file itself never sets a variable.
func (w *splitWriter) fromBase(name string) bool {
	return !slices.ContainsFunc(w.final.Steps, func(step transform.Step) bool {
		return step.Instruction.Is("ENV") && slices.ContainsFunc(step.Instruction.Settings(), func(s dockerfile.Setting) bool { return s.Name == name })
	})
}

// setAgain reports whether every variable of an ENV is set again by a later one of the builder,
// with nothing in between that looks at it.
func (w *splitWriter) setAgain(i int) bool {
	in := w.final.Steps[i].Instruction
	if !in.Is("ENV") {
		return false
	}
	for _, set := range in.Settings() {
		again := false
		for _, step := range w.final.Steps[i+1 : w.point] {
			text := step.Instruction.ArgsText()
			if step.Instruction.Is("ENV", "WORKDIR", "ARG", "LABEL", "EXPOSE", "VOLUME", "USER") && (strings.Contains(text, "$"+set.Name) || strings.Contains(text, "${"+set.Name)) {
				return false
			}
			again = again || step.Instruction.Is("ENV") && slices.ContainsFunc(step.Instruction.Settings(), func(s dockerfile.Setting) bool { return s.Name == set.Name })
		}
		if !again {
			return false
		}
	}
	return true
}

// arguments are the ARGs that the runtime stage names.
func (w *splitWriter) arguments(body string) []string {
	for _, step := range w.final.Steps[w.point:] {
		body += "\n" + w.pass.Doc.Source.Text(step.Instruction.Span)
	}
	var out []string
	for _, step := range w.steps() {
		in := step.Instruction
		if !in.Is("ARG") {
			continue
		}
		used := slices.ContainsFunc(in.Args, func(a dockerfile.Word) bool {
			name, _, _ := strings.Cut(a.Text, "=")
			return strings.Contains(body, "$"+name) || strings.Contains(body, "${"+name)
		})
		if used {
			out = append(out, plainText(in))
			w.split.Instructions = append(w.split.Instructions, "ARG "+in.Describe())
		}
	}
	return out
}

// copies bring what the builder made.
func (w *splitWriter) copies() []string {
	var out []string
	add := func(src, dest string) {
		owner := ""
		if w.user != nil && (w.inApp(dest) || w.filledByUser(src)) {
			owner = "--chown=" + w.user.ArgsText() + " "
		}
		text := fmt.Sprintf("--from=%s %s%s %s", w.builder, owner, src, dest)
		out = append(out, "COPY "+text)
		w.split.Instructions = append(w.split.Instructions, "COPY "+text)
	}
	if w.copiesRoots() {
		add(rootsOfTrust, rootsOfTrust)
		w.split.Outputs = append(w.split.Outputs, rootsOfTrust)
	}
	for _, r := range w.roots {
		add(r, r)
	}
	for _, src := range slices.Sorted(maps.Keys(w.relocated)) {
		add(src, w.relocated[src])
	}
	for _, step := range w.repeated {
		in := step.Instruction
		out = append(out, w.pass.Doc.Source.Text(in.Span))
		w.split.Instructions = append(w.split.Instructions, in.Keyword+" "+in.Describe())
	}
	return out
}

// rootsOfTrust is where Debian's ca-certificates keeps the roots of trust, and where Go's crypto/x509 looks first
// (root_linux.go).
const rootsOfTrust = "/etc/ssl/certs/ca-certificates.crt"

// copiesRoots reports whether the roots of trust are all that the runtime stage lacks, and the builder's
// base has them in one file: that is copied, and nothing is installed.
func (w *splitWriter) copiesRoots() bool {
	return slices.Equal(w.packages, []string{"ca-certificates"}) && w.systemManager() == "apt" &&
		w.final.Base.Language == "golang" && w.final.Base.Has("ca-certificates")
}

// installCommands install the runtime stage's packages, and leave no lists behind.
func (w *splitWriter) installCommands() []string {
	list := strings.Join(w.packages, " ")
	switch m := w.systemManager(); m {
	case "apt":
		return []string{"apt-get update", "apt-get install -y --no-install-recommends " + list, "rm -rf /var/lib/apt/lists/*"}
	case "apk":
		return []string{"apk add --no-cache " + list}
	default:
		return []string{m + " install -y " + list, m + " clean all"}
	}
}

// plainText is an instruction as it is written, without the comments inside.
func plainText(in *dockerfile.Instruction) string {
	src := in.Document().Source
	text := src.Text(in.Span)
	if len(in.Comments) == 0 {
		return text
	}
	var out strings.Builder
	at := in.Span.Start
	for _, c := range in.Comments {
		full := src.Line(src.LineAt(c.Start))
		out.WriteString(src.Text(parser.Span{Start: at, End: full.Start}))
		at = full.End
	}
	out.WriteString(src.Text(parser.Span{Start: at, End: in.Span.End}))
	return out.String()
}
