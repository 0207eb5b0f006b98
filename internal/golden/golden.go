// Package golden runs the cases of rules: fixtures/rules/RULE/CASE.txtar. What a case is
// read into and hardened by is told by the tests of each kind of file.
package golden

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/transform"
	"golang.org/x/tools/txtar"
)

// Case is one case of a rule, with the files
//
//	options     lines "name: value": level, rules (which run; the directory's by default), and others
//	before      the file that is hardened
//	after       what becomes of it; a case without it must have the file "unchanged"
//	findings    the findings of the rules that run, one a line
//	files       the files that come with the changes and their modes, one a line
//	new/…       what they hold afterwards
//	context/…   further files, such as those of the build context
//
// and what the tests of its kind read besides. BULKHEAD_UPDATE=1 writes after, findings, files and new anew.
type Case struct {
	Rule    string
	Files   map[string]string // but those of the context
	Context fstest.MapFS

	archive *txtar.Archive
	path    string
	options []string // that there are
}

// Run runs every case of the rules below dir as a test of its own. options are the names
// that cases may use; harden gives what a case leads to.
func Run(t *testing.T, dir string, rules []*transform.Rule, options []string, harden func(*testing.T, *Case) Outcome) {
	t.Helper()
	for _, r := range rules {
		paths, err := filepath.Glob(filepath.Join(dir, r.ID, "*.txtar"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s has no golden cases: %v", r.ID, err)
		}
		for _, path := range paths {
			t.Run(r.ID+"/"+strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
				c := Read(t, path, options)
				o := harden(t, c)
				if os.Getenv("BULKHEAD_UPDATE") != "" {
					c.update(t, o)
					return
				}
				c.compare(t, o)
			})
		}
	}
}

// Outcome is what a case leads to.
type Outcome struct {
	After    string // text of the file
	Findings string // one a line
	Files    []transform.NewFile
}

// Read reads the file of a case.
func Read(t *testing.T, path string, options []string) *Case {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &Case{Rule: filepath.Base(filepath.Dir(path)), Files: map[string]string{}, Context: fstest.MapFS{}, archive: a, path: path, options: options}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "context/"); ok {
			c.Context[name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
			continue
		}
		c.Files[f.Name] = string(f.Data)
	}
	for _, name := range []string{"before", "after"} { // a file that ends without newline ends in "$" and newline
		if text, ok := strings.CutSuffix(c.Files[name], "$\n"); ok {
			c.Files[name] = text
		}
	}
	return c
}

// Option gives a line of the options file.
func (c *Case) Option(t *testing.T, name string) string {
	t.Helper()
	for line := range strings.Lines(c.Files["options"]) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if !slices.Contains(c.options, key) {
			t.Fatalf("unknown option %q", line)
		}
		if key == name {
			return value
		}
	}
	return ""
}

// Level is the level of the case, standard by default.
func (c *Case) Level(t *testing.T) transform.Level {
	t.Helper()
	name := c.Option(t, "level")
	if name == "" {
		return transform.LevelStandard
	}
	level, err := transform.ParseLevel(name)
	if err != nil {
		t.Fatal(err)
	}
	return level
}

// Enabled is the choice of the rules that run.
func (c *Case) Enabled(t *testing.T) func(rule string) bool {
	t.Helper()
	rules := strings.Fields(c.Option(t, "rules"))
	if len(rules) == 0 {
		rules = []string{c.Rule}
	}
	return func(rule string) bool { return rules[0] == "all" || slices.Contains(rules, rule) }
}

// With is the case after files came with its change, for a second run.
func (c *Case) With(files []transform.NewFile) *Case {
	again := *c
	again.Context = maps.Clone(c.Context)
	for _, f := range files {
		again.Context[f.Path] = &fstest.MapFile{Data: f.Text(c.data(f.Path)), Mode: f.Perm()}
	}
	return &again
}

// data is what a file of the context holds, nil when it is not there.
func (c *Case) data(name string) []byte {
	if f := c.Context[name]; f != nil {
		return append([]byte{}, f.Data...)
	}
	return nil
}

// sections are the files that come with the change as cases write them.
func (c *Case) sections(files []transform.NewFile) []txtar.File {
	if len(files) == 0 {
		return nil
	}
	var list strings.Builder
	var out []txtar.File
	for _, f := range files {
		fmt.Fprintf(&list, "%s %04o", f.Path, f.Perm())
		if dir := path.Dir(f.Path); dir != "." {
			fmt.Fprintf(&list, ", %s %04o", dir, f.DirPerm())
		}
		for _, word := range []struct {
			name string
			is   bool
		}{{"secret", f.Secret}, {"added to", f.Append}} {
			if word.is {
				list.WriteString(", " + word.name)
			}
		}
		list.WriteString("\n")
		text := f.Text(c.data(f.Path))
		if !bytes.HasSuffix(text, []byte("\n")) {
			text = append(bytes.Clone(text), "$\n"...) // ends without newline
		}
		out = append(out, txtar.File{Name: "new/" + f.Path, Data: text})
	}
	return append([]txtar.File{{Name: "files", Data: []byte(list.String())}}, out...)
}

// isFile reports whether a section of a case is about the files that come with the change.
func isFile(name string) bool { return name == "files" || strings.HasPrefix(name, "new/") }

func (c *Case) compare(t *testing.T, o Outcome) {
	t.Helper()
	after, findings := o.After, o.Findings
	want, ok := c.Files["after"]
	if !ok {
		if _, same := c.Files["unchanged"]; !same {
			t.Fatal("the case has neither after nor unchanged")
		}
		want = c.Files["before"]
	} else if want == c.Files["before"] {
		t.Fatal("after equals before: say so with the file unchanged")
	}
	if after != want {
		t.Errorf("result:\n%s\nwant:\n%s", after, want)
	}
	if findings != c.Files["findings"] {
		t.Errorf("findings:\n%s\nwant:\n%s", findings, c.Files["findings"])
	}
	var wanted []txtar.File
	for _, f := range c.archive.Files {
		if isFile(f.Name) {
			wanted = append(wanted, f)
		}
	}
	if got, want := txtar.Format(&txtar.Archive{Files: c.sections(o.Files)}), txtar.Format(&txtar.Archive{Files: wanted}); !bytes.Equal(got, want) {
		t.Errorf("files that come with the change:\n%s\nwant:\n%s", got, want)
	}
}

func (c *Case) update(t *testing.T, o Outcome) {
	t.Helper()
	after := o.After
	keep := c.archive.Files[:0]
	for _, f := range c.archive.Files {
		if f.Name != "after" && f.Name != "unchanged" && f.Name != "findings" && !isFile(f.Name) {
			keep = append(keep, f)
		}
	}
	if after == c.Files["before"] {
		keep = append(keep, txtar.File{Name: "unchanged"})
	} else {
		if !strings.HasSuffix(after, "\n") {
			after += "$\n"
		}
		keep = append(keep, txtar.File{Name: "after", Data: []byte(after)})
	}
	keep = append(append(keep, txtar.File{Name: "findings", Data: []byte(o.Findings)}), c.sections(o.Files)...)
	c.archive.Files = keep
	if err := os.WriteFile(c.path, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Finding is a finding as cases write it. What a promise rests on is part of it for
// services alone, where it is what decides.
func Finding(src *parser.Source, f transform.Finding) string {
	line := src.Position(f.Span.Start).String()
	if f.Service != "" {
		line += " " + f.Service
	}
	line += fmt.Sprintf(" %s %s", f.Rule, f.Outcome)
	switch f.Outcome {
	case transform.Applied:
		line += " (" + f.Safety.String() + ")"
	case transform.HeldBack:
		line += " (" + f.Safety.Unlock() + ")"
	case transform.Refused, transform.Ignored:
		line += " (" + f.Reason + ")"
	}
	line += ": " + f.Message
	if f.Detail != "" {
		line += ": " + f.Detail
	}
	if f.Service != "" {
		for _, e := range f.Evidence {
			line += "\n    because " + e
		}
	}
	for _, d := range f.Deploy {
		if d.Do == "" {
			line += "\n    deploy: " + d.What
			continue
		}
		line += "\n    deploy: " + d.Do + "\n    undo: " + d.Undo
	}
	return line + "\n"
}

// CheckReason holds a refusal against the reasons that its rule documents.
func CheckReason(t *testing.T, f transform.Finding, rules []*transform.Rule) {
	t.Helper()
	for _, always := range []transform.Reason{transform.ReasonGate, transform.ReasonGroup, transform.ReasonShared, transform.ReasonWindows} {
		if f.Reason == always.Code {
			return
		}
	}
	for _, r := range rules {
		if r.ID == f.Rule && slices.ContainsFunc(r.Reasons, func(x transform.Reason) bool { return x.Code == f.Reason }) {
			return
		}
	}
	t.Errorf("%s refuses for a reason that it does not document: %q", f.Rule, f.Reason)
}

// EveryReasonOccurs holds the documented refusals against the cases: one that no case
// shows is dead code or a hole in the tests.
func EveryReasonOccurs(t *testing.T, dir string, rules []*transform.Rule) {
	t.Helper()
	for _, r := range rules {
		cases, err := filepath.Glob(filepath.Join(dir, r.ID, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, path := range cases {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(data)
		}
		for _, reason := range r.Reasons {
			if !strings.Contains(text.String(), "("+reason.Code+")") {
				t.Errorf("%s: no case in %s/%s shows the refusal %s", r.ID, dir, r.ID, reason.Code)
			}
		}
	}
}

// Digest stands for a registry that has every image but those of private.example.com.
func Digest(ref string) (string, error) {
	if strings.HasPrefix(ref, "private.example.com/") {
		return "", fmt.Errorf("%s: no registry answers", ref)
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(ref))), nil
}
