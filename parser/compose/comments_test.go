package compose

import (
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// comments are all comments of a text, sorted. A # begins one when other letters up to the end
// of its line change nothing of what the text means. yaml.v3 is asked for nothing but that:
// the comments that it keeps beside its nodes are not all, and which are missing depends on
// the lines around them.
func comments(text []byte) []string {
	tree := func(text []byte) *yaml.Node {
		n := new(yaml.Node)
		if yaml.Unmarshal(text, n) != nil {
			return nil
		}
		return n
	}
	want := tree(text)
	var out []string
	at := 0
	for line := range strings.Lines(string(text)) {
		end := at + len(strings.TrimRight(line, "\r\n"))
		for i := at; i < end; i++ {
			if text[i] != '#' || i > at && !strings.ContainsRune(" \t", rune(text[i-1])) && !strings.HasSuffix(line[:i-at], bom) {
				continue
			}
			other := "#x"
			if string(text[i:end]) == other {
				other = "#y"
			}
			if got := tree(slices.Concat(text[:i], []byte(other), text[end:])); want != nil && got != nil && same(got, want) {
				out = append(out, string(text[i:end]))
				break
			}
		}
		at += len(line)
	}
	slices.Sort(out)
	return out
}

func TestComments(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"lines and ends of lines":  {"# a\na: b # c\n  # d\n", []string{"# a", "# c", "# d"}},
		"behind a byte order mark": {bom + "# a\na: b\n", []string{"# a"}},
		"in scalars":               {"a: |\n  # b\n  #x\n  c # d\ne: 'f\n  # g'\nh: i#j\n", nil},
		"behind a quoted scalar":   {"a: 'b # c' # d\r\n", []string{"# d"}},
		"within brackets":          {"a: [b, # c\n  d]\n", []string{"# c"}},
		"one that yaml.v3 drops":   {"s:\n  A:\n   a: b\n   c:\n     d:\n     - e\n  #\n    #\n  ", []string{"#", "#"}},
	} {
		if got := comments([]byte(c.text)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
