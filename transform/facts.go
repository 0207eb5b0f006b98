package transform

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"github.com/bulkhead-dev/bulkhead/transform/effect"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// Facts is what a Dockerfile says about itself, worked out once for all rules.
type Facts struct {
	Stages  []*StageFacts // as Document.Stages
	shipped int
	global  State // in front of the first FROM
}

// GlobalArg gives the default of an ARG in front of the first FROM, with what it names of others
// in it; not known is one that has none.
func (f *Facts) GlobalArg(name string) (value string, known bool) { return f.global.Lookup(name) }

// Final is the stage that ships: the last one, or the one that compose builds.
func (f *Facts) Final() *StageFacts { return f.Stages[f.shipped] }

// StageFacts is what is known of one stage.
type StageFacts struct {
	Stage  *dockerfile.Stage
	Parent *StageFacts // facts of the earlier stage that this one is built on, or nil
	// BaseRef is the image below the stage and all stages that it is built on, with
	// variables filled in; "" when it depends on a value that is not known.
	BaseRef  string
	Base     *knowledge.Base // what is known of that image; nil when nothing is
	Steps    []Step          // the stage's own instructions
	Users    []UserFact      // made by this stage and its parents, in order
	Groups   []effect.Group
	Packages []Installed // installed by this stage and its parents, in order
	end      State
}

// Step is one instruction with what is in force in front of it.
type Step struct {
	Instruction *dockerfile.Instruction
	Before      State
	Commands    []effect.Step // what a RUN does, command by command
}

// UserFact is a user that a command made.
type UserFact struct {
	effect.User
	Instruction *dockerfile.Instruction
}

// Installed is a package that a command installed.
type Installed struct {
	effect.Package
	Instruction *dockerfile.Instruction
}

// State is what holds at a place of a stage.
type State struct {
	User    string // as USER gives it, variables filled in; "" is the base's default
	Workdir string // absolute; "" when it depends on a value that is not known
	vars    *variable
	stage   *StageFacts
}

// variable is a list of settings that grows at its head, so that each State keeps its own.
type variable struct {
	name, value string
	known       bool
	env         bool // ENV: part of the image
	next        *variable
}

// Lookup gives the value of an ENV or ARG in force, where the file tells it.
func (s State) Lookup(name string) (string, bool) {
	for v := s.vars; v != nil; v = v.next {
		if v.name == name {
			return v.value, v.known
		}
	}
	return "", false
}

// Env gives the value of an ENV in force.
func (s State) Env(name string) (string, bool) {
	for v := s.vars; v != nil; v = v.next {
		if v.name == name && v.env {
			return v.value, v.known
		}
	}
	return "", false
}

// EffectiveUser is the user in force with the base's default filled in, "" when
// the base is not known to have one: then it is most likely root.
func (s State) EffectiveUser() string {
	if s.User != "" {
		return s.User
	}
	if s.stage != nil && s.stage.Base != nil {
		return s.stage.Base.DefaultUser
	}
	return ""
}

// Root reports whether commands run as root here. A user that depends on an
// unknown variable is not root.
func (s State) Root() bool { return IsRoot(s.EffectiveUser()) }

// IsRoot reports whether a value of USER means root.
func IsRoot(user string) bool {
	name, _, _ := strings.Cut(user, ":")
	return name == "root" || strings.Trim(name, "0") == ""
}

// Home is the home directory of the user in force, "" when it is not known.
func (s State) Home() string {
	if home, ok := s.Lookup("HOME"); ok {
		return home
	}
	user, _, _ := strings.Cut(s.EffectiveUser(), ":")
	if IsRoot(user) {
		return "/root"
	}
	for i := len(s.stage.Users) - 1; i >= 0; i-- {
		if u := s.stage.Users[i]; u.Name == user || u.UID == user {
			if u.Home != "" {
				return u.Home
			}
			return "/home/" + u.Name
		}
	}
	if s.stage.Base != nil {
		if u, ok := s.stage.Base.Users[user]; ok {
			return u.Home
		}
	}
	return ""
}

// expand fills variables into a word of an instruction.
func (s State) expand(word string, escape byte) (string, bool) {
	if !strings.ContainsAny(word, "$'\"") && strings.IndexByte(word, escape) < 0 {
		return word, true
	}
	if strings.Count(word, "$") > maxReferences || strings.Contains(word, "//") && strings.Count(word, "${") > 1 {
		return "", false // replacements inside of each other multiply
	}
	env := lookupEnv{state: s}
	lex := shell.NewLex(rune(escape))
	value, _, err := lex.ProcessWord(word, &env)
	if len(value) > effect.MaxValue {
		return "", false
	}
	return value, err == nil && !env.missed
}

// maxReferences bounds the variables that are filled into one word.
const maxReferences = 64

// Expand fills variables into a word of the instruction at this place. ok is
// false when it holds one that is not known.
func (s Step) Expand(word string) (value string, ok bool) {
	return s.Before.expand(word, s.Instruction.Document().Escape)
}

// Path is Expand for a path: absolute and clean, relative ones below WORKDIR.
func (s Step) Path(word string) (string, bool) {
	value, ok := s.Expand(word)
	if !ok || !path.IsAbs(value) && s.Before.Workdir == "" {
		return value, false
	}
	if !path.IsAbs(value) {
		value = s.Before.Workdir + "/" + value
	}
	return path.Clean(value), true
}

// Destination is where a COPY or ADD puts its files, as Path gives it.
func (s Step) Destination() (string, bool) {
	args := s.Instruction.Args
	return s.Path(args[len(args)-1].Value)
}

type lookupEnv struct {
	state  State
	missed bool
}

func (e *lookupEnv) Get(name string) (string, bool) {
	v, ok := e.state.Lookup(name)
	if !ok {
		e.missed = true
	}
	return v, ok
}

func (e *lookupEnv) Keys() []string { return nil }

// NewFacts works out the facts of a document that is used like that.
func NewFacts(doc *dockerfile.Document, usage Usage) *Facts {
	f := &Facts{shipped: usage.shipped(doc)}
	for _, in := range doc.Global {
		f.global.take(in, doc.Escape, nil)
	}
	for _, stage := range doc.Stages {
		f.Stages = append(f.Stages, f.newStage(stage, f.global))
	}
	return f
}

func (f *Facts) newStage(stage *dockerfile.Stage, global State) *StageFacts {
	sf := &StageFacts{Stage: stage}
	state := State{Workdir: "/", stage: sf}
	if stage.Parent != nil {
		sf.Parent = f.Stages[stage.Parent.Index]
		sf.BaseRef, sf.Base = sf.Parent.BaseRef, sf.Parent.Base
		sf.Users = append(sf.Users, sf.Parent.Users...)
		sf.Groups = append(sf.Groups, sf.Parent.Groups...)
		sf.Packages = append(sf.Packages, sf.Parent.Packages...)
		state = sf.Parent.end
		state.stage = sf
		state.dropArgs()
	} else if ref, ok := global.expand(stage.Base, stage.Document().Escape); ok {
		sf.BaseRef, sf.Base = ref, knowledge.LookupBase(ref)
		if sf.Base != nil && sf.Base.Workdir != "" {
			state.Workdir = sf.Base.Workdir
		}
		if sf.Base != nil {
			for _, name := range slices.Sorted(maps.Keys(sf.Base.Env)) {
				state.set(name, sf.Base.Env[name], true, true)
			}
		}
	}
	for _, in := range stage.Instructions {
		step := Step{Instruction: in, Before: state}
		if in.Keyword == "RUN" {
			step.Commands = effect.Sequence(in.Script(), state.context())
			sf.collect(in, step.Commands)
		}
		sf.Steps = append(sf.Steps, step)
		state.take(in, stage.Document().Escape, global.vars)
	}
	sf.end = state
	return sf
}

// End is what holds behind the last instruction: the shipped configuration.
func (sf *StageFacts) End() State { return sf.end }

// Step finds the step of an instruction, nil when it is of another stage.
func (sf *StageFacts) Step(in *dockerfile.Instruction) *Step {
	for i := range sf.Steps {
		if sf.Steps[i].Instruction == in {
			return &sf.Steps[i]
		}
	}
	return nil
}

// context is what the commands of a RUN here know of their surroundings.
func (s State) context() effect.Context {
	ctx := effect.Context{Dir: s.Workdir, User: s.EffectiveUser(), Home: s.Home(), Lookup: s.Lookup}
	if s.stage.Base != nil {
		ctx.Family = s.stage.Base.Family
	}
	return ctx
}

func (sf *StageFacts) collect(in *dockerfile.Instruction, commands []effect.Step) {
	for _, c := range commands {
		for _, u := range c.Effect.Users {
			sf.Users = append(sf.Users, UserFact{u, in})
		}
		sf.Groups = append(sf.Groups, c.Effect.Groups...)
		for _, p := range c.Effect.Installs {
			sf.Packages = append(sf.Packages, Installed{p, in})
		}
	}
}

// dropArgs forgets ARGs, which end with their stage.
func (s *State) dropArgs() {
	var kept []*variable
	for v := s.vars; v != nil; v = v.next {
		if v.env {
			kept = append(kept, v)
		}
	}
	s.vars = nil
	for i := len(kept) - 1; i >= 0; i-- {
		v := *kept[i]
		v.next, s.vars = s.vars, &v
	}
}

func (s *State) set(name, value string, known, env bool) {
	if !env { // ENV wins over ARG
		if _, ok := s.Env(name); ok {
			return
		}
	}
	s.vars = &variable{name, value, known, env, s.vars}
}

// take changes the state as the instruction does.
func (s *State) take(in *dockerfile.Instruction, escape byte, global *variable) {
	switch cmd := in.Command.(type) {
	case *instructions.EnvCommand:
		before := *s
		for _, kv := range cmd.Env {
			v, ok := before.expand(kv.Value, escape)
			s.set(kv.Key, v, ok, true)
		}
	case *instructions.ArgCommand:
		for _, a := range cmd.Args {
			if a.Value != nil {
				v, ok := s.expand(*a.Value, escape)
				s.set(a.Key, v, ok, false)
			} else if v, ok := (State{vars: global}).Lookup(a.Key); ok {
				s.set(a.Key, v, true, false)
			}
		}
	case *instructions.UserCommand:
		if v, ok := s.expand(cmd.User, escape); ok {
			s.User = v
		} else {
			s.User = cmd.User
		}
	case *instructions.WorkdirCommand:
		v, ok := s.expand(cmd.Path, escape)
		switch {
		case !ok:
			s.Workdir = ""
		case path.IsAbs(v):
			s.Workdir = path.Clean(v)
		case s.Workdir != "":
			s.Workdir = path.Join(s.Workdir, v)
		}
		if len(s.Workdir) > effect.MaxValue {
			s.Workdir = ""
		}
	}
}

// Within reports whether a path is a directory or lies in it. A slash at the end of either
// does not count.
func Within(dir, name string) bool {
	dir, name = strings.TrimSuffix(dir, "/"), strings.TrimSuffix(name, "/")
	return name == dir || strings.HasPrefix(name, dir+"/")
}
