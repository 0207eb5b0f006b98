package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
)

// unified is the diff of a result, as diff(1) shows it.
func unified(v *verdict) (string, error) {
	dir, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := os.WriteFile(a, v.file.text, 0o600); err != nil {
		return "", err
	}
	if err := os.WriteFile(b, v.plan.After.Source.Bytes(), 0o600); err != nil {
		return "", err
	}
	out, err := exec.Command("diff", "-u", "--label", "a/"+v.file.name, "--label", "b/"+v.file.name, a, b).Output()
	if exit := new(exec.ExitError); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return "", err
	}
	return string(out), nil
}
