package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

	"github.com/bulkhead-dev/bulkhead/internal/diff"
	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/internal/pipeline"
	"github.com/bulkhead-dev/bulkhead/internal/workspace"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
)

// readmeExample is the Dockerfile whose diff the README shows.
const readmeExample = "fixtures/apps/django/Dockerfile"

// readme gives the README as it is and as it should be: with the diff of the
// example as the program prints it.
func readme(root string) (have, want []byte, err error) {
	have, err = os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		return nil, nil, err
	}
	have = bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n"))
	start := bytes.Index(have, []byte("```diff\n"))
	if start < 0 {
		return nil, nil, errors.New("README.md shows no diff")
	}
	start += len("```diff\n")
	end := bytes.Index(have[start:], []byte("```\n"))
	if end < 0 {
		return nil, nil, errors.New("the diff in README.md does not end")
	}
	text, err := exampleDiff(root)
	if err != nil {
		return nil, nil, err
	}
	want = append(bytes.Clone(have[:start]), text...)
	return have, append(want, have[start+end:]...), nil
}

// exampleDiff is what `bulkhead diff` prints for the example.
func exampleDiff(root string) (string, error) {
	dir, err := fsx.Open(filepath.Join(root, filepath.Dir(readmeExample)))
	if err != nil {
		return "", err
	}
	defer dir.Close()
	data, err := dir.ReadFile(filepath.Base(readmeExample), fsx.MaxFile)
	if err != nil {
		return "", err
	}
	opts := pipeline.Options{Rules: image.Rules(), Transform: transform.Options{Level: transform.LevelStandard, User: transform.DefaultUser}}
	r := pipeline.Text(workspace.File{Rel: filepath.Base(readmeExample), Display: readmeExample}, data, dir.FS(), opts)
	if r.Err != nil {
		return "", r.Err
	}
	return diff.Unified(readmeExample, data, r.Plan.After.Source.Bytes(), diff.Context), nil
}
