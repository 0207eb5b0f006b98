package image

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

var pinnedBase = &transform.Rule{
	ID:     "pinned-base",
	Title:  "Base images have a version",
	Safety: transform.Manual,
	Doc: "`FROM python` and `FROM python:latest` are another image every few weeks: a build that worked fails, or a" + `
new major version slips in unreviewed, and nobody can say which image a container was built from. The rule names every
FROM, and every ` + "`COPY --from=`" + ` of a foreign image, whose tag is missing or moves by design (` + "`latest`, `stable`, `edge`, `lts`" + `,
or a variant without a version such as ` + "`python:slim`" + `).

Which version is right is for you to say, so nothing is changed: the finding has the line to write, with
` + "`<version>`" + ` where the number goes. Write the one that you run today (` + "`docker image inspect`" + `, or the tool's ` + "`--version`" + `), then raise it in reviews.

**With ` + "`--pin`" + `** the digest is written beside a tag that has a version: ` + "`python:3.13-slim@sha256:…`" + `. The image is then the same one in every build, and whoever takes over the
registry cannot change it. The tag stays, for people, and for Renovate and Dependabot, which raise both in pull requests; without one of them nobody does, and security fixes stay out.
The digest is the one of the index where an image is there for several platforms. It comes from the image's registry, with the credentials of ` + "`docker login`" + `, or, when none
answers, from the local Docker Engine, which knows what it pulled. When neither tells, the digest is yours to write. Without ` + "`--pin`" + ` nothing is looked up.

A version tag is enough for this rule; a digest, stages of the file and ` + "`scratch`" + ` are fine, too. A base that depends on a build argument without
a default is not judged.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.2", Title: "Ensure that containers use only trusted base images"},
		{Framework: "NIST SP 800-190", ID: "4.1.1", Title: "Image vulnerabilities"},
		{Framework: "NIST SP 800-190", ID: "4.1.5", Title: "Use of untrusted images"},
		{Framework: "NIST SP 800-190", ID: "4.2.2", Title: "Stale images in registries"},
		{Framework: "OWASP Docker Security Cheat Sheet", ID: "RULE 13", Title: "Enhance Supply Chain Security"},
	},
	Check: checkPinnedBase,
}

func checkPinnedBase(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	judged := false
	for _, sf := range p.Facts.Stages {
		if sf.Parent == nil && sf.BaseRef != "" && sf.BaseRef != "scratch" {
			judged = true
			if sf.Stage.Windows() {
				continue
			}
			if want := knowledge.Versioned(sf.BaseRef); want != "" {
				out = append(out, unpinned(p, sf, want))
			} else if f := pinBase(p, sf); f != nil {
				out = append(out, *f)
			}
		}
		for _, step := range sf.Steps {
			if f := copiedFrom(p, step); f != nil {
				out = append(out, *f)
			}
		}
	}
	if judged && len(out) == 0 {
		out = append(out, transform.Done(p.Facts.Final().Stage.From.Span, "every base image has a version"))
	}
	return out
}

// unpinned words the finding about a FROM.
func unpinned(p *transform.Pass, sf *transform.StageFacts, want string) transform.Finding {
	from := sf.Stage.From
	at := from.Args[0].Span
	if sf.Stage.Base != sf.BaseRef {
		return transform.Manually(from.Span, "pin a version: %s is %s; give the build argument a default with a version, such as %s", sf.Stage.Base, sf.BaseRef, want)
	}
	src := p.Doc.Source
	text := dedent(src.Text(parser.Span{Start: from.Span.Start, End: at.Start}) + want + src.Text(parser.Span{Start: at.End, End: from.Span.End}))
	return transform.Manually(from.Span, "pin a version: write %s instead of %s on line %d", text, dedent(src.Text(from.Span)), lineOf(p, from))
}

// dedent makes one line of an instruction that runs over several.
func dedent(text string) string { return strings.Join(strings.Fields(text), " ") }

// copiedFrom judges COPY --from of a foreign image.
func copiedFrom(p *transform.Pass, step transform.Step) *transform.Finding {
	in := step.Instruction
	flag, value, ok := in.Flag("from")
	if !ok || !in.Is("COPY") {
		return nil
	}
	ref, known := step.Expand(value)
	if _, err := strconv.Atoi(ref); err == nil || !known || isStage(p, ref) {
		return nil
	}
	if want := knowledge.Versioned(ref); want != "" {
		f := transform.Manually(in.Span, "pin a version: write --from=%s instead of %s on line %d", want, flag.Text, lineOf(p, in))
		return &f
	}
	return pin(p, in, flag.Span, value, ref)
}

func isStage(p *transform.Pass, name string) bool {
	return slices.ContainsFunc(p.Doc.Stages, func(s *dockerfile.Stage) bool { return s.Name != "" && strings.EqualFold(s.Name, name) })
}
