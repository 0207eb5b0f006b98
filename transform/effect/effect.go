// Package effect says what a command does: what it installs, which users it
// makes, what it reads, writes and owns, what caches it fills.
//
// It is one registry for every rule. A command that the registry does not know
// is opaque: it may do anything, and its Effect says so.
package effect

import (
	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// Context is what is known at the place where a command runs.
type Context struct {
	Dir    string                           // working directory; "" when unknown
	User   string                           // user it runs as; "" is root
	Home   string                           // $HOME of that user; "" when unknown
	Lookup func(name string) (string, bool) // value of a variable, when known
	Family string                           // family of the base: debian, alpine, rhel …; "" when unknown
}

// Effect is what one command does. Lists are in the order of the command line.
type Effect struct {
	Tool    string           // canonical name of the program behind wrappers: "apt-get", "pip", "useradd"; "" when unknown
	Manager string           // package manager that it drives: apt, apk, dnf, yum, microdnf, tdnf, zypper, pacman, pip, npm, yarn, pnpm, gem, composer …
	Verb    string           // of a package manager: update, install, remove, upgrade, clean, download, other; of other tools their subcommand where it matters
	Argv    []dockerfile.Arg // the command behind wrappers (sudo, env, exec, time, nice …), its own word first

	Installs  []Package
	Removes   []Package
	Users     []User
	Groups    []Group
	Reads     []Path
	Writes    []Path
	Deletes   []Path
	Owners    []Owner  // chown, chgrp
	Modes     []Mode   // chmod
	Fetches   []Fetch  // downloads
	Caches    []string // what it leaves behind for its own use: see Caches in cache.go
	Stores    []string // the same, of caches that later commands of the same tool read: see Cache.Store
	Cleans    []string // the names of Caches and Stores that it deletes
	Group     string   // apk: name of the virtual package
	Chdir     string   // cd: where the following commands run; "?" when unknown
	Runs      []string // programs that it starts as another user or keeps running (gosu app …, service x start)
	Privilege string   // sudo, su, gosu …: the wrapper that changes the user, or ""
	AsUser    string   // the user that the wrapper changes to
	NeedsRoot bool     // does only work as root: installs system packages, makes users, writes below /etc …
	Pure      bool     // reads or prints only (echo, test, set, true, which …)

	Opaque string // why the effect is not known, or ""
}

// Package is one operand of a package manager.
type Package struct {
	Manager string
	Name    string // without version, architecture and release
	Version string // pinned version, or ""
	Local   bool   // a file, directory or URL and not a name of the index
	Arg     dockerfile.Arg
}

// Path is a file or directory that a command touches. Name is absolute and
// clean when Known; else as it is written.
type Path struct {
	Name  string
	Kind  PathKind
	Known bool
}

// PathKind tells how much of the tree below Path.Name is meant.
type PathKind int

// Kinds of paths.
const (
	File PathKind = iota // one file
	Dir                  // a directory itself
	Tree                 // a directory and everything below it
	Glob                 // Name is a pattern
)

// User is one that useradd, adduser or usermod makes or changes.
type User struct {
	Name, UID, Group, Home, Shell string   // "" where the command leaves it to the system
	GID                           string   // numeric or named primary group as given
	Groups                        []string // supplementary
	System                        bool
	NoHome                        bool // no home directory is made
	Change                        bool // usermod: changes one that exists
	Delete                        bool // userdel, deluser
}

// Group is one that groupadd or addgroup makes; with Member the user is added to it.
type Group struct {
	Name, GID string
	System    bool
	Member    string
	Delete    bool
}

// Owner is a change of owner.
type Owner struct {
	Path      Path
	User      string // as written; "" keeps it
	Group     string // as written; "" keeps it
	Recursive bool
}

// Mode is a change of mode.
type Mode struct {
	Path      Path
	Mode      string // as written
	Recursive bool
}

// Fetch is a download.
type Fetch struct {
	URL  string // as written
	Dest Path   // Name "-" is standard output
}

// Of says what a call does. Wrappers in front of the command are looked
// through. The context is the one in front of the call.
func Of(call *dockerfile.Call, ctx Context) Effect {
	var e Effect
	of(call, &ctx, &e)
	return e
}
