package image

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
)

// buildStores are the caches of compilers that go with the last command that uses them.
// A binary that was built needs none of them.
var buildStores = map[string][]string{ // name → programs that use it again at start
	"go-build": {"go", "air", "gow", "reflex", "dlv", "CompileDaemon", "realize", "fresh", "make", "task", "just", "mage", "bazel"},
	"go-mod":   {"go", "air", "gow", "reflex", "dlv", "CompileDaemon", "realize", "fresh", "make", "task", "just", "mage", "bazel"},
	"cargo":    {"cargo", "cargo-watch", "bacon", "make", "just", "trunk"},
}

// stores empties the stores that the RUN fills, when it is the only one that does and
// nothing reads them later. Emptied in another layer than the one that filled them they
// would still be in the image.
func (j *cacheJob) stores() {
	if !j.startKnown() {
		return
	}
	var names []string
	for _, cmd := range j.step.Commands {
		for _, name := range cmd.Effect.Stores {
			if buildStores[name] != nil && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(cmd.Effect.Cleans, n) })
	}
	for _, name := range names {
		if strings.HasPrefix(name, "go-") && !cleansCaches(j.stage.Base) || j.mounted(name) || !j.onlyUser(name) || j.runsLater(buildStores[name]...) {
			continue
		}
		j.empty(name)
	}
}

// cleansCaches reports whether the go of a base image is known to have `go clean -modcache`:
// Go 1.11 and newer (its release notes).
func cleansCaches(b *knowledge.Base) bool {
	if b == nil || b.Image != "golang" {
		return false
	}
	minor, known := goMinor(b)
	return !known || minor >= 11 // the newest
}

// goMinor is the 24 of an image of Go 1.24; known is false when its tag has no version.
func goMinor(b *knowledge.Base) (minor int, known bool) {
	n, err := fmt.Sscanf(b.Version, "1.%d", &minor)
	return minor, n == 1 && err == nil
}

func (j *cacheJob) empty(name string) {
	cache, _ := effect.CacheOf(name)
	var last effect.Step
	for _, cmd := range j.step.Commands {
		if slices.Contains(cmd.Effect.Stores, name) {
			last = cmd
		}
	}
	if last.Effect.AsUser != "" || last.Call.Script.Argv != nil {
		return
	}
	command := cleanCommand(cache, last)
	edit, err := last.Call.Script.AtEnd(command)
	if err != nil {
		return
	}
	j.fix.Edits = append(j.fix.Edits, edit)
	j.fix.Declares.Added = append(j.fix.Declares.Added, command)
	j.messages = append(j.messages, "the "+name+" cache is emptied in the layer that fills it")
}

// onlyUser reports whether no other instruction of the stages that ship, or of a stage
// that is built on them, fills or may read a store.
func (j *cacheJob) onlyUser(name string) bool {
	for _, sf := range j.checker.pass.Facts.Stages {
		if !slices.Contains(j.checker.shipping, sf) && !below(sf, j.stage) {
			continue
		}
		for _, step := range sf.Steps {
			if step.Instruction == j.step.Instruction || !step.Instruction.Is("RUN") {
				continue
			}
			for _, cmd := range step.Commands {
				later := step.Instruction.Span.Start > j.step.Instruction.Span.Start
				if slices.Contains(cmd.Effect.Stores, name) || later && cmd.Effect.Opaque != "" {
					return false
				}
			}
		}
	}
	return true
}

// startKnown reports whether the file or compose says what a container starts. A compiler's
// image without a command is one to compile in.
func (j *cacheJob) startKnown() bool {
	run := runtimeOf(j.checker.pass)
	return (run.own || j.checker.pass.Usage.Known()) && len(run.unread) == 0
}

// runsLater reports whether one of the programs is started by a container, or whether the
// build is told to go on without a network.
func (j *cacheJob) runsLater(programs ...string) bool {
	for _, argv := range runtimeOf(j.checker.pass).programs {
		for _, word := range argv {
			if slices.Contains(programs, word[strings.LastIndexByte(word, '/')+1:]) {
				return true
			}
		}
	}
	return slices.ContainsFunc(j.checker.pass.Doc.Instructions(), func(in *dockerfile.Instruction) bool {
		text := in.ArgsText()
		return in.Is("RUN", "ENV") && (strings.Contains(text, "--offline") || strings.Contains(text, "UV_OFFLINE"))
	})
}
