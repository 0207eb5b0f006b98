package dockerfile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// last is the last instruction behind a FROM.
func last(t *testing.T, text string) *dockerfile.Instruction {
	t.Helper()
	all := parse(t, text).Instructions()
	return all[len(all)-1]
}

func callTexts(s *dockerfile.Script) []string {
	var out []string
	for _, c := range s.Calls() {
		out = append(out, strings.TrimSpace(c.Operator()+" "+c.Text()))
	}
	return out
}

func TestCalls(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"a && b || c; d | e", []string{"a", "&& b", "|| c", "; d", "| e"}},
		{"(a; b) && { c; }", []string{"a", "; b", "c"}},
		{"if a; then b; else c; fi", []string{"a", "b", "c"}},
		{"for x in $(a) b; do c; done", []string{"a", "c"}},
		{"while a; do b; done", []string{"a", "b"}},
		{"case $x in y) a ;; *) b ;; esac", []string{"a", "b"}},
		{"f() { a; }; f", []string{"a", "; f"}},
		{"a \"$(b `c`)\"", []string{"c", "b `c`", `a "$(b ` + "`c`" + `)"`}},
		{"A=1 a; B=2", []string{"A=1 a", "; B=2"}},
		{"export A=$(b); [ -f x ]", []string{"b", "export A=$(b)", "; [ -f x ]"}},
		{"a & b", []string{"a", "; b"}},
	}
	for _, tt := range tests {
		if got := callTexts(last(t, "FROM x\nRUN "+tt.in+"\n").Script()); !slices.Equal(got, tt.want) {
			t.Errorf("%s: calls %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestWhere(t *testing.T) {
	tests := map[string]dockerfile.Where{
		"it":                          {},
		"a && it":                     {},
		"a || it":                     {Conditional: true},
		"if it; then a; fi":           {},
		"if a; then it; fi":           {Conditional: true},
		"for i in a; do it; done":     {Loop: true},
		"while it; do a; done":        {Loop: true},
		"while a; do it; done":        {Loop: true, Conditional: true},
		"case a in b) it ;; esac":     {Conditional: true},
		"f() { it; }":                 {Function: true},
		"a $(it)":                     {Subst: true, Subshell: true},
		"(it)":                        {Subshell: true},
		"it &":                        {Background: true},
		"a | it":                      {Pipe: true},
		"it | a":                      {Pipe: true},
		"! it":                        {Negated: true},
		"{ a; ! it; } | b":            {Pipe: true, Negated: true},
		"if a; then b; else it; fi":   {Conditional: true},
		"time it":                     {},
		"( a || (it) ) > /dev/null &": {Conditional: true, Subshell: true, Background: true},
	}
	for in, want := range tests {
		doc := parse(t, "FROM x\nSHELL [\"bash\", \"-c\"]\nRUN "+in+"\n")
		if got := call(t, doc, "it").Where; got != want {
			t.Errorf("%s: %+v, want %+v", in, got, want)
		}
	}
}

func TestLiterals(t *testing.T) {
	tests := []struct {
		in, value     string
		literal, glob bool
	}{
		{`abc`, `abc`, true, false},
		{`'a b'`, `a b`, true, false},
		{`"a\"b\n"`, `a"b\n`, true, false},
		{`a\ b`, `a b`, true, false},
		{`a'b'"c"`, `abc`, true, false},
		{`*.deb`, `*.deb`, true, true},
		{`'*'`, `*`, true, false},
		{`\*`, `*`, true, false},
		{`$A`, `$A`, false, false},
		{`"$A"`, `"$A"`, false, false},
		{`$(a)`, `$(a)`, false, false},
		{`~/x`, `~/x`, false, false},
		{`x~`, `x~`, true, false},
		{`{a,b}`, `{a,b}`, false, false},
		{`{}`, `{}`, true, false},
		{`$'a\n'`, `$'a\n'`, false, false},
		{`$"a"b`, `$"a"b`, false, false},
		{`''`, ``, true, false},
	}
	for _, tt := range tests {
		c := last(t, "FROM x\nRUN it "+tt.in+"\n").Script().Calls()
		a := c[len(c)-1].Args[1]
		if a.Value != tt.value || a.Literal != tt.literal || a.Glob != tt.glob {
			t.Errorf("%s: value %q, literal %v, glob %v; want %q, %v, %v", tt.in, a.Value, a.Literal, a.Glob, tt.value, tt.literal, tt.glob)
		}
	}
}

func TestExpand(t *testing.T) {
	lookup := func(name string) (string, bool) {
		v, ok := map[string]string{"A": "x", "B": "y z", "C": "*"}[name]
		return v, ok
	}
	for in, want := range map[string]string{
		"$A": "x", "${A}/b": "x/b", `"$B"`: "y z", `a"$A"'$A'`: "ax$A", "plain": "plain", `"$C"`: "*",
		"$B": "?", "$C": "?", "$D": "?", "${A:-b}": "?", "$(a)": "?", "${#A}": "?",
	} {
		c := last(t, "FROM x\nRUN it "+in+"\n").Script().Calls()
		got, ok := c[len(c)-1].Args[1].Expand(lookup)
		if !ok {
			got = "?"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestBackToSource: every argument is found again in the bytes, whatever lies
// between the lines of the script.
func TestBackToSource(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string // source texts of the words of call "it"
	}{
		{"one line", "FROM x\nRUN a && it b\n", []string{"it", "b"}},
		{"continuation", "FROM x\nRUN a && \\\n  it \\\n    b \\\n    'c  d'\n", []string{"it", "b", "'c  d'"}},
		{"comments and blank lines", "FROM x\nRUN it \\\n # one\n\n   b \\\n# two && three\n   c\n", []string{"it", "b", "c"}},
		{"word over a continuation", "FROM x\nRUN it b\\\nc\n", []string{"it", "b\\\nc"}},
		{"crlf", "FROM x\r\nRUN it \\\r\n  b \\\r\n  # note\r\n  c\r\n", []string{"it", "b", "c"}},
		{"backtick", "# escape=`\nFROM x\nRUN it `\n  # note\n  b `\n  c:\\d\n", []string{"it", "b", "c:\\d"}},
		{"heredoc", "FROM x\nRUN <<EOF\na\n  it b # c\nEOF\n", []string{"it", "b"}},
		{"heredoc in crlf, whose carriage returns the shell sees", "FROM x\r\nRUN <<EOF\r\na\r\nit b c\r\nEOF\r\n", []string{"it", "b", "c\r"}},
		{"chomped heredoc", "FROM x\nRUN <<-EOF\n\ta\n\t\tit b \\\n\t\t\tc\n\tEOF\n", []string{"it", "b", "c"}},
		{"heredoc behind a command", "FROM x\nRUN it b <<EOF && c\nx\nEOF\n", []string{"it", "b"}},
		{"onbuild", "FROM x\nONBUILD RUN a && \\\n it b\n", []string{"it", "b"}},
		{"healthcheck", "FROM x\nHEALTHCHECK --retries=1 \\\n  CMD a || it b\n", []string{"it", "b"}},
		{"exec form", "FROM x\nENTRYPOINT [\"it\", \"b c\"]\n", []string{`"it"`, `"b c"`}},
		{"unicode", "FROM x\nRUN echo é☃ && it \"ü\" b\n", []string{"it", `"ü"`, "b"}},
		{"bash", "FROM x\nSHELL [\"/bin/bash\", \"-eo\", \"pipefail\", \"-c\"]\nRUN cat <<< y && it b\n", []string{"it", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := parse(t, tt.in)
			var words []string
			for _, in := range doc.Instructions() {
				if in.OnBuild != nil {
					in = in.OnBuild
				}
				s := in.Script()
				if s == nil {
					continue
				}
				for _, c := range s.Calls() {
					if c.Name() != "it" {
						continue
					}
					for _, a := range c.Args {
						words = append(words, doc.Source.Text(a.Span))
					}
				}
			}
			if !slices.Equal(words, tt.want) {
				t.Errorf("words at %q, want %q", words, tt.want)
			}
		})
	}
}

func TestOpaque(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"powershell", "FROM x\nSHELL [\"powershell\", \"-Command\"]\nRUN a\n", "SHELL is powershell"},
		{"windows base", "FROM mcr.microsoft.com/windows/nanoserver\nRUN a\n", "Windows stage"},
		{"windows platform", "FROM --platform=windows/amd64 x\nRUN a\n", "Windows stage"},
		{"child of a windows stage", "FROM microsoft/iis AS a\nFROM a\nRUN b\n", "Windows stage"},
		{"shell of the parent", "FROM x AS a\nSHELL [\"pwsh\", \"-c\"]\nFROM a\nRUN b\n", "SHELL is pwsh"},
		{"shell without -c", "FROM x\nSHELL [\"/bin/sh\"]\nRUN b\n", "SHELL does not end in -c"},
		{"broken", "FROM x\nRUN if a; then\n", "not readable"},
		{"half a line", "#escape=`\nFROM x\nRUN apt update&&\\\n", "ends with a backslash"},
		{"other interpreter", "FROM x\nRUN <<EOF\n#!/usr/bin/env python3\nprint()\nEOF\n", "SHELL is python3"},
		{"no interpreter", "FROM x\nRUN <<EOF\n#!\na\nEOF\n", "no interpreter"},
		{"deep", "FROM x\nRUN " + strings.Repeat("( ", 6000) + "\n", "nested"},
		{"deep substitution", "FROM x\nRUN a " + strings.Repeat("$(", 6000) + "\n", "nested"},
		{"shell again", "FROM x\nSHELL [\"pwsh\", \"-c\"]\nSHELL [\"/bin/ash\", \"-ec\"]\nRUN a\n", ""},
		{"interpreter that is read", "FROM x\nRUN <<EOF\n#!/bin/bash -e\na\nEOF\n", ""},
	}
	for _, tt := range tests {
		s := last(t, tt.in).Script()
		if tt.want == "" {
			if s.Opaque != "" || len(s.Calls()) != 1 {
				t.Errorf("%s: %q, %d calls", tt.name, s.Opaque, len(s.Calls()))
			}
			continue
		}
		if !strings.Contains(s.Opaque, tt.want) || len(s.Calls()) != 0 || s.File != nil {
			t.Errorf("%s: opaque for %q with %d calls, want %q", tt.name, s.Opaque, len(s.Calls()), tt.want)
		}
	}
}

func TestNewScript(t *testing.T) {
	s := dockerfile.NewScript("#!/bin/sh\nset -e\nexec gosu app \"$@\"\n")
	if got := callTexts(s); !slices.Equal(got, []string{"set -e", "; exec gosu app \"$@\""}) {
		t.Errorf("calls %q", got)
	}
	if span := s.Calls()[1].Args[1].Span; s.Text[span.Start:span.End] != "gosu" {
		t.Errorf("gosu stands at %v", span)
	}
	if s := dockerfile.NewScript("#!/usr/bin/perl\n"); s.Opaque == "" {
		t.Error("perl is read as a shell script")
	}
}

// TestLargeScripts: time must not grow with the square of the size.
func TestLargeScripts(t *testing.T) {
	for name, text := range map[string]string{
		"continuations":    "RUN a" + strings.Repeat(" \\\n", 300_000) + " b\n",
		"chomped heredoc":  "RUN <<-EOF\n" + strings.Repeat("\ta\n", 100_000) + "EOF\n",
		"comments":         "RUN a \\\n" + strings.Repeat("# c\n", 200_000) + " b\n",
		"words over lines": "COPY " + strings.Repeat("a \\\n", 60_000) + " b\n",
		"many runs":        strings.Repeat("RUN a\n", 9_990),
	} {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, "FROM x\n"+text)
			n := 0
			for _, in := range doc.Instructions() {
				if s := in.Script(); s != nil {
					n += len(s.Calls())
				}
			}
			if len(doc.Tokens()) == 0 || n == 0 && name != "words over lines" {
				t.Error(fmt.Sprint(n, " calls"))
			}
		})
	}
}
