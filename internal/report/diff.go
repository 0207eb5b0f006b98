package report

import (
	"io"

	"github.com/bulkhead-dev/bulkhead/internal/diff"
)

// Diff is what changes as one unified diff, which git apply takes.
type Diff struct{ Color bool }

func (d Diff) render(w io.Writer, r Report) error {
	for _, f := range r.Files {
		for _, c := range f.Changes {
			text := c.Unified()
			if d.Color {
				text = diff.Colour(text)
			}
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unified is the change as a unified diff.
func (c Change) Unified() string {
	if c.Before == nil {
		return diff.New(c.Path, c.After)
	}
	return diff.Unified(c.Path, c.Before, c.After, diff.Context)
}
