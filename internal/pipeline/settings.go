package pipeline

import (
	"errors"
	"path"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// found is what was found in a directory and above.
type found struct {
	settings *config.Settings
	err      error
}

// settings are those that hold for the files of a directory, which are read once.
func (w *worker) settings(top, dir, shown string) (*config.Settings, error) {
	key := top + "\x00" + dir
	if f, ok := w.found.Load(key); ok {
		return f.(*found).settings, f.(*found).err
	}
	f := &found{}
	root, err := fsx.Open(top)
	if err == nil {
		f.settings, f.err = config.Find(root.FS(), dir, shown, w.ids())
		f.err = errors.Join(f.err, root.Close())
	} else {
		f.err = err
	}
	w.found.Store(key, f)
	return f.settings, f.err
}

// choices are what the command line and .bulkhead.yaml say of a Dockerfile. A rule that is off
// runs all the same, and what it finds is reported as ignored.
func (w *worker) choices(f workspace.File, comments *config.Comments) (transform.Options, error) {
	top, name := f.Place()
	s, err := w.settings(top, path.Dir(name), path.Dir(f.Display))
	if err != nil {
		return transform.Options{}, err
	}
	o := s.Options(name, w.opts.Transform, w.opts.Given)
	o.Ignored = func(doc *dockerfile.Document, rule string, at *dockerfile.Instruction) string {
		if who := comments.Ignored(doc, rule, at); who != "" {
			return who
		}
		return s.Off(rule, name)
	}
	return o, nil
}

// choices are what they say of the files of a composition together: the most careful level of
// them, and no comments where one of them is to have none.
func (j *composeJob) choices(files []workspace.File, comments *config.ServiceComments) transform.Options {
	var o transform.Options
	for i, f := range files {
		_, name := f.Place()
		of := j.settings.Options(name, j.opts.Transform, j.opts.Given)
		if i == 0 {
			o = of
			continue
		}
		o.Level = min(o.Level, of.Level)
		o.NoComments = o.NoComments || of.NoComments
	}
	o.Service = j.settings.LookupService
	o.Limits = j.settings.Limits
	o.IgnoredService = func(doc *compose.Document, rule string, s *compose.Service) string {
		if who := comments.Ignored(doc, rule, s); who != "" {
			return who
		}
		return j.settings.Off(rule, path.Join(j.dir.Dir, workspace.RelativeTo(j.dir.Shown, doc.Source.Name())))
	}
	return o
}
