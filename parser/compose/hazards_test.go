package compose

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/hazards"
	"github.com/bulkhead-dev/bulkhead/parser"
)

// loadText reads one file as a project.
func loadText(text string) (*Project, error) {
	doc, err := Parse(parser.NewSource("compose.yaml", []byte(text)))
	if err != nil {
		return nil, err
	}
	return Load([]*Document{doc}, nil)
}

// standard is what the hazards' After speaks of, for one service.
func standard(s *Service) []Change {
	var out []Change
	if !strings.Contains(strings.Join(s.List("cap_drop"), " "), "ALL") {
		out = append(out, Change{Service: s.Name, Path: []string{"cap_drop"}, Items: []Item{{"ALL", "why"}}})
	}
	if !s.Has("read_only") {
		out = append(out, Change{Service: s.Name, Pairs: []Pair{{Key: "read_only", Value: "true"}}})
	}
	return out
}

// change applies changes and holds what was promised of them.
func change(t testing.TB, p *Project, changes []Change) (*Project, error) {
	t.Helper()
	before := string(p.Files[0].Source.Bytes())
	after, moves, err := p.Apply(changes)
	if string(p.Files[0].Source.Bytes()) != before {
		t.Fatalf("the source changed:\n%s", before)
	}
	if err != nil {
		return p, err
	}
	want, err := p.Model.Expect(changes)
	if err != nil {
		t.Fatalf("%v\n%s", err, before)
	}
	if d := Differences(want, after.Model); len(d) > 0 {
		return p, errUndeclared{d}
	}
	for i, m := range moves {
		if m != nil && !onlyAdded(p.Files[i].Source, after.Files[i].Source, m) {
			t.Fatalf("bytes are lost or changed:\n%s\nfrom\n%s", after.Files[i].Source.Bytes(), p.Files[i].Source.Bytes())
		}
	}
	return after, nil
}

// errUndeclared says that a change reaches further than it declares.
type errUndeclared struct{ places []string }

func (e errUndeclared) Error() string { return "undeclared: " + strings.Join(e.places, " ") }

// onlyAdded reports whether every byte of the old text is where the moves say, in order.
func onlyAdded(before, after *parser.Source, m *parser.Moves) bool {
	last := -1
	for i, b := range before.Bytes() {
		at := m.Forward(i)
		if at <= last || at >= after.Len() || after.Bytes()[at] != b {
			return false
		}
		last = at
	}
	return true
}

func TestHazards(t *testing.T) {
	for _, h := range hazards.Compose {
		t.Run(h.Name, func(t *testing.T) {
			p, err := loadText(h.Text)
			if err != nil {
				t.Fatal(err)
			}
			refused := ""
			for i := range p.Services {
				var err error
				if p, err = change(t, p, standard(p.Services[i])); err != nil {
					refused += err.Error() + "\n"
				}
			}
			if !strings.Contains(refused, h.Refused) || h.Refused == "" && refused != "" {
				t.Errorf("refused: %s, want %q", refused, h.Refused)
			}
			if got := string(p.Files[0].Source.Bytes()); got != h.After {
				t.Errorf("got\n%q\nwant\n%q", got, h.After)
			}
		})
	}
}

// TestHazardsAtOnce: one batch for all services gives the same text as one after the other.
func TestHazardsAtOnce(t *testing.T) {
	for _, h := range hazards.Compose {
		p, err := loadText(h.Text)
		if err != nil || h.Refused != "" {
			continue
		}
		var all []Change
		for _, s := range p.Services {
			all = append(all, standard(s)...)
		}
		if p, err = change(t, p, all); err != nil {
			t.Errorf("%s: %v", h.Name, err)
		} else if got := string(p.Files[0].Source.Bytes()); got != h.After {
			t.Errorf("%s: got\n%s\nwant\n%s", h.Name, got, h.After)
		}
	}
}

func TestHazardsRefused(t *testing.T) {
	for _, h := range hazards.ComposeRefused {
		_, err := loadText(h.Text)
		if err == nil || !strings.Contains(err.Error(), h.Refused) {
			t.Errorf("%s: %v, want %q", h.Name, err, h.Refused)
		}
		var place *parser.Error
		if doc, err := Parse(parser.NewSource("compose.yaml", []byte(h.Text))); doc == nil && !errors.As(err, &place) {
			t.Errorf("%s: the error has no place: %v", h.Name, err)
		}
	}
}
