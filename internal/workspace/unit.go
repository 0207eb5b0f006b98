package workspace

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/bulkhead-dev/bulkhead/internal/fsx"
)

// Unit is files that are worked on together because they say something of each other:
// compose files of a directory and the Dockerfiles that their services build.
type Unit struct {
	Dockerfiles []File
	Dirs        []ComposeDir
}

// ComposeDir is a directory with compose files of the run.
type ComposeDir struct {
	Top   string // of the repository
	Dir   string // below Top
	Shown string // as messages name it
	Files []File // those of the run
	// Extended says which compose file of another directory extends a service of one of
	// this directory, directly or through others: base name → service → file as messages name it.
	Extended map[string]map[string]string
}

// Name is a file of the run as the compositions of the directory call it: its base name, or
// the path that leads to it when it stands in another directory.
func (d ComposeDir) Name(f File) string {
	if f.Project == nil {
		return path.Base(f.Rel)
	}
	_, name := f.Place()
	return RelativeTo(d.Dir, name)
}

// RelativeTo is the path of a file from a directory. Both have slashes and one start.
func RelativeTo(dir, name string) string {
	rel, err := filepath.Rel(filepath.FromSlash(dir), filepath.FromSlash(name))
	if err != nil { // one of the two is absolute
		return name
	}
	return filepath.ToSlash(rel)
}

// File finds a file of the run by its name.
func (d ComposeDir) File(name string) (File, bool) {
	i := slices.IndexFunc(d.Files, func(f File) bool { return d.Name(f) == name })
	if i < 0 {
		return File{}, false
	}
	return d.Files[i], true
}

// Place is where the file is: the top of its repository and its path below it.
func (f File) Place() (top, name string) {
	top, prefix := repository(f.Root)
	if abs, err := filepath.Abs(top); err == nil {
		top = abs
	}
	return top, path.Join(prefix, f.Rel)
}

// Units puts files that belong together into one unit, in the order of their first.
func Units(files []File) []Unit {
	g := grouping{index: map[string]int{}, extended: map[string]map[string]map[string]string{}}
	for _, f := range files {
		top, name := f.Place()
		if f.Kind != Compose {
			u := &g.units[g.node(top+"\x00"+name)]
			u.Dockerfiles = append(u.Dockerfiles, f)
			continue
		}
		at := ProjectDir{path.Dir(name), path.Dir(f.Display)}
		if f.Project != nil {
			at = *f.Project
		}
		u := &g.units[g.node(top+"\x00"+at.Dir+"\x00")]
		if len(u.Dirs) == 0 {
			u.Dirs = []ComposeDir{{Top: top, Dir: at.Dir, Shown: at.Shown}}
		}
		u.Dirs[0].Files = append(u.Dirs[0].Files, f)
	}
	for i := range g.units {
		for _, d := range g.units[i].Dirs {
			g.tie(i, d)
		}
	}
	for i := range g.units {
		for k := range g.units[i].Dirs {
			d := &g.units[i].Dirs[k]
			d.Extended = g.extended[d.Top+"\x00"+d.Dir]
		}
	}
	return g.merged()
}

// tie joins a directory's unit with those of the Dockerfiles that its services build.
func (g *grouping) tie(unit int, d ComposeDir) {
	root, err := fsx.Open(d.Top)
	if err != nil {
		return
	}
	defer root.Close()
	chains := NewChains(root.FS())
	for _, f := range d.Files {
		doc, err := readCompose(root.FS(), path.Join(d.Dir, d.Name(f)), f.Display)
		if err != nil {
			continue
		}
		for _, s := range doc.Services() {
			if name, ok := BuiltFrom(d.Dir, s.Build); ok {
				if other, known := g.index[d.Top+"\x00"+name]; known {
					g.join(unit, other)
				}
			}
			if s.ExtendsService == "" {
				continue
			}
			for _, e := range chains.Of(path.Join(d.Dir, d.Name(f)), s.Name) {
				if path.Dir(e.File) != d.Dir {
					g.extends(d.Top+"\x00"+path.Dir(e.File), path.Base(e.File), e.Service, f.Display)
				}
			}
		}
	}
}

// grouping is a union of units.
type grouping struct {
	index  map[string]int // place → unit
	units  []Unit
	parent []int
	// extended are the services that files of other directories extend, by their directory.
	extended map[string]map[string]map[string]string
}

func (g *grouping) extends(dir, file, service, by string) {
	if g.extended[dir] == nil {
		g.extended[dir] = map[string]map[string]string{}
	}
	if g.extended[dir][file] == nil {
		g.extended[dir][file] = map[string]string{}
	}
	g.extended[dir][file][service] = by
}

func (g *grouping) node(key string) int {
	if i, ok := g.index[key]; ok {
		return i
	}
	i := len(g.units)
	g.index[key] = i
	g.units = append(g.units, Unit{})
	g.parent = append(g.parent, i)
	return i
}

func (g *grouping) find(i int) int {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

func (g *grouping) join(a, b int) {
	a, b = g.find(a), g.find(b)
	g.parent[max(a, b)] = min(a, b)
}

func (g *grouping) merged() []Unit {
	for i := range g.units {
		if r := g.find(i); r != i {
			g.units[r].Dockerfiles = append(g.units[r].Dockerfiles, g.units[i].Dockerfiles...)
			g.units[r].Dirs = append(g.units[r].Dirs, g.units[i].Dirs...)
			g.units[i] = Unit{}
		}
	}
	return slices.DeleteFunc(g.units, func(u Unit) bool { return len(u.Dockerfiles)+len(u.Dirs) == 0 })
}
