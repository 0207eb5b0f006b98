package dockerfile

import (
	"slices"
	"sort"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
)

// TokenKind names what a piece of the file is.
type TokenKind int

// Kinds of tokens.
const (
	TokenSpace        TokenKind = iota // white space, and the brackets and commas of JSON arrays
	TokenBOM                           // byte order mark
	TokenDirective                     // parser directive
	TokenComment                       // comment line, from the # on
	TokenKeyword                       // keyword of an instruction, ONBUILD's kept one too
	TokenFlag                          // --name=value
	TokenArg                           // argument, or a part of one that runs over a continuation
	TokenContinuation                  // escape character, trailing blanks and line ending
	TokenHeredoc                       // body of a heredoc
	TokenTerminator                    // last line of a heredoc
	TokenNewline                       // line ending
)

// Token is a piece of the file.
type Token struct {
	Kind TokenKind
	Span parser.Span
}

// Tokens cuts the whole file into pieces that touch and leave nothing out:
// their texts, put together, are the file.
func (d *Document) Tokens() []Token {
	t := tokenizer{doc: d}
	if strings.HasPrefix(string(d.Source.Bytes()[:min(len(bom), d.Source.Len())]), bom) {
		t.take(TokenBOM, parser.Span{Start: 0, End: len(bom)})
	}
	var marks []Token
	for _, x := range d.Directives {
		marks = append(marks, Token{TokenDirective, x.Span})
	}
	for _, c := range d.Comments {
		if !slices.ContainsFunc(d.Directives, func(x Directive) bool { return x.Span == c }) {
			marks = append(marks, Token{TokenComment, c})
		}
	}
	for _, in := range d.instructions {
		marks = in.marks(marks)
	}
	sort.Slice(marks, func(i, j int) bool { return marks[i].Span.Start < marks[j].Span.Start })
	for _, m := range marks {
		t.take(m.Kind, m.Span)
	}
	t.fill(d.Source.Len())
	return t.out
}

// marks adds the named pieces of the instruction. Words that run over a
// continuation give one piece per line.
func (in *Instruction) marks(out []Token) []Token {
	pieces := func(kind TokenKind, w Word) {
		segs := in.logical.segs
		first := sort.Search(len(segs), func(i int) bool { return segs[i].logical+segs[i].n > w.logical[0] })
		for _, seg := range segs[first:] {
			from, to := max(w.logical[0], seg.logical), min(w.logical[1], seg.logical+seg.n)
			if from >= to {
				break
			}
			start := seg.source + from - seg.logical
			out = append(out, Token{kind, parser.Span{Start: start, End: start + to - from}})
		}
	}
	out = append(out, Token{TokenKeyword, in.KeywordSpan})
	for _, f := range in.Flags {
		pieces(TokenFlag, f)
	}
	if in.OnBuild != nil {
		return in.OnBuild.marks(out)
	}
	for _, a := range in.Args {
		pieces(TokenArg, a)
	}
	for _, h := range in.Heredocs {
		if !h.Body.Empty() {
			out = append(out, Token{TokenHeredoc, h.Body})
		}
		if !h.End.Empty() {
			out = append(out, Token{TokenTerminator, h.End})
		}
	}
	for i := 0; i+1 < len(in.logical.segs); i++ { // between two lines of text: the continuation
		start := in.logical.segs[i].source + in.logical.segs[i].n
		src := in.doc.Source
		end := src.Line(src.LineAt(start)).End
		if start < end {
			out = append(out, Token{TokenContinuation, parser.Span{Start: start, End: end}})
		}
	}
	return out
}

type tokenizer struct {
	doc *Document
	at  int
	out []Token
}

// take adds a piece and what lies in front of it.
func (t *tokenizer) take(kind TokenKind, span parser.Span) {
	t.fill(span.Start)
	if span.Start < t.at { // a keyword that runs over a continuation
		span.Start = t.at
	}
	if span.Start < span.End {
		t.out = append(t.out, Token{kind, span})
		t.at = span.End
	}
}

// fill covers the bytes up to end with white space and line endings.
func (t *tokenizer) fill(end int) {
	data := t.doc.Source.Bytes()
	for t.at < end {
		start := t.at
		isNewline := func(i int) bool {
			return data[i] == '\n' || data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n'
		}
		kind := TokenSpace
		if isNewline(t.at) {
			kind = TokenNewline
			if data[t.at] == '\r' {
				t.at++
			}
			t.at++
		} else {
			for t.at < end && !isNewline(t.at) {
				t.at++
			}
		}
		t.out = append(t.out, Token{kind, parser.Span{Start: start, End: t.at}})
	}
}
