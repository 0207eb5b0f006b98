package image

import (
	"errors"
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// rewriting gathers the edits of one command and what they make of its text.
type rewriting struct {
	call  *dockerfile.Call
	edits []parser.Edit
	parts []textEdit
}

type textEdit struct {
	at, cut int // in the text of the call
	text    string
}

func rewrite(call *dockerfile.Call) *rewriting { return &rewriting{call: call} }

// offset is the place of a byte of the script in the text of the call.
func (r *rewriting) offset(pos uint) int { return int(pos) - int(r.call.Stmt.Pos().Offset()) }

// insertAfter puts text behind an argument.
func (r *rewriting) insertAfter(a dockerfile.Arg, text string) {
	r.edits = append(r.edits, parser.Insert(a.Span.End, text))
	r.parts = append(r.parts, textEdit{at: r.offset(a.Word.End().Offset()), text: text})
}

// replace puts text in the place of an argument.
func (r *rewriting) replace(a dockerfile.Arg, text string) {
	r.edits = append(r.edits, parser.Replace(a.Span, text))
	at := r.offset(a.Word.Pos().Offset())
	r.parts = append(r.parts, textEdit{at: at, cut: r.offset(a.Word.End().Offset()) - at, text: text})
}

// declare notes the change of the command.
func (r *rewriting) declare(c *transform.Changes) {
	old := r.call.Text()
	now := old
	for i := len(r.parts) - 1; i >= 0; i-- {
		p := r.parts[i]
		text := strings.NewReplacer(string(r.call.Script.Instruction.Document().Escape)+r.call.Script.Instruction.Document().Source.Newline(), " ").Replace(p.text)
		now = now[:p.at] + text + now[p.at+p.cut:]
	}
	c.Removed = append(c.Removed, old)
	c.Added = append(c.Added, now)
}

// cacheMounts lists the directories that a RUN mounts as caches: what a package
// manager puts there is not part of the image.
func cacheMounts(in *dockerfile.Instruction) []string {
	var out []string
	for _, f := range in.Flags {
		spec, ok := strings.CutPrefix(f.Value, "--mount=")
		if !ok || !strings.Contains(spec, "type=cache") && !strings.Contains(spec, "type=tmpfs") {
			continue
		}
		for field := range strings.SplitSeq(spec, ",") {
			for _, key := range []string{"target=", "dst=", "destination="} {
				if dir, ok := strings.CutPrefix(field, key); ok {
					out = append(out, path.Clean(dir))
				}
			}
		}
	}
	return out
}

// under reports whether name is one of the directories or below one.
func under(dirs []string, name string) bool {
	for _, d := range dirs {
		if name == d || strings.HasPrefix(name, d+"/") {
			return true
		}
	}
	return false
}

// plainPath reports whether a path means itself in a command, without quotes.
func plainPath(name string) bool { return !strings.ContainsAny(name, " \t*?[]{}$`\"'\\;&|<>()#~!") }

// errorReason names the reason of a script that could not be extended.
func errorReason(err error) transform.Reason {
	if errors.Is(err, dockerfile.ErrExec) {
		return reasonOpaqueScript
	}
	return reasonPlace
}
