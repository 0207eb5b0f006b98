package knowledge

import (
	"cmp"
	"path"
	"strconv"
	"strings"
)

// Tags restricts a fact to some tags of an image. Without any pattern or version it
// holds for all.
type Tags struct {
	Patterns []string `yaml:"tags"`     // globs; with ! in front, that must not match
	Versions string   `yaml:"versions"` // comparisons with the leading number, such as ">=2.1, <3"
}

// verdict of a restriction for a tag.
type holds int

const (
	no    holds = iota
	maybe       // the tag is not known
	yes
)

// tag is what is asked about.
type tag struct {
	name    string
	version string // "" is the newest
	unknown bool   // nothing is known of it
	moving  bool   // no version in it, and none that it surely stands for
}

// newTag cuts a tag of a service.
func (s *Service) newTag(name string, unknown bool) tag {
	t := tag{name: strings.ToLower(name), version: leadingVersion(name), unknown: unknown}
	if t.version == "" {
		t.version, t.moving = s.Latest, s.Latest == "unknown"
	}
	return t
}

// match says whether a restriction holds for a tag.
func (r Tags) match(t tag) holds {
	if len(r.Patterns) == 0 && r.Versions == "" {
		return yes
	}
	if t.unknown {
		return maybe
	}
	if !r.patterns(t.name) {
		return no
	}
	if r.Versions == "" {
		return yes
	}
	if t.moving {
		return maybe
	}
	for _, c := range strings.Split(r.Versions, ",") {
		if !compare(t.version, strings.TrimSpace(c)) {
			return no
		}
	}
	return yes
}

// selects reports whether tags must be of a kind, not only be new enough or none of a few.
func (r Tags) selects() bool {
	for _, p := range r.Patterns {
		if !strings.HasPrefix(p, "!") {
			return true
		}
	}
	return false
}

// patterns: none that must not matches, and if there are others one of them does.
func (r Tags) patterns(name string) bool {
	positive, matched := false, false
	for _, p := range r.Patterns {
		if not, ok := strings.CutPrefix(p, "!"); ok {
			if ok, _ := path.Match(not, name); ok {
				return false
			}
			continue
		}
		positive = true
		ok, _ := path.Match(p, name)
		matched = matched || ok
	}
	return matched || !positive
}

// operators, longest first.
var operators = []string{">=", "<=", ">", "<"}

// compare reports whether a version stands in a comparison. No version is the newest.
// Only as many parts are compared as the comparison has: 17.4 is <=17.
func compare(version, comparison string) bool {
	for _, op := range operators {
		want, ok := strings.CutPrefix(comparison, op)
		if !ok {
			continue
		}
		c := 1
		if version != "" {
			c = compareVersions(version, want)
		}
		switch op {
		case ">=":
			return c >= 0
		case "<=":
			return c <= 0
		case ">":
			return c > 0
		default:
			return c < 0
		}
	}
	return false
}

func compareVersions(version, want string) int {
	have := strings.Split(version, ".")
	for i, w := range strings.Split(want, ".") {
		if i == len(have) {
			return 0 // 7 may be any 7.x
		}
		a, _ := strconv.Atoi(have[i])
		b, _ := strconv.Atoi(w)
		if c := cmp.Compare(a, b); c != 0 {
			return c
		}
	}
	return 0
}

// String says which tags, "" for all.
func (r Tags) String() string {
	var out []string
	for _, p := range r.Patterns {
		if not, ok := strings.CutPrefix(p, "!"); ok {
			p = "not " + not
		}
		out = append(out, p)
	}
	if r.Versions != "" {
		out = append(out, "versions "+r.Versions)
	}
	return strings.Join(out, ", ")
}
