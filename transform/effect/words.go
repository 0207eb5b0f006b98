package effect

import (
	"path"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
	"mvdan.cc/sh/v3/syntax"
)

// word is one argument as the program gets it. An argument with a variable that
// holds several words, or with braces, makes several.
type word struct {
	arg   dockerfile.Arg // as it stands in the file
	text  string         // its value when known, else as it is written
	known bool
	glob  bool // a pattern that the shell expands
}

// part is a word for a piece of this one: the value of an option.
func (w word) part(text string) word {
	return word{arg: w.arg, text: strings.Trim(text, `"'`), known: w.known, glob: w.glob}
}

// words gives the arguments as the program gets them.
func (c *command) words(args []dockerfile.Arg) []word {
	if len(args) > maxWords {
		c.Opaque, args = "more arguments than are looked at", args[:maxWords]
	}
	out := make([]word, 0, len(args))
	for _, a := range args {
		if a.Literal {
			out = append(out, word{a, a.Value, true, a.Glob})
			continue
		}
		if len(out) > maxWords {
			out = append(out, word{arg: a, text: a.Text})
			continue
		}
		out = c.expand(out, a)
	}
	return out
}

// maxWords bounds how many arguments of one command are looked at, and expanded.
const maxWords = 4096

// expand appends the words that an argument with expansions gives.
func (c *command) expand(out []word, a dockerfile.Arg) []word {
	if text, ok := a.Expand(c.look); ok {
		if text == "" && strings.HasPrefix(a.Text, "$") {
			return out // an empty variable without quotes is no word
		}
		return append(out, word{a, text, true, unquotedGlob(a)})
	}
	if value, ok := c.listVariable(a); ok {
		for field := range strings.FieldsSeq(value) {
			out = append(out, word{a, field, !strings.ContainsAny(field, "\"'`$"), strings.ContainsAny(field, "*?[")})
		}
		return out
	}
	for _, item := range braces(a.Text) {
		text, ok := c.plainText(item)
		if !ok {
			text = item
		}
		out = append(out, word{a, text, ok && (item == a.Text || c.expandsBraces()), unquotedGlob(a)})
	}
	return out
}

// listVariable gives the value of an unquoted $VAR that the shell splits into words.
func (c *command) listVariable(a dockerfile.Arg) (string, bool) {
	name, ok := strings.CutPrefix(a.Text, "$")
	if !ok {
		return "", false
	}
	if strings.HasPrefix(name, "{") && strings.HasSuffix(name, "}") {
		name = name[1 : len(name)-1]
	}
	if !syntax.ValidName(name) {
		return "", false
	}
	return c.lookup(name)
}

// expandsBraces reports whether the shell knows {a,b}: dash and BusyBox, which
// are sh on Debian and Alpine, do not.
func (c *command) expandsBraces() bool {
	if c.ctx.Family != "debian" && c.ctx.Family != "ubuntu" && c.ctx.Family != "alpine" {
		return true
	}
	in := c.call.Script.Instruction
	return in != nil && in.Shell().Name != "sh" && in.Shell().Name != "ash" && in.Shell().Name != "dash"
}

// maxBraces bounds how many words one argument may expand to.
const maxBraces = 64

// braces expands {a,b} of a word, several and nested ones too.
func braces(text string) []string {
	done, todo := []string(nil), []string{text}
	for len(todo) > 0 {
		item := todo[0]
		todo = todo[1:]
		if open, end := bracePair(item); open >= 0 && len(done)+len(todo) < maxBraces {
			for _, choice := range choices(item[open+1 : end]) {
				todo = append(todo, item[:open]+choice+item[end+1:])
			}
			continue
		}
		done = append(done, item)
	}
	return done
}

// bracePair finds the first {…} with a comma that is not quoted and no ${…}.
func bracePair(text string) (open, end int) {
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case quote != 0:
			if ch == quote {
				quote = 0
			}
		case ch == '\\':
			i++
		case ch == '"' || ch == '\'':
			quote = ch
		case ch == '$' && i+1 < len(text) && (text[i+1] == '{' || text[i+1] == '('):
			i = closing(text, i+1)
		case ch == '{':
			end := closing(text, i)
			if end < len(text) && len(choices(text[i+1:end])) > 1 {
				return i, end
			}
		}
	}
	return -1, -1
}

// closing gives the position of the bracket that closes the one at i, len(text) when none does.
func closing(text string, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch text[i] {
		case '{', '(':
			depth++
		case '}', ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// choices splits the inside of braces at its commas.
func choices(text string) []string {
	var out []string
	depth, start := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, text[start:i])
				start = i + 1
			}
		}
	}
	return append(out, text[start:])
}

// plainText expands a tilde and plain variables, and drops quotes. ok is false
// when something else has to be expanded.
func (c *command) plainText(text string) (string, bool) {
	if text == "~" || strings.HasPrefix(text, "~/") {
		if c.ctx.Home == "" {
			return "", false
		}
		text = c.ctx.Home + text[1:]
	}
	if !strings.ContainsAny(text, "$`\\\"'~(") {
		return text, true
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; ch {
		case '"':
		case '`', '\\', '\'', '(', '~':
			return "", false
		case '$':
			name, rest := variableName(text[i+1:])
			value, ok := c.lookup(name)
			if name == "" || !ok || strings.ContainsAny(value, " \t\n*?[") || out.Len() > MaxValue {
				return "", false
			}
			out.WriteString(value)
			i = len(text) - len(rest) - 1
		default:
			out.WriteByte(ch)
		}
	}
	return out.String(), true
}

// variableName reads NAME, {NAME} or {NAME:-default} behind a $. A default
// counts for nothing: the name has to be known.
func variableName(text string) (name, rest string) {
	braced := strings.HasPrefix(text, "{")
	if braced {
		text = text[1:]
	}
	n := 0
	for n < len(text) && (text[n] == '_' || text[n]|32 >= 'a' && text[n]|32 <= 'z' || n > 0 && text[n] >= '0' && text[n] <= '9') {
		n++
	}
	name, rest = text[:n], text[n:]
	if !braced {
		return name, rest
	}
	if strings.HasPrefix(rest, "}") {
		return name, rest[1:]
	}
	if strings.HasPrefix(rest, ":-") {
		if i := strings.IndexByte(rest, '}'); i > 0 && !strings.ContainsAny(rest[:i], "$`{") {
			return name, rest[i+1:]
		}
	}
	return "", rest
}

// unquotedGlob reports whether the shell expands a pattern in the argument.
func unquotedGlob(a dockerfile.Arg) bool {
	if a.Glob || !strings.ContainsAny(a.Text, "*?[") || a.Word == nil {
		return a.Glob
	}
	for _, part := range a.Word.Parts {
		if lit, ok := part.(*syntax.Lit); ok && strings.ContainsAny(lit.Value, "*?[") {
			return true
		}
	}
	return false
}

// path makes a Path of a word.
func (c *command) path(w word, kind PathKind) Path {
	if w.glob {
		kind = Glob
	}
	if !w.known {
		return Path{Name: w.text, Kind: kind}
	}
	return c.resolve(w.text, kind)
}

// resolve makes a path absolute. An empty one names nothing.
func (c *command) resolve(text string, kind PathKind) Path {
	if text == "" {
		return Path{Kind: kind}
	}
	if !path.IsAbs(text) {
		if c.ctx.Dir == "" || c.ctx.Dir == "?" {
			return Path{Name: text, Kind: kind}
		}
		text = c.ctx.Dir + "/" + text
	}
	return Path{Name: path.Clean(text), Kind: kind, Known: true}
}

// below is a path in the directory that a word names, "." when it is empty.
func (c *command) below(dir word, name string, kind PathKind) Path {
	if dir.text == "" {
		return c.resolve(name, kind)
	}
	p := c.path(dir, kind)
	if p.Name = path.Join(p.Name, name); !p.Known {
		p.Name = dir.text + "/" + name
	}
	return p
}

// inHome is a path below the home directory.
func (c *command) inHome(name string, kind PathKind) Path {
	if c.ctx.Home == "" {
		return Path{Name: "$HOME/" + name, Kind: kind}
	}
	return Path{Name: path.Join(c.ctx.Home, name), Kind: kind, Known: true}
}

// read, write and delete note what the command does with words that are paths.
func (c *command) read(kind PathKind, words ...word) {
	for _, w := range words {
		if w.text != "-" && !strings.HasPrefix(w.text, "/dev/") {
			c.Reads = append(c.Reads, c.path(w, kind))
		}
	}
}

func (c *command) write(kind PathKind, words ...word) {
	for _, w := range words {
		if w.text != "-" {
			c.writeTo(c.path(w, kind))
		}
	}
}

// writeTo notes a written path; devices hold nothing.
func (c *command) writeTo(p Path) {
	if p.Name != "" && !strings.HasPrefix(p.Name, "/dev/") {
		c.Writes = append(c.Writes, p)
	}
}

// delete notes a removed path and the caches that go with it.
func (c *command) delete(p Path) {
	c.Deletes = append(c.Deletes, p)
	if p.Known && p.Kind != File {
		c.Cleans = append(c.Cleans, cleaned(p.Name, c.ctx.Home)...)
	}
}

// fills notes caches that the command leaves behind.
func (c *command) fills(names ...string) { c.Caches = append(c.Caches, names...) }

// stores notes download stores that later commands of the same tool read.
func (c *command) stores(names ...string) { c.Stores = append(c.Stores, names...) }
