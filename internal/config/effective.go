package config

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/bulkhead-dev/bulkhead/transform"
	"github.com/bulkhead-dev/bulkhead/transform/knowledge"
	"gopkg.in/yaml.v3"
)

// Setting is what holds, as it is shown, and where it comes from: an option, a line of the
// file, or "default".
type Setting struct{ Name, Value, From string }

// choice is a setting that an option of the command line gives, too.
type choice struct {
	name   string
	option string // without the dashes
	keys   []string
	put    func(l layer, o *transform.Options) bool // false when the layer says nothing
	show   func(o transform.Options) string
}

var choices = []choice{
	{"level", "level", []string{"level"}, func(l layer, o *transform.Options) bool {
		if l.Level == nil {
			return false
		}
		o.Level, _ = transform.ParseLevel(string(*l.Level)) // checked when it was read
		return true
	}, func(o transform.Options) string { return o.Level.String() }},
	{"ownership", "ownership", []string{"ownership"}, func(l layer, o *transform.Options) bool {
		if l.Ownership == nil {
			return false
		}
		o.Ownership, _ = ParseOwnership(string(*l.Ownership))
		return true
	}, func(o transform.Options) string { return ownerships[o.Ownership] }},
	{"base", "base", []string{"base"}, func(l layer, o *transform.Options) bool {
		if l.Base == nil {
			return false
		}
		o.Base, _ = transform.ParseBase(string(*l.Base))
		return true
	}, func(o transform.Options) string { return cmp.Or(string(o.Base), string(knowledge.BaseSlim)) }},
	{"networks", "networks", []string{"networks"}, func(l layer, o *transform.Options) bool {
		if l.Networks == nil {
			return false
		}
		o.Networks, _ = transform.ParseNetworks(string(*l.Networks))
		return true
	}, func(o transform.Options) string { return networks[o.Networks] }},
	{"secrets", "secrets", []string{"secrets"}, func(l layer, o *transform.Options) bool {
		if l.Secrets == nil {
			return false
		}
		o.SecretsToEnv, _ = ParseSecrets(string(*l.Secrets))
		return true
	}, func(o transform.Options) string {
		if o.SecretsToEnv {
			return secretPlaces[1]
		}
		return secretPlaces[0]
	}},
	{"user.uid", "uid", []string{"user", "uid"}, func(l layer, o *transform.Options) bool { return putID(l.User.UID, &o.User.UID) },
		func(o transform.Options) string { return strconv.Itoa(o.User.UID) }},
	{"user.gid", "gid", []string{"user", "gid"}, func(l layer, o *transform.Options) bool { return putID(l.User.GID, &o.User.GID) },
		func(o transform.Options) string { return strconv.Itoa(o.User.GID) }},
	{"comments", "no-comments", []string{"comments"}, func(l layer, o *transform.Options) bool {
		if l.Comments == nil {
			return false
		}
		o.NoComments = !bool(*l.Comments)
		return true
	}, func(o transform.Options) string { return Switch(!o.NoComments).String() }},
}

func putID(from, to *int) bool {
	if from != nil {
		*to = *from
	}
	return from != nil
}

// source is a layer with its place in the file.
type source struct {
	layer
	node   *yaml.Node
	globs  globs // nil for the whole project
	reason string
}

func (s *Settings) sources() []source {
	out := []source{{layer: s.file.layer, node: s.tree}}
	for i, p := range s.file.Paths {
		out = append(out, source{p.layer, at(s.tree, "paths", strconv.Itoa(i)), p.Path, p.Reason})
	}
	return out
}

// matches reports whether a layer holds for a file, whose name starts where those that Find
// was asked with do.
func (s *Settings) matches(globs globs, name string) bool {
	if globs == nil {
		return true
	}
	if s.dir != "." {
		name = strings.TrimPrefix(name, s.dir+"/")
	}
	for _, glob := range globs {
		for at := name; at != "."; at = path.Dir(at) {
			if ok, _ := doublestar.Match(strings.TrimSuffix(glob, "/"), at); ok || glob == "." {
				return true
			}
		}
	}
	return false
}

// Options are those of a run as they hold for a file: what the command line gave, then the
// file's own, the last path that says something first. given names the options of the command
// line that were set; nil is none.
func (s *Settings) Options(name string, o transform.Options, given func(option string) bool) transform.Options {
	for _, c := range choices {
		s.resolve(c, name, &o, given)
	}
	return o
}

// resolve settles one choice and says where it comes from.
func (s *Settings) resolve(c choice, name string, o *transform.Options, given func(option string) bool) string {
	if given != nil && given(c.option) {
		return "--" + c.option
	}
	from := "default"
	for _, l := range s.sources() {
		if s.matches(l.globs, name) && c.put(l.layer, o) {
			from = s.place(at(l.node, c.keys...))
		}
	}
	return from
}

// place is a line of the file as messages name it.
func (s *Settings) place(n *yaml.Node) string { return fmt.Sprintf("%s:%d", s.Name, n.Line) }

// Off says who turned a rule off for a file, "" when it is on.
func (s *Settings) Off(rule, name string) string {
	who := ""
	for _, l := range s.sources() {
		on, said := l.Rules[rule]
		if !said || !s.matches(l.globs, name) {
			continue
		}
		who = ""
		if !on {
			why := l.reason
			if why == "" {
				why = "off for " + strings.Join(l.globs, ", ")
			}
			if l.globs == nil {
				why = "off for the whole project"
			}
			who = s.place(at(l.node, "rules", rule)) + ": " + why
		}
	}
	return who
}

// Effective lists what holds for a file, in the order of the documentation.
func (s *Settings) Effective(name string, o transform.Options, given func(option string) bool, rules []string) []Setting {
	var out []Setting
	for _, c := range choices {
		from := s.resolve(c, name, &o, given)
		out = append(out, Setting{c.name, c.show(o), from})
	}
	for _, rule := range rules {
		for _, l := range s.sources() {
			if on, said := l.Rules[rule]; said && s.matches(l.globs, name) {
				out = slices.DeleteFunc(out, func(x Setting) bool { return x.Name == "rules."+rule })
				out = append(out, Setting{"rules." + rule, on.String(), s.place(at(l.node, "rules", rule))})
			}
		}
	}
	for _, service := range slices.Sorted(maps.Keys(s.file.Limits)) {
		out = append(out, Setting{"limits." + service, s.file.Limits[service].String(), s.place(at(s.tree, "limits", service))})
	}
	for i, x := range s.file.Observations {
		out = append(out, Setting{"observation of " + x.Target, strings.TrimSpace(string(x.Kind) + " " + x.Value), s.place(at(s.tree, "observations", strconv.Itoa(i)))})
	}
	if n := s.file.Knowledge.Services.node; n != nil {
		for _, e := range n.Content {
			if image := at(e, "image"); image != nil {
				out = append(out, Setting{"knowledge of " + image.Value, "the project's own", s.place(e)})
			}
		}
	}
	return out
}

func (l limitsText) String() string {
	var out []string
	if l.Memory != "" {
		out = append(out, "memory "+l.Memory)
	}
	if l.PIDs > 0 {
		out = append(out, fmt.Sprintf("pids %d", l.PIDs))
	}
	if l.CPUs != "" {
		out = append(out, "cpus "+l.CPUs)
	}
	return strings.Join(out, ", ")
}

// PathUse is an entry of paths, and how many files of a project it holds for.
type PathUse struct {
	Globs []string
	From  string
	Files int
}

// Paths counts for every entry of paths which files it finds.
func (s *Settings) Paths(names []string) []PathUse {
	var out []PathUse
	for _, l := range s.sources()[1:] {
		u := PathUse{Globs: l.globs, From: s.place(l.node)}
		for _, name := range names {
			if s.matches(l.globs, name) {
				u.Files++
			}
		}
		out = append(out, u)
	}
	return out
}
