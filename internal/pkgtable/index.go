package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// pkg is what an index says of a package.
type pkg struct {
	name, source, section string
	depends               []dependency
	base                  bool // debian:SUITE-slim has it by itself
	provides              []string
}

// dependency is the first alternative of one.
type dependency struct {
	name  string
	exact bool // of this very version
}

// parseIndex reads a Packages index.
func parseIndex(r io.Reader) (map[string]*pkg, error) {
	out := map[string]*pkg{}
	p := &pkg{}
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<22)
	end := func() {
		if p.name != "" {
			if p.source == "" {
				p.source = p.name
			}
			out[p.name] = p
		}
		p = &pkg{}
	}
	for scanner.Scan() {
		field, value, found := strings.Cut(scanner.Text(), ": ")
		switch {
		case scanner.Text() == "":
			end()
		case !found:
		case field == "Package":
			p.name = value
		case field == "Source":
			p.source, _, _ = strings.Cut(value, " ")
		case field == "Essential", field == "Priority":
			p.base = p.base || value == "yes" || value == "required" || p.name == "apt"
		case field == "Section":
			p.section = value
		case field == "Depends", field == "Pre-Depends":
			p.depends = append(p.depends, parseDepends(value)...)
		case field == "Provides":
			for _, d := range parseDepends(value) {
				p.provides = append(p.provides, d.name)
			}
		}
	}
	end()
	if err := scanner.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the index is empty")
	}
	return out, nil
}

func parseDepends(value string) []dependency {
	var out []dependency
	for part := range strings.SplitSeq(value, ",") {
		first, _, _ := strings.Cut(part, "|")
		name, version, _ := strings.Cut(strings.TrimSpace(first), " ")
		name, _, _ = strings.Cut(name, ":")
		out = append(out, dependency{name, strings.HasPrefix(version, "(= ")})
	}
	return out
}
