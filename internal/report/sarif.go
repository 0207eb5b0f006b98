package report

import (
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bulkhead-dev/bulkhead/internal/diff"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/secret"
)

// projectURL is where the project and its documentation are.
const projectURL = "https://github.com/bulkhead-dev/bulkhead"

// SARIF is the report as SARIF 2.1.0, for code scanning. Results are the findings that
// still stand: neither what is already there nor what somebody asked to be silent about. A
// fix holds all that changes in its file, since rules propose and the gate judges the whole.
type SARIF struct{}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool            `json:"tool"`
	Automation  sarifAutomation      `json:"automationDetails"`
	ColumnKind  string               `json:"columnKind"`
	Bases       map[string]sarifBase `json:"originalUriBaseIds"`
	Invocations []sarifInvocation    `json:"invocations"`
	Results     []sarifResult        `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	URI     string      `json:"informationUri"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID      string  `json:"id"`
	Short   message `json:"shortDescription"`
	Full    message `json:"fullDescription"`
	Help    message `json:"help"`
	HelpURI string  `json:"helpUri"`
	Default struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
	Properties struct {
		Tags []string `json:"tags"`
	} `json:"properties"`
}

// message is SARIF's message.
type message struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifBase struct {
	Description message `json:"description"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level     string          `json:"level"`
	Message   message         `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      message           `json:"message"`
	Locations    []sarifLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
	Fixes        []sarifFix        `json:"fixes,omitempty"`
	Properties   map[string]string `json:"properties"`
}

type sarifLocation struct {
	Physical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	} `json:"physicalLocation"`
}

type sarifArtifact struct {
	URI  string `json:"uri"`
	Base string `json:"uriBaseId,omitempty"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

type sarifFix struct {
	Description message       `json:"description"`
	Changes     []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  sarifRegion `json:"deletedRegion"`
	Inserted message     `json:"insertedContent"`
}

const (
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	sourceRoot  = "%SRCROOT%" // the top of the repository, as GitHub has it
)

func (SARIF) render(w io.Writer, r Report) error {
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "Bulkhead", Version: numeric(r.Version), URI: projectURL, Rules: []sarifRule{}}},
		Automation: sarifAutomation{"bulkhead/"}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
		Bases:       map[string]sarifBase{sourceRoot: {message{Text: "The top of the repository."}}},
		Invocations: []sarifInvocation{r.sarifInvocation()},
	}
	for _, rule := range r.Rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(rule))
	}
	for _, f := range r.Files {
		fixes := r.sarifFixes(f)
		for _, x := range f.Findings {
			if i := slices.IndexFunc(r.Rules, func(rule *transform.Rule) bool { return rule.ID == x.Rule }); i >= 0 && r.Open(x) {
				run.Results = append(run.Results, r.sarifResult(f, x, i, fixes))
			}
		}
	}
	return writeJSON(w, sarifLog{sarifSchema, "2.1.0", []sarifRun{run}})
}

// numeric is a version as tools compare it, "" for one that is none.
func numeric(version string) string {
	version = strings.TrimPrefix(version, "v")
	if version == "" || version[0] < '0' || version[0] > '9' {
		return ""
	}
	return version
}

// level is how much a finding that stands asks for attention.
func level(x Finding) string {
	if x.Outcome == transform.Applied || x.Outcome == transform.Yours {
		return "warning"
	}
	return "note"
}

func sarifRuleOf(r *transform.Rule) sarifRule {
	address := page(r.ID)
	out := sarifRule{
		ID: r.ID, Short: message{Text: r.Title}, Full: message{Text: firstParagraph(r.Doc)}, HelpURI: address,
		Help: message{Text: r.Doc + "\n\n" + address, Markdown: r.Doc + "\n\n[" + r.ID + "](" + address + ")"},
	}
	out.Default.Level = "warning"
	out.Properties.Tags = []string{"security"}
	for _, c := range r.Controls {
		out.Properties.Tags = append(out.Properties.Tags, c.Framework+" "+c.ID)
	}
	return out
}

// firstParagraph is the beginning of a page, as one line.
func firstParagraph(doc string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(doc), "\n\n")
	return strings.Join(strings.Fields(first), " ")
}

func (r Report) sarifResult(f File, x Finding, rule int, fixes []sarifFix) sarifResult {
	out := sarifResult{
		RuleID: x.Rule, RuleIndex: rule, Level: level(x), Message: message{Text: (Text{}).message(x)},
		Locations:    []sarifLocation{r.sarifLocation(f.Path, x.region())},
		Fingerprints: map[string]string{"primaryLocationLineHash": x.Fingerprint, "bulkhead/v1": x.Fingerprint},
		Properties:   map[string]string{"outcome": code(x.Outcome)},
	}
	if x.Service != "" {
		out.Properties["service"] = x.Service
	}
	if x.Outcome == transform.Applied {
		out.Fixes = fixes
	}
	if x.Outcome == transform.Applied || x.Outcome == transform.HeldBack {
		out.Properties["safety"] = x.Safety.String()
	}
	return out
}

// region is the place of a finding, at least one character long.
func (x Finding) region() *sarifRegion {
	out := sarifRegion{x.Line, x.Char, x.End.Line, x.EndChar}
	if out.EndLine == out.StartLine && out.EndColumn == out.StartColumn {
		out.EndColumn++
	}
	return &out
}

func (r Report) sarifLocation(file string, at *sarifRegion) sarifLocation {
	var l sarifLocation
	l.Physical.Artifact, l.Physical.Region = r.sarifArtifact(file), at
	return l
}

// sarifArtifact names a file relative to the top of the repository; a file outside of the
// working directory has an absolute URI.
func (r Report) sarifArtifact(file string) sarifArtifact {
	if path.IsAbs(file) {
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: file}).String()}
	}
	return sarifArtifact{(&url.URL{Path: r.inRepository(file)}).EscapedPath(), sourceRoot}
}

// inRepository is a path relative to the top of the repository.
func (r Report) inRepository(file string) string {
	if path.IsAbs(file) {
		return file
	}
	return path.Clean(r.Prefix + file)
}

// sarifFixes is what changes in a file, for each finding of it whose fix is part of that.
func (r Report) sarifFixes(f File) []sarifFix {
	if r.Written || len(f.Changes) == 0 {
		return nil
	}
	fix := sarifFix{Description: message{Text: fmt.Sprintf("All that `bulkhead fix` changes in %s", f.Path)}}
	for _, c := range f.Changes {
		if c.Masked && strings.Contains(c.Unified(), secret.Mask) {
			return nil // nobody could apply it
		}
		change := sarifChange{Artifact: r.sarifArtifact(c.Path)}
		for _, region := range diff.Regions(c.Before, c.After) {
			change.Replacements = append(change.Replacements, sarifReplacementOf(region))
		}
		if len(change.Replacements) > 0 {
			fix.Changes = append(fix.Changes, change)
		}
	}
	if len(fix.Changes) == 0 {
		return nil
	}
	return []sarifFix{fix}
}

func sarifReplacementOf(r diff.Region) sarifReplacement {
	at := sarifRegion{r.Line, 1, r.Line + len(r.Old), 1}
	if n := len(r.Old); n > 0 && !strings.HasSuffix(r.Old[n-1], "\n") { // the end of the file
		at.EndLine, at.EndColumn = r.Line+n-1, utf8.RuneCountInString(r.Old[n-1])+1
	}
	return sarifReplacement{at, message{Text: strings.ToValidUTF8(strings.Join(r.New, ""), "\uFFFD")}}
}

// sarifInvocation tells of errors and warnings.
func (r Report) sarifInvocation() sarifInvocation {
	out := sarifInvocation{Successful: r.Summary.Errors == 0}
	for _, f := range r.Files {
		at := []sarifLocation{r.sarifLocation(f.Path, nil)}
		if f.Err != "" {
			out.Notifications = append(out.Notifications, sarifNotification{"error", message{Text: f.Err}, at})
		}
		for _, w := range f.Warnings {
			out.Notifications = append(out.Notifications, sarifNotification{"warning", message{Text: w}, at})
		}
	}
	for _, e := range r.Errors {
		out.Notifications = append(out.Notifications, sarifNotification{Level: "error", Message: message{Text: e}})
	}
	return out
}
