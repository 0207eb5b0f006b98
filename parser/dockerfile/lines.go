package dockerfile

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/bulkhead-dev/bulkhead/parser"
	bk "github.com/moby/buildkit/frontend/dockerfile/parser"
)

// logical is the one line that BuildKit makes of an instruction's physical
// lines, with the way back from each of its bytes to the source.
type logical struct {
	text string
	segs []segment
	args int // offset in text behind keyword and flags
}

// segment says that text[logical:logical+n] is source[source:source+n].
type segment struct{ logical, source, n int }

// offset gives the source offset of the byte at i of the logical line.
func (l *logical) offset(i int) int {
	lo, hi := 0, len(l.segs)
	for lo < hi {
		mid := (lo + hi) / 2
		if l.segs[mid].logical+l.segs[mid].n <= i {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(l.segs) { // one past the end
		last := l.segs[len(l.segs)-1]
		return last.source + last.n
	}
	return l.segs[lo].source + i - l.segs[lo].logical
}

// span gives the source bytes of text[start:end], continuations inside included.
func (l *logical) span(start, end int) parser.Span {
	if start == end {
		at := l.offset(start)
		return parser.Span{Start: at, End: at}
	}
	return parser.Span{Start: l.offset(start), End: l.offset(end-1) + 1}
}

// lineReader walks the source beside BuildKit's nodes, line by line, by the
// same rules as BuildKit's scanner.
type lineReader struct {
	src    *parser.Source
	escape byte
	doc    *Document
	next   int // next line to look at, from 1; 0 before the first call
}

// between takes the lines up to (not including) line end, which hold only
// comments, blank lines and directives.
func (r *lineReader) between(end int) {
	if r.next == 0 {
		r.next = 1
		r.directives()
	}
	for ; r.next < end && r.next <= r.src.Lines(); r.next++ {
		if span, ok := r.comment(r.next); ok {
			r.doc.Comments = append(r.doc.Comments, span)
		}
	}
}

// directives reads the parser directives at the top of the file.
func (r *lineReader) directives() {
	var p bk.DirectiveParser
	for n := 1; n <= r.src.Lines(); n++ {
		span := r.content(n)
		d, err := p.ParseLine(r.src.Bytes()[span.Start:span.End])
		if err != nil || d == nil {
			return
		}
		r.doc.Directives = append(r.doc.Directives, Directive{Name: d.Name, Value: d.Value, Span: span})
	}
}

// content is line n without BOM, indentation and line ending.
func (r *lineReader) content(n int) parser.Span {
	span := r.body(n)
	data := r.src.Bytes()[span.Start:span.End]
	span.Start += len(data) - len(bytes.TrimLeftFunc(data, unicode.IsSpace))
	return span
}

// body is line n without BOM and line ending.
func (r *lineReader) body(n int) parser.Span {
	span := r.src.Line(n)
	data := r.src.Bytes()[span.Start:span.End]
	if n == 1 && bytes.HasPrefix(data, []byte(bom)) {
		span.Start += len(bom)
	}
	span.End = max(span.Start, span.Start+len(bytes.TrimRight(r.src.Bytes()[span.Start:span.End], "\r\n")))
	return span
}

func (r *lineReader) comment(n int) (parser.Span, bool) {
	span := r.content(n)
	return span, span.Len() > 0 && r.src.Bytes()[span.Start] == '#'
}

// continued reports whether the text ends in a continuation, and its length without it.
func (r *lineReader) continued(text []byte) (int, bool) {
	t := bytes.TrimRight(text, " \t")
	n := len(t)
	if n == 0 || t[n-1] != r.escape || (n > 1 && t[n-2] == r.escape) {
		return len(text), false
	}
	return n - 1, true
}

// instruction reads the lines of one node.
func (r *lineReader) instruction(node *bk.Node) (*Instruction, error) {
	r.between(node.StartLine)
	in := &Instruction{Node: node, doc: r.doc}
	r.logicalLine(in, node)
	if in.logical.text != node.Original {
		return nil, r.src.Errorf(r.src.Line(node.StartLine).Start, "write the instruction more plainly, or report the file", "these lines are not understood: BuildKit reads them in another way")
	}
	if err := in.split(); err != nil {
		return nil, r.src.Errorf(r.src.Line(node.StartLine).Start, "write the instruction more plainly, or report the file", "%s is not understood: %s", strings.ToUpper(node.Value), err)
	}
	r.heredocs(in, node)
	if r.next-1 != node.EndLine {
		return nil, r.src.Errorf(r.src.Line(node.StartLine).Start, "report the file", "the instruction ends on line %d by our reading, on line %d by BuildKit's", r.next-1, node.EndLine)
	}
	return in, nil
}

// logicalLine joins the physical lines as BuildKit does.
func (r *lineReader) logicalLine(in *Instruction, node *bk.Node) {
	var text strings.Builder
	text.Grow(len(node.Original))
	l := &in.logical
	for first := true; r.next <= r.src.Lines() && r.next <= node.EndLine; first = false {
		n := r.next
		r.next++
		span := r.body(n)
		if first {
			span = r.content(n)
		} else if c, ok := r.comment(n); ok {
			in.Comments = append(in.Comments, c)
			r.doc.Comments = append(r.doc.Comments, c)
			continue
		} else if r.content(n).Len() == 0 {
			continue
		}
		keep, more := r.continued(r.src.Bytes()[span.Start:span.End])
		if keep > 0 {
			l.segs = append(l.segs, segment{text.Len(), span.Start, keep})
			text.Write(r.src.Bytes()[span.Start : span.Start+keep])
		} else if len(l.segs) == 0 {
			l.segs = append(l.segs, segment{0, span.Start, 0})
		}
		if !more {
			break
		}
	}
	l.text = text.String()
}

// heredocs reads the bodies behind the logical line.
func (r *lineReader) heredocs(in *Instruction, node *bk.Node) {
	for _, h := range node.Heredocs {
		doc := Heredoc{Name: h.Name, Expand: h.Expand, Chomp: h.Chomp}
		if r.next > r.src.Lines() {
			return
		}
		doc.Body.Start = r.src.Line(r.next).Start
		for ; r.next <= r.src.Lines(); r.next++ {
			line := r.src.Line(r.next)
			text := strings.TrimRight(r.src.Text(line), "\r\n")
			end := line.Start + len(text)
			if h.Chomp {
				text = strings.TrimLeft(text, "\t")
			}
			if text == h.Name {
				doc.Body.End = line.Start
				doc.End = parser.Span{Start: end - len(text), End: end}
				in.Span.End = end
				r.next++
				break
			}
		}
		in.Heredocs = append(in.Heredocs, doc)
	}
	if in.OnBuild != nil {
		in.OnBuild.Heredocs = in.Heredocs
		in.OnBuild.Span.End = in.Span.End
	}
}
