package dockerfile

import (
	"bytes"
	"strconv"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Reparse reads an edited document. It is Parse, but what BuildKit made of an
// instruction that is still the same letter by letter is taken over, so that
// locations inside of Command are those of the earlier document.
func Reparse(src *parser.Source, earlier *Document, moves *parser.Moves) (*Document, error) {
	typed := make(map[string]instructions.Command, len(earlier.instructions))
	for _, in := range earlier.instructions {
		if in.Command != nil && len(in.Heredocs) == 0 {
			typed[in.Node.Original] = in.Command
		}
	}
	if result := parseAround(src, earlier, moves); result != nil {
		return build(src, result, typed)
	}
	return parse(src, typed)
}

// standIn is an instruction that is put into the place of one that did not
// change; behind it stands its number.
const standIn = "BULKHEAD-STAND-IN "

// worthwhile is the length from which an instruction is replaced by a stand-in.
const worthwhile = 40

// parseAround lets BuildKit parse the text with a stand-in for every longer
// instruction that did not change, and puts the known trees back. BuildKit reads
// line by line, and nothing but the escape character passes from one instruction to
// the next: where it takes the stand-in for an instruction of its own, it would do
// so with the lines that stand there. The result is nil where it does not.
func parseAround(src *parser.Source, earlier *Document, moves *parser.Moves) *bk.Result {
	var text bytes.Buffer
	data, at := src.Bytes(), 0
	text.Grow(len(data))
	kept := map[string]*Instruction{}
	lines := map[string]int{}
	for i, in := range earlier.instructions[:len(earlier.instructions)-1] { // the last one may end with the file alone
		old := in.LineSpan()
		if old.Len() < worthwhile || len(in.Heredocs) > 0 {
			continue
		}
		start := moves.Forward(old.Start)
		span := parser.Span{Start: start, End: start + old.Len()}
		if start < at || span.End > len(data) || src.Text(span) != earlier.Source.Text(old) {
			continue
		}
		first := src.LineAt(start)
		if src.Line(first).Start != start {
			continue
		}
		name := standIn + strconv.Itoa(i)
		kept[name], lines[name] = in, first
		text.Write(data[at:start])
		text.WriteString(name)
		for range bytes.Count(data[start:span.End], []byte("\n")) {
			text.WriteByte('\n')
		}
		at = span.End
	}
	if len(kept) == 0 {
		return nil
	}
	text.Write(data[at:])
	var result *bk.Result
	err := guarded(func() (err error) {
		result, err = bk.Parse(&text)
		return err
	})
	if err != nil || byte(result.EscapeToken) != earlier.Escape {
		return nil
	}
	for i, node := range result.AST.Children {
		in := kept[node.Original]
		if in == nil || node.StartLine != lines[node.Original] || node.EndLine != node.StartLine {
			continue
		}
		delete(kept, node.Original)
		known := *in.Node
		known.EndLine = node.StartLine + in.Node.EndLine - in.Node.StartLine
		known.StartLine, known.PrevComment = node.StartLine, node.PrevComment
		result.AST.Children[i] = &known
	}
	if len(kept) > 0 {
		return nil
	}
	return result
}
