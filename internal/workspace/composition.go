package workspace

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
	"github.com/bulkhead-dev/bulkhead/parser"
	"github.com/bulkhead-dev/bulkhead/parser/compose"
)

// Composition is compose files that docker compose reads as one project.
type Composition struct {
	Dir   string   // their directory, below the top of the repository
	Names []string // from Dir, the base first
	// Own is the number of the last files that this composition answers for: those
	// before it are the base of an overlay and answered for by a composition of their own.
	Own     int
	Project *compose.Project // nil with Err
	Err     error            // why it cannot be read; names the file
}

// Overlay reports whether it lays a file over a base that also runs without it.
func (c *Composition) Overlay() bool { return c.Own < len(c.Names) }

// Answers reports whether the composition answers for its i-th file.
func (c *Composition) Answers(i int) bool { return i >= len(c.Names)-c.Own }

// OverrideName names the file that hardens the composition from beside it: of what docker
// compose reads by itself compose.hardened.yaml, else by its last file.
func (c *Composition) OverrideName() string {
	last := c.Names[len(c.Names)-1]
	if !c.Overlay() && slices.Contains(baseNames, c.Names[0]) {
		last = "compose.yaml"
	}
	return strings.TrimSuffix(last, path.Ext(last)) + compose.OverrideSuffix
}

// The names that docker compose looks for, in its order.
var (
	baseNames     = []string{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"}
	overrideNames = []string{"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"}
)

// compositions reads the compose files of a directory. Those that docker compose
// reads by itself come first; each other one is a project of its own, or, where its
// services have neither image nor build, lies over the first. chosen are the files of
// one composition that the user named with -f, instead of the first. Messages call the
// directory shown.
func compositions(files fs.FS, dir, shown string, chosen []string) []*Composition {
	docs := map[string]*compose.Document{}
	errs := map[string]error{}
	var names []string
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if kind, _ := Judge(e.Name()); !e.IsDir() && (kind == Compose || slices.Contains(chosen, e.Name())) {
			names = append(names, e.Name())
			docs[e.Name()], errs[e.Name()] = readCompose(files, path.Join(dir, e.Name()), path.Join(shown, e.Name()))
		}
	}
	for _, name := range chosen {
		if _, read := docs[name]; !read { // it stands in another directory
			names = append(names, name)
			docs[name], errs[name] = readCompose(files, path.Join(dir, name), path.Join(shown, name))
		}
	}
	first := chosen
	if len(first) == 0 {
		first = defaultFiles(files, dir, names)
	}
	var out []*Composition
	add := func(own int, names ...string) {
		c := &Composition{Dir: dir, Names: names, Own: own}
		c.load(files, docs, errs)
		out = append(out, c)
	}
	if len(first) > 0 {
		add(len(first), first...)
	}
	for _, name := range names {
		switch doc := docs[name]; {
		case slices.Contains(first, name):
		case len(first) > 0 && doc != nil && !complete(doc):
			add(1, append(slices.Clone(first), name)...)
		default:
			add(1, name)
		}
	}
	return out
}

func readCompose(files fs.FS, name, shown string) (*compose.Document, error) {
	text, err := fs.ReadFile(files, name)
	if err == nil && len(text) > fsx.MaxFile {
		err = fsx.ErrTooLarge
	}
	if err != nil {
		return nil, err
	}
	return compose.Parse(parser.NewSource(shown, text))
}

// load makes the project of the composition.
func (c *Composition) load(files fs.FS, docs map[string]*compose.Document, errs map[string]error) {
	var list []*compose.Document
	for _, name := range c.Names {
		if errs[name] != nil {
			c.Err = errs[name]
			return
		}
		list = append(list, docs[name])
	}
	c.Project, c.Err = compose.Load(list, func(name string) ([]byte, error) { return fs.ReadFile(files, path.Join(c.Dir, name)) })
}

// defaultFiles are those that docker compose reads in the directory: what COMPOSE_FILE in
// .env names, else a base and what overrides it.
func defaultFiles(files fs.FS, dir string, names []string) []string {
	if list := composeFileOf(files, dir); len(list) > 0 {
		if !slices.ContainsFunc(list, func(name string) bool { return !slices.Contains(names, name) }) {
			return list
		}
	}
	pick := func(of []string) []string {
		for _, name := range of {
			if slices.Contains(names, name) {
				return []string{name}
			}
		}
		return nil
	}
	if base := pick(baseNames); base != nil {
		return append(base, pick(overrideNames)...)
	}
	return nil
}

// composeFileOf reads COMPOSE_FILE of .env, as far as it names files of the directory.
func composeFileOf(files fs.FS, dir string) []string {
	text, err := fs.ReadFile(files, path.Join(dir, ".env"))
	if err != nil || len(text) > maxIgnoreFile {
		return nil
	}
	separator, value := ":", ""
	for _, v := range compose.EnvLines(string(text)) {
		switch unquoted := strings.Trim(v.Value, `"'`); v.Name {
		case "COMPOSE_FILE":
			value = unquoted
		case "COMPOSE_PATH_SEPARATOR":
			separator = unquoted
		}
	}
	if value == "" || separator == "" {
		return nil
	}
	var out []string
	for name := range strings.SplitSeq(value, separator) {
		out = append(out, path.Clean(name))
	}
	return out
}

// complete reports whether the services of a file run without another file.
func complete(doc *compose.Document) bool {
	for _, s := range doc.Services() {
		if !s.Complete {
			return false
		}
	}
	return true
}

// chosenIn are the chosen files as paths from a directory, when it is that of their project:
// the one of the first.
func chosenIn(chosen []string, dir string) []string {
	if len(chosen) == 0 || path.Dir(chosen[0]) != dir {
		return nil
	}
	var out []string
	for _, name := range chosen {
		out = append(out, RelativeTo(dir, name))
	}
	return out
}

// Alone reads one file as a project of its own, whatever its name.
func Alone(files fs.FS, dir, shown, name string) *Composition {
	doc, err := readCompose(files, path.Join(dir, name), path.Join(shown, name))
	c := &Composition{Dir: dir, Names: []string{name}, Own: 1}
	c.load(files, map[string]*compose.Document{name: doc}, map[string]error{name: err})
	return c
}
