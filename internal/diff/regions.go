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
		for _, pair := range beside(olds, news) {
			var r Row
			if pair[0] >= 0 {
				oldLine++
				r.OldLine, r.Old = oldLine, olds[pair[0]]
			}
			if pair[1] >= 0 {
				newLine++
				r.NewLine, r.New = newLine, news[pair[1]]
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

// beside pairs the lines of a change by their indices, -1 for none: an old line stands beside the
// next new one that begins and ends like it, and what is left of both beside each other.
func beside(olds, news []string) [][2]int {
	var out [][2]int
	i, j := 0, 0
	fill := func(toOld, toNew int) {
		for ; i < toOld || j < toNew; i, j = min(i+1, toOld), min(j+1, toNew) {
			pair := [2]int{-1, -1}
			if i < toOld {
				pair[0] = i
			}
			if j < toNew {
				pair[1] = j
			}
			out = append(out, pair)
		}
	}
	for k, old := range olds {
		for n := j; n < len(news); n++ {
			if alike(old, news[n]) {
				fill(k, n)
				fill(k+1, n+1)
				break
			}
		}
	}
	fill(len(olds), len(news))
	return out
}
