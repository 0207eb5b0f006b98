package effect

import (
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// options is a command line cut into options and operands.
type options struct {
	flags    []flag
	operands []dockerfile.Arg
}

// flag is one option without its dashes; value is "" when it has none.
type flag struct{ name, value string }

func (o *options) set(name, value string) { o.flags = append(o.flags, flag{name, value}) }

func (o *options) has(names ...string) bool {
	for _, f := range o.flags {
		if slices.Contains(names, f.name) {
			return true
		}
	}
	return false
}

func (o *options) get(names ...string) string {
	for i := len(o.flags) - 1; i >= 0; i-- { // the last one wins
		if slices.Contains(names, o.flags[i].name) {
			return o.flags[i].value
		}
	}
	return ""
}

// parse cuts args as getopt_long does. takes lists the options that have a value,
// separated by blanks, without dashes: one letter for a short one.
func parse(args []dockerfile.Arg, takes string) options {
	var o options
	for i := 0; i < len(args); i++ {
		text := args[i].Value
		switch {
		case text == "--":
			o.operands = append(o.operands, args[i+1:]...)
			return o
		case strings.HasPrefix(text, "--"):
			name, value, given := strings.Cut(text[2:], "=")
			if !given && takesValue(takes, name) && i+1 < len(args) {
				i++
				value = args[i].Value
			}
			o.set(name, value)
		case len(text) > 1 && text[0] == '-':
			i += o.cluster(text[1:], args, i, takes)
		default:
			o.operands = append(o.operands, args[i])
		}
	}
	return o
}

// cluster reads short options that stand together and returns how many further
// words they use up.
func (o *options) cluster(text string, args []dockerfile.Arg, i int, takes string) int {
	for j := 0; j < len(text); j++ {
		name := text[j : j+1]
		if !takesValue(takes, name) {
			o.set(name, "")
			continue
		}
		if rest := text[j+1:]; rest != "" {
			o.set(name, strings.TrimPrefix(rest, "="))
			return 0
		}
		if i+1 < len(args) {
			o.set(name, args[i+1].Value)
			return 1
		}
		o.set(name, "")
	}
	return 0
}

func takesValue(takes, name string) bool {
	for f := range strings.FieldsSeq(takes) {
		if f == name {
			return true
		}
	}
	return false
}
