// Package secret tells credentials from other settings: by the name that a value has, by
// the rules of a maintained detector (gitleaks), and by where a connection URL keeps its
// password. It knows placeholders. It never tells a value to anybody but its caller.
package secret

import "strings"

// Kind is what a setting holds.
type Kind int

// Kinds of settings.
const (
	None        Kind = iota // no credential
	Literal                 // a credential, written out
	Placeholder             // where a credential is to be filled in
	Variable                // a credential that comes from a variable
	Default                 // a credential that comes from a variable, with a written default
)

// Setting is what is known of a NAME=value.
type Setting struct {
	Kind Kind
	// Secret is the part of the value that is the credential: all of it, the password of
	// a URL, or the default of a variable. "" unless Kind is Literal or Default.
	Secret string
	// At is where Secret begins in the value.
	At int
	// Why says how it is known: by its name, as the password of a URL, or by which rule.
	Why string
}

// Whole reports whether the value is nothing but the credential.
func (s Setting) Whole(value string) bool { return s.Kind == Literal && s.Secret == value }

// Judge judges a NAME=value as a compose file or a Dockerfile has it, with variables as
// they are written.
func Judge(name, value string) Setting {
	if s := inURL(value); s.Kind != None {
		return s
	}
	if credentialName(name) {
		return byName(value)
	}
	if strings.Contains(value, "$") {
		return Setting{}
	}
	if rule, found := Detect(name + "=" + value); rule != "" && strings.Contains(value, found) && !placeholder(found) {
		return Setting{Literal, found, strings.Index(value, found), "gitleaks knows its form (" + rule + ")"}
	}
	return Setting{}
}

// byName judges the value of a setting whose name is that of a credential.
func byName(value string) Setting {
	const why = "its name is that of a credential"
	switch def, at, variable := defaultOf(value); {
	case variable && def != "" && !placeholder(def) && valuable(def):
		return Setting{Default, def, at, why}
	case variable:
		return Setting{Kind: Variable, Why: why}
	case !valuable(value):
		return Setting{}
	case placeholder(value):
		return Setting{Kind: Placeholder, Why: why}
	}
	return Setting{Literal, value, 0, why}
}

// valuable reports whether a text may be a credential at all: a switch, a path and what
// a shell puts there are not.
func valuable(value string) bool {
	switch strings.ToLower(value) {
	case "", "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1", "disabled", "enabled", "random", "auto":
		return false
	}
	return !strings.HasPrefix(value, "$(") && !strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "./") && !strings.HasPrefix(value, "file:")
}

// nameRune reports whether a rune may stand in the name of a variable.
func nameRune(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// defaultOf is the written default of a value that holds a variable of compose or of a
// Dockerfile, and where it begins; $$ is a dollar.
func defaultOf(value string) (def string, at int, variable bool) {
	for i := 0; i < len(value); i++ {
		if value[i] != '$' {
			continue
		}
		if i+1 < len(value) && value[i+1] == '$' {
			i++
			continue
		}
		if i+1 == len(value) || !strings.ContainsRune("{_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", rune(value[i+1])) {
			continue
		}
		if body, ok := strings.CutPrefix(value[i:], "${"); ok {
			body, _, _ = strings.Cut(body, "}")
			operator := strings.TrimPrefix(strings.TrimLeftFunc(body, nameRune), ":")
			if d, ok := strings.CutPrefix(operator, "-"); ok {
				return d, i + len("${") + len(body) - len(d), true
			}
		}
		return "", 0, true
	}
	return "", 0, false
}
