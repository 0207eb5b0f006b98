package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

var noSudo = &transform.Rule{
	ID:     "sudo",
	Title:  "No sudo in the image",
	Safety: transform.Manual,
	Doc: "`sudo`" + ` in an image is a way from the application's user to root that nobody needs: instructions run as the
user that ` + "`USER`" + ` names, and a start script that has to change users does it with gosu or setpriv, which leave no way back. It is
also refused under ` + "`no-new-privileges`" + `. Which of the two is meant is yours to decide: where a RUN runs as root already, the word
can go; else put ` + "`USER root`" + ` in front of it and the application's user behind.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.8", Title: "Ensure setuid and setgid permissions are removed"},
		{Framework: "OWASP Docker Security", ID: "RULE 4", Title: "Prevent in-container privilege escalation"},
	},
	Check: checkSudo,
}

func checkSudo(p *transform.Pass) []transform.Finding {
	var out []transform.Finding
	for _, sf := range shipping(p.Facts.Final()) {
		for _, step := range sf.Steps {
			in := step.Instruction
			switch {
			case in.Is("RUN"):
				if i := slices.IndexFunc(step.Commands, func(s effect.Step) bool { return s.Effect.Privilege == "sudo" }); i >= 0 {
					if step.Before.Root() {
						out = append(out, transform.Manually(step.Commands[i].Call.Span, "this RUN is run by root already: take the word sudo out"))
					} else {
						out = append(out, transform.Manually(step.Commands[i].Call.Span, "put USER root in front of this RUN and USER %s behind it, and take the word sudo out", step.Before.EffectiveUser()))
					}
				} else if slices.ContainsFunc(step.Commands, installsSudo) {
					out = append(out, transform.Manually(in.Span, "take the package sudo out: RUN is run by the user that USER names"))
				}
			case in.Is("CMD", "ENTRYPOINT") && in == lastOf(sf, in.Keyword):
				if slices.Contains(strings.Fields(strings.NewReplacer(`"`, " ", ",", " ", "[", " ").Replace(in.ArgsText())), "sudo") {
					out = append(out, transform.Manually(in.Span, "start the program without sudo: let USER name the user that it runs as"))
				}
			}
		}
	}
	return out
}

func installsSudo(s effect.Step) bool {
	return slices.ContainsFunc(s.Effect.Installs, func(p effect.Package) bool { return p.Name == "sudo" })
}
