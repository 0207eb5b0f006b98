package image

import (
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
)

// systemManagers are the package managers of distributions.
var systemManagers = []string{"apt", "apk", "dnf", "yum", "microdnf", "tdnf", "zypper", "pacman"}

// portable are commands that do in the runtime stage what they do in the builder: they
// need nothing but the basic tools of a distribution.
var portable = map[string]bool{
	"mkdir": true, "chmod": true, "chown": true, "chgrp": true, "touch": true, "ln": true, "echo": true, "printf": true, "true": true, "test": true, "cd": true, "set": true, "export": true,
	"useradd": true, "groupadd": true, "adduser": true, "addgroup": true, "usermod": true, "install": true, "umask": true, "id": true, "ls": true, "pwd": true, "exit": true,
}

// inProject are commands that do so on files of the application's own directory.
var inProject = map[string]bool{"rm": true, "cp": true, "mv": true, "sed": true, "cat": true, "tee": true, "find": true, "tr": true, "xargs": true, "grep": true}

// findPoint finds the first instruction that can be part of the runtime stage as it
// stands: the one behind the last that builds.
func (s *splitPlan) findPoint() {
	s.app = ownDir(s.final)
	if s.app == "/" || sharedRoot(s.app) {
		s.app = ""
	}
	s.widen()
	s.point = 1
	for i, step := range s.final.Steps {
		if in := step.Instruction; in.Is("RUN") && !s.runsAnywhere(step) {
			s.point = i + 1
		}
	}
	if s.point == 1 {
		// nothing is built: another base alone is the runtime-base rule's
		f := transform.Done(s.final.Stage.From.Span, "the stage builds nothing")
		s.verdict = &f
	}
	if at := s.final.Steps[s.point-1].Before; !at.Root() {
		s.findUser(at)
	}
}

// widen takes the directory that the project was copied to for the application's, when the
// container starts in one below it: packages of a workspace name each other.
func (s *splitPlan) widen() {
	for _, step := range s.final.Steps {
		in := step.Instruction
		if _, _, from := in.Flag("from"); from || !in.Is("COPY", "ADD") || len(in.Args) < 2 {
			continue
		}
		dest, ok := step.Destination()
		if ok && s.app != "" && dest != "/" && !sharedRoot(dest) && !systemShared(dest) && path.Dir(dest) != dest && strings.HasPrefix(s.app, dest+"/") {
			s.app = dest
		}
	}
}

// findUser notes the user that the builder ends with: the runtime stage goes on as that one.
func (s *splitPlan) findUser(at transform.State) {
	for _, step := range s.final.Steps[:s.point] {
		if step.Instruction.Is("USER") {
			s.user = step.Instruction
		}
	}
	if s.user == nil {
		s.refuse(s.final.Stage.From.Span, reasonUserInstall, "the base image runs as %s", at.EffectiveUser())
	} else if !plainName(strings.ReplaceAll(s.user.ArgsText(), ":", "")) {
		s.refuse(s.user.Span, reasonUserInstall, "USER %s is not one name", s.user.ArgsText())
	}
}

// runsAnywhere reports whether a RUN does the same in the runtime stage.
func (s *splitPlan) runsAnywhere(step transform.Step) bool {
	in := step.Instruction
	if in.Script().Opaque != "" || in.Script().Argv != nil || len(in.Heredocs) > 0 || len(step.Commands) == 0 {
		return false
	}
	for _, c := range step.Commands {
		e := c.Effect
		if e.Opaque != "" || len(e.Installs) > 0 || e.Manager != "" {
			return false
		}
		if portable[e.Tool] || e.Tool == "" && len(e.Argv) == 0 {
			continue
		}
		if !inProject[e.Tool] || !s.allInProject(e.Reads, e.Writes, e.Deletes) {
			return false
		}
	}
	return true
}

func (s *splitPlan) allInProject(lists ...[]effect.Path) bool {
	for _, p := range slices.Concat(lists...) {
		if s.app == "" || !p.Known || !under([]string{s.app}, p.Name) {
			return false
		}
	}
	return true
}
