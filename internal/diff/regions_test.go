package diff

import (
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// TestRegions puts the new lines into random texts and expects the other ones.
func TestRegions(t *testing.T) {
	rnd := rand.New(rand.NewSource(2))
	for range 100 {
		before := randomText(rnd)
		after := mutate(rnd, before)
		lines := slices.Collect(strings.Lines(before))
		regions := Regions([]byte(before), []byte(after))
		for _, r := range slices.Backward(regions) {
			if got := lines[r.Line-1 : r.Line-1+len(r.Old)]; !slices.Equal(got, r.Old) {
				t.Fatalf("line %d: %q is not %q", r.Line, got, r.Old)
			}
			lines = slices.Replace(lines, r.Line-1, r.Line-1+len(r.Old), r.New...)
		}
		if got := strings.Join(lines, ""); got != after {
			t.Fatalf("got %q, want %q", got, after)
		}
	}
	if r := Regions([]byte("a\n"), []byte("a\n")); len(r) != 0 {
		t.Errorf("same texts differ: %v", r)
	}
}

// TestRows: both columns are the two texts.
func TestRows(t *testing.T) {
	before, after := "a\nb\nc\nd\n", "a\nB\nc\nC\nd\ne\n"
	var olds, news []string
	for _, r := range Rows([]byte(before), []byte(after)) {
		if r.OldLine > 0 {
			olds = append(olds, r.Old)
		}
		if r.NewLine > 0 {
			news = append(news, r.New)
		}
		if r.Same != (r.OldLine > 0 && r.NewLine > 0 && r.Old == r.New) {
			t.Errorf("%+v", r)
		}
		if r.OldLine != 0 && r.OldLine != len(olds) || r.NewLine != 0 && r.NewLine != len(news) {
			t.Errorf("%+v is counted wrong", r)
		}
	}
	for _, r := range Rows([]byte("COPY a .\nRUN x\nCOPY b .\n"), []byte("RUN user\nCOPY --chown=1 a .\nRUN x && y\nCOPY --chown=1 b .\n")) {
		if r.OldLine > 0 && r.NewLine != r.OldLine+1 {
			t.Errorf("%q stands beside %q", r.Old, r.New)
		}
	}
	if strings.Join(olds, "\n")+"\n" != before || strings.Join(news, "\n")+"\n" != after {
		t.Errorf("got %q and %q", olds, news)
	}
}
