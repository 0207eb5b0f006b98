// Package parser holds the text that every file format shares: immutable
// source bytes with a line table, byte spans, and edits that are applied all
// at once or not at all.
//
// It knows nothing of Dockerfiles or YAML and depends on the standard library
// only.
package parser

import (
	"bytes"
	"fmt"
	"sort"
)

// Span is a half-open range of byte offsets [Start, End) into a Source.
type Span struct{ Start, End int }

// Len is the number of bytes that the span covers.
func (s Span) Len() int { return s.End - s.Start }

// Empty reports whether the span covers no byte: a point of insertion.
func (s Span) Empty() bool { return s.Start == s.End }

// Contains reports whether o lies wholly inside s.
func (s Span) Contains(o Span) bool { return s.Start <= o.Start && o.End <= s.End }

// Position is a place as people name it. Both numbers count from 1; the column
// counts bytes, as Go's and most compilers' do.
type Position struct{ Line, Column int }

func (p Position) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Source is a named text that never changes: an edit makes another Source.
type Source struct {
	name  string
	data  []byte
	lines []int // offset of the first byte of each line
}

// NewSource takes ownership of data, which must not be changed afterwards.
func NewSource(name string, data []byte) *Source {
	lines := make([]int, 1, 1+bytes.Count(data, []byte{'\n'}))
	for i := 0; ; {
		j := bytes.IndexByte(data[i:], '\n')
		if j < 0 {
			break
		}
		i += j + 1
		if i < len(data) {
			lines = append(lines, i)
		}
	}
	return &Source{name: name, data: data, lines: lines}
}

// Name is what messages call the file.
func (s *Source) Name() string { return s.name }

// Len is the number of bytes.
func (s *Source) Len() int { return len(s.data) }

// Bytes is the text itself. The caller must not change it.
func (s *Source) Bytes() []byte { return s.data }

// Text is the part of the source that span covers.
func (s *Source) Text(span Span) string { return string(s.data[span.Start:span.End]) }

// Lines is the number of lines; a final newline does not begin another one.
func (s *Source) Lines() int { return len(s.lines) }

// Line gives the span of line n (counted from 1) with its line ending.
func (s *Source) Line(n int) Span {
	end := len(s.data)
	if n < len(s.lines) {
		end = s.lines[n]
	}
	return Span{s.lines[n-1], end}
}

// LineAt is the number of the line that holds the byte at offset, from 1.
func (s *Source) LineAt(offset int) int {
	return sort.Search(len(s.lines), func(i int) bool { return s.lines[i] > offset })
}

// Position translates a byte offset.
func (s *Source) Position(offset int) Position {
	n := s.LineAt(offset)
	return Position{Line: n, Column: offset - s.lines[n-1] + 1}
}

// Newline is the line ending that most lines of the source use.
func (s *Source) Newline() string {
	crlf := bytes.Count(s.data, []byte("\r\n"))
	if crlf > 0 && 2*crlf >= bytes.Count(s.data, []byte{'\n'}) {
		return "\r\n"
	}
	return "\n"
}

// Error is a complaint about one place of one file, with what to do about it.
type Error struct {
	File string
	Position
	Msg  string // what is wrong
	Hint string // what to do; may be empty
}

func (e *Error) Error() string {
	msg := fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
	if e.Hint != "" {
		msg += "; " + e.Hint
	}
	return msg
}

// Errorf makes an Error about the byte at offset.
func (s *Source) Errorf(offset int, hint, format string, args ...any) *Error {
	return &Error{File: s.name, Position: s.Position(offset), Msg: fmt.Sprintf(format, args...), Hint: hint}
}
