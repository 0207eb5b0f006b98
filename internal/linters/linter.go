package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// finding is one thing that a linter has to say.
type finding struct{ file, rule, text string }

// linter is a program that judges Dockerfiles, or compose files as well.
type linter struct {
	name    string
	version []string                                       // the arguments that print it
	args    func(files []string, report string) []string   // those that judge
	report  string                                         // the file that it writes into the directory report; "" is what it prints
	read    func(out []byte) (findings []finding, e error) // what it said
}

// all are the linters that we run.
var all = []linter{
	{
		name: "hadolint", version: []string{"--version"}, read: readHadolint,
		args: func(files []string, _ string) []string {
			return append([]string{"--no-fail", "--format", "json"}, files...)
		},
	},
	{
		name: "checkov", version: []string{"--version"}, read: readCheckov,
		args: func([]string, string) []string {
			return []string{"--directory", ".", "--framework", "dockerfile", "--output", "json", "--compact", "--quiet", "--skip-download"}
		},
	},
	{
		name: "kics", version: []string{"version"}, read: readKICS, report: "results.json",
		args: func(_ []string, report string) []string {
			args := []string{"scan", "--path", ".", "--type", "Dockerfile,DockerCompose", "--disable-secrets", "--no-progress", "--ci", "--report-formats", "json", "--output-path", report}
			if assets := os.Getenv("KICS_ASSETS"); assets != "" {
				args = append(args, "--queries-path", filepath.Join(assets, "queries"), "--libraries-path", filepath.Join(assets, "libraries"))
			}
			return args
		},
	},
}

// versionOf is the last word of what the program says of its version.
func (l linter) versionOf(ctx context.Context) (string, error) {
	out, err := command(ctx, ".", l.name, l.version...)
	if err != nil {
		return "", err
	}
	words := strings.Fields(string(out))
	if len(words) == 0 {
		return "", fmt.Errorf("%s does not say its version", l.name)
	}
	return words[len(words)-1], nil
}

// findings judges the Dockerfiles of a directory.
func (l linter) findings(ctx context.Context, dir string) ([]finding, error) {
	files, err := dockerfiles(ctx, dir)
	if err != nil {
		return nil, err
	}
	report, err := os.MkdirTemp("", "bulkhead-linters-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(report) }() // it was ours
	out, err := command(ctx, dir, l.name, l.args(files, report)...)
	if err != nil {
		return nil, err
	}
	if l.report != "" {
		if out, err = os.ReadFile(filepath.Join(report, l.report)); err != nil {
			return nil, err
		}
	}
	found, err := l.read(out)
	if err != nil {
		return nil, fmt.Errorf("%s: what it prints is not understood: %w", l.name, err)
	}
	return found, nil
}

func readHadolint(out []byte) ([]finding, error) {
	var list []struct{ File, Code, Message string }
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, err
	}
	var found []finding
	for _, x := range list {
		found = append(found, finding{path.Clean(x.File), x.Code, x.Message})
	}
	return found, nil
}

// readCheckov reads a report, or a list of them; without any Dockerfile it is a summary.
func readCheckov(out []byte) ([]finding, error) {
	type checks struct {
		Results struct {
			Failed []struct {
				ID   string `json:"check_id"`
				Name string `json:"check_name"`
				File string `json:"file_path"`
			} `json:"failed_checks"`
		} `json:"results"`
	}
	var list []checks
	if bytes.HasPrefix(bytes.TrimSpace(out), []byte("[")) {
		if err := json.Unmarshal(out, &list); err != nil {
			return nil, err
		}
	} else {
		var one checks
		if err := json.Unmarshal(out, &one); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	var found []finding
	for _, c := range list {
		for _, x := range c.Results.Failed {
			found = append(found, finding{strings.TrimPrefix(path.Clean(x.File), "/"), x.ID, x.Name})
		}
	}
	return found, nil
}

// readKICS reads a report of KICS, whose rules are known by their names.
func readKICS(out []byte) ([]finding, error) {
	var report struct {
		Queries []struct {
			Name        string `json:"query_name"`
			Description string `json:"description"`
			Files       []struct {
				Name string `json:"file_name"`
			} `json:"files"`
		} `json:"queries"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	var found []finding
	for _, q := range report.Queries {
		for _, f := range q.Files {
			found = append(found, finding{path.Clean(f.Name), q.Name, q.Description})
		}
	}
	return found, nil
}
