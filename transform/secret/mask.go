package secret

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// Mask is what is printed instead of a credential.
const Mask = "********"

// assigned finds NAME=value and NAME: value in any text, option --name value; values in
// quotes are taken whole.
var (
	assigned = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.-]*)["']?\s*[=:]\s*` + assignedValue)
	option   = regexp.MustCompile(`(?:^|\s|["'])--?([A-Za-z][A-Za-z0-9-]*)["']?,?[\s=]\s*` + assignedValue)
)

const assignedValue = `("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;&|)}\]]+)`

// Hide takes credentials out of a text: the values that are given, and what stands
// behind a name that is that of a credential, in a connection URL, or has a form that
// gitleaks knows. It is made for messages, which quote parts of files.
func Hide(text string, values ...string) string {
	values = slices.Clone(values)
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, v := range values {
		if Telling(v) {
			text = strings.ReplaceAll(text, v, Mask)
		}
	}
	for _, v := range Loose(text) {
		text = strings.ReplaceAll(text, v, Mask)
	}
	return text
}

// Telling reports whether a value, where it stands in a message, is the credential and
// nothing else: a weak one such as "postgres" is the name of a service or an image as well,
// and masking those would tell more than it hides.
func Telling(value string) bool {
	return len(value) >= 12 || len(value) >= shortest && strings.ContainsFunc(value, func(r rune) bool { return r < 'a' || r > 'z' })
}

// shortest is the length of the shortest value that is looked for anywhere in a message;
// a shorter one would take parts of other words with it.
const shortest = 4

// Loose lists what are credentials in a text of any kind.
func Loose(text string) []string {
	var out []string
	add := func(v string) {
		if len(v) >= shortest && v != Mask && !strings.Contains(v, Mask) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	if !suspicious(text) {
		return nil
	}
	for _, re := range []*regexp.Regexp{assigned, option} {
		for _, at := range re.FindAllStringSubmatchIndex(text, -1) {
			name, given := text[at[2]:at[3]], text[at[4]:at[5]]
			if strings.HasSuffix(text[:at[2]], "${") { // ${NAME:-default}, ${NAME:?message}
				if s := Judge(name, "${"+name+text[at[3]:at[5]]+"}"); s.Secret != "" {
					add(s.Secret)
				}
				continue
			}
			value := strings.TrimLeft(given, `"'`+"\\")
			if strings.HasPrefix(value, "$") || strings.HasPrefix(value, "`") {
				continue // what a shell puts there
			}
			if s := Judge(name, strings.Trim(given, `"'`)); s.Secret != "" {
				add(s.Secret)
			}
		}
	}
	for _, re := range passwordInURL[:1] {
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			if s := byName(m[1]); s.Secret != "" {
				add(s.Secret)
			}
		}
	}
	if _, found := Detect(text); found != "" {
		add(found)
	}
	return out
}

// suspicious reports whether a text may hold a credential at all: most messages do not.
func suspicious(text string) bool {
	return strings.ContainsAny(text, "=:") || strings.Contains(text, "--")
}
