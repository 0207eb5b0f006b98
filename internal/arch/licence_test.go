package arch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// permissive are words that tell the licences that we accept, each with all of
// its words. Copyleft licences have none of the sets.
var permissive = map[string][]string{
	"Apache-2.0": {"Apache License", "Version 2.0, January 2004"},
	"MIT":        {"Permission is hereby granted, free of charge, to any person obtaining a copy", "WITHOUT WARRANTY OF ANY KIND"},
	"BSD":        {"Redistribution and use in source and binary forms", "Redistributions in binary form must reproduce"},
	"ISC":        {"Permission to use, copy, modify, and/or distribute this software for any purpose"},
}

// licence names the licence of a text, "" when it is none that we know.
func licence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for name, words := range permissive {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			return name
		}
	}
	return ""
}

// TestLicences: every module whose code is part of the binary may be used under
// the Apache licence of this one.
func TestLicences(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		m := p.Module
		if m == nil || m.Main || seen[m.Path] {
			continue
		}
		seen[m.Path] = true
		if m.Dir == "" {
			t.Logf("%s %s is not in the module cache", m.Path, m.Version)
			continue
		}
		if name := moduleLicence(t, m.Dir); name == "" {
			t.Errorf("%s %s: no permissive licence found in %s", m.Path, m.Version, m.Dir)
		}
	}
	if len(seen) == 0 {
		t.Error("no dependency was looked at")
	}
}

func moduleLicence(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if l := licence(string(text)); l != "" {
			return l
		}
	}
	return ""
}

// TestOwnLicence: the project's licence is the Apache licence, whole.
func TestOwnLicence(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "LICENSE"))
	if err != nil {
		t.Fatal(err)
	}
	if licence(string(text)) != "Apache-2.0" || !strings.Contains(string(text), "END OF TERMS AND CONDITIONS") {
		t.Error("LICENSE is not the text of Apache-2.0")
	}
}

func TestLicence(t *testing.T) {
	for text, want := range map[string]string{
		"GNU GENERAL PUBLIC LICENSE Version 3, 29 June 2007 ... redistribute": "",
		"Mozilla Public License Version 2.0":                                  "",
		"Apache License\n   Version 2.0,\n January 2004":                      "Apache-2.0",
		"": "",
	} {
		if got := licence(text); got != want {
			t.Errorf("%q is taken for %q", text, got)
		}
	}
}
