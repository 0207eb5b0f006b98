package image

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

var reasonStillRoot = transform.Reason{Code: "still-root", Text: "the image runs as root, or as a user that is not known: whom the files should belong to cannot be told."}

var filePermissions = &transform.Rule{
	ID:     "file-permissions",
	Title:  "No file that everybody may write, no program that its user may not run",
	Safety: transform.Guarded,
	Doc: `` + "`chmod 777`" + ` is how files are made writable when it is not known who writes them. Where the image runs as
one unprivileged user, that user gets them instead (` + "`chown`" + ` in the same RUN) and the mode becomes 755, that of plain
files 644. Directories for an application's state that Bulkhead makes itself are 750; those that other containers read too,
such as uploads served by a web server, are 755.

A start script whose mode lets only root run it (` + "`chmod 700`" + `, ` + "`chmod u+x`" + `) is made
executable for everybody when the image gets a user.

Modes with the sticky bit (` + "`1777`" + `), group permissions in the style of OpenShift (` + "`g=u`" + `) and paths that are only
known at build time are left alone.`,
	Controls: []transform.Control{
		{Framework: "CIS Docker Benchmark", ID: "4.1", Title: "Ensure that a user for the container has been created"},
		{Framework: "NIST SP 800-190", ID: "4.1.2", Title: "Image configuration defects"},
	},
	Reasons: []transform.Reason{reasonStillRoot},
	Check:   checkFilePermissions,
}

func checkFilePermissions(p *transform.Pass) []transform.Finding {
	u := planUser(p)
	spec, safety, group := u.user.spec, u.safety, userGroup
	if u.verdict != nil {
		spec, safety, group = settledSpec(p), transform.Guarded, ""
	}
	var out []transform.Finding
	for _, step := range p.Facts.Final().Steps {
		for _, c := range step.Commands {
			for _, m := range c.Effect.Modes {
				mode, why := betterMode(p, m, u.verdict == nil)
				if mode == "" {
					continue
				}
				if spec == "" {
					out = append(out, transform.Refuse(c.Call.Span, m.Path.Name+" is writable for everybody", reasonStillRoot, "mode %s", m.Mode))
					break
				}
				if f, ok := changeMode(u, step, c, m, mode, spec, why); ok {
					f.Safety, f.Fix.Group = safety, group
					out = append(out, f)
				}
				break // one finding per command
			}
		}
	}
	return out
}

// settledSpec is the user of an image that has one already, "" for root.
func settledSpec(p *transform.Pass) string {
	end := p.Facts.Final().End()
	if end.User == "" || end.Root() || strings.Contains(end.User, "$") {
		return ""
	}
	return end.User
}

// runnable says what becomes of a program that only root could run.
const runnable = "can be run by the user"

// handsOver reports whether owned-copies gives the path to the user in the same RUN.
func (u *userPlan) handsOver(in *dockerfile.Instruction, name string) bool {
	return slices.ContainsFunc(u.trees, func(t ownedTree) bool {
		return t.in == in && slices.Contains(t.paths, name)
	})
}

// betterMode is the mode to write instead, "" when the one there is fine.
func betterMode(p *transform.Pass, m effect.Mode, becomesUser bool) (mode, why string) {
	if !m.Path.Known || m.Path.Kind == effect.Glob || strings.HasPrefix(m.Path.Name, "/tmp") || strings.HasPrefix(m.Path.Name, "/dev") {
		return "", ""
	}
	switch strings.TrimLeft(m.Mode, "0") {
	case "777", "776", "766", "767":
		return "755", "belongs to the user instead of being writable for everybody"
	case "666":
		return "644", "belongs to the user instead of being writable for everybody"
	case "a+rwx", "ugo+rwx", "a+rwX", "a=rwx", "ugo=rwx", "+rwx":
		return "u=rwx,go=rx", "belongs to the user instead of being writable for everybody"
	case "a+w", "o+w", "ugo+w", "go+w", "a+rw":
		return "u+w", "belongs to the user instead of being writable for everybody"
	case "700", "744", "740", "750", "500", "u+x", "u+rwx":
		if becomesUser && !m.Recursive && isStartProgram(p, m.Path.Name) && !appDir(ownDir(p.Facts.Final()), m.Path.Name) {
			return "755", runnable
		}
	}
	return "", ""
}

// changeMode rewrites the mode of a chmod and hands its operands over in the same RUN.
func changeMode(u *userPlan, step transform.Step, c effect.Step, m effect.Mode, mode, spec, why string) (transform.Finding, bool) {
	var word *dockerfile.Arg
	for i, a := range c.Effect.Argv {
		if a.Literal && a.Value == m.Mode {
			word = &c.Effect.Argv[i]
			break
		}
	}
	if word == nil || !step.Before.Root() {
		return transform.Finding{}, false
	}
	fix := &transform.Fix{Edits: []parser.Edit{parser.Replace(word.Span, mode)}}
	text := c.Call.Text()
	at := strings.Index(text, " "+m.Mode+" ")
	if at < 0 {
		return transform.Finding{}, false
	}
	fix.Declares.Removed = []string{text}
	fix.Declares.Added = []string{text[:at+1] + mode + text[at+1+len(m.Mode):]}
	if why != runnable && !u.handsOver(step.Instruction, m.Path.Name) {
		chown := "chown "
		if m.Recursive {
			chown = "chown -R "
		}
		command := chown + spec
		for _, o := range c.Effect.Modes {
			if !o.Path.Known || !plainPath(o.Path.Name) {
				return transform.Finding{}, false
			}
			command += " " + o.Path.Name
		}
		edit, err := c.Call.Script.After(c.Call, command)
		if err != nil {
			return transform.Finding{}, false
		}
		fix.Edits = append(fix.Edits, edit)
		fix.Declares.Added = append(fix.Declares.Added, command)
	}
	return transform.Propose(c.Call.Span, transform.Guarded, fmt.Sprintf("%s %s", m.Path.Name, why), fix), true
}
