package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// again notes a command that the runtime stage runs once more, as it is written. It must
// run always, and mean the same there.
func (s *splitPlan) again(list *[]string, step transform.Step, c effect.Step) {
	call := c.Call
	text := strings.Join(strings.Fields(call.Text()), " ")
	if call.Where != (dockerfile.Where{}) || strings.ContainsAny(text, "`\n#") || strings.Contains(text, "$(") || len(call.Assign) > 0 {
		s.refuse(call.Span, reasonOpaqueCommand, "whether and how %q runs depends on its script", text)
		return
	}
	relative, owner := false, c.Effect.Tool == "chown" || c.Effect.Tool == "chgrp"
	for _, a := range call.Args[min(1, len(call.Args)):] {
		if owner && !strings.HasPrefix(a.Value, "-") { // node.node is a name
			owner = false
			continue
		}
		here := !strings.HasPrefix(a.Value, "/") && !strings.HasPrefix(a.Value, "-") && (strings.ContainsAny(a.Value, "/.") || c.Effect.Tool == "mkdir")
		relative = relative || here
		if here && c.Dir != s.final.Steps[s.point-1].Before.Workdir {
			s.refuse(call.Span, reasonUnknownPath, "%q names a path from %s", text, c.Dir)
			return
		}
		if !a.Literal && !s.fromFile(step, a.Text) {
			s.refuse(call.Span, reasonUnknownPath, "%q depends on a variable of its script", text)
			return
		}
	}
	if !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
	s.relative = s.relative || relative
}

// fromFile reports whether all variables of a word are ENV or ARG of the file.
func (s *splitPlan) fromFile(step transform.Step, text string) bool {
	for _, part := range strings.Split(text, "$")[1:] {
		name := strings.TrimLeft(part, "{")
		n := 0
		for n < len(name) && (name[n] == '_' || name[n]|32 >= 'a' && name[n]|32 <= 'z' || n > 0 && name[n] >= '0' && name[n] <= '9') {
			n++
		}
		if _, ok := step.Before.Lookup(name[:n]); !ok {
			return false
		}
	}
	return true
}
