package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

// planned is a result and the files beside its own that its change makes or alters.
type planned struct {
	pipeline.Result
	report report.Planned // with the files beside
}

// plan looks for what stands beside the result's own file.
func (r *run) plan(res pipeline.Result) (planned, error) {
	p := planned{Result: res, report: report.Planned{
		Path: res.File.Display, Compose: res.File.Kind == workspace.Compose, Services: res.Services, Builds: res.Builds, Unclear: res.Unclear, Before: res.Before, After: res.After,
		Findings: res.Findings, Warnings: res.Warnings, ShowSecrets: r.showSecrets,
	}}
	if res.Override != nil {
		c, err := overrideChange(res)
		if err != nil {
			return p, err
		}
		p.report.Beside = append(p.report.Beside, c)
	}
	for _, f := range res.Files {
		c, ok, err := r.newFileChange(f)
		if err != nil {
			return p, err
		}
		if ok {
			p.report.Beside = append(p.report.Beside, c)
		}
	}
	return p, nil
}

// overrideChange compares the override file with the one that is there.
func overrideChange(res pipeline.Result) (report.Change, error) {
	c := report.Change{Path: res.Override.Display, After: res.Override.Text}
	root, err := fsx.Open(res.File.Root)
	if err != nil {
		return c, err
	}
	defer root.Close()
	c.Before, err = root.ReadFile(res.Override.Rel, fsx.MaxFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("%s: %w", res.Override.Display, err)
	}
	return c, nil
}

// newFileChange shows a file that comes with a change; ok is false when there is nothing
// to write. Several changes may add to one file: each is shown on what those before it
// made of it.
func (r *run) newFileChange(f pipeline.NewFile) (c report.Change, ok bool, err error) {
	key := f.Root + "\x00" + f.Rel
	old, known := r.made[key]
	if !known {
		if old, err = f.Read(); err != nil {
			return c, false, err
		}
	}
	if !f.Changes(old) {
		return c, false, nil
	}
	if r.made == nil {
		r.made = map[string][]byte{}
	}
	c = report.Change{Path: f.Display, Before: old, After: f.Text(old)}
	r.made[key] = c.After
	if f.Secret && !r.showSecrets {
		c.Before, c.After, c.Masked = hiddenText(c.Before), hiddenText(c.After), true
	}
	return c, true, nil
}

// hiddenText stands for the text of a file that is never shown: as many lines, each a mask.
func hiddenText(text []byte) []byte {
	if text == nil {
		return nil
	}
	n := max(1, bytes.Count(text, []byte("\n")))
	return []byte(strings.Repeat(secret.Mask+"\n", n))
}
