package effect

import (
	"strings"
)

// spec says which options of a program take a value; all others are switches.
type spec struct {
	short  [2]uint64 // set of the letters
	long   map[string]bool
	single bool // one dash in front of long names: go, java, openssl
	first  bool // options end at the first operand: env, sudo, sh
}

// takes makes a spec of the options that have a value, blank-separated and
// without dashes: one letter is a short option.
func takes(names string) *spec {
	s := &spec{long: map[string]bool{}}
	for name := range strings.FieldsSeq(names) {
		if len(name) == 1 && name[0] < 128 {
			s.short[name[0]>>6] |= 1 << (name[0] & 63)
		}
		s.long[name] = true
	}
	return s
}

// takesSingle is takes for programs that write long options with one dash.
func takesSingle(names string) *spec {
	s := takes(names)
	s.single = true
	return s
}

// takesFirst is takes for programs whose options end at the first operand.
func takesFirst(names string) *spec {
	s := takes(names)
	s.first = true
	return s
}

var noValues = takes("")

func (s *spec) takesShort(c byte) bool {
	return c < 128 && s.short[c>>6]&(1<<(c&63)) != 0
}

// option is one option of a command line.
type option struct {
	name  string // without dashes
	value word   // its value, or a word with no text
	given bool   // it has a value
}

// options is a command line cut into options and operands, both in order.
type options struct {
	list     []option
	operands []word
}

// has reports whether one of the options is there.
func (o *options) has(names ...string) bool {
	for i := range o.list {
		for _, n := range names {
			if o.list[i].name == n {
				return true
			}
		}
	}
	return false
}

// word gives the value of the last of the options, for the last one wins.
func (o *options) word(names ...string) (word, bool) {
	for i := len(o.list) - 1; i >= 0; i-- {
		for _, n := range names {
			if o.list[i].name == n && o.list[i].given {
				return o.list[i].value, true
			}
		}
	}
	return word{}, false
}

// get is the text of word, "" when the option is not there.
func (o *options) get(names ...string) string {
	w, _ := o.word(names...)
	return w.text
}

// all gives the values of all of the options in order.
func (o *options) all(names ...string) []word {
	var out []word
	for i := range o.list {
		for _, n := range names {
			if o.list[i].name == n && o.list[i].given {
				out = append(out, o.list[i].value)
			}
		}
	}
	return out
}

// operand gives the text of an operand, "" when there are fewer.
func (o *options) operand(i int) string {
	if i < len(o.operands) {
		return o.operands[i].text
	}
	return ""
}

// after gives the operands from i on.
func (o *options) after(i int) []word {
	if i < len(o.operands) {
		return o.operands[i:]
	}
	return nil
}

// options cuts the arguments of the command as getopt_long does.
func (c *command) options(s *spec) options { return cut(c.args, s) }

// optionsOf is options where only one of them is asked for.
func optionsOf(c *command, s *spec) *options {
	o := cut(c.args, s)
	return &o
}

func cut(args []word, s *spec) options {
	var o options
	for i := 0; i < len(args); i++ {
		text := args[i].text
		switch {
		case text == "--":
			o.operands = append(o.operands, args[i+1:]...)
			return o
		case len(text) > 1 && text[0] == '-' && (text[1] == '-' || s.single):
			i += o.long(s, args, i)
		case len(text) > 1 && text[0] == '-':
			i += o.cluster(s, args, i)
		default:
			if s.first {
				o.operands = args[i:]
				return o
			}
			o.operands = append(o.operands, args[i])
		}
	}
	return o
}

// long reads --name=value or --name value and returns how many further words it
// uses up.
func (o *options) long(s *spec, args []word, i int) int {
	name, value, given := strings.Cut(strings.TrimLeft(args[i].text, "-"), "=")
	opt := option{name: name, given: given}
	if given {
		opt.value = args[i].part(value)
	} else if s.long[name] && i+1 < len(args) {
		opt.value, opt.given = args[i+1], true
	}
	o.list = append(o.list, opt)
	if opt.given && !given {
		return 1
	}
	return 0
}

// cluster reads short options that stand together and returns how many further
// words they use up.
func (o *options) cluster(s *spec, args []word, i int) int {
	text := args[i].text[1:]
	for j := 0; j < len(text); j++ {
		name := text[j : j+1]
		if !s.takesShort(text[j]) {
			o.list = append(o.list, option{name: name})
			continue
		}
		if rest := text[j+1:]; rest != "" {
			o.list = append(o.list, option{name, args[i].part(strings.TrimPrefix(rest, "=")), true})
			return 0
		}
		if i+1 < len(args) {
			o.list = append(o.list, option{name, args[i+1], true})
			return 1
		}
		o.list = append(o.list, option{name: name})
	}
	return 0
}
