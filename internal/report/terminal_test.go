package report_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bulkhead-dev/bulkhead/internal/report"
)

var sequence = regexp.MustCompile("\x1b\\[[0-9;]*m|\x1b\\]8;;[^\x1b]*\x1b\\\\")

// TestTextWidth: lines break where the terminal ends, and say the same words.
func TestTextWidth(t *testing.T) {
	r := app(t, "django")
	words := func(s string) string { return strings.Join(strings.Fields(sequence.ReplaceAllString(s, "")), " ") }
	want := words(render(t, r, report.Text{}))
	for _, width := range []int{100, 140, 200} {
		got := render(t, r, report.Text{Width: width, Color: true, Links: true})
		if words(got) != want {
			t.Errorf("in %d columns it says something else", width)
		}
		for line := range strings.Lines(got) {
			line = strings.TrimRight(sequence.ReplaceAllString(line, ""), "\n")
			if utf8.RuneCountInString(line) > width && !strings.Contains(line, "docker compose run") { // a command is copied whole
				t.Errorf("%d columns: %q", width, line)
			}
		}
	}
}

func TestTextLinks(t *testing.T) {
	got := render(t, sample(t).Report(), report.Text{Links: true})
	const want = "\x1b]8;;https://github.com/bulkhead-dev/bulkhead/blob/main/docs/rules/package-cache.md\x1b\\package-cache\x1b]8;;\x1b\\  to apply"
	if !strings.Contains(got, want) {
		t.Errorf("no link in %q", got)
	}
	if strings.Contains(render(t, sample(t).Report(), report.Text{}), "\x1b]8") {
		t.Error("links that nobody asked for")
	}
}
