package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/image"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"github.com/bulkhead-dev/bulkhead/transform/service"
)

const controlsIntro = `# Controls

` + generated + `Which rules serve which controls of security frameworks, and which of them say whether a control is met. ` + "`bulkhead check --controls cis`" + `
(or nist, owasp, pss) prints, for each Dockerfile and each service, how it stands to them before and after:

| | before | after |
|---|---|---|
| met | met | met |
| fixed by us | not met | met |
| held back | not met | not met: another ` + "`--level`" + ` applies the fix |
| refused | not met | not met: it cannot be done here, and the report says why |
| yours | not met | not met: only a person can do it |
| ignored | not met | not met: somebody asked for silence |
| unknown | unknown | unknown: no rule can tell, or a variable without a default decides |

Unknown is never counted as met. Where several rules decide a control, the worst of them counts. *In part*: the rules can tell that the control is not
met, but not that it is.
`

// controlsPage is docs/controls.md.
func controlsPage() []byte {
	serves := map[[2]string][]string{}
	for _, rules := range [][]*transform.Rule{image.Rules(), service.Rules()} {
		for _, r := range rules {
			for _, c := range r.Controls {
				key := [2]string{c.Framework, c.ID}
				serves[key] = append(serves[key], r.ID)
			}
		}
	}
	var b bytes.Buffer
	b.WriteString(controlsIntro)
	for _, f := range knowledge.Frameworks() {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n%s\n| control | title | of | decided by | served by |\n|---|---|---|---|---|\n", f.Name, f.Edition, editions(f))
		for _, c := range f.Controls {
			var decides, helps []string
			for _, d := range c.Decided {
				decides = append(decides, ruleLink(d.Rule))
			}
			for _, id := range serves[[2]string{f.Name, c.ID}] {
				if link := ruleLink(id); !strings.Contains(strings.Join(decides, " "), link) {
					helps = append(helps, link)
				}
			}
			by := strings.Join(decides, ", ")
			if c.Partial {
				by += " (in part)"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", c.ID, cell(c.Title), strings.Join(c.Of, ", "), by, strings.Join(helps, ", "))
		}
	}
	return b.Bytes()
}

// editions says in which editions of a framework the controls stand, and where that was read.
func editions(f knowledge.Framework) string {
	var b strings.Builder
	for i, e := range f.Editions {
		says := "numbers and titles as below"
		if i > 0 && len(e.Titles) == 0 {
			says = "the same numbers and titles"
		}
		var other []string
		for _, id := range slices.Sorted(maps.Keys(e.Titles)) {
			other = append(other, id+" *"+e.Titles[id]+"*")
		}
		if other != nil {
			says = "the same numbers, and the same titles but for " + strings.Join(other, ", ")
		}
		fmt.Fprintf(&b, "- %s: %s. Read in %s.\n", e.Name, says, e.Source)
	}
	if f.Note != "" {
		b.WriteString("\n" + f.Note + "\n")
	}
	return b.String()
}

func ruleLink(id string) string { return "[" + id + "](rules/" + id + ".md)" }
