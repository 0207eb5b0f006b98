package transform

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// splitStages: the stage that shipped is now two, on the bases and under the names that
// the fix declares; every other is as it was. What ships has the configuration of what
// shipped, but for declared keys.
func (g *gate) splitStages() error {
	n := len(g.before.Stages)
	if g.shipped != n-1 || len(g.after.Stages) != n+1 {
		return fmt.Errorf("there are %d stages instead of %d", len(g.after.Stages), n+1)
	}
	if err := g.sameStages(g.before.Stages[:n-1]); err != nil {
		return err
	}
	old, builder, runtime := g.before.Final(), g.after.Stages[n-1], g.after.Stages[n]
	switch {
	case builder.Base != old.Base || builder.Platform != old.Platform || runtime.Platform != old.Platform:
		return fmt.Errorf("the builder stage is built on %q instead of %q", builder.Base, old.Base)
	case builder.Name != g.split.Builder || runtime.Name != g.split.Runtime || runtime.Base != g.split.Base:
		return fmt.Errorf("the new stages are not those that the fix declares")
	}
	return g.sameConfig(old, runtime, true)
}

// splitOthers: COPY, ADD, ARG and ONBUILD are there in their order; further ones are declared.
func (g *gate) splitOthers() error {
	return g.inOrder(otherInstructions(g.before), otherInstructions(g.after))
}

// splitForms: every argument vector is there; the only new ones are those of declared SHELLs.
func (g *gate) splitForms() error {
	list := func(d *dockerfile.Document) []string {
		var out []string
		for _, in := range d.Instructions() {
			if in.JSON && !in.Is("COPY", "ADD") {
				out = append(out, in.Keyword+" "+dockerfile.ExecForm(in.Argv()))
			}
		}
		slices.Sort(out) // what describes the running container may stand elsewhere now
		return out
	}
	return g.inOrder(list(g.before), list(g.after))
}

// inOrder compares two lists whose second may hold declared instructions besides.
func (g *gate) inOrder(was, is []string) error {
	declared := map[string]int{}
	for _, s := range g.split.Instructions {
		declared[s]++
	}
	for _, s := range is {
		switch {
		case len(was) > 0 && was[0] == s:
			was = was[1:]
		case declared[s] > 0:
			declared[s]--
		default:
			return fmt.Errorf("%q is new, and no fix declares it", s)
		}
	}
	if len(was) > 0 {
		return fmt.Errorf("%q is lost", was[0])
	}
	return nil
}

// splitFlow: nothing is copied from a path that nothing wrote, what commands of the
// container name is where it was, and both stages have the same C library.
func (g *gate) splitFlow() error {
	facts := NewFacts(g.after, Usage{})
	n := len(facts.Stages)
	builder, runtime := facts.Stages[n-2], facts.Stages[n-1]
	if a, b := builder.Base, runtime.Base; a != nil && b != nil && libc(a.Family) != libc(b.Family) && b.Family != "none" && b.Family != "distroless" {
		return fmt.Errorf("programs built on %s do not run on %s: their C libraries differ", builder.BaseRef, runtime.BaseRef)
	}
	made := append(builder.puts(), g.split.Outputs...)
	for _, step := range runtime.Steps {
		in := step.Instruction
		if _, from, ok := in.Flag("from"); !ok || !in.Is("COPY") || from != g.split.Builder {
			continue
		}
		for _, w := range in.Args[:len(in.Args)-1] {
			if src, ok := step.Path(w.Value); !ok || !related(made, src) {
				return fmt.Errorf("%s is copied from the builder stage, where nothing writes it", w.Value)
			}
		}
	}
	was := NewFacts(g.before, Usage{}).Final()
	if err := g.sameState(was, runtime); err != nil {
		return err
	}
	before, now := was.puts(), runtime.puts()
	config := dockerfile.ImageConfig(g.after.Final())
	for _, in := range []*dockerfile.Instruction{config.Entrypoint, config.Cmd, config.Healthcheck} {
		if in == nil {
			continue
		}
		for _, call := range in.Script().Calls() {
			for _, a := range call.Args {
				if name := path.Clean(a.Value); a.Literal && path.IsAbs(a.Value) && under(before, name) && !under(now, name) {
					return fmt.Errorf("%s names %s, which the runtime stage does not have", in.Keyword, name)
				}
			}
		}
	}
	return nil
}

// sameState: the container starts in the same directory, and what the file sets comes to the same
// values: variables of the builder's base may be none of the runtime's.
func (g *gate) sameState(was, runtime *StageFacts) error {
	if a, b := was.End().Workdir, runtime.End().Workdir; a != b {
		return fmt.Errorf("the container starts in %s instead of %s", b, a)
	}
	for _, set := range dockerfile.ImageConfig(was.Stage).Env {
		a, known := was.End().Env(set.Name)
		b, still := runtime.End().Env(set.Name)
		if _, declared := g.config["ENV "+set.Name]; known && !declared && set.Name != "PATH" && (!still || a != b) {
			return fmt.Errorf("%s is %q instead of %q", set.Name, b, a)
		}
	}
	return nil
}

// libc is the C library of a family of distributions.
func libc(family string) string {
	if family == "alpine" || family == "wolfi" || family == "busybox" {
		return family
	}
	return "glibc"
}

// puts lists the paths that the stage's instructions write, as far as they are known.
func (sf *StageFacts) puts() []string {
	var out []string
	for _, step := range sf.Steps {
		in := step.Instruction
		switch {
		case in.Is("COPY", "ADD") && len(in.Args) > 1:
			if dest, ok := step.Destination(); ok {
				out = append(out, dest)
			}
		case in.Is("WORKDIR"):
			if dir, ok := step.Path(in.Args[0].Value); ok && dir != "/" {
				out = append(out, dir)
			}
		}
		for _, c := range step.Commands {
			for _, w := range c.Effect.Writes {
				if w.Known {
					out = append(out, strings.TrimSuffix(w.Name, "/*"))
				}
			}
		}
	}
	return out
}

// under reports whether name is one of the paths or below one.
func under(paths []string, name string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return Within(p, name) })
}

// related reports whether name is one of the paths, below one or above one.
func related(paths []string, name string) bool {
	return slices.ContainsFunc(paths, func(p string) bool { return Within(p, name) || Within(name, p) })
}
