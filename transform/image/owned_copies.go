package image

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

var ownedCopies = &transform.Rule{
	ID:     "owned-copies",
	Title:  "What is copied for the application belongs to its user",
	Safety: transform.Guarded,
	Doc: `Files that COPY and ADD bring belong to root. Where *non-root-user* gives the image a user, this rule gives
that user what it works with: ` + "`COPY --chown`" + ` for what lands in its WORKDIR (with ` + "`--ownership state`" + ` only for
what lands in a directory that it writes to), and a chown in the same RUN for what a RUN makes there
(` + "`node_modules`" + `, collected static files). It never adds ` + "`RUN chown -R`" + ` over copied trees: that would
store every file a second time in a layer of its own.

The rest stays root's and readable: programs in ` + "`/usr/local/bin`" + `, configuration in ` + "`/etc`" + `.

An existing ` + "`--chown`" + ` is left alone.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.1", Title: "Ensure that a user for the container has been created"},
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
	},
	Check: checkOwnedCopies,
}

func checkOwnedCopies(p *transform.Pass) []transform.Finding {
	u := planUser(p)
	if u.verdict != nil {
		if u.verdict.Outcome == transform.Already {
			for _, step := range p.Facts.Final().Steps {
				if _, owner, ok := step.Instruction.Flag("chown"); ok {
					return []transform.Finding{transform.Done(step.Instruction.Span, "copied files belong to "+owner)}
				}
			}
		}
		return nil
	}
	var out []transform.Finding
	for _, c := range u.copies {
		in := c.in
		flag := "--chown=" + u.user.spec
		fix := &transform.Fix{Group: userGroup, Edits: []parser.Edit{parser.Insert(in.ArgsSpan().Start, flag+" ")}}
		fix.Declares.Copies = []string{in.Keyword + " " + withFlag(in, flag)}
		out = append(out, transform.Propose(in.Span, u.safety, "the copied files belong to "+u.user.spec, fix))
	}
	for _, t := range u.trees {
		fix := &transform.Fix{Group: userGroup, Edits: []parser.Edit{t.edit}}
		fix.Declares.Added = t.commands
		out = append(out, transform.Propose(t.in.Span, u.safety, "what the command makes is handed over: "+strings.Join(t.commands, " && "), fix))
	}
	return out
}

// withFlag describes an instruction that gets one more flag, behind those it has.
func withFlag(in *dockerfile.Instruction, flag string) string {
	text, flags := in.Describe(), ""
	for _, f := range in.Flags {
		flags += f.Value + " "
	}
	return flags + flag + " " + strings.TrimPrefix(text, flags)
}
