package compose

import (
	"errors"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/hazards"
	"github.com/bulkhead-dev/bulkhead/parser"
)

func seeds(f *testing.F) {
	for _, h := range append(hazards.Compose, hazards.ComposeRefused...) {
		f.Add(h.Text)
	}
	f.Add("services:\n  a: &a\n    image: x\n    deploy: &d\n      resources:\n        limits: {cpus: '1'}\n  b:\n    <<: *a\n    deploy: *d\n  c:\n    extends: a\n    mem_limit: ${M}\n")
	f.Add("a:\n  - - b\n    - |\n     c\n  - ? d\n    : &e !f\n  -\n")
}

// FuzzEdit: a change of a project succeeds as declared, with no byte and no comment
// lost, or leaves the project as it is.
func FuzzEdit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := loadText(text)
		if err != nil {
			return
		}
		after, _, refused := hardenAll(t, p)
		for _, err := range refused {
			if undeclared := new(errUndeclared); errors.As(err, undeclared) && !shares.MatchString(text) {
				t.Errorf("%v\n%s", err, text)
			}
		}
		if gone := lost(comments([]byte(text)), comments(after.Files[0].Source.Bytes())); len(gone) > 0 {
			t.Errorf("comments are lost: %q in\n%s", gone, after.Files[0].Source.Bytes())
		}
		if _, again, _ := hardenAll(t, after); again > 0 && !unshared(refused) {
			t.Errorf("a second run makes %d changes in\n%s", again, after.Files[0].Source.Bytes())
		}
	})
}

// FuzzEditor: any mapping, list and word of any YAML can be edited, or the edit is
// refused; what succeeds keeps every byte that it does not name.
func FuzzEditor(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := Parse(parser.NewSource("compose.yaml", []byte(text)))
		if err != nil {
			return
		}
		for n := range doc.Edit().depth {
			added := doc.Edit()
			if added.AddKeys(n, Pair{"new", []Pair{{"deep", Items("x: y", "z"), ""}}, "why"}) == nil || added.AppendItems(n, Item{"new", "why"}) == nil {
				if after, moves, err := added.Apply(); err == nil && !onlyAdded(doc.Source, after.Source, moves) {
					t.Errorf("bytes are lost:\n%s", after.Source.Bytes())
				}
			}
			for _, change := range []func(*Editor) error{
				func(e *Editor) error { return e.ReplaceScalar(n, "it's new") },
				func(e *Editor) error { return e.ListOfScalar(n, Items("new")...) },
				func(e *Editor) error {
					if len(n.Content) == 0 {
						return ErrPlace
					}
					return e.RemoveKey(n, n.Content[0].Value)
				},
			} {
				if e := doc.Edit(); change(e) == nil {
					_, _, _ = e.Apply() // which compares what it means
				}
			}
		}
		top := doc.Edit()
		if top.AddTopLevel("networks", Pair{Key: "new", Value: []Pair{}}) == nil {
			if after, _, err := top.Apply(); err == nil && Child(Child(after.Root, "networks"), "new") == nil {
				t.Errorf("the section is not there:\n%s", after.Source.Bytes())
			}
		}
	})
}

// FuzzLoad: no text makes reading a project panic, and what it says of its services can
// be asked for.
func FuzzLoad(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := loadText(text)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		_, _ = p.Includes(), p.Swarm()
		for _, s := range p.Services {
			_, _, _, _, _ = s.Mounts(), s.Ports(), s.Environment(), s.Tmpfs(), s.Build()
			if span := s.Span("image"); span.Start > span.End || span.End > p.Files[0].Source.Len() {
				t.Errorf("%s is at %v of %d bytes", s.Name, span, p.Files[0].Source.Len())
			}
		}
	})
}
