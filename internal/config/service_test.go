package config

import (
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

func TestServiceComments(t *testing.T) {
	const text = `# the project
services:
  # bulkhead: ignore=x,y above
  a:
    image: i
  b:
    image: i
    # bulkhead: ignore=x inside
    user: z
  c:
    image: i
  d:
    # bulkhead: ignore=x inside
    image: i
# bulkhead: ignore=x
# bulkhead: ignore=z unknown
`
	doc, err := compose.Parse(parser.NewSource("f", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	project, err := compose.Load([]*compose.Document{doc}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := ReadServiceComments(project.Files, []string{"x", "y"})
	for service, want := range map[string]string{"a": "line 3: above", "b": "line 8: inside", "c": "", "d": "line 13: inside"} {
		if got := c.Ignored(doc, "x", project.Service(service)); got != want {
			t.Errorf("%s: %q, want %q", service, got, want)
		}
	}
	var warnings []string
	for _, w := range c.Warnings(0, func(string) bool { return true }) {
		warnings = append(warnings, w.Error())
	}
	got := strings.Join(warnings, "\n")
	for _, want := range []string{"f:15:1: this comment gives no reason", `f:16:1: there is no rule "z"`, "f:3:1: unused: y has nothing to say here"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if len(warnings) != 3 {
		t.Errorf("%d warnings:\n%s", len(warnings), got)
	}
}

// TestServiceCommentsInEditedFile: comments that read the same are told apart by their
// order, in a file with further lines too.
func TestServiceCommentsInEditedFile(t *testing.T) {
	load := func(text string) *compose.Project {
		doc, err := compose.Parse(parser.NewSource("f", []byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		project, err := compose.Load([]*compose.Document{doc}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return project
	}
	const comment = "    # bulkhead: ignore=x theirs\n"
	before := load("services:\n  a:\n    image: i\n" + comment + "  b:\n    image: i\n" + comment)
	after := load("services:\n  a:\n    image: i\n" + comment + "    read_only: true\n  b:\n    image: i\n" + comment + "    read_only: true\n")
	c := ReadServiceComments(before.Files, []string{"x"})
	for service, want := range map[string]string{"a": "line 4: theirs", "b": "line 7: theirs"} {
		if got := c.Ignored(after.Files[0], "x", after.Service(service)); got != want {
			t.Errorf("%s: %q, want %q", service, got, want)
		}
	}
	if got := c.Warnings(0, func(string) bool { return true }); len(got) != 0 {
		t.Errorf("both are used: %v", got)
	}
}
