// Package diff writes unified diffs that git apply and patch take.
package diff

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// Context is the usual number of unchanged lines around a change.
const Context = 3

// line is one line of a comparison: ' ' in both, '-' in the old, '+' in the new text.
type line struct {
	op   byte
	text string // with its line ending, when it has one
}

// Unified compares two texts. The result is empty when they are the same.
func Unified(name string, before, after []byte, context int) string {
	lines := compare(string(before), string(after))
	var b strings.Builder
	for _, h := range hunks(lines, context) {
		if b.Len() == 0 {
			fmt.Fprintf(&b, "--- %s\n+++ %s\n", quote("a/"+name), quote("b/"+name))
		}
		h.write(&b, lines)
	}
	return b.String()
}

// New is the diff that makes a file.
func New(name string, text []byte) string {
	_, hunks, _ := strings.Cut(Unified(name, nil, text, Context), "\n")
	if hunks == "" {
		return ""
	}
	return "--- /dev/null\n" + hunks
}

// quote writes a name as git does with core.quotePath off: in quotes, with the
// escapes of C, when it holds control characters, quotes, backslashes or no UTF-8.
func quote(name string) string {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }) {
		var b strings.Builder
		for i := range len(name) {
			switch c := name[i]; {
			case c == '"' || c == '\\':
				b.WriteByte('\\')
				b.WriteByte(c)
			case c < ' ' || c > '~':
				fmt.Fprintf(&b, "\\%03o", c)
			default:
				b.WriteByte(c)
			}
		}
		return `"` + b.String() + `"`
	}
	if strings.Contains(name, " ") {
		return name + "\t" // what GNU diff does, so that the name is seen to end there
	}
	return name
}

func compare(before, after string) []line {
	dmp := diffmatchpatch.New()
	a, b, table := dmp.DiffLinesToRunes(before, after)
	var out []line
	for _, d := range dmp.DiffMainRunes(a, b, false) {
		op := byte(' ')
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			op = '-'
		case diffmatchpatch.DiffInsert:
			op = '+'
		}
		for _, d := range dmp.DiffCharsToLines([]diffmatchpatch.Diff{d}, table) {
			for l := range strings.Lines(d.Text) {
				out = append(out, line{op, l})
			}
		}
	}
	return alignBlanks(deletionsFirst(out))
}

// deletionsFirst puts the old lines of a change in front of the new ones.
func deletionsFirst(lines []line) []line {
	for i := 0; i < len(lines); {
		j := i
		for j < len(lines) && lines[j].op != ' ' {
			j++
		}
		if j > i {
			var olds, news []line
			for _, l := range lines[i:j] {
				if l.op == '-' {
					olds = append(olds, l)
				} else {
					news = append(news, l)
				}
			}
			copy(lines[i:j], append(olds, news...))
		}
		i = j + 1
	}
	return lines
}

// hunk is a run of lines[from:to].
type hunk struct {
	from, to         int
	oldLine, newLine int // lines in front of it
}

// hunks gathers changes that are at most two contexts apart.
func hunks(lines []line, context int) []hunk {
	var out []hunk
	oldLine, newLine := make([]int, len(lines)+1), make([]int, len(lines)+1)
	for i, l := range lines {
		oldLine[i+1], newLine[i+1] = oldLine[i], newLine[i]
		if l.op != '+' {
			oldLine[i+1]++
		}
		if l.op != '-' {
			newLine[i+1]++
		}
		if l.op == ' ' {
			continue
		}
		from, to := max(0, i-context), min(len(lines), i+1+context)
		if n := len(out); n > 0 && from <= out[n-1].to {
			out[n-1].to = to
			continue
		}
		out = append(out, hunk{from: from, to: to})
	}
	for i := range out {
		out[i].oldLine, out[i].newLine = oldLine[out[i].from], newLine[out[i].from]
	}
	return out
}

func (h hunk) write(b *strings.Builder, lines []line) {
	olds, news := 0, 0
	for _, l := range lines[h.from:h.to] {
		if l.op != '+' {
			olds++
		}
		if l.op != '-' {
			news++
		}
	}
	fmt.Fprintf(b, "@@ -%s +%s @@\n", span(h.oldLine, olds), span(h.newLine, news))
	for _, l := range lines[h.from:h.to] {
		b.WriteByte(l.op)
		b.WriteString(l.text)
		if !strings.HasSuffix(l.text, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// span writes where a hunk stands: an empty one is named by the line in front of it.
func span(before, n int) string {
	switch n {
	case 0:
		return fmt.Sprintf("%d,0", before)
	case 1:
		return strconv.Itoa(before + 1)
	}
	return fmt.Sprintf("%d,%d", before+1, n)
}

// Colour paints a diff for a terminal, line by line.
func Colour(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		body, end := strings.TrimRight(l, "\r\n"), ""
		end = l[len(body):]
		code := ""
		switch {
		case strings.HasPrefix(l, "--- "), strings.HasPrefix(l, "+++ "):
			code = "1"
		case strings.HasPrefix(l, "@@"):
			code = "36"
		case strings.HasPrefix(l, "-"):
			code = "31"
		case strings.HasPrefix(l, "+"):
			code = "32"
		}
		if code == "" {
			b.WriteString(l)
			continue
		}
		fmt.Fprintf(&b, "\x1b[%sm%s\x1b[0m%s", code, body, end)
	}
	return b.String()
}
