package effect

import (
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser/dockerfile"
)

// options is a command line cut into options and operands.
type options struct {
	flags    map[string]string // without dashes; "" for one without a value
	operands []dockerfile.Arg
}

func (o *options) has(names ...string) bool {
	for _, n := range names {
		if _, ok := o.flags[n]; ok {
			return true
		}
	}
	return false
}

func (o *options) get(names ...string) string {
	for _, n := range names {
		if v, ok := o.flags[n]; ok {
			return v
		}
	}
	return ""
}

// parse cuts args as getopt_long does. takes lists the options that have a value,
// separated by blanks, without dashes: one letter for a short one.
func parse(args []dockerfile.Arg, takes string) options {
	o := options{flags: map[string]string{}}
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
			o.flags[name] = value
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
			o.flags[name] = ""
			continue
		}
		if rest := text[j+1:]; rest != "" {
			o.flags[name] = strings.TrimPrefix(rest, "=")
			return 0
		}
		if i+1 < len(args) {
			o.flags[name] = args[i+1].Value
			return 1
		}
		o.flags[name] = ""
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
