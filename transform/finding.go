// Package transform is where rules propose and the gate disposes: a rule looks
// at a parsed file and the facts about it and proposes findings; a plan applies
// their fixes together, and the gate lets through only what changed no more
// than the fixes declared.
package transform

import (
	"fmt"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// Safety is what a fix promises to the application.
type Safety int

// The promises, from the strongest to none.
const (
	// Safe: the same programs, libraries, data and privileges at run time; gone is
	// only what its own owner rebuilds (package lists, caches).
	Safe Safety = iota
	// Guarded: takes away a privilege or a file; evidence says that the application
	// does not need it.
	Guarded
	// Assumed: as guarded, without evidence.
	Assumed
	// Manual: no honest rewrite exists; the finding says what to do.
	Manual
)

func (s Safety) String() string { return [...]string{"safe", "guarded", "assumed", "manual"}[s] }

// Unlock is the option that applies fixes of this safety, "" when none does.
func (s Safety) Unlock() string {
	return [...]string{"--level safe", "--level standard", "--level strict", ""}[s]
}

// Level is how far the user lets fixes go.
type Level int

// The levels of --level.
const (
	LevelSafe Level = iota
	LevelStandard
	LevelStrict
)

func (l Level) String() string { return [...]string{"safe", "standard", "strict"}[l] }

// ParseLevel reads the name of a level.
func ParseLevel(name string) (Level, error) {
	for l := LevelSafe; l <= LevelStrict; l++ {
		if l.String() == name {
			return l, nil
		}
	}
	return 0, fmt.Errorf("unknown level %q: use safe, standard or strict", name)
}

// Allows reports whether fixes of this safety are applied at the level.
func (l Level) Allows(s Safety) bool { return int(s) <= int(l) }

// Outcome is what became of a finding.
type Outcome int

// Outcomes. A rule returns Proposed, Already, Refused or Yours; the plan turns
// Proposed into one of the others.
const (
	Proposed Outcome = iota
	Applied          // the fix is part of the result
	Already          // nothing to do: the file does it
	HeldBack         // the level does not allow it; Safety.Unlock says which would
	Refused          // cannot be done here; Reason says why
	Yours            // no honest rewrite exists; the message says what to do
	Ignored          // somebody asked for silence
)

func (o Outcome) String() string {
	return [...]string{"proposed", "applied", "already", "held back", "refused", "yours", "ignored"}[o]
}

// Finding is what a rule has to say about one place of a file.
type Finding struct {
	Rule     string
	Span     parser.Span // the place in the original file
	Message  string      // what is or would be done, in one sentence without a full stop
	Outcome  Outcome
	Reason   string   // code of the refusal, or who ignored it
	Detail   string   // the refusal in words, with the names of this file
	Safety   Safety   // of the fix
	Evidence []string // what the safety rests on
	Fix      *Fix     // of a proposal
	Deploy   []Deploy // what an operator must do once before the result is deployed
	File     int      // of a compose project: the index of the file that Span is in
	Service  string   // of a compose project: what it is about
	// About names what the finding is about where its rule looks at several things that
	// frameworks have a control of their own for: keys of a service, such as memory or pid.
	About []string
	// Beyond: the rule does nothing of the kind at this level, whatever it finds (Rule.Beyond, or
	// the rule's own word).
	Beyond bool
	// Graph is who talks to whom in a compose project, at the first finding of the rule that
	// drew it.
	Graph *Graph
}

// Deploy is one step of "Before you deploy".
type Deploy struct {
	What string // why it is needed
	Do   string // the command
	Undo string // the command that takes it back
}

// Fix is a proposal: all of its edits or none.
type Fix struct {
	Edits []parser.Edit // in the text that the rule was shown
	// Changes are those of a compose project; they declare themselves.
	Changes []compose.Change
	// Files are files that come with it.
	Files []NewFile
	// Group ties fixes of several rules together: they are applied all or none,
	// under the weakest of their promises.
	Group    string
	Declares Changes
	// Each says that every service which takes the changed keys over, through an anchor, gets
	// values of its own in the same group.
	Each bool
}

// Changes is what a fix means to change; the gate holds it against what did change.
type Changes struct {
	// Config maps a key of the shipped image's configuration (dockerfile.Config.Facets)
	// to the value that it gets.
	Config map[string]string
	// Added and Removed are commands of RUN instructions, each a simple command
	// or a snippet of them as it is written into the file.
	Added, Removed []string
	// Copies lists instructions whose flags change (COPY --chown), by their new text.
	Copies []string
	// Digests maps an image reference, as FROM and COPY --from have it, to the digest that is
	// written behind it.
	Digests map[string]string
	// CopiedAdds lists ADD instructions that become COPY, by their old text.
	CopiedAdds []string
	// Base is what the stage that ships is built on from now on, as it is written; "" keeps it.
	Base string
	// Split is set when the stage that ships becomes two.
	Split *Split
}

// Split is what a fix declares that makes a builder and a runtime stage of the one that
// ships.
type Split struct {
	Builder, Runtime string // names of the two stages
	Base             string // what the runtime stage is built on, as it is written
	// Instructions are the ARG, COPY, ADD and SHELL instructions that the runtime stage
	// gets besides those that stay where they are, each as "KEYWORD " and its Describe.
	Instructions []string
	// Outputs are paths that commands of the builder write by their project's configuration.
	Outputs []string
}

// Refuse makes a finding that says why a rule does nothing here.
func Refuse(span parser.Span, message string, reason Reason, detail string, args ...any) Finding {
	return Finding{Span: span, Message: message, Outcome: Refused, Reason: reason.Code, Detail: fmt.Sprintf(detail, args...)}
}

// Done makes a finding that says that the file already does what the rule wants.
func Done(span parser.Span, message string) Finding {
	return Finding{Span: span, Message: message, Outcome: Already}
}

// Manually makes a finding that says what the user has to do.
func Manually(span parser.Span, message string, args ...any) Finding {
	return Finding{Span: span, Message: fmt.Sprintf(message, args...), Outcome: Yours, Safety: Manual}
}

// Propose makes a finding with a fix.
func Propose(span parser.Span, safety Safety, message string, fix *Fix) Finding {
	return Finding{Span: span, Message: message, Safety: safety, Fix: fix}
}
