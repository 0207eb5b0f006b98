// Package pipeline takes files from their bytes to a plan: the one way that diff,
// fix and check are endings of.
package pipeline

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/sirupsen/logrus"
)

// Options are what all files of a run share.
type Options struct {
	// Transform are the user's choices. Ignored is set by the pipeline, from the
	// comments of each file.
	Transform transform.Options
	// Given names the options of the command line that were set: what .bulkhead.yaml says of
	// them does not count. Nil is none.
	Given func(option string) bool
	Rules []*transform.Rule
	Jobs  int // files worked on at once; 0 is one per core
	// Project are compose files, as File.Display names them, that make up one project by
	// the user's word.
	Project []string
	// Override asks for override files beside compose projects, instead of changes in them.
	Override bool
}

// Result is what became of one file: a change, a reason to leave it out, or an error.
type Result struct {
	File     workspace.File
	Before   *parser.Source
	After    *parser.Source // Before itself when nothing changes
	Findings []transform.Finding
	Services []string        // of a compose file: those that were looked at
	Warnings []*parser.Error // about the file's `# bulkhead:` comments
	Skipped  string          // why the file was left out, "" when it was not
	Err      error           // names the file
	// Builds maps services to the Dockerfiles of the run that they build and that change.
	Builds map[string]string
	// Unclear maps services to those of their keys whose values hang on the host's environment.
	Unclear map[string][]string
	// Needs are Dockerfiles of the run whose changes this one's rest on.
	Needs []string
	// Files are files that come with the change; all of them are written before it.
	Files []NewFile
	// Override is, for the first file of a compose project that changes, the override
	// file that says the same beside it; nil when it was not asked for.
	Override *Override
}

// Override is a compose file that hardens a project from beside it.
type Override struct {
	Rel, Display string // beside the file of the result
	Text         []byte
}

// Changed reports whether there is anything to write into the file or beside it.
func (r Result) Changed() bool {
	return r.Before != r.After || r.Override != nil || len(r.Files) > 0
}

// Run hardens files and yields their results, those of files that belong together one
// after the other, Dockerfiles first. A result is not held on to after it was yielded,
// so that memory does not grow with the number of files.
func Run(ctx context.Context, files []workspace.File, opts Options) iter.Seq[Result] {
	quiet()
	jobs := opts.Jobs
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	files, chosen := project(files, opts.Project)
	w := &worker{opts: opts, projects: &workspace.Projects{Chosen: chosen}}
	w.joins = sync.OnceValue(func() []join { return joins(files) })
	w.places = map[string]bool{}
	for _, f := range files {
		w.places[placeOf(f.Place())] = true
	}
	return func(yield func(Result) bool) {
		for results := range ordered(ctx, workspace.Units(files), jobs, w.unit) {
			for _, r := range results {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// placeOf names a file by the top of its repository and its path below.
func placeOf(top, name string) string { return top + "\x00" + name }

// quiet keeps compose-go from writing its warnings to standard error.
var quiet = sync.OnceFunc(func() { logrus.StandardLogger().SetOutput(io.Discard) })

// project finds the compose files that the user made one project: their paths, and all files
// with those that stand elsewhere than the first put to its directory.
func project(files []workspace.File, names []string) ([]workspace.File, []string) {
	var out []string
	files = slices.Clone(files)
	for _, display := range names {
		for i := range files {
			if f := &files[i]; f.Display == display {
				_, name := f.Place()
				out = append(out, name)
				if dir := path.Dir(out[0]); path.Dir(name) != dir {
					f.Project = &workspace.ProjectDir{Dir: dir, Shown: path.Dir(names[0])}
				}
			}
		}
	}
	return files, out
}

// worker takes units through the pipe.
type worker struct {
	opts     Options
	projects *workspace.Projects
	found    sync.Map        // directories → *found: their settings
	places   map[string]bool // of the files of the run; nil for a text that is in no file
	joins    func() []join   // nil where there are no other files
}

// unit hardens the Dockerfiles of a unit, then the compose files with what is known of
// the hardened images.
func (w *worker) unit(u workspace.Unit) []Result {
	var out []Result
	images := &images{worker: w, hardened: map[string]hardenedImage{}}
	defer images.close()
	for _, f := range u.Dockerfiles {
		out = append(out, guard(f, func() Result { return w.dockerfile(f, images) }))
	}
	for _, d := range u.Dirs {
		out = append(out, w.composeDir(d, images)...)
	}
	return out
}

// Text hardens a text that is in no file, such as standard input, with the build
// context that it may look at, nil for none.
func Text(f workspace.File, data []byte, files fs.FS, opts Options) Result {
	quiet()
	w := &worker{opts: opts, projects: &workspace.Projects{}}
	return guard(f, func() Result {
		if f.Kind == workspace.Compose {
			return w.composeText(f, data)
		}
		r, _ := w.harden(f, data, files, nil)
		return r
	})
}

// guard makes a panic the error of one file.
func guard(f workspace.File, work func() Result) (r Result) {
	defer func() {
		if v := recover(); v != nil {
			r = failed(f, fmt.Errorf("internal error: %v%s; please report this file", v, panicPlace()))
		}
	}()
	return work()
}

// panicPlace is where in this program the panic came from.
func panicPlace() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, "bulkhead-dev/bulkhead/") {
			return fmt.Sprintf(" (%s:%d)", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}

func failed(f workspace.File, err error) Result {
	return Result{File: f, Err: fmt.Errorf("%s: %w", f.Display, err)}
}

// dockerfile reads a Dockerfile and hardens it; images remembers what it became.
func (w *worker) dockerfile(f workspace.File, images *images) Result {
	root, err := fsx.Open(f.Root)
	if err != nil {
		return failed(f, err)
	}
	images.open = append(images.open, root) // services look into the build context too
	data, err := root.ReadFile(f.Rel, fsx.MaxFile)
	if err != nil {
		return failed(f, err)
	}
	top, name := f.Place()
	r, image := w.harden(f, data, nil, &place{root: root.FS(), dir: f.Dir(), prefix: path.Clean(strings.TrimSuffix(name, f.Rel))})
	if image.plan != nil {
		image.display = f.Display
		images.hardened[top+"\x00"+name] = image
	}
	return r
}

// hardenedImage is a Dockerfile that went through the rules, and what they looked at.
type hardenedImage struct {
	input   transform.Input
	plan    *transform.Plan
	display string
}

// harden takes one Dockerfile from its bytes to its plan. files are what a text that stands
// nowhere may look at.
func (w *worker) harden(f workspace.File, data []byte, files fs.FS, at *place) (Result, hardenedImage) {
	if err := fsx.CheckText(data); err != nil {
		return failed(f, err), hardenedImage{}
	}
	doc, err := dockerfile.Parse(parser.NewSource(f.Display, data))
	if why, ok := workspace.IsTemplate(data, heredocs(doc)); ok {
		return Result{File: f, Skipped: why}, hardenedImage{}
	}
	if err != nil {
		return Result{File: f, Err: err}, hardenedImage{}
	}
	comments := config.ReadComments(doc, w.ids())
	choices := w.opts.Transform
	choices.Ignored = comments.Ignored
	var usage transform.Usage
	dir := f.Dir()
	if at != nil {
		if choices, err = w.choices(f, comments); err != nil {
			return Result{File: f, Err: err}, hardenedImage{}
		}
		usage = w.projects.UsageOf(f, doc)
		files, dir, usage.Elsewhere = at.buildContext(doc, usage)
	}
	in := transform.Input{Document: doc, Usage: usage, Files: files, Options: choices}
	plan := transform.Harden(in, w.opts.Rules)
	r := Result{File: f, Before: plan.Before.Source, After: plan.After.Source, Findings: plan.Findings, Warnings: comments.Warnings(w.enabled)}
	r.Files = placed(plan.Files(), f.Root, dir, path.Join(strings.TrimSuffix(f.Display, f.Rel), dir))
	return r, hardenedImage{input: in, plan: plan}
}

func (w *worker) enabled(rule string) bool {
	return w.opts.Transform.Enabled == nil || w.opts.Transform.Enabled(rule)
}

// ids are the names of all rules.
func (w *worker) ids() []string {
	ids := make([]string, len(w.opts.Rules))
	for i, r := range w.opts.Rules {
		ids[i] = r.ID
	}
	return ids
}

// heredocs are the bodies of the here-documents: no text of the Dockerfile's own.
func heredocs(doc *dockerfile.Document) []parser.Span {
	var spans []parser.Span
	if doc == nil {
		return nil
	}
	for _, in := range doc.Instructions() {
		for _, h := range in.Heredocs {
			spans = append(spans, h.Body)
		}
	}
	return spans
}
