package knowledge

import "strings"

// serviceRef is an image reference of a compose file after its variables were filled in.
type serviceRef struct {
	Ref
	repositoryVariable bool // a variable's default is part of the repository
	tagVariable        bool // … of the tag
	tagUnknown         bool // the tag has a variable without default
}

// unset stands for a variable without default. It cannot stand in a reference.
const unset = "\x00"

// expandRef fills in the defaults of variables and cuts the reference. ok is false when
// the repository has a variable without default.
func expandRef(image string) (r serviceRef, ok bool) {
	image = strings.TrimSpace(image)
	text, defaulted := expand(image)
	r.Ref = ParseRef(text)
	if strings.Contains(r.Repository, unset) || r.Repository == "" {
		return r, false
	}
	if strings.Contains(r.Tag, unset) {
		r.Tag, r.tagUnknown = "", true
	}
	if defaulted {
		// A reference whose variables all stand behind the last colon that is not inside one.
		if head, _, cut := strings.Cut(image, "$"); cut && strings.LastIndexByte(head, ':') > strings.LastIndexByte(head, '/') {
			r.tagVariable = true
		} else {
			r.repositoryVariable = true
		}
	}
	return r, true
}

// expand replaces variables by their defaults, as compose does when they are not set;
// those without default become unset.
func expand(s string) (text string, defaulted bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "$")
		b.WriteString(before)
		if !found {
			return b.String(), defaulted
		}
		switch {
		case strings.HasPrefix(rest, "$"):
			b.WriteString("$")
			s = rest[1:]
		case strings.HasPrefix(rest, "{"):
			end := closing(rest)
			if end == 0 {
				b.WriteString(unset)
				return b.String(), defaulted
			}
			value, ok := defaultOf(rest[1 : end-1])
			defaulted = defaulted || ok
			b.WriteString(value)
			s = rest[end:]
		default:
			end := 0
			for end < len(rest) && nameByte(rest[end]) {
				end++
			}
			b.WriteString(unset)
			s = rest[end:]
		}
	}
}

// closing is the position behind the brace that closes the one at the start, 0 when none does.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// defaultOf is the default in NAME:-default or NAME-default.
func defaultOf(inner string) (value string, ok bool) {
	end := 0
	for end < len(inner) && nameByte(inner[end]) {
		end++
	}
	operator := strings.TrimPrefix(inner[end:], ":")
	value, ok = strings.CutPrefix(operator, "-")
	if !ok {
		return unset, false
	}
	value, _ = expand(value)
	return value, true
}

func nameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
