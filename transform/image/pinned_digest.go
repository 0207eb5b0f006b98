package image

import (
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// pinBase proposes the digest of the image below a stage.
func pinBase(p *transform.Pass, sf *transform.StageFacts) *transform.Finding {
	return pin(p, sf.Stage.From, sf.Stage.From.Args[0].Span, sf.Stage.Base, sf.BaseRef)
}

// pin proposes to write the digest behind a reference that ends a word of an instruction:
// written is how it stands there, ref what it is. nil when nobody asked for digests or it has one.
func pin(p *transform.Pass, in *dockerfile.Instruction, word parser.Span, written, ref string) *transform.Finding {
	if p.Options.Digest == nil || knowledge.ParseRef(ref).Digest != "" {
		return nil
	}
	digest, err := p.Options.Digest(ref)
	var f transform.Finding
	switch {
	case err != nil:
		f = transform.Manually(in.Span, "pin the digest on line %d: %v", lineOf(p, in), err)
	case written != ref || p.Doc.Source.Text(parser.Span{Start: word.End - len(written), End: word.End}) != written:
		f = transform.Manually(in.Span, "pin the digest on line %d: %s stands for %s, today %s@%s; write that where the variable gets its value", lineOf(p, in), written, ref, ref, digest)
	default:
		fix := &transform.Fix{Edits: []parser.Edit{parser.Insert(word.End, "@"+digest)}}
		fix.Declares.Digests = map[string]string{ref: digest}
		f = transform.Propose(in.Span, transform.Safe, ref+" is pinned to the digest that its tag has today", fix)
	}
	return &f
}
