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

A version tag is enough for this rule; a digest, stages of the file and ` + "`scratch`" + ` are fine, too. A base that depends on a build argument without
a default is not judged.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.2", Title: "Ensure that containers use only trusted base images"},
		{Framework: "NIST SP 800-190", ID: "4.1.1", Title: "Image vulnerabilities"},
		{Framework: "NIST SP 800-190", ID: "4.2.2", Title: "Stale images in registries"},
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
			}
		}
		for _, step := range sf.Steps {
			if f, ok := unpinnedCopy(p, step); ok {
				out = append(out, f)
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

func unpinnedCopy(p *transform.Pass, step transform.Step) (transform.Finding, bool) {
	in := step.Instruction
	flag, value, ok := in.Flag("from")
	if !ok || !in.Is("COPY") {
		return transform.Finding{}, false
	}
	ref, known := step.Expand(value)
	if _, err := strconv.Atoi(ref); err == nil || !known || isStage(p, ref) {
		return transform.Finding{}, false
	}
	want := knowledge.Versioned(ref)
	if want == "" {
		return transform.Finding{}, false
	}
	return transform.Manually(in.Span, "pin a version: write --from=%s instead of %s on line %d", want, flag.Text, lineOf(p, in)), true
}

func isStage(p *transform.Pass, name string) bool {
	return slices.ContainsFunc(p.Doc.Stages, func(s *dockerfile.Stage) bool { return s.Name != "" && strings.EqualFold(s.Name, name) })
}
