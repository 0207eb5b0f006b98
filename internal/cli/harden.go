package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/report"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/urfave/cli/v2"
)

// ending is what becomes of a plan: the last step of the pipe.
type ending func(r *run, res planned) error

// hardenCommand is a command that sends files through the pipe.
func hardenCommand(name, usage, help string, end ending, extra ...cli.Flag) *cli.Command {
	outputs := &outputList{}
	return &cli.Command{
		Name: name, Usage: usage, Description: help, CustomHelpTemplate: hardenHelp,
		Flags: slices.Concat(hardenFlags(), outputFlags(outputs), extra),
		Action: func(c *cli.Context) error {
			opts, err := readOptions(c)
			if err != nil {
				return err
			}
			opts.outputs = outputs.all
			if len(opts.frameworks) > 0 && !slices.ContainsFunc(opts.outputs, func(o output) bool { return o.file == "" }) {
				opts.outputs = append(opts.outputs, output{format: controlsFormat})
			}
			r := &run{command: name, options: opts, in: c.App.Reader, out: c.App.Writer, err: c.App.ErrWriter}
			return r.do(c.Context, end)
		},
	}
}

// run is one run of diff, fix or check.
type run struct {
	options
	command string
	in      io.Reader
	out     io.Writer // what the command prints
	err     io.Writer // the report
	report  *report.Builder
	colored bool // what the command prints

	usable  int  // files that could be planned or skipped
	failed  bool // an error that makes the exit code 2
	changes bool
	broken  []string          // files that could not be written
	unread  []string          // mistakes in settings that were reported
	made    map[string][]byte // what files that come with changes will hold
}

// stdin is standard input as a file: a compose file when it has services at the top.
func stdin(data []byte) workspace.File {
	f := workspace.File{Kind: workspace.Dockerfile, Root: ".", Rel: "Dockerfile", Named: true}
	if hasServices.Match(data) {
		f.Kind, f.Rel = workspace.Compose, "compose.yaml"
	}
	f.Display = f.Rel
	return f
}

var hasServices = regexp.MustCompile(`(?m)^["']?services["']?:`)

func (r *run) do(ctx context.Context, end ending) error {
	if err := r.combination(); err != nil {
		return err
	}
	r.report = report.NewBuilder(report.Options{
		Version: version(), Rules: r.rules, Ran: r.transform.Enabled, Prefix: repositoryPrefix(), Frameworks: r.frameworks, Changes: r.needsChanges(), Drop: r.drop(),
	})
	own, plain := r.ownOutput()
	var buffer bytes.Buffer
	printed := r.out
	if plain {
		r.out = &buffer
	}
	r.colored = r.color(r.out)
	if r.command == "diff" && len(r.outputs) > 0 {
		end = onlyCheck // the report holds the diff
	}
	r.harden(ctx, end)
	r.out = printed
	if plain {
		if err := writeOutput(own, buffer.Bytes()); err != nil {
			r.fail(err)
		}
	}
	return r.finish()
}

// combination refuses options and paths that do not go together.
func (r *run) combination() error {
	fromStdin := slices.Contains(r.paths, "-")
	switch {
	case fromStdin && len(r.paths) > 1:
		return errors.New("- (standard input) stands alone: it does not go together with other paths")
	case fromStdin && r.backup:
		return errors.New("--backup is for files, not for standard input")
	case fromStdin && (r.override || len(r.project) > 0):
		return errors.New("-f and --override are for files, not for standard input")
	}
	return r.checkOutputs(fromStdin)
}

// harden sends the files through the pipe, one result after the other to its end.
func (r *run) harden(ctx context.Context, end ending) {
	opts := pipeline.Options{Transform: r.transform, Given: r.given, Rules: r.rules, Jobs: r.jobs, Override: r.override}
	for _, name := range r.project {
		opts.Project = append(opts.Project, displayed(name))
	}
	if r.paths[0] == "-" {
		data, err := io.ReadAll(io.LimitReader(r.in, fsx.MaxFile+1))
		if err == nil && len(data) > fsx.MaxFile {
			err = fsx.ErrTooLarge
		}
		if err != nil {
			r.fail(fmt.Errorf("standard input: %w", err))
			return
		}
		r.take(pipeline.Text(stdin(data), data, nil, opts), end)
		return
	}
	files := r.find(ctx)
	bar := r.progressOf(len(files))
	for res := range pipeline.Run(ctx, files, opts) {
		r.take(res, end)
		bar.step()
	}
	bar.clear()
}

// find looks for the files, and reports what cannot be read or is left out.
func (r *run) find(ctx context.Context) []workspace.File {
	var paths []string
	for _, p := range r.paths {
		if _, err := os.Stat(p); err != nil {
			r.fail(fmt.Errorf("%s: %w", p, pathReason(err)))
			continue
		}
		paths = append(paths, p)
	}
	found, err := workspace.Discover(ctx, paths)
	if err != nil {
		r.fail(err)
		return nil
	}
	for _, s := range found.Skipped {
		if slices.Contains(paths, s.Path) {
			r.fail(fmt.Errorf("%s: %s", s.Path, s.Reason))
			continue
		}
		r.report.Skip(displayed(s.Path), s.Reason)
		r.usable++
	}
	for i := range found.Files {
		found.Files[i].Display = displayed(found.Files[i].Display)
	}
	if err := oneRoot(found.Files, r.project); err != nil {
		r.fail(err)
		return nil
	}
	return found.Files
}

// pathReason takes the path out of an error, as messages name it themselves.
func pathReason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// displayed is a path as messages and diffs name it: with slashes, and relative
// when it lies below the working directory, so that git apply finds it from there.
func displayed(path string) string {
	if filepath.IsAbs(path) {
		if wd, err := os.Getwd(); err == nil {
			if rel, err := filepath.Rel(wd, path); err == nil && filepath.IsLocal(rel) {
				path = rel
			}
		}
	}
	return filepath.ToSlash(filepath.Clean(path))
}

// take reports a result and sends it to its end.
func (r *run) take(res pipeline.Result, end ending) {
	settings := new(config.Error)
	switch {
	case errors.As(res.Err, &settings) && slices.Contains(r.unread, settings.Error()):
		r.report.Skip(res.File.Display, "its settings cannot be read: "+settings.File)
		return
	case res.Err != nil:
		r.report.Fail(res.File.Display, res.Err)
		r.failed = r.failed || res.File.Named || errors.As(res.Err, &settings)
		if errors.As(res.Err, &settings) {
			r.unread = append(r.unread, settings.Error())
		}
		return
	case res.Skipped != "":
		r.report.Skip(res.File.Display, res.Skipped)
		r.usable++
		return
	}
	r.usable++
	r.changes = r.changes || res.Changed()
	p, err := r.plan(res)
	if err == nil {
		err = r.needed(res)
	}
	if err == nil {
		err = end(r, p)
	}
	if err != nil {
		r.report.Fail(res.File.Display, fmt.Errorf("%s: %w", res.File.Display, err))
		r.failed = true
		r.broken = append(r.broken, res.File.Display)
		return
	}
	r.report.Plan(p.report)
}

// needed refuses a change that rests on that of a Dockerfile which could not be written.
func (r *run) needed(res pipeline.Result) error {
	for _, name := range res.Needs {
		if slices.Contains(r.broken, name) {
			return fmt.Errorf("is left as it is, for its change rests on that of %s", name)
		}
	}
	return nil
}

// fail reports an error that belongs to no single file.
func (r *run) fail(err error) {
	r.report.Error(err)
	r.failed = true
}

// finish writes the reports and chooses the exit code.
func (r *run) finish() error {
	if err := r.writeOutputs(); err != nil {
		return err
	}
	switch {
	case r.failed || r.usable == 0 && r.report.Report().Summary.Errors > 0:
		return exitCode(exitError)
	case r.command == "check" && r.changes:
		return exitCode(exitChanges)
	}
	return nil
}
