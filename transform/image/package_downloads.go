package image

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// downloads removes archives that the RUN fetched to a temporary directory, used and forgot.
func (j *cacheJob) downloads() {
	var left []string
	var last *dockerfile.Call
	for _, cmd := range j.step.Commands {
		for _, f := range cmd.Effect.Fetches {
			if f.Dest.Known && f.Dest.Kind == effect.File && under([]string{"/tmp", "/var/tmp"}, f.Dest.Name) && !under(j.mounts, f.Dest.Name) && plainPath(f.Dest.Name) {
				left = append(left, f.Dest.Name)
			}
		}
		for _, d := range cmd.Effect.Deletes {
			left = slices.DeleteFunc(left, func(name string) bool { return deletes(d, name) })
		}
		last = cmd.Call
	}
	left = slices.DeleteFunc(left, func(name string) bool { return !j.usedHere(name) || j.usedLater(name) })
	if len(left) == 0 {
		return
	}
	command := "rm -f " + strings.Join(left, " ")
	edit, err := last.Script.AtEnd(command)
	if err != nil {
		return
	}
	j.fix.Edits = append(j.fix.Edits, edit)
	j.fix.Declares.Added = append(j.fix.Declares.Added, command)
	j.messages = append(j.messages, "the download in a temporary directory is removed")
}

// deletes reports whether a removal takes the file along; one that is not known may.
func deletes(d effect.Path, name string) bool {
	if !d.Known {
		return true
	}
	dir := strings.TrimSuffix(d.Name, "/*")
	return d.Name == name || strings.HasPrefix(name, dir+"/") || d.Kind == effect.Glob
}

func (j *cacheJob) usedHere(name string) bool {
	return slices.ContainsFunc(j.step.Commands, func(s effect.Step) bool {
		return slices.ContainsFunc(s.Effect.Reads, func(r effect.Path) bool { return r.Name == name })
	})
}

func (j *cacheJob) usedLater(name string) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	for _, in := range j.checker.pass.Doc.Instructions() {
		if in.Span.Start > j.step.Instruction.Span.Start && strings.Contains(j.checker.pass.Doc.Source.Text(in.Span), base) {
			return true
		}
	}
	return false
}
