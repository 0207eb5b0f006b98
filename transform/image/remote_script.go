package image

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

var remoteScript = &transform.Rule{
	ID:     "remote-script",
	Title:  "What is downloaded is checked before it is run",
	Safety: transform.Manual,
	Doc: "`curl https://example.com/install.sh | sh` runs whatever the server sends on the day of the build, as root: a broken" + `
download runs half a script, and whoever takes over the server, the domain or the redirect owns the image. The rule finds

* a download piped into a shell, Python, Perl, Ruby, PHP or Node;
* ` + "`bash -c \"$(curl …)\"`, `eval \"$(curl …)\"`, `sh <(curl …)`, `source <(curl …)`" + `;
* a file that is downloaded by curl, wget or ` + "`ADD https://…`" + ` and run later in the same stage or as its ENTRYPOINT or CMD.

It is content where a checksum or a signature is verified in between (` + "`sha256sum -c`, `gpg --verify`, `cosign verify-blob` …" + `) or by ` + "`ADD --checksum`" + `.
Downloads that are data (` + "`| tar x`, `| gpg --dearmor`, `| apt-key add`, `| python -m json.tool`" + `) are not its concern.

Only somebody who has read the script can say which content is the right one, so nothing is changed. The finding has the lines to write: take a
URL that carries a version, note the SHA-256 of what you reviewed, let the build insist on it. A package of the distribution, or the tool's own image with
` + "`COPY --from`" + `, is often shorter still.

References: Docker documentation, "ADD --checksum"; CIS Docker Benchmark 4.11.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.11", Title: "Ensure only verified packages are installed"},
		{Framework: "NIST SP 800-190", ID: "4.1.5", Title: "Use of untrusted images"},
		{Framework: "NIST SP 800-190", ID: "4.1.3", Title: "Embedded malware"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 13", Title: "Enhance Supply Chain Security"},
	},
	Check: checkRemoteScript,
}

func checkRemoteScript(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	for _, sf := range p.Facts.Stages {
		d := downloads{pass: p, files: map[string]download{}}
		for _, step := range sf.Steps {
			d.take(step)
		}
		if sf == p.Facts.Final() {
			d.start()
		}
		out = append(out, d.findings...)
	}
	return out
}

// download is a file that came from the network and that nobody checked.
type download struct {
	url string
	in  *dockerfile.Instruction
}

// downloads follows what a stage downloads up to where it is run.
type downloads struct {
	pass     *transform.Pass
	files    map[string]download // by path
	findings []transform.Finding
}

func (d *downloads) take(step transform.Step) {
	in := step.Instruction
	switch in.Keyword {
	case "ADD":
		d.add(step)
	case "RUN":
		for i, c := range step.Commands {
			d.command(in, step.Commands[:i], c)
		}
	}
}

// add notes ADD https://….
func (d *downloads) add(step transform.Step) {
	in := step.Instruction
	if _, _, ok := in.Flag("checksum"); ok || len(in.Args) < 2 {
		return
	}
	dest, ok := step.Destination()
	if !ok {
		return
	}
	for _, a := range in.Args[:len(in.Args)-1] {
		if !strings.HasPrefix(a.Value, "http://") && !strings.HasPrefix(a.Value, "https://") || strings.HasSuffix(a.Value, ".git") {
			continue
		}
		file := dest
		if strings.HasSuffix(in.Args[len(in.Args)-1].Value, "/") || len(in.Args) > 2 {
			file = path.Join(dest, path.Base(a.Value))
		}
		d.files[file] = download{a.Value, in}
	}
}

// command judges one command of a RUN, given those in front of it.
func (d *downloads) command(in *dockerfile.Instruction, before []effect.Step, c effect.Step) {
	if verifies(c.Effect) {
		clear(d.files)
		return
	}
	argv := c.Effect.Argv
	if url := substituted(c.Call, argv); url != "" {
		d.report(c.Call.Span, url, "runs the output of a download of %s", argv)
		return
	}
	if text, ok := inlineArg(argv); ok {
		d.nested(in, dockerfile.NewScript(text).Calls(), 1, c.Call.Span)
	}
	if url := piped(before, c); url != "" {
		d.report(c.Call.Span, url, "pipes %s into "+path.Base(argv[0].Value), argv)
		return
	}
	d.run(c)
	if c.Call.Pipe && len(c.Effect.Fetches) > 0 && c.Effect.Fetches[0].Dest.Name == "-" {
		return
	}
	for _, f := range c.Effect.Fetches {
		if f.Dest.Name != "" && f.Dest.Name != "-" && strings.Contains(f.URL, "://") && (c.Effect.Tool == "curl" || c.Effect.Tool == "wget") {
			d.files[f.Dest.Name] = download{f.URL, in}
		}
	}
	d.redirected(in, c)
}

// redirected notes curl … > file.
func (d *downloads) redirected(in *dockerfile.Instruction, c effect.Step) {
	if len(c.Effect.Fetches) == 0 || c.Effect.Fetches[0].Dest.Name != "-" || len(c.Call.Redirs) == 0 {
		return
	}
	for _, w := range c.Effect.Writes {
		if w.Kind == effect.File {
			d.files[w.Name] = download{c.Effect.Fetches[0].URL, in}
		}
	}
}

// nested looks into sh -c '…'. Findings stand at the given place, or at the instruction.
func (d *downloads) nested(in *dockerfile.Instruction, calls []*dockerfile.Call, depth int, at ...parser.Span) {
	place := in.Span
	if len(at) > 0 {
		place = at[0]
	}
	var steps []effect.Step
	for _, call := range calls {
		steps = append(steps, effect.Step{Call: call, Effect: effect.Of(call, effect.Context{})})
	}
	for i, c := range steps {
		if text, ok := inlineArg(c.Effect.Argv); ok && depth < maxNested {
			d.nested(in, dockerfile.NewScript(text).Calls(), depth+1, place)
		}
		if url := piped(steps[:i], c); url != "" {
			d.report(place, url, "pipes %s into "+path.Base(c.Effect.Argv[0].Value), c.Effect.Argv)
		} else if url := substituted(c.Call, c.Effect.Argv); url != "" {
			d.report(place, url, "runs the output of a download of %s", c.Effect.Argv)
		}
	}
}

func inlineArg(argv []dockerfile.Arg) (string, bool) {
	if len(argv) == 0 {
		return "", false
	}
	return inlineScript(argv)
}

// run reports a command that runs a file that was downloaded.
func (d *downloads) run(c effect.Step) {
	argv := c.Effect.Argv
	if len(argv) == 0 {
		return
	}
	words := argv[:1]
	if interpreters[interpreter(argv)] || slices.Contains([]string{"source", "."}, argv[0].Value) {
		words = argv[1:]
		for len(words) > 0 && strings.HasPrefix(words[0].Value, "-") {
			if words[0].Value == "-c" || words[0].Value == "-m" || words[0].Value == "-e" {
				return
			}
			words = words[1:]
		}
		words = words[:min(1, len(words))]
	} else if !strings.Contains(argv[0].Value, "/") {
		return
	}
	for _, w := range words {
		file := w.Value
		if !path.IsAbs(file) && c.Dir != "" {
			file = path.Join(c.Dir, file)
		}
		got, ok := d.files[file]
		if !ok {
			got, ok = d.files[w.Text]
		}
		if ok {
			delete(d.files, file)
			d.reportFile(c.Call.Span, got, w.Value, dedent(c.Call.Text()))
		}
	}
}

// start reports an ENTRYPOINT or CMD that was downloaded.
func (d *downloads) start() {
	for _, prog := range programsOf(d.pass) {
		if got, ok := d.files[prog.argv[0]]; ok && prog.in != nil {
			delete(d.files, prog.argv[0])
			d.reportFile(prog.in.Span, got, prog.argv[0], "")
		}
	}
}

// report words a download that is run without being stored.
func (d *downloads) report(at parser.Span, url, what string, argv []dockerfile.Arg) {
	if !strings.Contains(url, "://") {
		url = "https://" + url
	}
	name := fileName(url, interpreter(argv))
	d.findings = append(d.findings, transform.Manually(at, "line %d "+what+" unchecked: write ADD --checksum=sha256:<sum of the script that you read> %s /tmp/%s in front of this RUN, then %s in it",
		d.pass.Line(at.Start), url, url, name, storedCommand(argv, "/tmp/"+name)))
}

// reportFile words a download that is stored and then run. command is empty for what
// starts with the container.
func (d *downloads) reportFile(at parser.Span, got download, file, command string) {
	n := d.pass.Line(at.Start)
	if got.in.Is("ADD") {
		d.findings = append(d.findings, transform.Manually(at, "line %d runs %s, which line %d downloads unchecked: write ADD --checksum=sha256:<sum of the file that you trust> %s there",
			n, file, lineOf(d.pass, got.in), dedent(got.in.ArgsText())))
		return
	}
	where := "behind the download on line " + fmt.Sprint(lineOf(d.pass, got.in))
	if command != "" && len(command) <= 80 {
		where = "in front of " + command
	}
	d.findings = append(d.findings, transform.Manually(at, "line %d runs %s, which is downloaded from %s unchecked: put echo '<SHA-256 of the file that you trust>  %s' | sha256sum -c - %s",
		n, file, got.url, file, where))
}

// fileName is a name for the content of a URL.
func fileName(url, interpreter string) string {
	url, _, _ = strings.Cut(url, "?")
	name := path.Base(strings.TrimSuffix(url, "/"))
	_, rest, _ := strings.Cut(url, "://")
	if strings.Contains(rest, "/") && !strings.ContainsAny(name, "$`(){}'\" ") && name != "." {
		return name
	}
	if interpreter == "python" {
		return "install.py"
	}
	return "install.sh"
}

// storedCommand writes the interpreter's command line for a stored script: what named
// the script is replaced, the words behind it stay.
func storedCommand(argv []dockerfile.Arg, file string) string {
	words := []string{path.Base(argv[0].Text), file}
	if !interpreters[interpreter(argv)] {
		words[0] = "." // eval, source
	}
	rest := argv[1:]
	for len(rest) > 0 {
		a := rest[0]
		rest = rest[1:]
		if a.Word != nil && !a.Literal && strings.Contains(a.Text, "(") { // $(…) or <(…)
			if strings.HasSuffix(argv[len(argv)-len(rest)-2].Value, "c") && len(rest) > 0 {
				rest = rest[1:] // the name of the script
			}
			break
		}
		if a.Value == "-" || a.Value == "--" || a.Value == "/dev/stdin" || strings.HasPrefix(a.Value, "-") && strings.Contains(a.Value, "s") && !strings.HasPrefix(a.Value, "--") {
			break
		}
	}
	if len(rest) > 0 && rest[0].Value == "--" {
		rest = rest[1:]
	}
	for _, a := range rest {
		words = append(words, a.Text)
	}
	return strings.Join(words, " ")
}
