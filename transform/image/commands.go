package image

import (
	"errors"
	"path"
	"slices"
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

// remove takes an argument away with the white space in front of it, or with its line where it
// has one.
func (r *rewriting) remove(a dockerfile.Arg) {
	r.edits = append(r.edits, parser.Replace(r.withBlanks(a), ""))
	at := r.offset(a.Word.Pos().Offset())
	text := strings.TrimRight(r.call.Text()[:at], " \t\n")
	r.parts = append(r.parts, textEdit{at: len(text), cut: r.offset(a.Word.End().Offset()) - len(text)})
}

// removable reports whether remove leaves all comments where they belong: none is right in front.
func (r *rewriting) removable(a dockerfile.Arg) bool {
	src := r.call.Script.Instruction.Document().Source
	n := src.LineAt(a.Span.Start)
	remarked := n > src.LineAt(r.call.Script.Instruction.Span.Start) && strings.HasPrefix(strings.TrimLeft(src.Text(src.Line(n-1)), " \t"), "#")
	return a.Word != nil && !remarked && !strings.ContainsRune(src.Text(r.withBlanks(a)), '#')
}

// withBlanks is what remove takes away.
func (r *rewriting) withBlanks(a dockerfile.Arg) parser.Span {
	doc := r.call.Script.Instruction.Document()
	src := doc.Source
	line := src.Line(src.LineAt(a.Span.Start))
	before, behind := src.Text(parser.Span{Start: line.Start, End: a.Span.Start}), src.Text(parser.Span{Start: a.Span.End, End: line.End})
	if strings.TrimSpace(before) == "" && strings.TrimSpace(behind) == string(doc.Escape) {
		return line
	}
	i := slices.IndexFunc(r.call.Args, func(x dockerfile.Arg) bool { return x.Span == a.Span })
	return parser.Span{Start: r.call.Args[i-1].Span.End, End: a.Span.End}
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
