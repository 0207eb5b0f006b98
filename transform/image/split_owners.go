package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// shipped reports whether a path is one that the runtime stage has. One that is not known
// may be.
func (s *splitPlan) shipped(p effect.Path) bool {
	return !p.Known || s.inApp(p.Name) || under(s.roots, p.Name) || under(s.made, p.Name) || slices.ContainsFunc(s.roots, func(r string) bool { return under([]string{p.Name}, r) })
}

// madeByWorkdir reports whether a directory is there because WORKDIR made it.
func (s *splitPlan) madeByWorkdir(name string) bool {
	return slices.ContainsFunc(s.steps(), func(step transform.Step) bool {
		if !step.Instruction.Is("WORKDIR") {
			return false
		}
		dir, ok := step.Path(step.Instruction.Args[0].Value)
		return ok && under([]string{name}, dir)
	}) && !slices.ContainsFunc(s.setup, func(command string) bool {
		return strings.HasPrefix(command, "mkdir ") && strings.HasSuffix(command, " "+name)
	})
}

// filled reports whether anything but an empty directory is below a path in front of a step.
func (s *splitPlan) filled(until transform.Step, name string) bool {
	for _, step := range s.steps() {
		in := step.Instruction
		if in == until.Instruction {
			return false
		}
		if in.Is("COPY", "ADD") && len(in.Args) > 1 {
			if dest, ok := step.Destination(); !ok || under([]string{name}, dest) || under([]string{dest}, name) {
				return true
			}
		}
		for _, c := range step.Commands {
			for _, w := range c.Effect.Writes {
				if w.Kind != effect.Dir && (!w.Known || under([]string{name}, w.Name) || under([]string{w.Name}, name)) {
					return true
				}
			}
		}
	}
	return false
}

// handedOver reports whether a later command of the script gives a directory to somebody.
func (s *splitPlan) handedOver(rest []effect.Step, name string) bool {
	return slices.ContainsFunc(rest, func(c effect.Step) bool {
		return slices.ContainsFunc(c.Effect.Owners, func(o effect.Owner) bool { return o.Path.Known && under([]string{o.Path.Name}, name) })
	})
}

// filledByUser reports whether a command writes below a path as another user than root: what
// is copied would be root's.
func (s *splitPlan) filledByUser(name string) bool {
	return slices.ContainsFunc(s.steps(), func(step transform.Step) bool {
		return !step.Before.Root() && slices.ContainsFunc(step.Commands, func(c effect.Step) bool {
			return slices.ContainsFunc(c.Effect.Writes, func(w effect.Path) bool {
				return w.Known && (under([]string{name}, w.Name) || under([]string{w.Name}, name))
			})
		})
	})
}
