package report

import (
	"io"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/diff"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
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

// Unified is the change as a unified diff. One that shows masks is no patch, and says so.
func (c Change) Unified() string {
	text := diff.Unified(c.Path, c.Before, c.After, diff.Context)
	if c.Before == nil {
		text = diff.New(c.Path, c.After)
	}
	if c.Masked && strings.Contains(text, secret.Mask) {
		return "# " + c.Path + ": credentials are masked, so that this is no patch; for one that git apply takes, use --show-secrets\n" + text
	}
	return text
}
