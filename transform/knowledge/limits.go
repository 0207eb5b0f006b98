package knowledge

import (
	_ "embed" // the data
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed limits.yaml
var limitsYAML []byte

// LimitClass is what services of a kind may use.
type LimitClass struct {
	Name      string   `yaml:"name"`
	Kinds     []string `yaml:"kinds"`     // of Service
	Languages []string `yaml:"languages"` // of Base
	Images    []string `yaml:"images"`    // globs for whole repositories; * also stands for slashes
	Memory    string   `yaml:"memory"`
	PIDs      int      `yaml:"pids"`
	High      *High    `yaml:"high"`  // nil when nobody measured
	Grows     bool     `yaml:"grows"` // it keeps its data in memory: no figure holds for all
	Exec      bool     `yaml:"exec"`  // programs or libraries are loaded from its temporary directory
	Source    string   `yaml:"source"`
}

// High is the most that was seen of a class.
type High struct {
	Memory string `yaml:"memory"`
	PIDs   int    `yaml:"pids"`
	Of     string `yaml:"of"` // what was measured, under which load
}

// tmpfsSize is how big a tmpfs on some paths is.
type tmpfsSize struct {
	Paths  []string `yaml:"paths"` // globs; * also stands for slashes
	Kinds  []string `yaml:"kinds"` // empty is any
	Size   string   `yaml:"size"`
	Source string   `yaml:"source"`
}

// heap is a setting that says how much memory a program takes for itself.
type heap struct {
	Pattern string   `yaml:"pattern"` // with the amount as its group
	Env     []string `yaml:"env"`
	Unit    string   `yaml:"unit"` // of an amount without one; "" is bytes
	Source  string   `yaml:"source"`

	find *regexp.Regexp
}

type limitData struct {
	Classes []*LimitClass `yaml:"classes"`
	Tmpfs   []tmpfsSize   `yaml:"tmpfs"`
	Heaps   []*heap       `yaml:"heaps"`
}

var limits = sync.OnceValue(func() *limitData {
	d := &limitData{}
	decode(limitsYAML, d)
	for _, h := range d.Heaps {
		if h.Pattern != "" {
			h.find = regexp.MustCompile(h.Pattern)
		}
	}
	return d
})

// Heap is the memory that settings give to a program, in bytes, the largest of them; 0 is none. command is
// its command line, env its variables.
func Heap(command string, env map[string]string) int64 {
	var most int64
	take := func(text, unit string) {
		if strings.Trim(text, "0123456789.") == "" {
			text += unit
		}
		if n, ok := Bytes(text); ok {
			most = max(most, n)
		}
	}
	for _, h := range limits().Heaps {
		for _, name := range h.Env {
			take(env[name], h.Unit)
		}
		if h.find == nil {
			continue
		}
		for _, text := range append([]string{command}, slices.Collect(maps.Values(env))...) {
			for _, m := range h.find.FindAllStringSubmatch(text, -1) {
				take(m[1], h.Unit)
			}
		}
	}
	return most
}

// LimitClassOf finds the class of a service: by its image's name, the kind of the service
// that the image is, or the language that it was built for. nil when none fits.
func LimitClassOf(image, kind, language string) *LimitClass {
	repository := strings.ToLower(ParseRef(image).Repository)
	for _, test := range []func(*LimitClass) bool{
		func(c *LimitClass) bool { return repository != "" && globs(c.Images, repository) },
		func(c *LimitClass) bool { return slices.Contains(c.Kinds, kind) },
		func(c *LimitClass) bool { return slices.Contains(c.Languages, language) },
	} {
		if i := slices.IndexFunc(limits().Classes, test); i >= 0 {
			return limits().Classes[i]
		}
	}
	return nil
}

// TmpfsSize is how big a tmpfs on a path of a service of a kind is made, as in size=64m.
func TmpfsSize(name, kind string) string {
	for _, t := range limits().Tmpfs {
		if globs(t.Paths, name) && (len(t.Kinds) == 0 || slices.Contains(t.Kinds, kind)) {
			return t.Size
		}
	}
	return ""
}

// globs reports whether a pattern matches a name in which slashes are no boundaries.
func globs(patterns []string, name string) bool {
	flat := strings.ReplaceAll(name, "/", "\x00")
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(strings.ReplaceAll(p, "/", "\x00"), flat)
		return ok && err == nil
	})
}

// Bytes reads an amount of memory as compose, the JVM and databases write it: 512m, 1.5g, 2GB,
// 64Mi. ok is false for a variable, a percentage and what is no amount.
func Bytes(text string) (n int64, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	unit := strings.TrimLeft(text, "0123456789.")
	shift, ok := map[string]uint{"": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40}[strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(unit), "b"), "i")]
	f, err := strconv.ParseFloat(strings.TrimSpace(text[:len(text)-len(unit)]), 64)
	if !ok || err != nil || f <= 0 || f*float64(int64(1)<<shift) > 1<<60 {
		return 0, false
	}
	return int64(f * float64(int64(1)<<shift)), true
}
