package diff

import "strings"

// alignBlanks moves blank lines that both texts have to where the changes around
// them read best. A comparison by lines alone is as happy with any blank line, and
// then shows the lines of one change beside those of another.
func alignBlanks(lines []line) []line {
	for i := 1; i+1 < len(lines); i++ {
		if lines[i].op != ' ' || strings.TrimSpace(lines[i].text) != "" || lines[i-1].op == ' ' || lines[i+1].op == ' ' {
			continue
		}
		from, to := i, i+1
		for from > 0 && lines[from-1].op != ' ' {
			from--
		}
		for to < len(lines) && lines[to].op != ' ' {
			to++
		}
		copy(lines[from:to], bestSplit(lines[from:i], lines[i], lines[i+1:to]))
	}
	return lines
}

// bestSplit lays two neighbouring changes out anew: of the inserted lines and the
// common blank one, the blank line that brings lines next to those that they replace.
func bestSplit(first []line, blank line, second []line) []line {
	dels1, ins1 := part(first)
	dels2, ins2 := part(second)
	all := append(append(append([]line{}, ins1...), blank), ins2...)
	best, at := -1, len(ins1)
	for k, l := range all {
		if l.text != blank.text {
			continue
		}
		score := 2 * (likeness(dels1, all[:k]) + likeness(dels2, all[k+1:]))
		if k == len(ins1) {
			score++ // as it was, unless another one is better
		}
		if score > best {
			best, at = score, k
		}
	}
	out := append([]line{}, dels1...)
	for k, l := range all {
		l.op = '+'
		if k == at {
			l.op = ' '
			out = append(append(out, l), dels2...)
			continue
		}
		out = append(out, l)
	}
	return out
}

func part(lines []line) (dels, ins []line) {
	for _, l := range lines {
		if l.op == '-' {
			dels = append(dels, l)
		} else {
			ins = append(ins, l)
		}
	}
	return dels, ins
}

// likeness counts the deleted lines that an inserted one ends or begins like.
func likeness(dels, ins []line) int {
	n := 0
	used := make([]bool, len(ins))
	for _, d := range dels {
		for k, l := range ins {
			if !used[k] && alike(d.text, l.text) {
				used[k] = true
				n++
				break
			}
		}
	}
	return n
}

// alike compares the first and the last word.
func alike(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	return len(x) > 0 && len(y) > 0 && x[0] == y[0] && x[len(x)-1] == y[len(y)-1]
}
