package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fetch gives the package indexes of releases, section main, amd64.
func fetch(releases []string, keyring string) ([][]byte, error) {
	mirror, err := mirrorOfMachine()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pkgtable")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is below the system's temporary files
	var sources strings.Builder
	for _, release := range releases {
		fmt.Fprintf(&sources, "deb [arch=amd64 signed-by=%s] %s %s main\n", keyring, mirror, release)
	}
	for _, d := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return nil, err
		}
	}
	for file, text := range map[string]string{"sources.list": sources.String(), "status": ""} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	options := []string{
		"-o", "Dir::State=" + dir, "-o", "Dir::State::lists=" + dir + "/lists", "-o", "Dir::State::status=" + dir + "/status",
		"-o", "Dir::Cache=" + dir + "/cache", "-o", "Dir::Etc::sourcelist=" + dir + "/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "Acquire::Languages=none", "-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false", "-o", "APT::Sandbox::User=root",
	}
	if _, err := output("apt-get", append(options, "-qq", "update")...); err != nil {
		return nil, err
	}
	out := make([][]byte, len(releases))
	for i, release := range releases {
		files, err := output("apt-get", append(options, "indextargets", "--format", "$(FILENAME)", "Created-By: Packages", "Codename: "+release)...)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSpace(string(files))
		if name == "" || strings.Contains(name, "\n") {
			return nil, fmt.Errorf("%s: the mirror has no one index of this release", release)
		}
		if out[i], err = output("/usr/lib/apt/apt-helper", "cat-file", name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mirrorOfMachine is where the machine's apt gets Debian from.
func mirrorOfMachine() (string, error) {
	text, err := output("apt-get", "indextargets", "--format", "$(SITE) $(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Component: main")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if _, uri, _ := strings.Cut(strings.TrimSpace(line), " "); strings.HasSuffix(strings.Trim(uri, "/"), "/debian") {
			return uri, nil
		}
	}
	return "", errors.New("the machine's apt has no Debian mirror: run it on Debian, after apt-get update")
}

func output(program string, args ...string) ([]byte, error) {
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	return out, nil
}
