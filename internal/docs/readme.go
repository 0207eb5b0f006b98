package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/diff"
	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/service"
)

// readmeExample is the application whose diff the README shows.
const readmeExample = "fixtures/apps/django"

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
	found, err := workspace.Discover(context.Background(), []string{filepath.Join(root, filepath.FromSlash(readmeExample))})
	if err != nil {
		return "", err
	}
	for i := range found.Files {
		found.Files[i].Display = path.Join(readmeExample, found.Files[i].Rel)
	}
	opts := pipeline.Options{Rules: slices.Concat(image.Rules(), service.Rules()), Transform: transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser}}
	var text strings.Builder
	for r := range pipeline.Run(context.Background(), found.Files, opts) {
		if r.Err != nil {
			return "", r.Err
		}
		text.WriteString(diff.Unified(r.File.Display, r.Before.Bytes(), r.After.Bytes(), diff.Context))
	}
	if text.Len() == 0 {
		return "", errors.New("the example does not change")
	}
	return text.String(), nil
}
