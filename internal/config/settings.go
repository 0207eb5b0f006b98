package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"gopkg.in/yaml.v3"
)

// FileName is the file in which a project says how it is treated and what it knows of itself.
const FileName = ".bulkhead.yaml"

// maxSettings bounds what is read of it.
const maxSettings = 1 << 20

// Settings are what a project's .bulkhead.yaml says of the files in its directory and below.
type Settings struct {
	// Name is the file as messages name it, "" when there is none.
	Name string
	// Observations are evidence of what services need, from a run or from a person.
	Observations []transform.Observation
	// Limits are the project's own, by service; "default" in the file is "" here.
	Limits map[string]transform.Limits

	dir   string // of the file, as the paths of files are asked for
	file  settingsFile
	tree  *yaml.Node
	known *knowledge.Knowledge // nil without additions
}

// LookupService says what is known of an image, the project's own entries first.
func (s *Settings) LookupService(image string) *knowledge.Service {
	if s.known == nil {
		return knowledge.LookupService(image)
	}
	return s.known.Lookup(image)
}

// Find reads the file that holds for a directory: the nearest one there or above, up to
// the top of the files. Without one the settings are empty. shown is the directory as
// messages name it, and rules are the ids of all rules. A mistake is an *Error.
func Find(files fs.FS, dir, shown string, rules []string) (*Settings, error) {
	for ; ; dir, shown = path.Dir(dir), path.Join(shown, "..") {
		text, err := fs.ReadFile(files, path.Join(dir, FileName))
		name := path.Join(shown, FileName)
		switch {
		case err == nil && len(text) > maxSettings:
			return nil, &Error{File: name, Reason: fmt.Sprintf("is larger than %d KiB", maxSettings>>10)}
		case err == nil:
			s, err := Parse(name, text, rules)
			if s != nil {
				s.dir = dir
			}
			return s, err
		case !errors.Is(err, fs.ErrNotExist):
			return nil, &Error{File: name, Reason: err.Error()}
		case dir == ".":
			return &Settings{dir: "."}, nil
		}
	}
}

// Parse reads the text of a .bulkhead.yaml. rules are the ids of all rules; nil does without
// looking at their names. A mistake is an *Error with the file and the line.
func Parse(name string, text []byte, rules []string) (*Settings, error) {
	s := &Settings{Name: name, Limits: map[string]transform.Limits{}, dir: "."}
	tree := new(yaml.Node)
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := dec.Decode(tree); errors.Is(err, io.EOF) {
		return s, nil
	} else if err != nil {
		return nil, yamlError(name, err)
	}
	if dec.Decode(new(yaml.Node)) == nil {
		return nil, &Error{name, 0, "holds several YAML documents; keep one"}
	}
	s.tree = tree.Content[0]
	if p := strict(s.tree, reflect.TypeFor[settingsFile](), ""); p != nil {
		return nil, &Error{name, p.line, p.reason}
	}
	if err := s.tree.Decode(&s.file); err != nil {
		return nil, yamlError(name, err)
	}
	if p := s.check(rules); p != nil {
		return nil, &Error{name, p.line, p.reason}
	}
	return s, s.take()
}

// take makes what the file says what rules look at.
func (s *Settings) take() error {
	for _, o := range s.file.Observations {
		s.Observations = append(s.Observations, transform.Observation(o))
	}
	for service, l := range s.file.Limits {
		if service == "default" {
			service = ""
		}
		s.Limits[service] = transform.Limits(l)
	}
	entries := s.file.Knowledge.Services.node
	if entries == nil {
		return nil
	}
	added, err := knowledge.ParseServicesNode(entries)
	if at := new(knowledge.LineError); errors.As(err, &at) {
		return &Error{s.Name, at.Line, at.Reason}
	} else if err != nil {
		return &Error{s.Name, 0, err.Error()}
	}
	s.known = knowledge.NewKnowledge(added)
	return nil
}

// check finds what the types cannot tell: names of rules, globs, observations without a value.
func (s *Settings) check(rules []string) *problem {
	if p := checkRules(at(s.tree, "rules"), rules); p != nil {
		return p
	}
	for i, l := range s.file.Paths {
		n := at(s.tree, "paths", strconv.Itoa(i))
		if p := checkRules(at(n, "rules"), rules); p != nil {
			return p
		}
		if len(l.Path) == 0 {
			return wrong(n, "path is missing")
		}
		for _, glob := range l.Path {
			if !doublestar.ValidatePattern(glob) || !fs.ValidPath(strings.TrimSuffix(glob, "/")) {
				return wrong(at(n, "path"), "%q is no path or glob from the directory of this file, such as services/* or **/test", glob)
			}
		}
	}
	for i, o := range s.file.Observations {
		n := at(s.tree, "observations", strconv.Itoa(i))
		for _, k := range observed {
			if o.Kind == k.kind && k.valued && o.Value == "" {
				return wrong(n, "%s needs a value", o.Kind)
			}
		}
		if o.Target == "" || o.Source == "" {
			return wrong(n, "target and source must not be empty")
		}
	}
	return nil
}

func checkRules(n *yaml.Node, rules []string) *problem {
	if rules == nil {
		return nil
	}
	for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
		if id := n.Content[i].Value; !slices.Contains(rules, id) {
			return wrong(n.Content[i], "there is no rule %q; %s", id, Suggest(id, rules))
		}
	}
	return nil
}

// at finds the value below keys and indexes; nil when there is none.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		for n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		if n == nil {
			return nil
		}
		var next *yaml.Node
		for i := range n.Content {
			switch {
			case n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == key, n.Kind == yaml.SequenceNode && strconv.Itoa(i) == key:
				next = n.Content[i]
			}
		}
		n = next
	}
	return n
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// yamlError is yaml.v3's first complaint with its line.
func yamlError(name string, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimSpace(strings.TrimPrefix(text, "unmarshal errors:"))
	text, _, _ = strings.Cut(text, "\n")
	line := 0
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = strings.Replace(text, m[0], "", 1)
	}
	return &Error{name, line, text}
}
