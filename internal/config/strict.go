package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/transform"
	"gopkg.in/yaml.v3"
)

// Error is a mistake in a .bulkhead.yaml: nothing is done to the files that it holds for.
type Error struct {
	File   string // as messages name it
	Line   int    // 0 when it is about the file as a whole
	Reason string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Reason
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
}

// problem is a mistake at a line of a file that has no name yet.
type problem struct {
	line   int
	reason string
}

func wrong(n *yaml.Node, format string, args ...any) *problem {
	return &problem{n.Line, fmt.Sprintf(format, args...)}
}

// field is a setting as a struct declares it.
type field struct {
	name string
	reflect.StructField
}

// fields are those of a struct, with the ones of embedded structs.
func fields(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			out = append(out, fields(f.Type)...)
		case name != "" && name != "-":
			out = append(out, field{name, f})
		}
	}
	return out
}

// words are what a value of some types is one of.
func words(t reflect.Type) []string {
	switch t {
	case reflect.TypeFor[levelName]():
		return levels
	case reflect.TypeFor[ownershipName]():
		return ownerships
	case reflect.TypeFor[baseName]():
		return Bases()
	case reflect.TypeFor[networksName]():
		return networks
	case reflect.TypeFor[secretsName]():
		return secretPlaces
	case reflect.TypeFor[transform.ObservationKind]():
		return kinds()
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// strict compares a tree with the type that it is read into, and gives the first mistake:
// a key that is not there, one that is missing, a value of another kind.
func strict(n *yaml.Node, t reflect.Type, tag reflect.StructTag) *problem {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case isNull(n) && t.Kind() != reflect.Bool:
		return nil
	case t == reflect.TypeFor[entries]():
		return strict(n, reflect.TypeFor[known](), "")
	case t == reflect.TypeFor[globs]() && n.Kind == yaml.ScalarNode, t == reflect.TypeFor[yaml.Node]():
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return strict(n, t.Elem(), tag)
	case reflect.Struct:
		return strictStruct(n, t)
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			return wrong(n, "a mapping is wanted here")
		}
		for i := 1; i < len(n.Content); i += 2 {
			if p := strict(n.Content[i], t.Elem(), ""); p != nil {
				return p
			}
		}
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			return wrong(n, "a list is wanted here")
		}
		for _, c := range n.Content {
			if isNull(c) {
				return wrong(c, "an entry is empty; remove it")
			}
			if p := strict(c, t.Elem(), ""); p != nil {
				return p
			}
		}
	default:
		return strictWord(n, t, tag)
	}
	return nil
}

func strictStruct(n *yaml.Node, t reflect.Type) *problem {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "a mapping is wanted here")
	}
	var names []string
	types := map[string]field{}
	for _, f := range fields(t) {
		names, types[f.name] = append(names, f.name), f
	}
	there := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		f, ok := types[key.Value]
		if !ok {
			if near := Nearest(key.Value, names); near != "" {
				return wrong(key, "there is no setting %q; did you mean %s?", key.Value, near)
			}
			return wrong(key, "there is no setting %q: use %s", key.Value, strings.Join(names, ", "))
		}
		if there[f.name] {
			return wrong(key, "%s is given twice", f.name)
		}
		there[f.name] = !isNull(n.Content[i+1])
		if p := strict(n.Content[i+1], f.Type, f.Tag); p != nil {
			return p
		}
	}
	for _, name := range names {
		if types[name].Tag.Get("required") != "" && !there[name] {
			return wrong(n, "%s is missing", name)
		}
	}
	return nil
}

// strictWord looks at a single value.
func strictWord(n *yaml.Node, t reflect.Type, tag reflect.StructTag) *problem {
	if n.Kind != yaml.ScalarNode {
		return wrong(n, "a single value is wanted here")
	}
	if t == reflect.TypeFor[Switch]() {
		if new(Switch).UnmarshalYAML(n) != nil {
			return wrong(n, "%q is neither on nor off", n.Value)
		}
		return nil
	}
	if all := words(t); all != nil && !slices.Contains(all, n.Value) {
		if near := Nearest(n.Value, all); near != "" {
			return wrong(n, "there is no %q here; did you mean %s?", n.Value, near)
		}
		return wrong(n, "there is no %q here: use %s", n.Value, strings.Join(all, ", "))
	}
	if pattern := tag.Get("pattern"); pattern != "" && !regexp.MustCompile(pattern).MatchString(n.Value) {
		return wrong(n, "%q is not understood; %s", n.Value, tag.Get("doc"))
	}
	if t.Kind() != reflect.Int {
		return nil
	}
	number, err := strconv.ParseInt(n.Value, 10, 32)
	least, _ := strconv.ParseInt(tag.Get("min"), 10, 32)
	if err != nil || tag.Get("min") != "" && number < least {
		return wrong(n, "%q is not a number from %d to %d", n.Value, least, 1<<31-1)
	}
	return nil
}
