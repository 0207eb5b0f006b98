package secret

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
)

// Mask is what is printed instead of a credential.
const Mask = "********"

// assigned finds NAME=value and NAME: value in any text, quoted NAME:"value", option --name value;
// values in quotes are taken whole. NAME:value without a blank is mostly something else, such as
// a tag.
var (
	assigned = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.-]*)(?:["']?\s*=\s*|:[?-]|["']?\s*:\s+|["']\s*:\s*)` + assignedValue)
	quoted   = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.-]*)\s*:("(?:[^"\\]|\\.)*"|'[^']*')`)
	// client is the -p of clients of MySQL, which takes the password without a blank.
	client = regexp.MustCompile(`\b(?:mysql|mariadb)[\w-]*\s[^\n;&|]*?\s["']?-p([^\s"',;&|)]+)`)
	option = regexp.MustCompile(`(?:^|\s|["'])--?([A-Za-z][A-Za-z0-9-]*)["']?,?[\s=]\s*` + assignedValue)
)

const assignedValue = `("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;&|)}\]]+)`

// Hide takes credentials out of a text: the values that are given, and what stands
// behind a name that is that of a credential, in a connection URL, or has a form that
// gitleaks knows. It is made for messages, which quote parts of files.
func Hide(text string, values ...string) string {
	text = HideWhole(text, values)
	places := loosePlaces(text)
	spans := make([]parser.Span, len(places))
	for i, p := range places {
		spans[i] = parser.Span{Start: p.At, End: p.At + len(p.Value)}
	}
	return string(Masked([]byte(text), spans))
}

// Telling reports whether a value, where it stands in a message, is the credential and
// nothing else: a weak one such as "postgres" or "www-data" is the name of a service, an image or a
// user as well, "hello_django" that of a module, and masking those would tell more than it hides.
func Telling(value string) bool {
	value = strings.Trim(value, `"'`)
	return len(value) >= 16 || len(value) >= shortest && strings.ContainsFunc(value, func(r rune) bool { return (r < 'a' || r > 'z') && !strings.ContainsRune("-_.", r) })
}

// shortest is the length of the shortest value that is looked for anywhere in a message;
// a shorter one would take parts of other words with it.
const shortest = 4

// Place is a credential in a text.
type Place struct {
	Value string
	At    int // where it begins
}

// Loose lists what are credentials in a text of any kind.
func Loose(text string) []string {
	var out []string
	for _, p := range loosePlaces(text) {
		if !slices.Contains(out, p.Value) {
			out = append(out, p.Value)
		}
	}
	return out
}

// loosePlaces lists them with the places at which they are given.
func loosePlaces(text string) []Place {
	if !suspicious(text) {
		return nil
	}
	var out []Place
	add := func(s Setting, at int) {
		p := Place{s.Secret, at + s.At}
		if len(p.Value) >= shortest && !strings.Contains(p.Value, Mask) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, re := range []*regexp.Regexp{assigned, quoted} {
		for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
			add(given(text, m), m[4])
		}
	}
	for _, m := range option.FindAllStringSubmatchIndex(text, -1) {
		if text[m[4]] != '-' || text[m[4]-1] == '=' { // else it is the next option
			add(given(text, m), m[4])
		}
	}
	for _, re := range []*regexp.Regexp{passwordInURL[0], client} {
		for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
			if text[m[2]] != '$' || re != client {
				add(byName(text[m[2]:m[3]]), m[2])
			}
		}
	}
	if _, found := Detect(text); found != "" {
		add(Setting{Secret: found}, strings.Index(text, found))
	}
	return out
}

// given judges a name and its value, as assigned and option find them. At counts from the
// beginning of the value as it is written.
func given(text string, m []int) Setting {
	name, value := text[m[2]:m[3]], text[m[4]:m[5]]
	if strings.HasSuffix(text[:m[2]], "${") { // ${NAME:-default}, ${NAME:?message}
		s := Judge(name, "${"+text[m[2]:m[5]]+"}")
		s.At -= m[4] - m[2] + len("${")
		return s
	}
	bare := strings.TrimLeft(value, `"'`+"\\")
	if strings.HasPrefix(bare, "$") || strings.HasPrefix(bare, "`") {
		return Setting{} // what a shell puts there
	}
	bare = strings.Trim(value, `"'`)
	if name == "secret" && strings.HasPrefix(bare, "id=") {
		return Setting{} // docker build --secret id=NAME names one
	}
	if line, _, more := strings.Cut(bare, `\n`); more { // as printf writes it
		bare = line
	}
	s := Judge(name, bare)
	s.At += strings.Index(value, bare)
	return s
}

// suspicious reports whether a text may hold a credential at all: most messages do not.
func suspicious(text string) bool {
	return strings.ContainsAny(text, "=:") || strings.Contains(text, "--") || strings.Contains(text, " -p")
}

// HideWhole masks those of the values that are telling wherever they stand in a text as
// words of their own, or behind the -p of clients of MySQL; long ones wherever they stand at all.
func HideWhole(text string, values []string) string {
	values = slices.Clone(values)
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, v := range values {
		if !Telling(v) {
			continue
		}
		var spans []parser.Span
		for _, at := range whole(text, v) {
			spans = append(spans, parser.Span{Start: at, End: at + len(v)})
		}
		if spans != nil {
			text = string(Masked([]byte(text), spans))
		}
	}
	return text
}

// whole lists where a value stands in a text as a word of its own.
func whole(text, value string) []int {
	var out []int
	for at := 0; value != ""; {
		i := strings.Index(text[at:], value)
		if i < 0 {
			break
		}
		start, end := at+i, at+i+len(value)
		if len(value) >= 12 || !wordBefore(text[:start]) && (end == len(text) || !nameRune(rune(text[end]))) {
			out = append(out, start)
			at = end
			continue
		}
		at = start + 1
	}
	return out
}

func wordBefore(text string) bool {
	if text == "" || !nameRune(rune(text[len(text)-1])) {
		return false
	}
	option, is := strings.CutSuffix(text, "-p")
	return !is || option != "" && nameRune(rune(option[len(option)-1]))
}
