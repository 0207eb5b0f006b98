package report

import (
	"bytes"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

// What a format shows goes through the Builder, and the Builder lets no credential
// through: it finds them in the texts itself, masks them in what changes, and takes
// them out of every message. No format has to think of it, and none can leave it out.

// Shown are the texts that the plan changes, as they may be shown.
func (p Planned) Shown() []Change {
	var all []Change
	if p.Before != p.After {
		all = append(all, Change{Path: p.Path, Before: slices.Clone(p.Before.Bytes()), After: slices.Clone(p.After.Bytes())})
	}
	all = append(all, p.Beside...)
	if p.ShowSecrets {
		return all
	}
	_, values := secret.In(p.Before, p.Compose)
	for i, c := range all {
		isCompose := p.Compose && (c.Path == p.Path || strings.HasSuffix(c.Path, ".yaml"))
		before, after := masked(c.Before, isCompose, values), masked(c.After, isCompose, values)
		all[i].Masked = c.Masked || !bytes.Equal(before, c.Before) || !bytes.Equal(after, c.After)
		all[i].Before, all[i].After = before, after
	}
	return all
}

// masked is a text with its credentials masked, and those that the file held before: one
// that moved away may still stand in a comment. nil stays nil.
func masked(text []byte, isCompose bool, values []string) []byte {
	if text == nil {
		return nil
	}
	if spans, _ := secret.In(parser.NewSource("", text), isCompose); len(spans) > 0 {
		text = secret.Masked(text, spans)
	}
	return []byte(secret.HideWhole(string(text), values))
}

// hide takes credentials out of a message: those of the file that is added, and what
// looks like one.
func (b *Builder) hide(text string) string {
	text = secret.HideWhole(text, b.secrets)
	if known, ok := b.hidden[text]; ok {
		return known
	}
	out := secret.Hide(text)
	b.hidden[strings.Clone(text)] = out
	return out
}
