package dockerfile

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Shell is the program that runs the shell form of an instruction.
type Shell struct {
	Argv []string // as SHELL gives it, or Docker's default
	Name string   // base name: sh, bash, ash, dash …
	lang syntax.LangVariant
	why  string // why its scripts cannot be read, or ""
}

// Opaque says why scripts of this shell are left alone, or "".
func (s Shell) Opaque() string { return s.why }

// defaultShell is what Docker uses on Linux when SHELL does not say otherwise.
var defaultShell = Shell{Argv: []string{"/bin/sh", "-c"}, Name: "sh", lang: syntax.LangPOSIX}

// windowsBases are the repositories whose images run Windows.
var windowsBases = []string{"mcr.microsoft.com/windows", "microsoft/windowsservercore", "microsoft/nanoserver", "microsoft/iis", "microsoft/aspnet", "microsoft/dotnet-framework", "mcr.microsoft.com/dotnet/framework"}

// Windows reports whether the stage builds a Windows image, as far as its FROM
// line and those of the stages below it tell.
func (s *Stage) Windows() bool { return s.windows }

func (s *Stage) isWindows() bool {
	if strings.HasPrefix(strings.ToLower(s.Platform), "windows") {
		return true
	}
	if s.Parent != nil {
		return s.Parent.windows
	}
	return WindowsImage(s.Base)
}

// WindowsImage reports whether the name of an image tells that it runs Windows.
func WindowsImage(ref string) bool {
	ref = strings.ToLower(ref)
	for _, w := range windowsBases {
		if strings.HasPrefix(ref, w) {
			return true
		}
	}
	return strings.Contains(ref, "nanoserver") || strings.Contains(ref, "servercore")
}

// Shell is the shell in force at the instruction: the last SHELL in front of it
// in its stage or in the stages that this one is built on.
func (in *Instruction) Shell() Shell {
	switch {
	case in.Stage == nil:
		return defaultShell
	case in.Stage.windows:
		return Shell{Argv: []string{"cmd", "/S", "/C"}, Name: "cmd", why: "Windows stage"}
	}
	return in.shell
}

// newShell judges the arguments of a SHELL instruction. Shells that we read
// must take the script as the argument of -c.
func newShell(argv []string) Shell {
	s := Shell{Argv: argv, Name: strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(argv[0], `\`, "/"))), ".exe")}
	switch s.Name {
	case "sh", "ash", "dash":
		s.lang = syntax.LangPOSIX
	case "bash":
		s.lang = syntax.LangBash
	default:
		s.why = "SHELL is " + s.Name
		return s
	}
	last := argv[len(argv)-1]
	if len(argv) < 2 || !strings.HasPrefix(last, "-") || !strings.HasSuffix(last, "c") {
		s.why = "SHELL does not end in -c"
	}
	return s
}
