package knowledge

import (
	"strings"
)

// written is an image reference as a Dockerfile has it. Its variables are known by their
// values and can be put back.
type written struct {
	prefix string // what stands before the repository: a registry that mirrors
	ref    Ref    // with values for variables
	marked Ref    // with a mark for each variable
	texts  []string
	values []string
}

// firstMark is the first of the runes that stand for variables.
const firstMark = '\ue000'

// readWritten cuts a reference. vars gives values of variables without a default; it may be nil.
// ok is false when a variable has no value, which is unset then, or stands in the repository.
func readWritten(image string, vars func(name string) (string, bool)) (w written, ok bool) {
	var marked, plain strings.Builder
	ok = true
	for rest := strings.TrimSpace(image); rest != ""; {
		before, after, found := strings.Cut(rest, "$")
		marked.WriteString(before)
		plain.WriteString(before)
		if !found {
			break
		}
		end := 0
		if strings.HasPrefix(after, "{") {
			end = closing(after)
		} else {
			for end < len(after) && nameByte(after[end]) {
				end++
			}
		}
		value, known := valueOf(strings.TrimSuffix(strings.TrimPrefix(after[:end], "{"), "}"), vars)
		if end == 0 {
			return w, false
		}
		if !known || value == "" || strings.ContainsAny(value, "$/:@") {
			value, ok = unset, false
		}
		marked.WriteRune(firstMark + rune(len(w.texts)))
		plain.WriteString(value)
		w.texts, w.values = append(w.texts, "$"+after[:end]), append(w.values, value)
		rest = after[end:]
	}
	w.ref, w.marked = ParseRef(plain.String()), ParseRef(marked.String())
	name := strings.TrimSuffix(plain.String(), "@"+w.ref.Digest)
	name = strings.TrimSuffix(name, ":"+w.ref.Tag)
	w.prefix = strings.TrimSuffix(name, w.ref.Repository)
	if w.ref.Repository != w.marked.Repository { // a variable is part of it
		w.ref, w.marked, ok = Ref{}, Ref{}, false
	}
	return w, ok && w.ref.Repository != ""
}

// valueOf is the value of a variable: the caller's, else the default that stands with it.
func valueOf(inner string, vars func(name string) (string, bool)) (value string, ok bool) {
	end := 0
	for end < len(inner) && nameByte(inner[end]) {
		end++
	}
	if vars != nil {
		if value, ok = vars(inner[:end]); ok && value != "" {
			return value, true
		}
	}
	return defaultOf(inner)
}

// unmark replaces the marks of variables by what they stand for.
func unmark(s string, texts []string) string {
	for i, text := range texts {
		s = strings.ReplaceAll(s, string(firstMark+rune(i)), text)
	}
	return s
}
