package diff

import "strings"

// Region is a run of whole lines of the old text that others take the place of.
type Region struct {
	Line int // the first of the old lines, from 1; an insertion stands in front of it
	Old  []string
	New  []string // with their line endings
}

// Regions are the differences of two texts, in order.
func Regions(before, after []byte) []Region {
	var out []Region
	line, open := 1, false
	for _, l := range compare(string(before), string(after)) {
		if l.op == ' ' {
			line, open = line+1, false
			continue
		}
		if !open {
			out, open = append(out, Region{Line: line}), true
		}
		r := &out[len(out)-1]
		if l.op == '-' {
			r.Old, line = append(r.Old, l.text), line+1
		} else {
			r.New = append(r.New, l.text)
		}
	}
	return out
}

// Row is one row of a comparison side by side: a line of the old text, of the new one, or of both.
type Row struct {
	OldLine, NewLine int // from 1; 0 is no line on that side
	Old, New         string
	Same             bool
}

// Rows puts two texts side by side, whole: what changes stands beside what it becomes.
func Rows(before, after []byte) []Row {
	var out []Row
	oldLine, newLine := 0, 0
	var olds, news []string
	flush := func() {
		for i := range max(len(olds), len(news)) {
			var r Row
			if i < len(olds) {
				oldLine++
				r.OldLine, r.Old = oldLine, olds[i]
			}
			if i < len(news) {
				newLine++
				r.NewLine, r.New = newLine, news[i]
			}
			out = append(out, r)
		}
		olds, news = nil, nil
	}
	for _, l := range compare(string(before), string(after)) {
		text := strings.TrimRight(l.text, "\r\n")
		switch l.op {
		case '-':
			olds = append(olds, text)
		case '+':
			news = append(news, text)
		default:
			flush()
			oldLine, newLine = oldLine+1, newLine+1
			out = append(out, Row{oldLine, newLine, text, text, true})
		}
	}
	flush()
	return out
}
