package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// settleRoots leaves out what others hold, and what a later COPY of the runtime stage brings anyway.
func (s *splitPlan) settleRoots() {
	s.roots = slices.DeleteFunc(s.roots, func(r string) bool {
		return slices.ContainsFunc(s.roots, func(other string) bool { return other != r && under([]string{other}, r) })
	})
	if s.app != "" && slices.Contains(s.roots, s.app) && s.broughtLater() {
		s.roots = slices.DeleteFunc(s.roots, func(r string) bool { return r == s.app })
	}
}

// broughtLater reports whether the runtime stage copies the whole build context into the
// application's directory, and the builder puts nothing there but parts of it.
func (s *splitPlan) broughtLater() bool {
	if !slices.ContainsFunc(s.final.Steps[s.point:], func(step transform.Step) bool { return s.bringsAll(step) }) {
		return false
	}
	for _, step := range s.steps() {
		in := step.Instruction
		if in.Is("COPY", "ADD") && !s.sameInContext(step) {
			return false
		}
		for _, c := range step.Commands {
			for _, w := range c.Effect.Writes {
				if !w.Known || s.inApp(w.Name) {
					return false
				}
			}
			if e := c.Effect; e.Opaque != "" || e.Manager == "" && e.Verb != "" && len(e.Writes) == 0 && !e.Pure { // collectstatic
				return false
			}
		}
	}
	return true
}

// bringsAll reports whether a step is COPY . into the application's directory.
func (s *splitPlan) bringsAll(step transform.Step) bool {
	in := step.Instruction
	if _, _, from := in.Flag("from"); from || !in.Is("COPY", "ADD") || len(in.Args) != 2 {
		return false
	}
	dest, ok := step.Path(in.Args[1].Value)
	src := path.Clean("/" + in.Args[0].Value)
	return ok && src == "/" && dest == s.app
}

// sameInContext reports whether a COPY puts files where COPY . puts them as well.
func (s *splitPlan) sameInContext(step transform.Step) bool {
	in := step.Instruction
	if _, _, from := in.Flag("from"); from || len(in.Args) < 2 || len(in.Heredocs) > 0 {
		return false
	}
	dest, ok := step.Destination()
	if !ok {
		return false
	}
	if !s.inApp(dest) {
		return true // elsewhere: followed by itself
	}
	for _, a := range in.Args[:len(in.Args)-1] {
		src := path.Clean("/" + a.Value)
		want := path.Join(s.app, src)
		asFile := dest == want || matches(want, dest)
		asDir := dest == path.Dir(want)
		if strings.Contains(src, "$") || !asFile && !asDir {
			return false
		}
	}
	return true
}
