package pipeline

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// composeDir hardens the compose files of a directory, composition by composition.
func (w *worker) composeDir(d workspace.ComposeDir, images *images) []Result {
	root, err := fsx.Open(d.Top)
	if err != nil {
		return failures(d.Files, err)
	}
	defer root.Close()
	job := &composeJob{worker: w, dir: d, root: root, images: images, compositions: w.projects.In(root.FS(), d.Top, d.Dir, d.Shown)}
	for _, f := range d.Files {
		name := d.Name(f)
		if !slices.ContainsFunc(job.compositions, func(c *workspace.Composition) bool { return slices.Contains(c.Names, name) }) {
			job.compositions = append(slices.Clip(job.compositions), workspace.Alone(root.FS(), d.Dir, d.Shown, name))
		}
	}
	if job.settings, err = w.settings(d.Top, d.Dir, d.Shown); err != nil {
		out := make([]Result, len(d.Files))
		for i, f := range d.Files {
			out[i] = Result{File: f, Err: err}
		}
		return out
	}
	job.findExtenders()
	var out []Result
	for i, c := range job.compositions {
		if files := job.files(c); len(files) > 0 {
			out = append(out, guardAll(files, func() []Result { return job.composition(i, c, files) })...)
		}
	}
	return out
}

func failures(files []workspace.File, err error) []Result {
	out := make([]Result, len(files))
	for i, f := range files {
		out[i] = failed(f, err)
	}
	return out
}

// guardAll makes a panic the error of the first file.
func guardAll(files []workspace.File, work func() []Result) (out []Result) {
	r := guard(files[0], func() Result {
		out = work()
		return Result{}
	})
	if r.Err != nil {
		return []Result{r}
	}
	return out
}

// composeJob is the work on one directory.
type composeJob struct {
	*worker
	dir          workspace.ComposeDir
	root         *fsx.Root
	images       *images
	settings     *config.Settings
	compositions []*workspace.Composition
	// after maps the files that were hardened to what they became: overlays lie over those.
	after map[string]*compose.Document
	// overridden is the file that hardens the first composition from beside it; "" when
	// there is none.
	overridden string
	// made are the files that come with the changes of compositions before.
	made []transform.NewFile
	// extenders are the services that extend one of another file of the directory.
	extenders map[extended][]extender
}

// files are those of the run that a composition answers for.
func (j *composeJob) files(c *workspace.Composition) []workspace.File {
	var out []workspace.File
	for i, name := range c.Names {
		if f, ok := j.dir.File(name); ok && c.Answers(i) {
			out = append(out, f)
		}
	}
	return out
}

// composition hardens one project.
func (j *composeJob) composition(index int, c *workspace.Composition, files []workspace.File) []Result {
	if c.Err != nil {
		return []Result{j.unread(files[len(files)-1], c.Err)}
	}
	project, err := j.onHardened(c)
	if err != nil {
		return failures(files[:1], err)
	}
	comments := config.ReadServiceComments(project.Files, j.ids())
	choices := j.choices(files, comments)
	needs := map[string]string{} // service → Dockerfile
	own, err := fs.Sub(j.root.FS(), j.dir.Dir)
	if err != nil {
		return failures(files[:1], err)
	}
	plan := transform.HardenProject(transform.ProjectInput{
		Project: project, Files: Overlay(own, j.made), Others: j.others(index), Beside: j.beside(index), Joined: func() string { return j.joined(project) }, Observations: j.settings.Observations, Options: choices,
		Tracked: func(i int) bool { return workspace.Tracked(j.root.FS(), path.Join(c.Dir, c.Names[i])) },
		Edits: func(i int) bool {
			_, ok := j.dir.File(c.Names[i])
			return ok && c.Answers(i)
		},
		Extenders: func(s *compose.Service) ([]*compose.Service, string) { return j.extendersOf(index, c.Names[s.File], s) },
		Image: func(s *compose.Service) *transform.ImageFacts {
			facts, need := j.images.of(j.root.FS(), j.dir, s)
			needs[s.Name] = need
			return facts
		},
	}, j.opts.Rules)
	if j.after == nil {
		j.after = map[string]*compose.Document{}
	}
	var out []Result
	for i, name := range c.Names {
		j.after[name] = plan.After.Files[i]
		if f, ok := j.dir.File(name); ok && c.Answers(i) {
			r := Result{File: f, Before: plan.Before.Files[i].Source, After: plan.After.Files[i].Source, Warnings: slices.Concat(comments.Warnings(i, j.enabled), incomplete(plan.Before, i), j.notIncluded(plan.Before.Files[i]))}
			r.take(plan, i, needs)
			out = append(out, r)
		}
	}
	if j.opts.Override && plan.Changed() {
		out = j.override(c, plan, out)
	}
	j.bring(plan.Files(), out)
	return out
}

// bring gives the files of a plan to the first of its results that changes. The others
// rest on it.
func (j *composeJob) bring(files []transform.NewFile, results []Result) {
	if len(files) == 0 || len(results) == 0 || results[0].Err != nil {
		return
	}
	j.made = append(j.made, files...)
	first := max(0, slices.IndexFunc(results, Result.Changed))
	results[first].Files = placed(files, j.dir.Top, j.dir.Dir, j.dir.Shown)
	for i := range results {
		if i != first && results[i].Changed() {
			results[i].Needs = append(results[i].Needs, results[first].File.Display)
		}
	}
}

// incomplete is a warning about the services of a file of which the project does not say
// what they run.
func incomplete(p *compose.Project, file int) []*parser.Error {
	var names []string
	var first *compose.Service
	for _, s := range p.Services {
		if s.File == file && !transform.Runs(s) && !s.Has("provider") {
			first = cmp.Or(first, s)
			names = append(names, s.Name)
		}
	}
	if first == nil {
		return nil
	}
	is := "is left alone: it has"
	if len(names) > 1 {
		is = "are left alone: they have"
	}
	return []*parser.Error{p.Files[file].Source.Errorf(first.Span().Start, "the file lies over another one: name both with -f where they stand in one directory",
		"%s %s neither image nor build", strings.Join(names, ", "), is)}
}

// notIncluded warns of the files that one includes and the run does not look at.
func (j *composeJob) notIncluded(doc *compose.Document) []*parser.Error {
	var out []*parser.Error
	for _, i := range doc.Includes() {
		file, local := i.Local()
		switch {
		case !local:
			out = append(out, doc.Source.Errorf(i.At, "harden it where it comes from", "%s is included and not looked at: it is no file of this directory tree", i.Name))
		case !j.places[placeOf(j.dir.Top, path.Join(j.dir.Dir, file))]:
			out = append(out, doc.Source.Errorf(i.At, "name it, too, or a directory above both", "%s is included and not looked at", i.Name))
		}
	}
	return out
}

// take gives the result the services and findings of its file.
func (r *Result) take(plan *transform.ProjectPlan, file int, needs map[string]string) {
	for _, s := range plan.Before.Services {
		if s.File == file && transform.Runs(s) {
			r.Services = append(r.Services, s.Name)
			if needs[s.Name] != "" {
				if r.Builds == nil {
					r.Builds = map[string]string{}
				}
				r.Builds[s.Name] = needs[s.Name]
			}
			if keys := transform.Unclear(s); keys != nil {
				if r.Unclear == nil {
					r.Unclear = map[string][]string{}
				}
				r.Unclear[s.Name] = keys
			}
		}
	}
	for _, f := range plan.Findings {
		if f.File != file {
			continue
		}
		r.Findings = append(r.Findings, f)
		if need := needs[f.Service]; need != "" && f.Outcome == transform.Applied && !slices.Contains(r.Needs, need) {
			r.Needs = append(r.Needs, need)
		}
	}
}

// unread is the result of a file that cannot be worked on: an error, unless it is no
// compose file after all.
func (j *composeJob) unread(f workspace.File, err error) Result {
	text, readErr := j.root.ReadFile(path.Join(j.dir.Dir, j.dir.Name(f)), fsx.MaxFile)
	if readErr == nil {
		if why, ok := workspace.IsComposeTemplate(text); ok {
			return Result{File: f, Skipped: why}
		}
	}
	if errors.Is(err, compose.ErrNoServices) && !f.Named {
		return Result{File: f, Skipped: "has no services"}
	}
	if located := new(parser.Error); errors.As(err, &located) {
		return Result{File: f, Err: err}
	}
	return failed(f, err)
}

// onHardened is the composition's project over the hardened files of its base, and over
// those that it extends.
func (j *composeJob) onHardened(c *workspace.Composition) (*compose.Project, error) {
	if !c.Overlay() {
		return j.overHardened(c.Project)
	}
	docs := slices.Clone(c.Project.Files)
	changed := false
	for i, name := range c.Names {
		if doc := j.after[name]; doc != nil && doc != docs[i] {
			docs[i], changed = doc, true
		}
	}
	if !changed {
		return c.Project, nil
	}
	return c.Project.With(docs)
}

// others are the overlays over a composition.
func (j *composeJob) others(index int) []*compose.Project {
	var out []*compose.Project
	for _, c := range j.compositions {
		if index == 0 && c.Err == nil && c.Overlay() {
			out = append(out, c.Project)
		}
	}
	return out
}

// composeText hardens a compose file that is in no file.
func (w *worker) composeText(f workspace.File, data []byte) Result {
	if err := fsx.CheckText(data); err != nil {
		return failed(f, err)
	}
	doc, err := compose.Parse(parser.NewSource(f.Display, data))
	if err != nil {
		return Result{File: f, Err: err}
	}
	project, err := compose.Load([]*compose.Document{doc}, nil)
	if err != nil {
		return failed(f, err)
	}
	comments := config.ReadServiceComments(project.Files, w.ids())
	choices := w.opts.Transform
	choices.IgnoredService = comments.Ignored
	plan := transform.HardenProject(transform.ProjectInput{Project: project, Options: choices}, w.opts.Rules)
	r := Result{File: f, Before: doc.Source, After: plan.After.Files[0].Source, Warnings: comments.Warnings(0, w.enabled)}
	r.take(plan, 0, nil)
	return r
}

// override puts what the plan means into a file beside the project, which stays as it is.
func (j *composeJob) override(c *workspace.Composition, plan *transform.ProjectPlan, results []Result) []Result {
	names := []string{c.OverrideName()}
	if c.Overlay() && j.overridden != "" {
		names = []string{j.overridden, names[0]}
	}
	text, err := plan.Before.Override(plan.Changes(), plan.After, slices.Concat(c.Names, names)...)
	if err == nil {
		err = j.sameMeaning(plan, text)
	}
	if err != nil {
		return append(results[:0], failed(results[0].File, fmt.Errorf("no override file can say the same: %w", err)))
	}
	for i := range results {
		results[i].After = results[i].Before
	}
	if c == j.compositions[0] {
		j.overridden = names[0]
	}
	first, name := &results[0], names[len(names)-1]
	first.Override = &Override{Rel: path.Join(first.File.Dir(), name), Display: path.Join(j.dir.Shown, name), Text: text}
	return results
}

// sameMeaning holds the override file, read on top of the project, against the plan.
func (j *composeJob) sameMeaning(plan *transform.ProjectPlan, text []byte) error {
	doc, err := compose.Parse(parser.NewSource("override", bytes.Clone(text)))
	if err != nil {
		return err
	}
	merged, err := plan.Before.With(append(slices.Clone(plan.Before.Files), doc))
	if err != nil {
		return err
	}
	if d := compose.Differences(plan.After.Model, merged.Model); len(d) > 0 {
		return fmt.Errorf("it would mean something else at %s", d[0])
	}
	return nil
}
