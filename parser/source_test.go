package parser_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

func TestSpan(t *testing.T) {
	s := parser.Span{Start: 2, End: 5}
	if s.Len() != 3 || s.Empty() || !(parser.Span{Start: 4, End: 4}).Empty() {
		t.Errorf("%v: length %d, empty %v", s, s.Len(), s.Empty())
	}
	for o, want := range map[parser.Span]bool{
		{2, 5}: true, {3, 4}: true, {2, 2}: true, {5, 5}: true, {1, 3}: false, {4, 6}: false, {6, 6}: false,
	} {
		if s.Contains(o) != want {
			t.Errorf("%v contains %v: %v", s, o, !want)
		}
	}
}

func TestLines(t *testing.T) {
	tests := []struct {
		text  string
		lines []string
	}{
		{"", []string{""}},
		{"\n", []string{"\n"}},
		{"a", []string{"a"}},
		{"a\n", []string{"a\n"}},
		{"a\r\nb\n\nc", []string{"a\r\n", "b\n", "\n", "c"}},
		{"\n\n", []string{"\n", "\n"}},
	}
	for _, tt := range tests {
		s := parser.NewSource("f", []byte(tt.text))
		if s.Lines() != len(tt.lines) {
			t.Errorf("%q: %d lines, want %d", tt.text, s.Lines(), len(tt.lines))
			continue
		}
		for i, want := range tt.lines {
			if got := s.Text(s.Line(i + 1)); got != want {
				t.Errorf("%q: line %d is %q, want %q", tt.text, i+1, got, want)
			}
		}
	}
}

func TestPosition(t *testing.T) {
	s := parser.NewSource("f", []byte("ab\nç\r\nd"))
	for offset, want := range []string{"1:1", "1:2", "1:3", "2:1", "2:2", "2:3", "2:4", "3:1", "3:2"} {
		if got := s.Position(offset).String(); got != want {
			t.Errorf("byte %d is at %s, want %s", offset, got, want)
		}
	}
}

func TestNewline(t *testing.T) {
	for text, want := range map[string]string{
		"": "\n", "a\n": "\n", "a\r\n": "\r\n", "a\r\nb\n": "\r\n", "a\r\nb\nc\n": "\n", "a\rb": "\n",
	} {
		if got := parser.NewSource("f", []byte(text)).Newline(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestErrorf(t *testing.T) {
	s := parser.NewSource("dir/Dockerfile", []byte("FROM x\n  RNU y\n"))
	err := s.Errorf(9, "write RUN", "unknown instruction %s", "RNU")
	if got, want := err.Error(), "dir/Dockerfile:2:3: unknown instruction RNU; write RUN"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if e := new(parser.Error); !errors.As(fmt.Errorf("wrapped: %w", err), &e) || e.Line != 2 {
		t.Errorf("the error does not unwrap to its place: %+v", e)
	}
	if msg := s.Errorf(0, "", "bad").Error(); strings.Contains(msg, ";") {
		t.Errorf("an error without hint ends in one: %q", msg)
	}
}
