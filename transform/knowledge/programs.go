package knowledge

import (
	"path"
	"slices"
	"strings"
	"sync"
)

// Daemon is a program that starts as root and manages users itself.
type Daemon struct {
	Packages []string `yaml:"packages"`
	Commands []string `yaml:"commands"`
	Why      string   `yaml:"why"`
	Source   string   `yaml:"source"`
}

// ProgramCapability is a capability that programs use when root starts them.
type ProgramCapability struct{ Cap, Why string }

// Init is an init system or supervisor.
type Init struct {
	Names    []string `yaml:"names"`
	Harmless bool     `yaml:"harmless"` // reaps and forwards signals only
	Source   string   `yaml:"source"`
}

// RootOnlyTool is a command that installs into the home directory of its user.
type RootOnlyTool struct {
	Match  string `yaml:"match"`  // text of the command
	Unless string `yaml:"unless"` // variable that puts it elsewhere
	Tool   string `yaml:"tool"`
	Path   string `yaml:"path"`
	Source string `yaml:"source"`
}

// StateDir is a set of directory names that applications write to.
type StateDir struct {
	Names  []string `yaml:"names"`
	Shared bool     `yaml:"shared"` // other containers read it too
	Source string   `yaml:"source"`
}

type programData struct {
	Daemons      []Daemon `yaml:"daemons"`
	Capabilities []struct {
		Commands []string `yaml:"commands"`
		Caps     []string `yaml:"caps"`
		Why      string   `yaml:"why"`
		Source   string   `yaml:"source"`
	} `yaml:"capabilities"`
	DropTools struct {
		Names  []string `yaml:"names"`
		Source string   `yaml:"source"`
	} `yaml:"drop_tools"`
	Inits     []Init         `yaml:"inits"`
	RootOnly  []RootOnlyTool `yaml:"root_only"`
	StateDirs []StateDir     `yaml:"state_dirs"`

	packages, commands map[string]*Daemon
	drops              map[string]bool
	inits              map[string]*Init
	dirs               map[string]*StateDir
}

var programs = sync.OnceValue(func() *programData {
	p := &programData{packages: map[string]*Daemon{}, commands: map[string]*Daemon{}, drops: map[string]bool{}, inits: map[string]*Init{}, dirs: map[string]*StateDir{}}
	decode(programsYAML, p)
	for i := range p.Daemons {
		for _, n := range p.Daemons[i].Packages {
			p.packages[n] = &p.Daemons[i]
		}
		for _, n := range p.Daemons[i].Commands {
			p.commands[n] = &p.Daemons[i]
		}
	}
	for _, n := range p.DropTools.Names {
		p.drops[n] = true
	}
	for i := range p.Inits {
		for _, n := range p.Inits[i].Names {
			p.inits[n] = &p.Inits[i]
		}
	}
	for i := range p.StateDirs {
		for _, n := range p.StateDirs[i].Names {
			p.dirs[n] = &p.StateDirs[i]
		}
	}
	return p
})

// systemManagers install programs that run as services.
var systemManagers = map[string]bool{"apt": true, "apk": true, "dnf": true, "yum": true, "microdnf": true, "tdnf": true, "zypper": true, "pacman": true}

// PackageDaemon says whether a package installs a daemon that wants root.
func PackageDaemon(manager, pkg string) (Daemon, bool) {
	if !systemManagers[manager] {
		return Daemon{}, false
	}
	d, ok := programs().packages[pkg]
	if !ok {
		return Daemon{}, false
	}
	return *d, true
}

// DaemonCommand says whether a program is such a daemon.
func DaemonCommand(name string) (Daemon, bool) {
	d, ok := programs().commands[path.Base(name)]
	if !ok {
		return Daemon{}, false
	}
	return *d, true
}

// ProgramCapabilities are those that a program uses when root starts it, beside what it
// takes to give its work to another user.
func ProgramCapabilities(name string) []ProgramCapability {
	var out []ProgramCapability
	for _, c := range programs().Capabilities {
		if slices.Contains(c.Commands, path.Base(name)) {
			for _, capability := range c.Caps {
				out = append(out, ProgramCapability{capability, c.Why})
			}
		}
	}
	return out
}

// DropTool reports whether a program changes the user.
func DropTool(name string) bool { return programs().drops[path.Base(name)] }

// InitTool says whether a program is an init system or supervisor.
func InitTool(name string) (Init, bool) {
	i, ok := programs().inits[path.Base(name)]
	if !ok {
		return Init{}, false
	}
	return *i, true
}

// RootOnly says whether a command installs below the home directory of its user.
// set tells which variables are set.
func RootOnly(command string, set func(string) bool) (RootOnlyTool, bool) {
	for _, t := range programs().RootOnly {
		if strings.Contains(command, t.Match) && (t.Unless == "" || !set(t.Unless) && !strings.Contains(command, t.Unless+"=")) {
			return t, true
		}
	}
	return RootOnlyTool{}, false
}

// StateName says whether a directory, given relative to the application, is one
// that applications write to by convention.
func StateName(dir string) (StateDir, bool) {
	d, ok := programs().dirs[strings.Trim(dir, "/")]
	if !ok {
		return StateDir{}, false
	}
	return *d, true
}
