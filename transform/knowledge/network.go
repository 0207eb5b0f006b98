package knowledge

import (
	_ "embed" // the data
	"regexp"
	"slices"
	"strings"
	"sync"
)

//go:embed network.yaml
var networkYAML []byte

// Configured are images that connect to nothing but what their configuration names.
type Configured struct {
	Images []string `yaml:"images"`
	Config string   `yaml:"config"` // the directory of the configuration
	Source string   `yaml:"source"`
}

// storePrograms are the programs that are the data store of an image.
type storePrograms struct {
	Images   []string `yaml:"images"`
	Programs []string `yaml:"programs"`
	Source   string   `yaml:"source"` // says that they are data stores; "" where services.yaml does
}

// quietImages are data stores that no environment variable makes connect to anything.
type quietImages struct {
	Images []string `yaml:"images"`
	Source string   `yaml:"source"`
}

// Fetches are signs that a data store connects beyond the project: names of variables, or
// words of its commands and configuration.
type Fetches struct {
	Variables string `yaml:"variables"` // a regular expression
	Words     string `yaml:"words"`     // a regular expression
	What      string `yaml:"what"`

	variables, words *regexp.Regexp
}

type networkData struct {
	Configured []Configured    `yaml:"configured"`
	Stores     []storePrograms `yaml:"stores"`
	Quiet      []quietImages   `yaml:"quiet"`
	Plain      string          `yaml:"plain"`
	Fetches    []Fetches       `yaml:"fetches"`

	plain *regexp.Regexp
}

var network = sync.OnceValue(func() *networkData {
	d := &networkData{}
	decode(networkYAML, d)
	d.plain = regexp.MustCompile(d.Plain)
	for i := range d.Fetches {
		f := &d.Fetches[i]
		if f.Variables != "" {
			f.variables = regexp.MustCompile(f.Variables)
		}
		if f.Words != "" {
			f.words = regexp.MustCompile(f.Words)
		}
	}
	return d
})

// ConfiguredOf says where an image's configuration stands, when that names all that it
// connects to.
func ConfiguredOf(image string) (Configured, bool) {
	if ref, ok := expandRef(image); ok {
		for _, c := range network().Configured {
			if slices.Contains(c.Images, strings.ToLower(ref.Repository)) {
				return c, true
			}
		}
	}
	return Configured{}, false
}

// DataStore reports whether an image is a data store. Of some it is all that is known.
func DataStore(image string) bool {
	if known := LookupService(image); known != nil && known.DataStore {
		return true
	}
	return StoreSource(image) != ""
}

// StoreSource says where it is known from that an image is a data store, when that is all
// that is known of it; "" else.
func StoreSource(image string) string {
	ref, ok := expandRef(image)
	if !ok {
		return ""
	}
	for _, s := range network().Stores {
		if s.Source != "" && slices.Contains(s.Images, strings.ToLower(ref.Repository)) {
			return s.Source
		}
	}
	return ""
}

// RunsStore reports whether a word of a command is the program that is the data store of
// an image.
func RunsStore(image, word string) bool {
	ref, ok := expandRef(image)
	return ok && slices.ContainsFunc(network().Stores, func(s storePrograms) bool {
		return slices.Contains(s.Images, strings.ToLower(ref.Repository)) && slices.Contains(s.Programs, word)
	})
}

// QuietStore reports whether an image is a data store that no environment variable makes
// connect to anything.
func QuietStore(image string) bool {
	ref, ok := expandRef(image)
	return ok && slices.ContainsFunc(network().Quiet, func(q quietImages) bool { return slices.Contains(q.Images, strings.ToLower(ref.Repository)) })
}

// FetchingVariable says what a variable's name tells of connections beyond the project, ""
// for nothing.
func FetchingVariable(name string) string {
	if network().plain.MatchString(name) {
		return ""
	}
	for _, f := range network().Fetches {
		if f.variables != nil && f.variables.MatchString(name) {
			return f.What
		}
	}
	return ""
}

// FetchingWord finds the first word of a text that connects beyond the project, "" when
// there is none, and says what it is.
func FetchingWord(text string) (word, what string) {
	for _, f := range network().Fetches {
		if f.words != nil {
			if word = f.words.FindString(text); word != "" {
				return word, f.What
			}
		}
	}
	return "", ""
}
