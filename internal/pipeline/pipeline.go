// Package pipeline takes files from their bytes to a plan: the one way that diff,
// fix and check are endings of.
package pipeline

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// Options are what all files of a run share.
type Options struct {
	// Transform are the user's choices. Ignored is set by the pipeline, from the
	// comments of each file.
	Transform transform.Options
	Rules     []*transform.Rule
	Jobs      int // files worked on at once; 0 is one per core
}

// Result is what became of one file: a plan, a reason to leave it out, or an error.
type Result struct {
	File     workspace.File
	Plan     *transform.Plan
	Warnings []*parser.Error // about the file's `# bulkhead:` comments
	Skipped  string          // why the file was left out, "" when it was not
	Err      error           // names the file
}

// Run hardens files and yields their results in the order of the files. A result
// is not held on to after it was yielded, so that memory does not grow with the
// number of files.
func Run(ctx context.Context, files []workspace.File, opts Options) iter.Seq[Result] {
	jobs := opts.Jobs
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	return ordered(ctx, files, jobs, func(f workspace.File) Result {
		return guard(f, func() Result { return readAndHarden(f, opts) })
	})
}

// Text hardens a text that is in no file, such as standard input, with the build
// context that it may look at, nil for none.
func Text(f workspace.File, data []byte, files fs.FS, opts Options) Result {
	return guard(f, func() Result { return harden(f, data, files, nil, opts) })
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

func readAndHarden(f workspace.File, opts Options) Result {
	root, err := fsx.Open(f.Root)
	if err != nil {
		return failed(f, err)
	}
	defer root.Close()
	data, err := root.ReadFile(f.Rel, fsx.MaxFile)
	if err != nil {
		return failed(f, err)
	}
	own, err := fs.Sub(root.FS(), f.Dir())
	if err != nil {
		return failed(f, err)
	}
	return harden(f, data, own, root.FS(), opts)
}

// harden takes one file from its bytes to its plan.
func harden(f workspace.File, data []byte, own, root fs.FS, opts Options) Result {
	if err := fsx.CheckText(data); err != nil {
		return failed(f, err)
	}
	doc, err := dockerfile.Parse(parser.NewSource(f.Display, data))
	if why, ok := workspace.IsTemplate(data, heredocs(doc)); ok {
		return Result{File: f, Skipped: why}
	}
	if err != nil {
		return Result{File: f, Err: err}
	}
	ids := make([]string, len(opts.Rules))
	for i, r := range opts.Rules {
		ids[i] = r.ID
	}
	comments := config.ReadComments(doc, ids)
	choices := opts.Transform
	choices.Ignored = comments.Ignored
	var usage transform.Usage
	if root != nil {
		usage = workspace.Usage(f, doc)
	}
	plan := transform.Harden(transform.Input{Document: doc, Usage: usage, Files: buildContext(doc, own, root), Options: choices}, opts.Rules)
	return Result{File: f, Plan: plan, Warnings: comments.Warnings(func(rule string) bool {
		return choices.Enabled == nil || choices.Enabled(rule)
	})}
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
