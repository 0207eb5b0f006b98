package parser_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
)

func TestApply(t *testing.T) {
	tests := []struct {
		name  string
		edits []parser.Edit
		want  string
	}{
		{"nothing", nil, "0123456789"},
		{"insert", []parser.Edit{parser.Insert(3, "ab")}, "012ab3456789"},
		{"insert at both ends", []parser.Edit{parser.Insert(10, "z"), parser.Insert(0, "a")}, "a0123456789z"},
		{"insert twice at one place keeps the order", []parser.Edit{parser.Insert(5, "a"), parser.Insert(5, "b")}, "01234ab56789"},
		{"insert in front of a replacement", []parser.Edit{parser.Replace(parser.Span{Start: 5, End: 6}, "X"), parser.Insert(5, "a")}, "01234aX6789"},
		{"insert behind a replacement", []parser.Edit{parser.Insert(6, "a"), parser.Replace(parser.Span{Start: 5, End: 6}, "X")}, "01234Xa6789"},
		{"delete", []parser.Edit{parser.Delete(parser.Span{Start: 0, End: 9})}, "9"},
		{"replacements that touch", []parser.Edit{parser.Replace(parser.Span{Start: 2, End: 4}, ""), parser.Replace(parser.Span{Start: 0, End: 2}, "xyz")}, "xyz456789"},
		{"everything", []parser.Edit{parser.Replace(parser.Span{Start: 0, End: 10}, "new")}, "new"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := parser.NewSource("f", []byte("0123456789"))
			out, _, err := src.Apply(tt.edits)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(out.Bytes()); got != tt.want || out.Name() != "f" {
				t.Errorf("got %q in %s, want %q", got, out.Name(), tt.want)
			}
			if string(src.Bytes()) != "0123456789" {
				t.Error("the source changed")
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	src := parser.NewSource("f", []byte("0123456789"))
	tests := []struct {
		name    string
		edits   []parser.Edit
		overlap bool
	}{
		{"overlap", []parser.Edit{parser.Delete(parser.Span{Start: 2, End: 5}), parser.Delete(parser.Span{Start: 4, End: 6})}, true},
		{"the same bytes", []parser.Edit{parser.Delete(parser.Span{Start: 2, End: 5}), parser.Delete(parser.Span{Start: 2, End: 5})}, true},
		{"insert inside of a replacement", []parser.Edit{parser.Delete(parser.Span{Start: 2, End: 5}), parser.Insert(3, "x")}, true},
		{"behind the end", []parser.Edit{parser.Insert(11, "x")}, false},
		{"in front of the start", []parser.Edit{parser.Insert(-1, "x")}, false},
		{"backwards", []parser.Edit{parser.Delete(parser.Span{Start: 5, End: 4})}, false},
	}
	for _, tt := range tests {
		out, moves, err := src.Apply(tt.edits)
		if err == nil || out != nil || moves != nil || errors.Is(err, parser.ErrOverlap) != tt.overlap {
			t.Errorf("%s: got %v, %v", tt.name, out, err)
		}
	}
}

func TestMoves(t *testing.T) {
	src := parser.NewSource("f", []byte("0123456789"))
	// 01[2-4→XY]56|ab|78[9→]
	_, moves, err := src.Apply([]parser.Edit{
		parser.Replace(parser.Span{Start: 2, End: 5}, "XY"),
		parser.Insert(7, "ab"),
		parser.Delete(parser.Span{Start: 9, End: 10}),
	})
	if err != nil {
		t.Fatal(err)
	}
	forward := []int{0, 1, 2, 2, 2, 4, 5, 8, 9, 10}
	for old, want := range forward {
		if got := moves.Forward(old); got != want {
			t.Errorf("byte %d went to %d, want %d", old, got, want)
		}
	}
	back := []int{0, 1, 2, 2, 5, 6, 7, 7, 7, 8}
	for offset, want := range back {
		if got := moves.Back(offset); got != want {
			t.Errorf("byte %d came from %d, want %d", offset, got, want)
		}
	}
}

func TestTouchesAndWrote(t *testing.T) {
	src := parser.NewSource("f", []byte("0123456789"))
	_, moves, err := src.Apply([]parser.Edit{parser.Replace(parser.Span{Start: 2, End: 4}, "XYZ"), parser.Insert(7, "ab")})
	if err != nil {
		t.Fatal(err)
	}
	// 01XYZ456ab789
	touches := map[parser.Span]bool{
		{0, 2}: false, {0, 3}: true, {3, 4}: true, {4, 7}: true /* the insertion is at its end */, {4, 6}: false, {7, 9}: false /* in front of it */, {6, 8}: true,
	}
	for span, want := range touches {
		if moves.Touches(span) != want {
			t.Errorf("touches %v: %v", span, !want)
		}
	}
	wrote := map[parser.Span]bool{{0, 2}: false, {0, 3}: true, {4, 6}: true, {5, 8}: false, {7, 9}: true, {10, 13}: false}
	for span, want := range wrote {
		if moves.Wrote(span) != want {
			t.Errorf("wrote %v: %v", span, !want)
		}
	}
}

// FuzzEdit: applying edits is what cutting and pasting them one by one from the
// end gives, and what no edit claims is where Moves says that it is.
func FuzzEdit(f *testing.F) {
	f.Add("FROM a\nRUN b\n", []byte{0, 4, 2, 7, 0, 3, 12, 1, 0})
	f.Add("\r\n\r\n", []byte{0, 0, 1, 0, 0, 2, 0, 2, 0})
	f.Add("", []byte{0, 0, 5})
	f.Add("0123456789", []byte{2, 3, 2, 7, 0, 2, 9, 1, 0, 9, 0, 1})
	f.Fuzz(func(t *testing.T, text string, script []byte) {
		edits := editsOf(script, len(text))
		src := parser.NewSource("f", []byte(text))
		out, moves, err := src.Apply(edits)
		if err != nil {
			if !errors.Is(err, parser.ErrOverlap) {
				t.Fatal(err) // all of them are inside
			}
			return
		}
		if got, want := string(out.Bytes()), paste(text, edits); got != want {
			t.Fatalf("%v make %q, want %q", edits, got, want)
		}
		last := 0
		for old := range len(text) {
			now := moves.Forward(old)
			if now < last || now > out.Len() {
				t.Fatalf("byte %d went to %d, behind %d bytes or in front of the one before at %d", old, now, out.Len(), last)
			}
			last = now
			claimed := slices.ContainsFunc(edits, func(e parser.Edit) bool { return e.Span.Start <= old && old < e.Span.End })
			if claimed {
				continue
			}
			if out.Bytes()[now] != text[old] || moves.Back(now) != old || moves.Wrote(parser.Span{Start: now, End: now + 1}) {
				t.Fatalf("byte %d, %q, went to %d, %q, which came from %d", old, text[old], now, out.Bytes()[now], moves.Back(now))
			}
		}
		last = 0
		for offset := range out.Len() {
			old := moves.Back(offset)
			if old < last || old > len(text) {
				t.Fatalf("byte %d came from %d of %d, the one before from %d", offset, old, len(text), last)
			}
			last = old
		}
		checkLines(t, out)
	})
}

// editsOf makes edits of triples: start, length, length of the new text.
func editsOf(script []byte, size int) []parser.Edit {
	var edits []parser.Edit
	for ; len(script) >= 3; script = script[3:] {
		start := min(int(script[0]), size)
		end := min(start+int(script[1]%8), size)
		edits = append(edits, parser.Replace(parser.Span{Start: start, End: end}, strings.Repeat("+\n", int(script[2]%4))))
	}
	return edits
}

// paste applies edits one by one from the end of the text.
func paste(text string, edits []parser.Edit) string {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b parser.Edit) int {
		if a.Span.Start != b.Span.Start {
			return a.Span.Start - b.Span.Start
		}
		return a.Span.End - b.Span.End
	})
	for _, e := range slices.Backward(sorted) {
		text = text[:e.Span.Start] + e.New + text[e.Span.End:]
	}
	return text
}

// checkLines: lines tile the source and positions point back into them.
func checkLines(t *testing.T, src *parser.Source) {
	t.Helper()
	var all bytes.Buffer
	for n := 1; n <= src.Lines(); n++ {
		line := src.Line(n)
		if !line.Empty() && (src.LineAt(line.Start) != n || src.LineAt(line.End-1) != n) {
			t.Fatalf("line %d %v says to be line %d to %d", n, line, src.LineAt(line.Start), src.LineAt(line.End-1))
		}
		all.WriteString(src.Text(line))
	}
	if !bytes.Equal(all.Bytes(), src.Bytes()) {
		t.Fatalf("the lines make %q of %q", all.Bytes(), src.Bytes())
	}
}
