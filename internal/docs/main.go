// Command docs writes the pages of docs/rules and docs/controls.md from the rules themselves and
// from their golden cases, and the example's diff into the README, so that no page can
// say what the code does not do.
//
//	go run ./internal/docs          write them
//	go run ./internal/docs -check   exit 1 if they are not up to date
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/bulkhead-dev/bulkhead/internal/cli"
	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/service"
)

func main() { os.Exit(run(os.Args[1:], ".", os.Stderr)) }

// run works from the directory dir of the project or any below it.
func run(args []string, dir string, stderr io.Writer) int {
	flags := flag.NewFlagSet("docs", flag.ContinueOnError)
	flags.SetOutput(stderr)
	check := flags.Bool("check", false, "compare and write nothing")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	root, err := projectRoot(dir)
	if err != nil {
		fmt.Fprintln(stderr, "docs:", err)
		return 2
	}
	want, err := pages(filepath.Join(root, "fixtures", "rules"))
	if err != nil {
		fmt.Fprintln(stderr, "docs:", err)
		return 2
	}
	out := filepath.Join(root, "docs", "rules")
	stale, err := differing(out, want)
	singles, singlesErr := singleFiles(root)
	if err = errors.Join(err, singlesErr); err != nil {
		fmt.Fprintln(stderr, "docs:", err)
		return 2
	}
	if *check {
		return report(stale, singles, stderr)
	}
	err = write(out, want, stale)
	for name, text := range singles {
		err = errors.Join(err, os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), text, 0o644))
	}
	if err != nil {
		fmt.Fprintln(stderr, "docs:", err)
		return 2
	}
	return 0
}

// singleFiles are those beside the pages of rules that are not as they should be, with the
// text that they should have: the README, and what is generated.
func singleFiles(root string) (map[string][]byte, error) {
	out := map[string][]byte{}
	have, want, err := readme(root)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(have, want) {
		out["README.md"] = want
	}
	for name, text := range ofCode {
		have, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if want, err = text(); err != nil {
			return nil, err
		}
		if !bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), want) {
			out[name] = want
		}
	}
	return out, nil
}

// ofCode are files that are made of code alone.
var ofCode = map[string]func() ([]byte, error){
	"docs/controls.md": func() ([]byte, error) { return controlsPage(), nil },
	"docs/bulkhead.schema.json": func() ([]byte, error) {
		return config.Schema(slices.Concat(image.Rules(), service.Rules()))
	},
	"docs/bulkhead.1": manPage,
}

// manPage is what the command prints of itself.
func manPage() ([]byte, error) {
	var out, errs bytes.Buffer
	if code := cli.Main([]string{"bulkhead", "man"}, nil, &out, &errs); code != 0 {
		return nil, fmt.Errorf("bulkhead man: exit code %d: %s", code, &errs)
	}
	return out.Bytes(), nil
}

// report names what is out of date and gives the exit code of -check.
func report(stale []string, singles map[string][]byte, stderr io.Writer) int {
	for _, name := range stale {
		fmt.Fprintf(stderr, "docs: docs/rules/%s is out of date\n", name)
	}
	for _, name := range slices.Sorted(maps.Keys(singles)) {
		fmt.Fprintf(stderr, "docs: %s is out of date\n", name)
	}
	if len(stale)+len(singles) == 0 {
		return 0
	}
	fmt.Fprintln(stderr, "docs: run `go run ./internal/docs` and commit what it changes")
	return 1
}

// projectRoot finds the directory of go.mod.
func projectRoot(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod here or above; run it in the project's directory")
		}
		dir = up
	}
}

// differing names the pages that are missing, different, or of no rule.
func differing(dir string, want map[string][]byte) ([]string, error) {
	var out []string
	for name, text := range want {
		have, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		have = bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")) // a checkout may have changed them
		if err != nil || !bytes.Equal(have, text) {
			out = append(out, name)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if _, ok := want[e.Name()]; !ok && filepath.Ext(e.Name()) == ".md" {
			out = append(out, e.Name())
		}
	}
	slices.Sort(out)
	return out, nil
}

func write(dir string, want map[string][]byte, stale []string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range stale {
		path := filepath.Join(dir, name)
		text, ok := want[name]
		if !ok {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
