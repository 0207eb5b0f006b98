package parser

import (
	"errors"
	"fmt"
	"slices"
	"sort"
)

// Edit replaces the bytes of Span by New. An empty span inserts.
type Edit struct {
	Span Span
	New  string
}

// Insert is the edit that puts text in front of the byte at offset.
func Insert(offset int, text string) Edit { return Edit{Span{offset, offset}, text} }

// Replace is the edit that puts text in the place of span.
func Replace(span Span, text string) Edit { return Edit{span, text} }

// Delete is the edit that removes span.
func Delete(span Span) Edit { return Edit{Span: span} }

// ErrOverlap says that two edits want the same bytes.
var ErrOverlap = errors.New("edits overlap")

// Apply makes a new Source with all edits done, and the Moves between the two.
// Edits may come in any order; insertions at the same offset keep the order in
// which they were given and stand before a replacement that starts there.
// Edits that overlap or leave the source are an error, and nothing is applied.
func (s *Source) Apply(edits []Edit) (*Source, *Moves, error) {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int {
		if a.Span.Start != b.Span.Start {
			return a.Span.Start - b.Span.Start
		}
		return a.Span.End - b.Span.End
	})
	size, at := len(s.data), 0
	for _, e := range sorted {
		if e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(s.data) {
			return nil, nil, fmt.Errorf("%s: edit [%d,%d) is outside of the %d bytes of the file", s.name, e.Span.Start, e.Span.End, len(s.data))
		}
		if e.Span.Start < at {
			return nil, nil, fmt.Errorf("%s: %w: one starts at byte %d, inside of the one that ends at byte %d", s.name, ErrOverlap, e.Span.Start, at)
		}
		at = e.Span.End
		size += len(e.New) - e.Span.Len()
	}
	out := make([]byte, 0, size)
	moves := &Moves{steps: make([]step, 0, len(sorted))}
	at = 0
	for _, e := range sorted {
		out = append(out, s.data[at:e.Span.Start]...)
		moves.steps = append(moves.steps, step{old: e.Span, new: Span{len(out), len(out) + len(e.New)}})
		out = append(out, e.New...)
		at = e.Span.End
	}
	out = append(out, s.data[at:]...)
	return NewSource(s.name, out), moves, nil
}

// Moves tells where text went when a Source was edited.
type Moves struct{ steps []step }

type step struct{ old, new Span }

// Forward gives the new offset of the byte that was at old. A byte that was
// replaced is said to be where its replacement starts; a byte at a point of
// insertion follows the inserted text.
func (m *Moves) Forward(old int) int {
	i := sort.Search(len(m.steps), func(i int) bool {
		st := m.steps[i].old
		return st.Start > old || (st.End > old && !st.Empty())
	})
	if i < len(m.steps) && m.steps[i].old.Start <= old && !m.steps[i].old.Empty() {
		return m.steps[i].new.Start
	}
	return old + m.shift(i)
}

// Back gives the old offset of the byte that is now at offset. A byte that an
// edit wrote is said to come from the start of what it replaced.
func (m *Moves) Back(offset int) int {
	i := sort.Search(len(m.steps), func(i int) bool { return m.steps[i].new.End > offset })
	if i < len(m.steps) && m.steps[i].new.Start <= offset {
		return m.steps[i].old.Start
	}
	return offset - m.shift(i)
}

// shift is how far text behind the first n edits moved.
func (m *Moves) shift(n int) int {
	if n == 0 {
		return 0
	}
	last := m.steps[n-1]
	return last.new.End - last.old.End
}

// Touches reports whether an edit changed, or inserted text strictly inside or
// at the end of, the old span.
func (m *Moves) Touches(old Span) bool {
	i := sort.Search(len(m.steps), func(i int) bool { return m.steps[i].old.End >= old.Start })
	for ; i < len(m.steps) && m.steps[i].old.Start <= old.End; i++ {
		st := m.steps[i].old
		if st.Start < old.End && st.End > old.Start || st.Empty() && st.Start > old.Start {
			return true
		}
	}
	return false
}

// Wrote reports whether any byte of the new span was written by an edit, or one
// was taken away inside of it.
func (m *Moves) Wrote(span Span) bool {
	i := sort.Search(len(m.steps), func(i int) bool { return m.steps[i].new.End >= span.Start })
	for ; i < len(m.steps) && m.steps[i].new.Start <= span.End; i++ {
		st := m.steps[i].new
		if st.Start < span.End && st.End > span.Start || st.Empty() && st.Start > span.Start && st.Start < span.End {
			return true
		}
	}
	return false
}
