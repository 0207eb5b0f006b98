package compose

import (
	"path"
	"strings"
	"unicode"
)

// Build is how a service's image is built.
type Build struct {
	Context    string // "." when it is not given
	Dockerfile string // path below Context; "Dockerfile" when it is not given
	Inline     bool   // the Dockerfile stands in the compose file
	Target     string
}

// Command is a command line: words, or one text that is split as a shell does.
type Command struct {
	Words []string
	Text  string
}

// Mount is an entry of volumes.
type Mount struct {
	Type     string // volume, bind, tmpfs …
	Source   string
	Target   string
	ReadOnly bool
}

// longMount reads an entry as compose-go has it. Where it took a short form wrongly, for
// a variable or a volume of one letter, the form is put together and read again.
func longMount(v map[string]any) Mount {
	m := Mount{Type: text(v["type"]), Source: text(v["source"]), Target: text(v["target"]), ReadOnly: text(v["read_only"]) == "true"}
	if m.Type != "volume" && !(len(m.Source) > 2 && m.Source[1] == ':' && m.Source[2] == '/' && !strings.Contains(m.Target, "/")) || m.Source == "" {
		return m
	}
	short := shortMount(m.Source + ":" + m.Target)
	short.ReadOnly = short.ReadOnly || m.ReadOnly
	return short
}

// shortMount reads SOURCE:TARGET[:MODE], or TARGET alone.
func shortMount(text string) Mount {
	parts := splitMount(text)
	m := Mount{Type: "volume", Target: parts[0]}
	if len(parts) > 1 {
		m.Source, m.Target = parts[0], parts[1]
		if strings.ContainsAny(m.Source[:min(1, len(m.Source))], "./~") || strings.HasPrefix(m.Source, "$") && !namedByDefault(m.Source) || strings.Contains(m.Source, "/") && !strings.HasPrefix(m.Source, "$") || len(m.Source) > 1 && m.Source[1] == ':' {
			m.Type = "bind"
		}
	}
	if len(parts) > 2 {
		for option := range strings.SplitSeq(parts[2], ",") {
			m.ReadOnly = m.ReadOnly || option == "ro"
		}
	}
	m.Target = path.Clean(m.Target)
	return m
}

// namedByDefault reports whether a source is a variable whose default is the name of a
// volume. One without a default may be anything: it is taken for a path of the host.
func namedByDefault(source string) bool {
	_, rest, ok := strings.Cut(strings.TrimSuffix(source, "}"), "-")
	return ok && rest != "" && !strings.ContainsAny(rest, "/.~$")
}

// splitMount splits at colons, but not inside of ${VAR:-default} and not behind the
// letter of a Windows drive.
func splitMount(text string) []string {
	var parts []string
	start, depth := 0, 0
	for i := range len(text) {
		switch {
		case text[i] == '{':
			depth++
		case text[i] == '}':
			depth--
		case text[i] == ':' && depth <= 0 && !(i == start+1 && unicode.IsLetter(rune(text[start])) && i+1 < len(text) && text[i+1] == '\\'):
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}
