package compose

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead-dev/bulkhead/parser"
	"gopkg.in/yaml.v3"
)

// ErrShared is the refusal of a change that would reach others through an anchor.
var ErrShared = errors.New("it is shared with others through an anchor")

// Change is one thing that is to mean something else: keys or items that are added
// below a service or at the top, or one word that is replaced. Exactly one of Pairs, Items and
// Word is set.
type Change struct {
	Service string
	// Top is a section of the project beside services, such as networks: Pairs are
	// added to it in the file of the service, or in the first one when none is named. Path says nothing.
	Top string
	// Path leads from the service to the mapping that gets Pairs, the list that gets
	// Items or the word that is replaced: keys, and numbers for the items of a list.
	// Mappings and lists that are not there are made.
	Path  []string
	Pairs []Pair
	Items []Item
	Word  string
	// Means is what a replaced word changes in the model, where that is not the word at
	// Path itself: a port in the short form is a mapping there.
	Means []Meaning
	// Variable is the name of an environment variable below Path, which is that of a mapping
	// or of a list of NAME=value: it gets the value Word, and the name Rename if that is set.
	Variable, Rename string
	// Covered says that another change reaches this service, through an anchor or because
	// it extends the other: nothing is written.
	Covered bool
}

// Meaning is a value at a path below the service.
type Meaning struct {
	Path  []string
	Value string
}

// Apply writes changes into the files. moves tells, for each file, where its text moved.
func (p *Project) Apply(changes []Change) (after *Project, moves []*parser.Moves, err error) {
	editors := make([]*Editor, len(p.Files))
	for _, c := range changes {
		if c.Covered {
			continue
		}
		if c.Top != "" && c.Service == "" {
			if editors[0] == nil {
				editors[0] = p.Files[0].Edit()
			}
			if err := editors[0].AddTopLevel(c.Top, c.Pairs...); err != nil {
				return nil, nil, err
			}
			continue
		}
		s := p.Service(c.Service)
		if s == nil {
			return nil, nil, fmt.Errorf("there is no service %s", c.Service)
		}
		if err := s.Editable(); err != nil {
			return nil, nil, err
		}
		if editors[s.File] == nil {
			editors[s.File] = s.Doc().Edit()
		}
		if c.Top != "" {
			err = editors[s.File].AddTopLevel(c.Top, c.Pairs...)
		} else {
			err = c.write(editors[s.File], s.Node, c.Path)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	files := slices.Clone(p.Files)
	moves = make([]*parser.Moves, len(files))
	for i, e := range editors {
		if e == nil {
			continue
		}
		if files[i], moves[i], err = e.Apply(); err != nil {
			return nil, nil, err
		}
	}
	after, err = Load(files, p.read)
	if err == nil {
		err = after.consistentAs(p)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("compose would refuse the result: %w", err)
	}
	return after, moves, nil
}

// write makes one change at the deepest node of its path that is there.
func (c Change) write(e *Editor, at *yaml.Node, path []string) error {
	switch {
	case at.Kind == yaml.AliasNode:
		return ErrShared
	case at.Tag == "!reset":
		return fmt.Errorf("%w: what it is to be added to is taken back by !reset", ErrPlace)
	}
	if len(path) == 0 {
		return c.into(e, at)
	}
	if at.Kind == yaml.SequenceNode {
		_, item := childNode(at, path[0])
		if item == nil {
			return ErrPlace
		}
		return c.write(e, item, path[1:])
	}
	if next := own(at, path[0]); next != nil && !empty(next) {
		return c.write(e, next, path[1:])
	} else if next != nil && (c.Pairs == nil || len(path) > 1 || !isNothing(next)) {
		return fmt.Errorf("%w: %s is given without a value", ErrPlace, path[0])
	} else if next != nil {
		return e.AddKeys(next, c.Pairs...)
	}
	if c.Word != "" || c.Variable != "" {
		return fmt.Errorf("%w: %s is not there", ErrPlace, path[0])
	}
	value, err := c.made(merged(at, path[0]), path[1:])
	if err != nil {
		return err
	}
	return e.AddKeys(at, Pair{Key: path[0], Value: value})
}

func empty(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// into changes the node that the path leads to.
func (c Change) into(e *Editor, at *yaml.Node) error {
	switch {
	case c.Variable != "":
		return c.intoVariable(e, at)
	case c.Word != "":
		return e.ReplaceScalar(at, c.Word)
	case c.Items != nil && at.Kind == yaml.ScalarNode:
		return e.ListOfScalar(at, c.Items...)
	case c.Items != nil:
		return e.AppendItems(at, c.Items...)
	}
	return e.AddKeys(at, c.Pairs...)
}

// intoVariable changes an environment variable in either form.
func (c Change) intoVariable(e *Editor, at *yaml.Node) error {
	name := cmp.Or(c.Rename, c.Variable)
	if at.Kind == yaml.SequenceNode {
		for _, item := range at.Content {
			if own, _, _ := strings.Cut(item.Value, "="); own == c.Variable && item.Kind == yaml.ScalarNode {
				return e.ReplaceScalar(item, name+"="+c.Word)
			}
		}
	}
	key, value := childNode(at, c.Variable)
	if value == nil || value.Kind != yaml.ScalarNode || at.Kind != yaml.MappingNode {
		return fmt.Errorf("%w: %s is not there", ErrPlace, c.Variable)
	}
	if name != c.Variable {
		if err := e.ReplaceScalar(key, name); err != nil {
			return err
		}
	}
	return e.ReplaceScalar(value, c.Word)
}

// made is the value of a key that is not there. A list that a fragment gives would be
// replaced by it: its items come first.
func (c Change) made(inherited *yaml.Node, rest []string) (any, error) {
	if inherited != nil {
		if len(rest) > 0 || c.Items == nil {
			return nil, ErrShared
		}
		items, err := itemsOf(inherited)
		return append(items, c.Items...), err
	}
	var value any = c.Items
	if c.Items == nil {
		value = c.Pairs
	}
	for i := len(rest) - 1; i >= 0; i-- {
		value = []Pair{{Key: rest[i], Value: value}}
	}
	return value, nil
}

func itemsOf(n *yaml.Node) ([]Item, error) {
	if n.Kind == yaml.ScalarNode {
		return []Item{{Text: n.Value}}, nil
	}
	var out []Item
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			return nil, ErrShared
		}
		out = append(out, Item{Text: c.Value})
	}
	return out, nil
}

// Expect is the model that changes are to lead to.
func (m Model) Expect(changes []Change) (Model, error) {
	out := cloneValue(m).(Model)
	for _, c := range changes {
		if c.Top != "" {
			if err := (Change{Path: []string{c.Top}, Pairs: c.Pairs}).expect(out); err != nil {
				return nil, err
			}
			continue
		}
		s, ok := out.services()[c.Service].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("there is no service %s", c.Service)
		}
		if err := c.expect(s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c Change) expect(service map[string]any) error {
	switch {
	case c.Variable != "":
		return c.expectVariable(service)
	case c.Means != nil:
		for _, m := range c.Means {
			if err := set(service, m.Path, m.Value); err != nil {
				return set(service, c.Path, unquoted(c.Word)) // compose-go left the short form
			}
		}
		return nil
	case c.Word != "":
		return set(service, c.Path, c.Word)
	case c.Items != nil:
		return c.expectItems(service)
	}
	for _, p := range c.Pairs {
		if err := set(service, append(slices.Clone(c.Path), p.Key), plainValue(p.Value)); err != nil {
			return err
		}
	}
	return nil
}

func (c Change) expectVariable(service map[string]any) error {
	last := len(c.Path) - 1
	parent, err := mapping(service, c.Path[:last])
	if err != nil {
		return err
	}
	variables := variablesOf(parent[c.Path[last]])
	if _, ok := variables[c.Variable]; !ok {
		return fmt.Errorf("there is no variable %s", c.Variable)
	}
	delete(variables, c.Variable)
	variables[cmp.Or(c.Rename, c.Variable)] = unquoted(c.Word)
	parent[c.Path[last]] = variables
	return nil
}

func (c Change) expectItems(service map[string]any) error {
	last := len(c.Path) - 1
	parent, err := mapping(service, c.Path[:last])
	if err != nil {
		return err
	}
	if last == 0 && c.Path[0] == "networks" { // whose list is short for a mapping
		names, err := mapping(parent, c.Path)
		for _, i := range c.Items {
			names[i.Text] = nil
		}
		return err
	}
	var list []any
	switch v := parent[c.Path[last]].(type) {
	case nil:
	case []any:
		list = v
	case string:
		list = []any{v}
	default:
		return fmt.Errorf("%s is no list", c.Path[last])
	}
	for _, i := range c.Items {
		list = append(list, unquoted(i.Text))
	}
	parent[c.Path[last]] = list
	return nil
}

// set puts a value at a path, over mappings that are made where they are not there.
func set(in map[string]any, path []string, value any) error {
	last := len(path) - 1
	for i, step := range path[:last] {
		if list, ok := in[step].([]any); ok { // the rest is an item and a key of it
			n, err := strconv.Atoi(path[i+1])
			if err != nil || n >= len(list) {
				return fmt.Errorf("%s has no item %s", step, path[i+1])
			}
			if i+1 == last {
				list[n] = value
				return nil
			}
			item, ok := list[n].(map[string]any)
			if !ok {
				return fmt.Errorf("%s is no mapping", path[i+1])
			}
			return set(item, path[i+2:], value)
		}
		next, err := mapping(in, []string{step})
		if err != nil {
			return err
		}
		in = next
	}
	in[path[last]] = value
	return nil
}

func mapping(in map[string]any, path []string) (map[string]any, error) {
	for _, step := range path {
		if in[step] == nil {
			in[step] = map[string]any{}
		}
		next, ok := in[step].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%s is no mapping", step)
		}
		in = next
	}
	return in, nil
}

// plainValue is a written value as the model has it.
func plainValue(v any) any {
	switch x := v.(type) {
	case []Pair:
		out := map[string]any{}
		for _, p := range x {
			out[p.Key] = plainValue(p.Value)
		}
		return out
	case []Item:
		var out []any
		for _, i := range x {
			out = append(out, unquoted(i.Text))
		}
		return out
	case string:
		return unquoted(x)
	}
	return v
}
