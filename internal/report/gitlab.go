package report

import (
	"io"

	"github.com/bulkhead-dev/bulkhead/transform"
)

// GitLab is the report as a GitLab code quality artifact: the findings that still stand.
type GitLab struct{}

type gitlabIssue struct {
	Description string         `json:"description"`
	Check       string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
	End   int `json:"end"`
}

func (GitLab) render(w io.Writer, r Report) error {
	issues := []gitlabIssue{}
	for _, f := range r.Files {
		for _, x := range f.Findings {
			if r.Open(x) {
				issues = append(issues, gitlabIssue{
					Description: (Text{}).message(x), Check: x.Rule, Fingerprint: x.Fingerprint, Severity: severity(x),
					Location: gitlabLocation{r.inRepository(f.Path), gitlabLines{x.Line, x.lastLine()}},
				})
			}
		}
	}
	return writeJSON(w, issues)
}

// severity is GitLab's: what can be fixed now is major, what a person has to do minor,
// and what waits for another level or cannot be done is for information.
func severity(x Finding) string {
	switch x.Outcome {
	case transform.Applied:
		return "major"
	case transform.Yours:
		return "minor"
	}
	return "info"
}
