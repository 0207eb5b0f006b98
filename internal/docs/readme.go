package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/bulkhead-dev/bulkhead/internal/diff"
	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
)

// readmeExample is the Dockerfile whose diff the README shows.
const readmeExample = "fixtures/apps/django/Dockerfile"

// engineTable is what the engine suite found last.
const engineTable = "internal/enginetest/testdata/results.md"

// readme gives the README as it is and as it should be: with the diff of the
// example as the program prints it, and the table of the engine suite.
func readme(root string) (have, want []byte, err error) {
	have, err = os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		return nil, nil, err
	}
	have = bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n"))
	example, err := exampleDiff(root)
	if err != nil {
		return nil, nil, err
	}
	table, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(engineTable)))
	if err != nil {
		return nil, nil, err
	}
	if want, err = replaced(have, "```diff\n", "```\n", example); err != nil {
		return nil, nil, err
	}
	want, err = replaced(want, "<!-- engine -->\n", "<!-- /engine -->\n", string(table))
	return have, want, err
}

// replaced puts a text between two marks.
func replaced(data []byte, open, closing, text string) ([]byte, error) {
	before, rest, found := bytes.Cut(data, []byte(open))
	_, after, ended := bytes.Cut(rest, []byte(closing))
	if !found || !ended {
		return nil, fmt.Errorf("README.md has nothing between %q and %q", open, closing)
	}
	return slices.Concat(before, []byte(open+text+closing), after), nil
}

// exampleDiff is what `bulkhead diff` prints for the example.
func exampleDiff(root string) (string, error) {
	file := workspace.File{Kind: workspace.Dockerfile, Root: filepath.Join(root, filepath.Dir(readmeExample)), Rel: filepath.Base(readmeExample), Display: readmeExample}
	opts := pipeline.Options{Rules: image.Rules(), Transform: transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser}}
	for r := range pipeline.Run(context.Background(), []workspace.File{file}, opts) {
		if r.Err != nil {
			return "", r.Err
		}
		return diff.Unified(readmeExample, r.Before.Bytes(), r.After.Bytes(), diff.Context), nil
	}
	return "", errors.New("the example gave no result")
}
