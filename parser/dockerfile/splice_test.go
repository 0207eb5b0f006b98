package dockerfile_test

import (
	"errors"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

func parse(t *testing.T, text string) *dockerfile.Document {
	t.Helper()
	doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// call finds the last call of the file whose command word is name.
func call(t *testing.T, doc *dockerfile.Document, name string) *dockerfile.Call {
	t.Helper()
	var found *dockerfile.Call
	for _, in := range doc.Instructions() {
		if s := in.Script(); s != nil {
			for _, c := range s.Calls() {
				if c.Name() == name {
					found = c
				}
			}
		}
	}
	if found == nil {
		t.Fatalf("no call of %s", name)
	}
	return found
}

func TestAfter(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"one line", "RUN install x\n", "RUN install x && clean\n"},
		{"long line", "RUN install aaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccccccccccc\n",
			"RUN install aaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccccccccccc \\\n    && clean\n"},
		{"leading operators", "RUN update \\\n && install x \\\n    y \\\n && make\n", "RUN update \\\n && install x \\\n    y \\\n && clean \\\n && make\n"},
		{"trailing operators", "RUN update && \\\n    install x && \\\n    make\n", "RUN update && \\\n    install x && \\\n    clean && \\\n    make\n"},
		{"trailing at end", "RUN update && \\\n    install x\n", "RUN update && \\\n    install x && \\\n    clean\n"},
		{"package list", "RUN install \\\n      a \\\n      b\n", "RUN install \\\n      a \\\n      b \\\n      && clean\n"},
		{"comment behind", "RUN install \\\n    a \\\n    # why b\n    b \\\n    # done\n    && make\n", "RUN install \\\n    a \\\n    # why b\n    b \\\n    && clean \\\n    # done\n    && make\n"},
		{"semicolon, not last", "RUN install x; make\n", "RUN install x; clean; make\n"},
		{"semicolon, last", "RUN update; install x\n", "RUN update; install x && clean\n"},
		{"set -e", "RUN set -e; \\\n\tinstall x; \\\n\tmake\n", "RUN set -e; \\\n\tinstall x; \\\n\tclean; \\\n\tmake\n"},
		{"or", "RUN install x || exit 1\n", "RUN install x || exit 1 && clean\n"},
		{"or in a chain", "RUN install x || true && make\n", "RUN install x || true && clean && make\n"},
		{"pipe", "RUN yes | install x > log && make\n", "RUN yes | install x > log && clean && make\n"},
		{"if", "RUN if true; then install x; fi\n", "RUN if true; then install x; fi && clean\n"},
		{"loop, not last", "RUN for i in a b; do install $i; done; make\n", "RUN for i in a b; do install $i; done; clean; make\n"},
		{"subshell", "RUN (cd /x && install y) && make\n", "RUN (cd /x && install y) && clean && make\n"},
		{"shell comment", "RUN install x # note\n", "RUN install x && clean # note\n"},
		{"trailing semicolon", "RUN install x;\n", "RUN install x && clean;\n"},
		{"no final newline", "RUN install x", "RUN install x && clean"},
		{"crlf", "RUN update \\\r\n && install x\r\n", "RUN update \\\r\n && install x \\\r\n && clean\r\n"},
		{"heredoc", "RUN <<EOF\n  install x\n  make\nEOF\n", "RUN <<EOF\n  install x\n  clean\n  make\nEOF\n"},
		{"heredoc, last", "RUN <<EOF\nupdate\ninstall x\nEOF\n", "RUN <<EOF\nupdate\ninstall x && clean\nEOF\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc := parse(t, "FROM debian\n"+tt.in)
			c := call(t, doc, "install")
			edit, err := c.Script.After(c, "clean")
			if err != nil {
				t.Fatal(err)
			}
			out, _, err := doc.Source.Apply([]parser.Edit{edit})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(out.Bytes()); got != "FROM debian\n"+tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestAfterRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"RUN f() { install x; }; f\n":         dockerfile.ErrFunction,
		"RUN install x & wait\n":              dockerfile.ErrBackground,
		"RUN ! install x\n":                   dockerfile.ErrNegated,
		"RUN [\"install\", \"x\"]\n":          dockerfile.ErrExec,
		"RUN install <<EOF && make\nx\nEOF\n": dockerfile.ErrHeredoc,
	} {
		c := call(t, parse(t, "FROM debian\n"+in), "install")
		if _, err := c.Script.After(c, "clean"); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", in, err, want)
		}
	}
}

func TestBefore(t *testing.T) {
	tests := []struct {
		in, want string
		err      error
	}{
		{in: "RUN install x\n", want: "RUN update && install x\n"},
		{in: "RUN cd /x && install x && make\n", want: "RUN cd /x && update && install x && make\n"},
		{in: "RUN a || install x\n", err: dockerfile.ErrEither},
		{in: "RUN install x; make\n", err: dockerfile.ErrList},
	}
	for _, tt := range tests {
		doc := parse(t, "FROM debian\n"+tt.in)
		c := call(t, doc, "install")
		edit, err := c.Script.Before(c, "update")
		if !errors.Is(err, tt.err) {
			t.Errorf("%q: got error %v, want %v", tt.in, err, tt.err)
		}
		if err != nil {
			continue
		}
		out, _, err := doc.Source.Apply([]parser.Edit{edit})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(out.Bytes()); got != "FROM debian\n"+tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
