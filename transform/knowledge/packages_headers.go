package knowledge

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	_ "embed" // the data
)

// debianGz is the table of internal/pkgtable: a line for each header package, its
// libraries by release behind tabs.
//
//go:embed packages_debian.gz
var debianGz []byte

//go:embed packages_headers.yaml
var headersYAML []byte

// headerEntry says which libraries a header package belongs to, where no index was read.
type headerEntry struct {
	Headers   []string `yaml:"headers"`
	Libraries []string `yaml:"libraries"`
	Releases  []string `yaml:"releases"` // all that the family knows when there are none
}

// headerTable is one family's.
type headerTable struct {
	Managers   []string      `yaml:"managers"`
	Releases   []string      `yaml:"releases"` // the releases that it is for: all when there are none
	Source     string        `yaml:"source"`
	Confidence string        `yaml:"confidence"`
	Entries    []headerEntry `yaml:"entries"`
}

var headerTables = sync.OnceValue(func() []headerTable {
	var t []headerTable
	decode(headersYAML, &t)
	return t
})

// debianTable is the unpacked table.
type debianTable struct {
	releases []string
	text     string
}

var debianHeaders = sync.OnceValue(func() debianTable {
	text := gunzip(debianGz)
	first, rest, _ := strings.Cut(text, "\n")
	return debianTable{releases: strings.Split(strings.TrimPrefix(first, "\t"), "\t"), text: rest}
})

// gunzip unpacks embedded data; a test reads all of it.
func gunzip(data []byte) string {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err == nil {
		data, err = io.ReadAll(r)
	}
	if err != nil {
		panic(fmt.Sprintf("embedded data: %v", err)) // a broken build, not an input
	}
	return string(data)
}

// line is what stands behind a key at the start of a line and a tab. The lines are sorted.
func line(text, key string) (string, bool) {
	key += "\t"
	for low, high := 0, len(text); low < high; {
		start := low + strings.LastIndexByte(text[low:(low+high)/2], '\n') + 1
		end := start + strings.IndexByte(text[start:], '\n') // every line ends in one
		switch here := text[start:end]; {
		case strings.HasPrefix(here, key):
			return here[len(key):], true
		case here < key:
			low = end + 1
		default:
			high = start
		}
	}
	return "", false
}

// librariesOf looks a header package up. ok is false when it is not known in the release.
// Without one, all tables that have the package must agree.
func librariesOf(manager, release, name string) (libraries []string, ok bool) {
	if manager == "apt" {
		if libraries, ok = debianHeaders().libraries(release, name); release != "" && ok {
			return libraries, true
		}
	}
	for _, t := range headerTables() {
		if !slices.Contains(t.Managers, manager) || release != "" && len(t.Releases) > 0 && !slices.Contains(t.Releases, release) {
			continue
		}
		e := t.entry(release, name)
		switch {
		case e == nil:
		case release != "" || len(t.Releases) == 0:
			return slices.Clone(e.Libraries), true
		case ok && withoutT64(strings.Join(e.Libraries, " ")) != withoutT64(strings.Join(libraries, " ")):
			return nil, false
		}
	}
	return libraries, ok
}

func (t *headerTable) entry(release, name string) *headerEntry {
	for i, e := range t.Entries {
		if slices.Contains(e.Headers, name) && (len(e.Releases) == 0 || slices.Contains(e.Releases, release)) {
			return &t.Entries[i]
		}
	}
	return nil
}

// libraries reads a line of the table. Without a release the libraries must be the same in
// all that have the package, but for the t64 of names since trixie: these provide the old ones.
func (t debianTable) libraries(release, name string) (libraries []string, ok bool) {
	text, found := line(t.text, name)
	if !found {
		return nil, false
	}
	cells := strings.Split(text, "\t")
	for i := range cells {
		if cells[i] == "=" && i > 0 {
			cells[i] = cells[i-1]
		}
	}
	var cell string
	if i := slices.Index(t.releases, release); i >= 0 {
		cell = cells[i]
	} else if release != "" {
		return nil, false
	} else {
		cells = slices.DeleteFunc(cells, func(c string) bool { return c == "" })
		cell = cells[0]
		if slices.ContainsFunc(cells, func(c string) bool { return withoutT64(c) != withoutT64(cell) }) {
			return nil, false
		}
	}
	switch cell {
	case "":
		return nil, false // the release does not have the package
	case "-":
		return nil, true
	}
	return strings.Fields(cell), true
}

func withoutT64(libraries string) string {
	return strings.TrimSuffix(strings.ReplaceAll(libraries, "t64 ", " "), "t64")
}
