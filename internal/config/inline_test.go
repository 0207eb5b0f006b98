package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-dev/bulkhead/internal/config"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

var rules = []string{"package-cache", "package-docs", "non-root-user", "pinned-base"}

func parse(t *testing.T, text string) *dockerfile.Document {
	t.Helper()
	doc, err := dockerfile.Parse(parser.NewSource("Dockerfile", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// silenced lists "rule@line: who" for every rule at every instruction.
func silenced(c *config.Comments, doc *dockerfile.Document) []string {
	var out []string
	for _, in := range doc.Instructions() {
		for _, rule := range rules {
			if who := c.Ignored(doc, rule, in); who != "" {
				out = append(out, rule+"@"+in.Keyword+" "+who)
			}
		}
	}
	return out
}

func TestComments(t *testing.T) {
	for _, tc := range []struct {
		name, text     string
		want, warnings []string
	}{
		{"above", "FROM a\n# bulkhead: ignore=package-cache kept for debugging\nRUN x\nRUN y\n",
			[]string{"package-cache@RUN line 2: kept for debugging"}, nil},
		{"several in a block", "FROM a\n# bulkhead: ignore=package-cache,package-docs why not\n# words\n#bulkhead:ignore=pinned-base another\nRUN x\n",
			[]string{"package-cache@RUN line 2: why not", "package-docs@RUN line 2: why not", "pinned-base@RUN line 4: another"}, nil},
		{"whole file", "# syntax=docker/dockerfile:1\n\n# bulkhead: ignore=package-cache all of it\n\nARG x\nFROM a\nRUN x\n",
			[]string{"package-cache@ARG line 3: all of it", "package-cache@FROM line 3: all of it", "package-cache@RUN line 3: all of it"}, nil},
		{"blank line between", "FROM a\n# bulkhead: ignore=package-cache reason\n\nRUN x\n", nil,
			[]string{"2:1: this comment stands above no instruction"}},
		{"at the end", "FROM a\n# bulkhead: ignore=package-cache reason\n", nil, []string{"2:1: this comment stands above no instruction"}},
		{"in a continuation", "FROM a\nRUN x \\\n # bulkhead: ignore=package-cache reason\n y\n", nil, []string{"3:2: this comment stands above no instruction"}},
		{"no reason", "FROM a\n# bulkhead: ignore=package-cache\nRUN x\n", nil, []string{"2:1: this comment gives no reason"}},
		{"dash for a reason", "FROM a\n# bulkhead: ignore=package-cache --\nRUN x\n", nil, []string{"gives no reason"}},
		{"unknown", "FROM a\n# bulkhead: ignore=pakage-cache,package-docs reason\nRUN x\n",
			[]string{"package-docs@RUN line 2: reason"}, []string{`there is no rule "pakage-cache"; did you mean package-cache?`}},
		{"nothing like it", "FROM a\n# bulkhead: ignore=zzzzzzzzzzz reason\nRUN x\n", nil, []string{"`bulkhead rules` lists them"}},
		{"all", "FROM a\n# bulkhead: ignore=all reason\nRUN x\n", nil, []string{"all is not a rule; name the rules one by one"}},
		{"hole", "FROM a\n# bulkhead: ignore=package-cache, package-docs reason\nRUN x\n",
			[]string{"package-cache@RUN line 2: package-docs reason"}, []string{"has a hole"}},
		{"other word", "FROM a\n# bulkhead: skip package-cache\nRUN x\n", nil, []string{`"skip package-cache" is not understood`}},
		{"CRLF", "FROM a\r\n# bulkhead: ignore=package-cache reason\r\nRUN x\r\n", []string{"package-cache@RUN line 2: reason"}, nil},
		{"plain comment", "FROM a\n# the bulkhead: ignore=package-cache reason\nRUN x\n", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			doc := parse(t, tc.text)
			c := config.ReadComments(doc, rules)
			if got := silenced(c, doc); !slices.Equal(got, tc.want) {
				t.Errorf("silenced %q, want %q", got, tc.want)
			}
			got := c.Warnings(func(string) bool { return true })
			if len(got) != len(tc.warnings) {
				t.Fatalf("warnings %v, want %q", got, tc.warnings)
			}
			for i, w := range got {
				if !strings.Contains(w.Error(), tc.warnings[i]) {
					t.Errorf("warning %q, want %q", w, tc.warnings[i])
				}
			}
		})
	}
}

func TestUnused(t *testing.T) {
	doc := parse(t, "FROM a\n# bulkhead: ignore=package-cache,package-docs reason\nRUN x\n")
	c := config.ReadComments(doc, rules)
	c.Ignored(doc, "package-cache", doc.Final().Instructions[1])
	got := c.Warnings(func(string) bool { return true })
	if len(got) != 1 || got[0].Error() != "Dockerfile:2:1: unused: package-docs has nothing to say here; delete it" {
		t.Errorf("warnings: %v", got)
	}
	if got := c.Warnings(func(rule string) bool { return rule == "package-cache" }); len(got) != 0 {
		t.Errorf("warnings about a rule that did not run: %v", got)
	}
}

// TestEditedDocument: a rule that looks at its own result meets the same silence,
// told by the line of the original.
func TestEditedDocument(t *testing.T) {
	const comment = "# bulkhead: ignore=package-cache reason\n"
	before := parse(t, "FROM a\n"+comment+"RUN x\nRUN y\n"+comment+"RUN z\n")
	after := parse(t, "FROM a\nENV new=1\nUSER 5\n"+comment+"RUN x\nRUN y\n"+comment+"RUN z\n")
	c := config.ReadComments(before, rules)
	want := []string{"package-cache@RUN line 2: reason", "package-cache@RUN line 5: reason"}
	if got := silenced(c, after); !slices.Equal(got, want) {
		t.Errorf("silenced %q, want %q", got, want)
	}
}
