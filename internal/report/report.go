// Package report is what a run has to tell: one Report value and its renderings, one
// file for each. Whatever a format says is in the Report, so that what the Report does
// not hold, such as the value of a secret, is in no format.
package report

import (
	"io"
	"slices"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
)

// Report is all that a run found. It holds source text only where a format shows it, so
// that it stays small however many files there are.
type Report struct {
	Version string            // of the program
	Rules   []*transform.Rule // all there are, in their order
	ran     func(rule string) bool
	// Prefix leads from the repository's top to the directory that paths are relative to,
	// such as "services/api/"; it is empty at the top.
	Prefix string
	// Frameworks are those that the user asked about, by their short names.
	Frameworks []string
	Files      []File // those with anything to say, in the order of the run
	Skipped    []Skip
	Errors     []string // what is wrong with no file in particular, one line each
	Written    bool     // the changes were written, rather than shown
	Summary    Summary
}

// File is what is to be said about one file.
type File struct {
	Path     string
	Changed  bool
	Compose  bool     // a compose file, not a Dockerfile
	Services []string // of a compose file: those that were looked at
	// Builds maps services to the Dockerfiles that they build and that change.
	Builds map[string]string
	// Unclear maps services to those of their keys whose values hang on the host's environment.
	Unclear  map[string][]string
	Findings []Finding
	Warnings []string // about `# bulkhead:` comments, with their place
	Err      string   // why nothing could be done, with its place; "" is well
	Graphs   []Graph  // of compose projects: who talks to whom
	Changes  []Change // what changes: the file itself first, where it changes, then those beside it
}

// Change is a file before and after the run. Before is nil when the run makes the file.
type Change struct {
	Path          string
	Before, After []byte
	// Masked: the texts have secret.Mask where credentials stand, so that they are for
	// reading alone.
	Masked bool
}

// Finding is one finding at its place in the original file.
type Finding struct {
	parser.Position
	End         parser.Position // behind the last byte
	Char        int             // the column in characters, where Position counts bytes
	EndChar     int             // that of End
	Rule        string
	Service     string // of a compose file
	About       []string
	Outcome     transform.Outcome
	Message     string
	Reason      string // code of the refusal, or who asked for silence
	Detail      string
	Safety      transform.Safety
	Beyond      bool // its rule does nothing at this level, whatever it finds
	Evidence    []string
	Deploy      []transform.Deploy
	Fingerprint string // the same in later runs, see fingerprints
}

// Graph is the graph of a compose project. Where its networks are not changed it shows
// them as they are.
type Graph struct {
	transform.Graph
	Outcome transform.Outcome // of the finding that drew it
}

// Open reports whether the finding still stands after the run: what was written does not.
func (r Report) Open(x Finding) bool {
	switch x.Outcome {
	case transform.Applied:
		return !r.Written
	case transform.HeldBack, transform.Yours:
		return true
	case transform.Refused:
		return !x.idle()
	}
	return false
}

// idle reports whether a finding says that a rule cannot do what it would not do at this
// level anyway: nobody waits for that, and only JSON and --verbose tell it.
func (x Finding) idle() bool { return x.Beyond && x.Outcome == transform.Refused }

// Skip is a file that was left out, and why.
type Skip struct{ Path, Reason string }

// Summary counts.
type Summary struct {
	Files    int // looked at, those with errors included
	Changed  int
	Outcomes map[transform.Outcome]int
	Held     map[string]int // held back, by what unlocks it
	Idle     int            // of those that were refused: by rules that do nothing at this level
	Skipped  map[string]int // by reason
	Warnings int
	Errors   int
}

// Rule finds a rule, nil for another name.
func (r Report) Rule(id string) *transform.Rule {
	if i := slices.IndexFunc(r.Rules, func(x *transform.Rule) bool { return x.ID == id }); i >= 0 {
		return r.Rules[i]
	}
	return nil
}

// BeforeDeploy lists what an operator must do once before the changed images are
// deployed, each step once, with the files that ask for it.
func (r Report) BeforeDeploy() []DeployStep {
	var steps []DeployStep
	for _, f := range r.Files {
		for _, x := range f.Findings {
			if x.Outcome != transform.Applied {
				continue
			}
			for _, d := range x.Deploy {
				i := slices.IndexFunc(steps, func(s DeployStep) bool { return s.Deploy == d })
				if i < 0 {
					i = len(steps)
					steps = append(steps, DeployStep{Deploy: d})
				}
				if !slices.Contains(steps[i].Files, f.Path) {
					steps[i].Files = append(steps[i].Files, f.Path)
				}
			}
		}
	}
	return steps
}

// DeployStep is a step and the files that ask for it.
type DeployStep struct {
	transform.Deploy
	Files []string
}

// Format is a rendering of a report.
type Format interface {
	render(w io.Writer, r Report) error
}

// Render writes the report.
func Render(w io.Writer, r Report, f Format) error { return f.render(w, r) }
