package image

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

var imageSecrets = &transform.Rule{
	ID:     "image-secrets",
	Title:  "Images hold no credentials",
	Safety: transform.Manual,
	Doc: "What ENV sets is part of the image: whoever can pull it reads it with `docker inspect`, and so does every process in it. The value of an ARG is in `docker history`" + `,
also in that of a stage which others are built on, and also when only ` + "`--build-arg`" + ` gives it. Deleting either in a later instruction changes nothing.

A build takes credentials from ` + "`RUN --mount=type=secret`" + `, which leaves nothing behind; a container takes them from a secret of compose, or from its environment. The rule names
each ENV, ARG and RUN with a credential, by the name, by connection URLs and by the rules of gitleaks, with the line to write. The value is never printed. Which command needs
which credential, and where it comes from, is for you to say, so nothing is changed.

A credential that was ever committed or pushed must be rotated: taking it out of the file does not take it out of the history.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.10", Title: "Ensure secrets are not stored in Dockerfiles"},
		{Framework: "NIST SP 800-190", ID: "4.1.4", Title: "Embedded clear text secrets"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 12", Title: "Utilize Docker Secrets for Sensitive Data Management"},
	},
	Check: checkImageSecrets,
}

func checkImageSecrets(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	mounted := false
	for _, in := range p.Doc.Instructions() {
		switch {
		case in.Is("ENV", "ARG"):
			out = append(out, bakedSecrets(p, in)...)
		case in.Is("RUN"):
			mounted = mounted || mountsSecret(in)
			if len(secret.Loose(p.Doc.Source.Text(in.Span))) > 0 {
				out = append(out, transform.Manually(in.Span, "take the credential out of the command on line %d, it is in the history of the image: write RUN --mount=type=secret,id=<name>,env=<NAME> and use $<NAME> in its place, build with --secret id=<name>,env=<NAME>, and rotate it", lineOf(p, in)))
			}
		}
	}
	if len(out) == 0 && mounted {
		out = append(out, transform.Done(p.Facts.Final().Stage.From.Span, "the build takes its credentials from secret mounts"))
	}
	return out
}

// mountsSecret reports whether a RUN takes a credential from a secret mount.
func mountsSecret(in *dockerfile.Instruction) bool {
	for _, f := range in.Flags {
		if strings.HasPrefix(f.Value, "--mount=") && strings.Contains(f.Value, "type=secret") {
			return true
		}
	}
	return false
}

// bakedSecrets words the findings about an ENV or ARG.
func bakedSecrets(p *transform.Pass, in *dockerfile.Instruction) []transform.Finding {
	var out []transform.Finding
	for _, b := range secretsOf(in) {
		user := userOf(p, in, b.Name)
		switch {
		case b.Setting.Kind == secret.Placeholder:
		case in.Keyword == "ENV" && b.Setting.Kind == secret.Variable:
			out = append(out, transform.Manually(b.At, "do not set %s on line %d: ENV keeps the value of the build in the image; %s", b.Name, lineOf(p, in), instead(p, in, user, b.Name)))
		case b.Setting.Kind == secret.Literal || b.Setting.Kind == secret.Default || in.Keyword == "ARG":
			out = append(out, transform.Manually(b.At, "take %s out of line %d: %s; %s", b.Name, lineOf(p, in), kept(in), instead(p, in, user, b.Name)))
		}
	}
	return out
}

// secretsOf is what an ENV or ARG sets, with the ARGs to whose names --build-arg gives a
// value.
func secretsOf(in *dockerfile.Instruction) []secret.Baked {
	out := secret.OfInstruction(in)
	if in.Is("ARG") {
		for _, a := range in.Args {
			if s := secret.Judge(a.Text, "$"+a.Text); s.Kind == secret.Variable && !strings.Contains(a.Text, "=") {
				out = append(out, secret.Baked{Name: a.Text, Setting: s, At: a.Span, Instruction: in})
			}
		}
	}
	return out
}

// userOf is the first RUN behind an instruction, in its stage, that reads a variable; nil
// when none does.
func userOf(p *transform.Pass, in *dockerfile.Instruction, name string) *dockerfile.Instruction {
	re := regexp.MustCompile(`\$\{?` + regexp.QuoteMeta(name) + `\b`)
	for _, run := range p.Doc.Instructions() {
		if run.Is("RUN") && run.Stage == in.Stage && run.Span.Start > in.Span.Start && re.MatchString(p.Doc.Source.Text(run.Span)) {
			return run
		}
	}
	return nil
}

// instead says where a credential comes from instead: from a mount of the RUN that reads it,
// or when the container starts.
func instead(p *transform.Pass, in, user *dockerfile.Instruction, name string) string {
	id := strings.ToLower(name)
	mount := "RUN --mount=type=secret,id=" + id + ",env=" + name
	build := "build with --secret id=" + id + ",env=" + name
	switch {
	case user != nil:
		return "write line " + lineText(p, user) + " as " + mount + " …, and " + build
	case in.Keyword == "ARG":
		return "write " + mount + " where a command needs it, and " + build
	}
	return "give it to the container when it starts, as a secret of compose or in its environment; a command of the build gets it by " + mount
}

func lineText(p *transform.Pass, in *dockerfile.Instruction) string {
	return strconv.Itoa(lineOf(p, in))
}

// kept says who keeps the value that an instruction has.
func kept(in *dockerfile.Instruction) string {
	if in.Keyword == "ARG" {
		return "the history of the image that the stage makes keeps it, wherever the value comes from"
	}
	return "its value is part of the image"
}
