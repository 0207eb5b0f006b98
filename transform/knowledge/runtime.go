package knowledge

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	_ "embed" // the data
)

//go:embed runtime.yaml
var runtimeYAML []byte

// RuntimeBase is a base image for a stage that ships.
type RuntimeBase struct {
	Image       string   // the reference to write behind FROM
	Static      string   // instead of Image for programs that need no C library, "" when there is none
	Same        bool     // Image is what was asked about
	Family      string   // as Base has it
	Release     string   // as ReleaseOf gives it
	Manager     string   // package manager, "none" without
	Shell       bool     // it has /bin/sh
	User        string   // the user it runs as
	OwnUser     *OwnUser // its own unprivileged user, nil without
	Interpreter string   // path of the language's interpreter, "" where it has none
	Programs    []string // the commands of its language on PATH
	Has         []string // packages that it brings, beyond its distribution's own
	Cost        string   // one sentence: what choosing it costs, "" when nothing
	Lost        []string // packages that the image asked about has and this one does not
	Sources     []string
	Confidence  string
}

// RuntimeStyle chooses among runtime bases.
type RuntimeStyle string

// The styles of the option --base.
const (
	BaseKeep       RuntimeStyle = "keep"
	BaseSlim       RuntimeStyle = "slim"
	BaseAlpine     RuntimeStyle = "alpine"
	BaseUbuntu     RuntimeStyle = "ubuntu"
	BaseDistroless RuntimeStyle = "distroless"
)

// RuntimeStyles lists the styles.
var RuntimeStyles = []RuntimeStyle{BaseKeep, BaseSlim, BaseAlpine, BaseUbuntu, BaseDistroless}

// runtimeRule maps references to a base for the stage that ships.
type runtimeRule struct {
	Match       string   `yaml:"match"`   // a regular expression for repository:tag, with {version} and {suite}
	To          string   `yaml:"to"`      // what it becomes, with $1, {release}, {alpine}, {lts}; empty: it stays
	Release     []string `yaml:"release"` // patterns: the image must be on one of these releases
	Static      string   `yaml:"static"`
	Interpreter string   `yaml:"interpreter"`
	Cost        string   `yaml:"cost"`
	Sources     []string `yaml:"sources"`
	Confidence  string   `yaml:"confidence"`

	expression *regexp.Regexp
}

type runtimeData struct {
	Slim       []*runtimeRule `yaml:"slim"`
	Alpine     []*runtimeRule `yaml:"alpine"`
	Ubuntu     []*runtimeRule `yaml:"ubuntu"`
	Distroless []*runtimeRule `yaml:"distroless"`
	LTS        string         `yaml:"lts"` // Ubuntu's
	Programs   []struct {
		Images   []string `yaml:"images"`
		Programs []string `yaml:"programs"`
		Path     string   `yaml:"path"` // of the interpreter
		Source   string   `yaml:"source"`
	} `yaml:"programs"`
	Full    []fullImage `yaml:"full"`
	SlimHas []fullImage `yaml:"slim_has"`
}

// runtimePatterns stand in rules for what many of them match. A variable may stand for a
// version or a suite; its value must be one, too.
var runtimePatterns = strings.NewReplacer(
	"{version}", `([0-9][0-9.]*(?:(?:a|b|rc|alpha|beta)\.?[0-9]+)?|[\x{e000}-\x{e0ff}])`,
	"{suite}", `((?:jessie|stretch|buster|bullseye|bookworm|trixie|forky|bionic|focal|jammy|noble|resolute)|[\x{e000}-\x{e0ff}])`,
)

var runtimes = sync.OnceValue(func() *runtimeData {
	d := &runtimeData{}
	decode(runtimeYAML, d)
	for _, list := range [][]*runtimeRule{d.Slim, d.Alpine, d.Ubuntu, d.Distroless} {
		for _, r := range list {
			r.expression = regexp.MustCompile("^(?:" + runtimePatterns.Replace(r.Match) + ")$")
		}
	}
	return d
})

// RuntimeBaseFor says what the stage that ships starts from when the one that builds starts
// from image, written as in FROM. ok is false when there is no honest answer.
//
// A variable in the tag stays, python:${V} becomes python:${V}-slim, when its default is
// known and is a version, or a suite where one stands: whoever builds with another version gets that
// one's sibling. Where the answer depends on the version (golang:${V} becomes the
// Debian that the default is built on) the default decides. A variable without a default,
// or in the repository, has no answer; nor has a digest, which says nothing of the sibling's. BaseKeep
// answers these, too, and so do variants that are small already: python:${V}-slim.
func RuntimeBaseFor(image string, style RuntimeStyle) (base RuntimeBase, ok bool) {
	return RuntimeBaseWith(image, style, nil)
}

// RuntimeBaseWith is RuntimeBaseFor with values for variables, as the ARG instructions
// before the first FROM give them.
func RuntimeBaseWith(image string, style RuntimeStyle, vars func(name string) (value string, ok bool)) (base RuntimeBase, ok bool) {
	w, known := readWritten(image, vars)
	if style == BaseKeep {
		return w.same(image), true
	}
	text, marked := tagged(w.ref), tagged(w.marked)
	for _, r := range runtimes().rules(style) {
		match := r.expression.FindStringSubmatchIndex(marked)
		if match == nil || !known && r.To != "" || known && !r.expression.MatchString(text) || !r.fits(w.release()) {
			continue
		}
		if r.To == "" {
			base = w.same(image)
			base.Cost, base.Sources, base.Confidence = r.Cost, r.Sources, r.Confidence
			return base, true
		}
		if w.ref.Digest != "" {
			return RuntimeBase{}, false
		}
		return w.becomes(r, match, marked)
	}
	return RuntimeBase{}, false
}

func (r *runtimeRule) fits(release string) bool {
	return len(r.Release) == 0 || slices.ContainsFunc(r.Release, func(pattern string) bool {
		ok, _ := path.Match(pattern, release)
		return ok
	})
}

func (d *runtimeData) rules(style RuntimeStyle) []*runtimeRule {
	switch style {
	case BaseSlim:
		return d.Slim
	case BaseAlpine:
		return d.Alpine
	case BaseUbuntu:
		return d.Ubuntu
	case BaseDistroless:
		return d.Distroless
	}
	return nil
}
