package image

import (
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// startWrites lists the paths that the shell writes to when a container starts: the shell
// form of ENTRYPOINT and CMD, and the scripts of the build context that they run. What
// programs write is not among them.
func startWrites(p *transform.Pass) []string {
	final := p.Facts.Final()
	end := final.End()
	ctx := effect.Context{Dir: end.Workdir, User: end.EffectiveUser(), Home: end.Home(), Lookup: end.Lookup}
	if final.Base != nil {
		ctx.Family = final.Base.Family
	}
	var out []string
	for _, script := range startScripts(p) {
		for _, step := range effect.Sequence(script, ctx) {
			for _, w := range step.Effect.Writes {
				if w.Kind == effect.Tree && w.Name == step.Dir {
					continue // a program of the project, which may write there or not
				}
				if w.Known && !under([]string{"/dev", "/proc"}, w.Name) && !slices.Contains(out, w.Name) {
					out = append(out, w.Name)
				}
			}
		}
	}
	return out
}

// startScripts are what a container starts with: ENTRYPOINT and CMD, and the scripts of the
// build context that they run.
func startScripts(p *transform.Pass) []*dockerfile.Script {
	var out []*dockerfile.Script
	start := startCommandOf(p.Facts.Final())
	for _, in := range []*dockerfile.Instruction{start.entrypoint, start.cmd} {
		if in != nil {
			out = append(out, in.Script())
		}
	}
	for _, s := range runtimeOf(p).scripts {
		out = append(out, s.script)
	}
	return out
}

// broughtTo lists the places that files are copied to.
func broughtTo(final *transform.StageFacts) []string {
	var out []string
	for _, sf := range shipping(final) {
		for _, step := range sf.Steps {
			if in := step.Instruction; in.Is("COPY", "ADD") && len(in.Args) > 1 {
				if dest, ok := step.Destination(); ok && !slices.Contains(out, dest) {
					out = append(out, dest)
				}
			}
		}
	}
	return out
}
